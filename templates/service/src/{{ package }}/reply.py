"""One answer on its way out: its request id, and the status that was sent, for the log."""

from __future__ import annotations

import itertools
import re
import secrets
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from .body import Scope
from .problems import MEDIA_TYPE, ProblemError

Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]
Header = tuple[bytes, bytes]

ACCEPTABLE_ID = re.compile(rb"[A-Za-z0-9._:/+=-]{1,128}")  # safe in a header and in a log line
JSON = (b"content-type", b"application/json")
PROBLEM = (b"content-type", MEDIA_TYPE.encode())

CLIENT_LEFT = 499  # nobody is left to read a status: the log alone says so, as nginx does

_process = secrets.token_hex(6)
_numbers = itertools.count()


def new_id() -> str:
    """Return an id that no other request has: random for the process, then a number."""
    return f"{_process}{next(_numbers):08x}"


def request_id(scope: Scope) -> str:
    """Return the id that the client sent, if it can be trusted in a log, or a new one."""
    for name, value in scope["headers"]:
        if name == b"x-request-id" and ACCEPTABLE_ID.fullmatch(value):
            return str(value, "ascii")
    return new_id()


class Reply:
    """Sends the answer to a request under its id; `status` is 0 until it has begun."""

    def __init__(self, send: Send, scope: Scope) -> None:
        self.status = 0
        self.request_id = scope["state"].get("request_id") or request_id(scope)
        self._send = send
        self._path = scope["path"]
        self._id = (b"x-request-id", self.request_id.encode())

    async def __call__(self, message: Message) -> None:
        """Pass on a message of an application that knows nothing of request ids."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message["headers"] = [*message["headers"], self._id]
        await self._send(message)

    async def answer(self, body: bytes) -> None:
        """Send an answer that is JSON."""
        await self._whole(200, [JSON], body)

    async def problem(self, problem: ProblemError) -> None:
        """Send a problem document."""
        body = problem.document(self.request_id, self._path)
        await self._whole(problem.status, [PROBLEM, *problem.headers], body)

    async def _whole(self, status: int, headers: list[Header], body: bytes) -> None:
        self.status = int(status)
        headers += ((b"content-length", b"%d" % len(body)), self._id)
        await self._send({"type": "http.response.start", "status": status, "headers": headers})
        await self._send({"type": "http.response.body", "body": body})
