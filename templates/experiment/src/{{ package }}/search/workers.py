"""Several processes on one study; each opens it by itself, as another machine would."""

from __future__ import annotations

import os
import signal
from multiprocessing import connection, get_context
from multiprocessing.queues import SimpleQueue
from pathlib import Path

import optuna
from joblib import cpu_count

from ..errors import UserError
from . import storage, study
from .study import Plan, Watch

POLL = 0.5
"""Seconds between two looks at the study while the workers are at it."""


def share(root: Path, shared: optuna.Study, plan: Plan, watch: Watch) -> None:
    """Let the plan's number of processes work until the study has enough trials.

    Raises:
        UserError: one of them could not.
    """
    context = get_context("spawn")  # the one way that every system has
    problems: SimpleQueue[tuple[str, str, int]] = context.SimpleQueue()
    workers = [
        context.Process(target=_work, args=(root, plan, number, problems), daemon=True)
        for number in range(plan.workers)
    ]
    try:
        for worker in workers:
            worker.start()
        while alive := [worker.sentinel for worker in workers if worker.is_alive()]:
            connection.wait(alive, POLL)
            watch(shared)
    finally:
        for worker in workers:
            worker.terminate()
            worker.join()
    if not problems.empty():
        raise UserError(*problems.get())


def _work(root: Path, plan: Plan, number: int, problems: SimpleQueue[tuple[str, str, int]]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches everyone: the parent decides
    os.environ["LOKY_MAX_CPU_COUNT"] = str(max(1, cpu_count() // plan.workers))
    try:
        bench = study.bench(root, plan)
        with storage.connected(storage.address(root, plan.url)) as opened:
            own = study.join(opened, bench, plan)
            study.work(own, bench, plan, lambda _: None, worker=number)
    except UserError as error:
        problems.put((str(error), error.hint, error.exit_code))
