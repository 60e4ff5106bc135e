"""The limit: reads a request and answers two bytes, in the fastest way that uvicorn has."""

from __future__ import annotations

from typing import Any

START = {
    "type": "http.response.start",
    "status": 200,
    "headers": [(b"content-type", b"application/json"), (b"content-length", b"2")],
}
BODY = {"type": "http.response.body", "body": b"{}"}


async def app(_: dict[str, Any], receive: Any, send: Any) -> None:
    """Answer whatever was asked."""
    while (await receive()).get("more_body"):
        pass
    await send(START)
    await send(BODY)
