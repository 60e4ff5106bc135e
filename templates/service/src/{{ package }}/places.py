"""Places for the clients that are served at once, and a queue before them that is short.

A hundred connections are served at full speed, a thousand at half of it: so the places are few, and
where others wait, nobody keeps one for long. Who waits in vain is refused, but not at once: such a
client is back at once, and to refuse it over and over costs what others could have been answered.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Hashable

TURN_SECONDS = 0.25  # so long a place is kept while others wait


class Places:
    """A `number` of places; at most `room` clients wait for one, at most so many `seconds`."""

    def __init__(self, number: int, room: int, seconds: float) -> None:
        self._number = number
        self._room = room
        self._seconds = seconds
        self._taken: dict[Hashable, float] = {}  # since when
        self._queue: dict[Hashable, tuple[asyncio.Future[bool], float]] = {}  # until when

    @property
    def taken(self) -> int:
        """How many clients have a place."""
        return len(self._taken)

    @property
    def waiting(self) -> int:
        """How many clients wait for one."""
        return len(self._queue)

    def take(self, client: Hashable) -> bool:
        """Tell whether a client has a place, or gets one that is free."""
        if client in self._taken:
            return True
        if len(self._taken) < self._number:  # then nobody waits
            self._taken[client] = _now()
            return True
        return False

    async def wait(self, client: Hashable) -> bool:
        """Tell whether a client gets a place in time; False at once if too many wait already."""
        if len(self._queue) >= self._room:
            return False
        found: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._queue[client] = found, _now() + self._seconds
        try:
            return await found
        finally:
            self._queue.pop(client, None)

    def waits(self, client: Hashable) -> bool:
        """Tell whether a client is in the queue."""
        return client in self._queue

    def blocks(self, client: Hashable, since: float) -> bool:
        """Tell whether others wait, and a client has had its place since then or longer."""
        return bool(self._queue) and self._taken.get(client, math.inf) < since

    def rest(self, client: Hashable) -> None:
        """Let a client that was answered make room, if others wait and it has had its turn."""
        if self._queue and self._taken.get(client, 0.0) + TURN_SECONDS < _now():
            self.leave(client)

    def leave(self, client: Hashable) -> None:
        """Let a client go: a place that it had goes to who has waited longest."""
        if client in self._queue:
            self._settle(client, found=False)
        elif self._taken.pop(client, None) is not None and self._queue:
            first = next(iter(self._queue))
            self._taken[first] = _now()
            self._settle(first, found=True)

    def sweep(self, now: float) -> None:
        """Send away those who have waited too long; who came first stands first."""
        for client, (_, until) in list(self._queue.items()):
            if until > now:
                break
            self._settle(client, found=False)

    def close(self) -> None:
        """Send everybody in the queue away, and let nobody wait any more."""
        self._room = 0
        for client in list(self._queue):
            self._settle(client, found=False)

    def _settle(self, client: Hashable, *, found: bool) -> None:
        answer, _ = self._queue.pop(client)
        if not answer.done():  # the end of the service may have cancelled it
            answer.set_result(found)


def _now() -> float:
    return asyncio.get_running_loop().time()
