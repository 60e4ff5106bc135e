"""The body of a request: read within its limit, then decoded, or refused with a reason."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from http import HTTPStatus
from typing import Any

import msgspec

from .columns import shorten
from .problems import ProblemError

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]

JSON = b"application/json"
SMALL_BYTES = 8192  # of a body may be held without a place: who sends slowly holds nobody up


async def arrived(cycle: Any) -> None:  # noqa: ANN401  uvicorn's
    """Wait until the body is whole or no longer small, or is not sent before it is asked for."""
    while (
        cycle.more_body
        and len(cycle.body) <= SMALL_BYTES
        and not cycle.disconnected
        and not cycle.waiting_for_100_continue
    ):
        await cycle.message_event.wait()
        cycle.message_event.clear()
    cycle.message_event.set()


async def read(scope: Scope, receive: Receive, limit: int) -> bytes:
    """Return the body of the request, and stop reading where it grows past `limit` bytes.

    Raises:
        ProblemError: it is too large, or says that it is no JSON.
        ConnectionResetError: the client left before all of it was there.
    """
    for name, value in scope["headers"]:
        if name == b"content-length":
            if int(value) > limit:
                raise _too_large(limit)
        elif name == b"content-type":
            if value != JSON:
                _check_type(value)
        elif name == b"content-encoding" and value.lower() != b"identity":
            raise _unsupported("The body has to be sent as it is, without a content encoding.")
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ConnectionResetError("the client left before its request was complete")
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > limit:
            raise _too_large(limit)
        chunks.append(chunk)
        if not message.get("more_body", False):
            return b"".join(chunks)


def _check_type(value: bytes) -> None:
    """Refuse a body that says that it is no JSON; one that says nothing is tried."""
    if value.partition(b";")[0].strip().lower() != JSON:
        shown = shorten(value.decode("latin-1"))
        raise _unsupported(f"The body has to be application/json, not {shown!r}.")


def _too_large(limit: int) -> ProblemError:
    return ProblemError(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        "body-too-large",
        f"The body holds more than {limit} bytes.",
    )


def _unsupported(detail: str) -> ProblemError:
    return ProblemError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "unsupported-media-type", detail)


def decode(body: bytes) -> Any:  # noqa: ANN401  any JSON value
    """Return what the JSON holds.

    Raises:
        ProblemError: it is no JSON.
    """
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ProblemError(
            HTTPStatus.BAD_REQUEST, "malformed-json", f"The body cannot be read as JSON: {error}."
        ) from None
