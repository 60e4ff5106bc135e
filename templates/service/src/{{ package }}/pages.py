"""The pages for people: at `/` a form around the model, at `/docs` the description of the API.

They are plain files that lie in `web/`, without a build step, and ask nobody but this service: both
read `/openapi.json`, which is made from the model's signature.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from importlib.resources import files
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

Endpoint = Callable[[Request], Awaitable[Response]]

HEADERS = {
    # Scripts and styles are files of ours, and there is nowhere else to send anything.
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-cache",  # a newer service may bring newer pages
}


def fixed(content: dict[str, Any]) -> Endpoint:
    """Return what answers with the same JSON always; it is written once."""
    body = bytes(JSONResponse(content).body)

    async def answer(_: Request) -> Response:
        return Response(body, media_type="application/json")

    return answer


def _page(name: str, media_type: str) -> Endpoint:
    """Return what answers with a file of `web/`; it is read once."""
    body = files(__package__).joinpath("web", name).read_bytes()

    async def page(request: Request) -> Response:
        return Response(body, headers=HEADERS, media_type=media_type)

    return page


PAGES = {
    "/": _page("predict.html", "text/html"),
    "/docs": _page("docs.html", "text/html"),
    "/web/predict.js": _page("predict.js", "text/javascript"),
    "/web/docs.js": _page("docs.js", "text/javascript"),
    "/web/common.js": _page("common.js", "text/javascript"),
    "/web/style.css": _page("style.css", "text/css"),
    "/web/icon.svg": _page("icon.svg", "image/svg+xml"),
}
