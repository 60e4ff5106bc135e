"""How answers go out: each as one write, and all of a round of the loop together."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

CONTINUE = b"HTTP/1.1 100"


class Outbox:
    """Answers on their way out, written when all requests that had arrived are worked on.

    Each write is a system call that wakes a client, which costs most when one is woken at a time.
    """

    def __init__(self) -> None:
        self._waiting: list[tuple[asyncio.Transport, bytes]] = []

    def put(self, transport: asyncio.Transport, data: bytes) -> None:
        """Take what is to be written to a connection."""
        if not self._waiting:
            asyncio.get_running_loop().call_soon(self.flush)
        self._waiting.append((transport, data))

    def flush(self) -> None:
        """Write all of it; a client that is gone costs nobody else an answer."""
        waiting, self._waiting = self._waiting, []
        for transport, data in waiting:
            if not transport.is_closing():
                with suppress(RuntimeError):  # uvloop's, of a connection that was just reset
                    transport.write(data)


class Joined:
    """Where an answer is written to: its head waits for the body, and both go out as one.

    It does not know the request: each would hold the other, and only the garbage collector could
    free them, which took an eighth of the time.
    """

    def __init__(self, transport: Any, outbox: Outbox) -> None:  # noqa: ANN401  uvicorn's
        self._transport = transport
        self._outbox = outbox
        self._begun = False
        self._head = b""

    def write(self, data: bytes) -> None:
        """Write, or keep the head; what comes before an answer ("100 Continue") is none."""
        if not self._begun and not data.startswith(CONTINUE):
            self._begun, self._head = True, data
        else:
            self._outbox.put(self._transport, self._head + data)
            self._head = b""

    def close(self) -> None:
        """Close the connection; an answer whose body never came is lost."""
        self._outbox.flush()
        self._transport.close()

    def is_closing(self) -> bool:
        """Tell whether the connection is about to close."""
        return bool(self._transport.is_closing())
