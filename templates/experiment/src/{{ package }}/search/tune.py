"""The search for better settings, from the experiment that is there to the one that it finds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import optuna
from optuna.importance import FanovaImportanceEvaluator, get_param_importances

from .. import config as settings
from ..data import source
from ..errors import UserError
from . import figures, outcome, space, storage, study, workers
from .outcome import Found
from .progress import Progress
from .study import Bench, Plan

Say = Callable[[str], None]
FEWEST_TO_WEIGH = 8
"""With fewer whole trials the importance of a setting is noise."""


@dataclass(frozen=True)
class Outcome:
    """What the search found, and the files it wrote, the new experiment first."""

    found: Found
    written: list[Path]


def run(root: Path, plan: Plan, *, force: bool = False, say: Say) -> Outcome:
    """Bring the study to its number of trials, then write the best settings as an experiment.

    Raises:
        UserError: the settings, the data, the storage, or an edited file do not allow it.
        KeyboardInterrupt: somebody stopped it; the trials that had ended are kept.
    """
    outcome.check(root, plan.study, force=force)
    source.fetch(root, settings.read(root), say)
    bench = study.bench(root, plan)
    url = storage.address(root, plan.url)
    with storage.connected(url) as opened:
        own = study.join(opened, bench, plan)
        there = len(study.finished(own))
        say(f"study {plan.study!r} in {storage.shown(url)}: {there} of {plan.trials} trials")
        if there < plan.trials:
            _search(root, own, bench, plan, say)
        found = _found(own, bench)
        scores = study.scores(own)
    outcome.check(root, plan.study, force=force)  # it may have been edited in the meantime
    best = space.changed(bench.space, bench.experiment, found.settings)
    best = replace(best, note=outcome.note(found, plan.experiment))
    written = [outcome.write(root, plan.study, best)]
    higher = bench.metric.higher_is_better
    written += figures.history(root, found, scores, higher_is_better=higher)
    written += figures.importance(root, found)
    return Outcome(found, written)


def _search(root: Path, own: optuna.Study, bench: Bench, plan: Plan, say: Say) -> None:
    watch = Progress(own, plan.trials, say)
    try:
        if plan.workers == 1:
            study.work(own, bench, plan, watch)
        else:
            workers.share(root, own, plan, watch)
    except KeyboardInterrupt:
        say(f"stopped: {len(study.finished(own))} trials are kept; the same command goes on")
        raise


def _found(own: optuna.Study, bench: Bench) -> Found:
    """Return what the study has found so far.

    Raises:
        UserError: no trial came to its end.
    """
    whole, ended = study.complete(own), study.finished(own)
    if not whole or whole[0].value is None:
        raise UserError("No trial came to its end yet.", "Give the search more --timeout.")
    start = space.current(bench.space, bench.experiment)
    started = [trial.value for trial in whole if trial.params == start]
    weights = {}
    if len(whole) >= FEWEST_TO_WEIGH and len({trial.value for trial in whole}) > 1:
        weights = get_param_importances(own, evaluator=FanovaImportanceEvaluator(seed=bench.seed))
    return Found(
        settings=whole[0].params,
        metric=bench.metric.name,
        score=whole[0].value,
        start=started[0] if started else None,
        trials=len(ended),
        pruned=len(ended) - len(whole),
        importances=weights,
    )
