"""Connections that ask, wait for the answer, and ask again, until the time is over.

A closed loop: a slow answer delays the next question, so what is measured is what so many patient
clients see, and not what would wait in a queue at a fixed rate (G. Tene, How NOT to Measure
Latency, 2013, on what that leaves out).
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import cast

import httptools

GIVE_UP_SECONDS = 10.0


@dataclass
class Asked:
    """What came of the questions: seconds of each answer, answers by status, answers that lacked.

    `lost` counts connections that ended before an answer; `elapsed` is the whole time in seconds.
    """

    seconds: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    lost: int = 0
    elapsed: float = 0.0


class Asker(asyncio.Protocol):
    """One connection."""

    def __init__(self, request: bytes, until: float, asked: Asked) -> None:
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._request = request
        self._until = until
        self._asked = asked
        self._waiting = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask the first time."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is none by its class
        self._ask()

    def data_received(self, data: bytes) -> None:
        """Read what is there of the answer."""
        self._parser.feed_data(data)

    def on_message_complete(self) -> None:
        """Count the answer, and ask again on the same connection if it may be."""
        now = time.perf_counter()
        self._asked.seconds.append(now - self._began)
        self._asked.statuses[self._parser.get_status_code()] += 1
        self._waiting = False
        if now < self._until and self._parser.should_keep_alive():
            self._ask()
        else:
            self._transport.close()

    def connection_lost(self, error: Exception | None) -> None:
        """Count a question that nobody answered."""
        self._asked.lost += self._waiting
        if not self.ended.done():
            self.ended.set_result(None)

    def give_up(self) -> None:
        """Wait no longer; an answer that is still awaited is lost."""
        self._transport.abort()

    def _ask(self) -> None:
        self._parser = httptools.HttpResponseParser(self)
        self._waiting = True
        self._began = time.perf_counter()
        self._transport.write(self._request)


def ask(host: str, port: int, request: bytes, *, connections: int, seconds: float) -> Asked:
    """Ask over so many connections for so many seconds.

    Raises:
        OSError: nobody listens there.
    """
    if sys.platform == "win32":
        return asyncio.run(_ask(host, port, request, connections, seconds))
    import uvloop

    return uvloop.run(_ask(host, port, request, connections, seconds))


async def _ask(host: str, port: int, request: bytes, connections: int, seconds: float) -> Asked:
    asked = Asked()
    began = time.perf_counter()
    until = began + seconds

    async def connect() -> None:
        loop = asyncio.get_running_loop()
        while time.perf_counter() < until:
            try:
                _, asker = await loop.create_connection(
                    lambda: Asker(request, until, asked), host, port
                )
            except OSError:
                if not asked.seconds:
                    raise
                asked.lost += 1  # it was there, and is gone
                return
            await asyncio.wait([asker.ended], timeout=seconds + GIVE_UP_SECONDS)
            asker.give_up()

    await asyncio.gather(*(connect() for _ in range(connections)))
    asked.elapsed = time.perf_counter() - began
    return asked
