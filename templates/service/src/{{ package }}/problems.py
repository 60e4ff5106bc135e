"""What a client did wrong, as a problem document (RFC 9457)."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus

import msgspec
from msgspec import Struct

MEDIA_TYPE = "application/problem+json"


class Fault(Struct, frozen=True):
    """One finding in a request: which row (from 0), which field of it, and why."""

    row: int
    field: str
    reason: str


class Document(Struct, frozen=True, omit_defaults=True):
    """The problem as the client reads it; `type` is what a program should look at.

    `error` repeats the detail where the Open Inference Protocol's clients look for it.
    """

    type: str
    title: str
    status: int
    detail: str
    request_id: str
    errors: list[Fault] = []
    error: str = ""


@dataclass
class ProblemError(Exception):
    """A request that cannot be answered.

    `kind` is a short name that never changes, `detail` one sentence for a person, `headers` what
    the answer has to bear beside it.
    """

    status: HTTPStatus
    kind: str
    detail: str
    errors: tuple[Fault, ...] = ()
    headers: tuple[tuple[bytes, bytes], ...] = ()

    def document(self, request_id: str, path: str = "") -> bytes:
        """Return the problem document as JSON, for who asked for that path."""
        return msgspec.json.encode(
            Document(
                type=f"urn:problem-type:{self.kind}",
                title=self.kind.replace("-", " ").capitalize(),
                status=self.status,
                detail=self.detail,
                request_id=request_id,
                errors=list(self.errors),
                error=self.detail if f"{path}/".startswith("/v2/") else "",
            )
        )


SHUT_DOWN = ProblemError(
    HTTPStatus.SERVICE_UNAVAILABLE,
    "shutting-down",
    "The service ended before the answer was found.",
    headers=((b"retry-after", b"1"), (b"connection", b"close")),
)


def from_status(status: int, detail: str) -> ProblemError:
    """Return the problem for a plain HTTP status, named by its standard phrase."""
    known = HTTPStatus(status)
    return ProblemError(known, known.phrase.lower().replace(" ", "-"), detail)
