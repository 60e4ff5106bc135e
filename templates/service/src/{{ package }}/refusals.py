"""What a connection says where no application answers: problems, and their whole answer."""

from __future__ import annotations

import re
from collections.abc import Iterable
from http import HTTPStatus

from .problems import MEDIA_TYPE, ProblemError

MALFORMED = ProblemError(HTTPStatus.BAD_REQUEST, "malformed-http", "This is not HTTP/1.1.")
GREEDY = ProblemError(
    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "headers-too-large", "The headers are too large."
)
CODED = ProblemError(
    HTTPStatus.NOT_IMPLEMENTED, "not-implemented", "No transfer coding but chunked is known."
)
TUNNEL = ProblemError(HTTPStatus.NOT_IMPLEMENTED, "not-implemented", "This is no proxy.")
UNKNOWN = ProblemError(HTTPStatus.NOT_IMPLEMENTED, "not-implemented", "No such method is known.")
SLOW = ProblemError(
    HTTPStatus.REQUEST_TIMEOUT, "request-timeout", "The request took too long to arrive."
)
OVERLOADED = ProblemError(
    HTTPStatus.SERVICE_UNAVAILABLE,
    "overloaded",
    "Too many clients are connected.",
    headers=((b"retry-after", b"1"), (b"connection", b"close")),
)

METHOD = re.compile(rb"[A-Z-]{1,30} /")


def illegible(data: bytes) -> ProblemError:
    """Return why the parser knows no method in what begins a request."""
    return UNKNOWN if METHOD.match(data) else MALFORMED


def objection(version: str, headers: Iterable[tuple[bytes, bytes]]) -> ProblemError | None:
    """Return why a request with such a head cannot be understood, names in lower case."""
    hosts = 0
    for name, value in headers:
        if name == b"host":
            hosts += 1
        elif name == b"transfer-encoding" and value.strip().lower() != b"chunked":
            return CODED
    if version == "1.1":
        return None if hosts == 1 else MALFORMED
    return MALFORMED if version != "1.0" or hosts > 1 else None


def answer(problem: ProblemError, number: str, path: str) -> bytes:
    """Return the whole answer, for where there is no application to send it."""
    body = problem.document(number, path)
    headers = {b"connection": b"close"} | dict(problem.headers)
    head = (
        f"HTTP/1.1 {problem.status.value} {problem.status.phrase}\r\n"
        f"content-type: {MEDIA_TYPE}\r\ncontent-length: {len(body)}\r\n"
        f"x-request-id: {number}\r\n"
    )
    lines = [name + b": " + value for name, value in headers.items()]
    return b"\r\n".join([head.encode() + lines[0], *lines[1:], b"", body])
