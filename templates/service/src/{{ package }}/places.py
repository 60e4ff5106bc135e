"""Places for the clients that are served at once, and a queue before them that is short.

Sixty connections are served at full speed, a thousand at half of it: so the places are few, who
asks nothing has none, and where others wait, nobody keeps one for long. Who waits in vain is
refused, but not at once: such a client is back at once, and to refuse it over and over costs what
others could have been answered.
"""

from __future__ import annotations

import asyncio
import math
from typing import Protocol

TURN_SECONDS = 0.25  # so long a place is kept while others wait
REST_SECONDS = 0.005  # after an answer; who asks again and again does it sooner


class Client(Protocol):
    """A connection, as far as its place goes."""

    def rests(self, since: float) -> bool:
        """Tell whether it was answered before then, and has asked nothing more."""


class Places:
    """A `number` of places; at most `room` clients wait for one, at most so many `seconds`."""

    def __init__(self, number: int, room: int, seconds: float) -> None:
        self._number = number
        self._room = room
        self._seconds = seconds
        self._taken: dict[Client, float] = {}  # since when
        self._queue: dict[Client, tuple[asyncio.Future[bool], float]] = {}  # until when

    @property
    def taken(self) -> int:
        """How many clients have a place."""
        return len(self._taken)

    @property
    def waiting(self) -> int:
        """How many clients wait for one."""
        return len(self._queue)

    def take(self, client: Client) -> bool:
        """Tell whether a client has a place, or gets one that is free."""
        if client in self._taken:
            return True
        if len(self._taken) >= self._number:
            self._reclaim()
        if len(self._taken) < self._number:  # then nobody waits
            self._taken[client] = _now()
            return True
        return False

    async def wait(self, client: Client) -> bool:
        """Tell whether a client gets a place in time; False at once if too many wait already."""
        if len(self._queue) >= self._room:
            return False
        loop = asyncio.get_running_loop()
        loop.call_later(REST_SECONDS, self._reclaim)
        found: asyncio.Future[bool] = loop.create_future()
        self._queue[client] = found, _now() + self._seconds
        try:
            return await found
        finally:
            self._queue.pop(client, None)

    def waits(self, client: Client) -> bool:
        """Tell whether a client is in the queue."""
        return client in self._queue

    def blocks(self, client: Client, since: float) -> bool:
        """Tell whether others wait, and a client has had its place since then or longer."""
        return bool(self._queue) and self._taken.get(client, math.inf) < since

    def answered(self, client: Client, now: float) -> None:
        """Let a client that was answered make room, if others wait and it has had its turn."""
        if self._queue and self._taken.get(client, 0.0) + TURN_SECONDS < now:
            self.leave(client)

    def leave(self, client: Client) -> None:
        """Let a client go: a place that it had goes to who has waited longest."""
        if client in self._queue:
            self._settle(client, found=False)
        elif self._taken.pop(client, None) is not None and self._queue:
            first = next(iter(self._queue))
            self._taken[first] = _now()
            self._settle(first, found=True)

    def sweep(self, now: float) -> None:
        """Send away those who have waited too long; who came first stands first."""
        self._reclaim()
        for client, (_, until) in list(self._queue.items()):
            if until > now:
                break
            self._settle(client, found=False)

    def close(self) -> None:
        """Send everybody in the queue away, and let nobody wait any more."""
        self._room = 0
        for client in list(self._queue):
            self._settle(client, found=False)

    def _reclaim(self) -> None:
        """Take the places of those who rest."""
        since = _now() - REST_SECONDS
        for client in list(self._taken):
            if client.rests(since):
                self.leave(client)

    def _settle(self, client: Client, *, found: bool) -> None:
        answer, _ = self._queue.pop(client)
        if not answer.done():  # the end of the service may have cancelled it
            answer.set_result(found)


def _now() -> float:
    return asyncio.get_running_loop().time()
