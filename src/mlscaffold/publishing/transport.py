"""One request over HTTP: it follows nothing, and ends in a bounded time and size."""

from __future__ import annotations

import queue
import threading
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from email.message import Message

    Reply = tuple[int, Message, bytes]
    """What came: a status, headers, and the beginning of a body."""

SILENCE = 30
"""Seconds that a line may be silent."""

PATIENCE = 60
"""Seconds that an answer may take, however it drips."""

MOST = 8 << 20
"""Bytes that are read of an answer; GitHub's have some thousands."""


class _Stay(urllib.request.HTTPRedirectHandler):
    """Hand redirects to us: urllib would take the token along to any host."""

    def http_error_302(self, *_: Any, **__: Any) -> None:  # noqa: ANN401
        """Follow nothing, and read nothing of where it leads."""

    http_error_301 = http_error_303 = http_error_307 = http_error_308 = http_error_302


def send(request: urllib.request.Request, *, proxied: bool) -> Reply:
    """Return what a server answers, refusals and redirects too.

    Raises:
        OSError: nothing came, or not in time.
        http.client.HTTPException: what came is not HTTP.
    """
    handlers = [] if proxied else [urllib.request.ProxyHandler({})]
    opener = urllib.request.build_opener(_Stay, *handlers)
    came: queue.SimpleQueue[Reply | Exception] = queue.SimpleQueue()

    def ask() -> None:
        try:
            came.put(_asked(opener, request))
        except Exception as error:  # noqa: BLE001  it is raised below
            came.put(error)

    # A limit of the socket's begins anew with each byte, and looking up a name has none.
    threading.Thread(target=ask, daemon=True).start()
    try:
        found = came.get(timeout=PATIENCE)
    except queue.Empty:
        raise TimeoutError(f"it has not answered in {PATIENCE} seconds") from None
    if isinstance(found, Exception):
        raise found
    return found


def _asked(opener: urllib.request.OpenerDirector, request: urllib.request.Request) -> Reply:
    try:
        with opener.open(request, timeout=SILENCE) as answer:
            return answer.status, answer.headers, answer.read(MOST)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers, error.read(MOST)
