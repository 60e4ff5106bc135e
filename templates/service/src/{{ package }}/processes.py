"""The serve command: one process that answers, or several behind one port and a parent beside them.

The parent answers nothing. It starts another worker where one died, passes signals on, and ends
when all have ended; workers end when it does.
"""

from __future__ import annotations

import logging
import mmap
import multiprocessing
import os
import signal
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from multiprocessing import reduction
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from pathlib import Path
from typing import Any

from . import logs, server
from .errors import UserError
from .metrics import BYTES
from .settings import Settings

RESTART_SECONDS = 1
SHARED_MEMORY = Path("/dev/shm")  # noqa: S108  can be written where the disk cannot

logger = logging.getLogger(__name__)


def serve(settings: Settings) -> None:
    """Serve the bundle until a signal ends it.

    Raises:
        UserError: the bundle is not fit to serve, or the port is taken.
        KeyboardInterrupt: Ctrl-C ended it, after requests in flight were finished.
    """
    with bind(settings.host, settings.port) as port:
        if settings.workers == 1:
            server.answer(settings, port)
            return
        if sys.platform == "win32":
            raise UserError("Windows has one process for a service.", "Leave WORKERS out.", 2)
        with Memory(settings.workers * BYTES) as memory, logs.configure(settings.log_level):
            Parent(settings, port, memory).run()


def bind(host: str, port: int) -> socket.socket:
    """Return a socket that listens as soon as there is a model; uvicorn's own words are not ours.

    Raises:
        UserError: somebody else listens there.
    """
    made = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    try:
        if sys.platform != "win32":  # there it would let two services listen
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind((host, port))
        made.setblocking(False)  # here, once: all processes share what this sets
    except (OSError, TypeError) as error:  # the latter where no host can have such a name
        made.close()
        reason = error.strerror if isinstance(error, OSError) else "it is no name of a host"
        raise UserError(
            f"The service cannot listen on {host}, port {port}: {reason}.",
            "Set HOST and PORT to what is free.",
        ) from None
    return made


class Memory:
    """Memory that a worker is handed when it is started; it has no name that could be left over."""

    def __init__(self, size: int) -> None:
        folder = SHARED_MEMORY if SHARED_MEMORY.is_dir() else None
        self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115  closed by `with` this
        self._file.truncate(size)

    def __enter__(self) -> Memory:
        """Keep it as long as there are workers to start."""
        return self

    def __exit__(self, *_: object) -> None:
        """Leave it to the workers that have it."""
        self._file.close()

    def __reduce__(self) -> tuple[Callable[[Any], memoryview], tuple[Any]]:
        """Arrive at a worker as the memory itself."""
        return _mapped, (reduction.DupFd(self._file.fileno()),)


def _mapped(handed: Any) -> memoryview:  # noqa: ANN401  a private class of multiprocessing
    with open(handed.detach(), "r+b") as file:  # noqa: PTH123  a descriptor, no path
        return memoryview(mmap.mmap(file.fileno(), 0))


class Parent:
    """Starts the workers and watches over them; their metrics share `memory`."""

    def __init__(self, settings: Settings, port: socket.socket, memory: Memory) -> None:
        self._settings = settings
        self._port = port
        self._memory = memory
        self._context = multiprocessing.get_context("spawn")
        self._workers: dict[int, SpawnProcess] = {}
        self._said: dict[int, Connection] = {}  # by whom is ready
        self._folder: Path | None = None  # of the bundle that serves
        self._starting = False  # a worker, who has to be handed the port
        self._ended_by: int | None = None

    def run(self) -> None:
        """Serve until a signal ends it; the first worker shows whether the bundle is fit at all.

        Raises:
            UserError: it is not, or no worker is left and none can start.
            KeyboardInterrupt: Ctrl-C ended it.
        """
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._end)
        signal.signal(signal.SIGHUP, self._look)
        for place in range(self._settings.workers):
            if refusal := self._start(place):
                self._tell(signal.SIGTERM)
                raise refusal
        while self._workers:
            wait([*(worker.sentinel for worker in self._workers.values()), *self._said.values()])
            self._listen()
            for place, worker in list(self._workers.items()):
                if not worker.is_alive():
                    self._replace(place, worker)
        if self._ended_by == signal.SIGINT:
            raise KeyboardInterrupt

    def _start(self, place: int) -> UserError | None:
        """Start a worker and wait until it answers; return why it does not.

        It begins with the bundle that the others serve: one that they refused gets no second try.
        """
        self._starting = True
        if self._ended_by is not None:
            return None
        self._listen()
        here, there = self._context.Pipe(duplex=False)
        worker = self._context.Process(
            target=_work,
            args=(self._settings, self._port, self._memory, place, self._folder, there),
        )
        worker.start()
        self._starting = False
        there.close()
        self._workers[place] = worker
        if self._ended_by is not None:  # the signal came while there was nobody to pass it on to
            worker.terminate()
            self._port.close()
        try:
            said: Path | tuple[str, str, int] = here.recv()
        except EOFError:  # it died without a word, or was told to
            return None
        if not isinstance(said, Path):
            return UserError(*said)
        self._folder = said
        self._said[place] = here
        return None

    def _listen(self) -> None:
        """Learn which bundle took over last."""
        for place, worker in list(self._said.items()):
            try:
                while worker.poll():
                    self._folder = worker.recv()
            except (EOFError, OSError):
                del self._said[place]

    def _replace(self, place: int, worker: SpawnProcess) -> None:
        """Forget a worker that has ended; start another one in its place unless all are to end."""
        worker.join()
        self._listen()
        self._said.pop(place, None)
        del self._workers[place]
        if self._ended_by is None:
            logger.error("a worker died", extra={"worker": place, "exit_code": worker.exitcode})
            time.sleep(RESTART_SECONDS)
            if refusal := self._start(place):
                logger.error("a worker cannot start", extra={"reason": str(refusal)})
                self._listen()
                if self._folder is None and not self._said:
                    raise refusal  # whoever started the service should see that nobody answers
                self._folder = None  # it may be gone from the disk

    def _end(self, number: int, _: object) -> None:
        """Let all workers finish what they have; whoever sends a second signal ends that."""
        self._ended_by = number
        self._tell(signal.SIGTERM)
        if not self._starting:
            self._port.close()  # else clients could wait there whom no worker answers any more

    def _look(self, number: int, _: object) -> None:
        """Let all that are ready look for another model; the signal would end the others."""
        for place in list(self._said):
            worker = self._workers.get(place)
            if worker is not None and worker.pid is not None and worker.is_alive():
                os.kill(worker.pid, number)

    def _tell(self, number: int) -> None:
        for worker in self._workers.values():
            if worker.pid is not None and worker.is_alive():
                os.kill(worker.pid, number)


def _work(
    settings: Settings,
    port: socket.socket,
    memory: memoryview,
    place: int,
    folder: Path | None,
    parent: Connection,
) -> None:
    """Answer until told to end, or until there is no parent any more; the target of a process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all of them: the parent decides
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        server.answer(settings, port, memory=memory, place=place, folder=folder, serves=parent.send)
    except UserError as error:
        parent.send((str(error), error.hint, error.exit_code))
        sys.exit(error.exit_code)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)
