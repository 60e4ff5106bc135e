"""A process that answers: one uvicorn server around the application, and how it ends.

On SIGTERM readiness goes off at once and every answer closes its connection; for `drain_seconds`
the service goes on answering, so that a load balancer can notice; then it closes its port and
finishes what is in flight.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import math
import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from pathlib import Path
from types import FrameType

import uvicorn

if sys.platform != "win32":
    import resource

from . import bundle, logs, versions
from .api import PROBES
from .app import Service
from .connections import Connection, Gate
from .journal import Journal
from .metrics import Metrics
from .places import Places
from .reload import Reloader
from .settings import Settings

IN_FLIGHT_SECONDS = 8  # orchestrators send SIGKILL ten seconds after SIGTERM

SWEEP_SECONDS = 0.1
BACKLOG = 2048
BACKLOG_SECONDS = 1  # at the end it is emptied: who waited there would be reset
FLOOD = 2  # times all who may be served or wait, and
SPARE = 256  # more may be connected: then the one that has been idle for longest makes room
OWN_FILES = 100  # opened beside those of the clients: no more than a few
LISTENERS = 1 if sys.platform == "win32" else 8
"""libuv takes one new connection a listener and round of its loop, and a round with hundreds of
requests lasts 15 ms: with one, a health check would wait for seconds behind other newcomers."""

logger = logging.getLogger(__name__)


def answer(
    settings: Settings,
    port: socket.socket,
    *,
    memory: memoryview | None = None,
    place: int = 0,
    folder: Path | None = None,
    serves: Callable[[Path], object] = lambda _: None,
) -> None:
    """Answer on a port, as one of the processes that share it and the memory of the metrics.

    `folder` has the bundle to begin with, if it is not to be the newest; `serves` is told which
    one answers, when the service is ready and whenever another takes over.

    Raises:
        UserError: the bundle is not fit to serve.
        KeyboardInterrupt: Ctrl-C ended it, after requests in flight were finished.
    """
    folder = folder or versions.newest(settings.model_dir)
    seen = versions.fingerprint(folder)  # before it is read: what comes meanwhile is another
    model = bundle.load(folder)
    with logs.configure(settings.log_level) as log, _journal(settings) as journal:
        metrics = Metrics(settings.watched, memory, place)
        service = Service(model, settings, log=log, journal=journal, metrics=metrics)

        def begun() -> None:
            serves(folder)
            host, number = port.getsockname()[:2]
            logger.info(
                "serving",
                extra={
                    "url": f"http://{f'[{host}]' if ':' in host else host}:{number}",
                    "model": model.signature.name,
                    "version": model.signature.version,
                    "digest": model.signature.digest,
                    "pid": os.getpid(),
                },
            )

        server = Server(service, settings, seen, serves, begun)
        if sys.platform != "win32":
            signal.signal(signal.SIGHUP, server.reloader.ask)
        gc.collect()
        gc.freeze()  # what stays for good need not be looked through again: 25 ms each time
        server.run([port, *twins(port)])
    if server.ended_by == signal.SIGINT:
        raise KeyboardInterrupt


class Server(uvicorn.Server):
    """uvicorn, except that a signal takes readiness away first and is no error."""

    def __init__(
        self,
        service: Service,
        settings: Settings,
        seen: versions.Fingerprint,
        serves: Callable[[Path], object] = lambda _: None,
        begun: Callable[[], None] = lambda: None,
    ) -> None:
        most, room = settings.max_connections, settings.max_waiting
        self._gate = Gate(
            max_header_bytes=settings.max_header_bytes,
            max_open=allow(FLOOD * (most + room) + SPARE + OWN_FILES) - OWN_FILES,
            read_seconds=settings.read_seconds,
            places=Places(most, room, settings.wait_seconds),
            probes=PROBES,
            refused=service.refused,
        )
        super().__init__(
            uvicorn.Config(
                service,
                loop="asyncio" if sys.platform == "win32" else "uvloop",
                http=partial(Connection, gate=self._gate),  # type: ignore[arg-type]  # a class of it
                ws="none",
                lifespan="on",
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=False,  # nothing here depends on who the client is
                backlog=BACKLOG,
                timeout_keep_alive=settings.keep_alive_seconds,
                timeout_graceful_shutdown=IN_FLIGHT_SECONDS,
            )
        )
        self.ended_by: int | None = None
        self._begun = begun
        self._health = service.health
        self._metrics = service.metrics
        self.reloader = Reloader(service, settings, seen, serves)
        self._drain_seconds = settings.drain_seconds
        self._drained_at = math.inf
        self._made = self._quiet = 0  # connections; how often in a row there was no new one

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, and tell so: by now a signal no longer ends the process at once."""
        await super().startup(sockets)
        self._begun()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to drain; a second signal ends the waiting."""
        if self.ended_by is not None:
            self.should_exit = self.force_exit = True
            return
        self.ended_by = sig
        self._health.ready = False
        self._gate.draining = True
        self._drained_at = time.monotonic() + self._drain_seconds
        self._quiet = 0

    async def main_loop(self) -> None:
        """Look for slow clients, the shutdown included, and until it begins for other models."""
        self._sweeping = asyncio.create_task(self._sweep())
        watching = asyncio.create_task(self.reloader.watch())
        await super().main_loop()
        watching.cancel()

    async def _sweep(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            now = loop.time()
            for connection in list(self.server_state.connections):
                if isinstance(connection, Connection):
                    connection.sweep(now)
            places = self._gate.places
            if self._gate.draining:
                places.close()
            places.sweep(now)
            self._metrics.connected(places.taken, places.waiting)

    async def on_tick(self, counter: int) -> bool:
        """Tell uvicorn, which asks ten times a second, whether the time to close has come."""
        self._quiet = self._quiet + 1 if self._gate.made == self._made else 0
        self._made = self._gate.made
        late = time.monotonic() - self._drained_at
        if late >= BACKLOG_SECONDS or (late >= 0 and self._quiet > 1):
            self.should_exit = True
        return await super().on_tick(counter)


def allow(files: int) -> int:
    """Let the process open so many files, or as many as it may; return that: each client is one."""
    if sys.platform != "win32":
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        files = files if hard == resource.RLIM_INFINITY else min(files, hard)
        if soft != resource.RLIM_INFINITY and soft < files:
            resource.setrlimit(resource.RLIMIT_NOFILE, (files, hard))
    return files


def twins(port: socket.socket) -> list[socket.socket]:
    """Return what else listens on the port, which never blocks.

    `port.dup()` would make it block for a moment, and with it all processes that share it: one of
    them would wait inside of `accept` for a client that another had taken.
    """
    family, kind, protocol = port.family, port.type, port.proto
    return [
        socket.socket(family, kind, protocol, fileno=os.dup(port.fileno()))
        for _ in range(LISTENERS - 1)
    ]


def _journal(settings: Settings) -> AbstractContextManager[Journal | None]:
    """Return the prediction log, if one is to be kept."""
    if settings.watched is None:
        return nullcontext()
    return Journal(settings.watched, settings.prediction_share)
