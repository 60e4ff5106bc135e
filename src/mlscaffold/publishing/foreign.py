"""What others say, GitHub and git: all of it comes in here, and may be shown from then on.

The token is masked in it, which a server may well repeat, and what would steer a terminal is gone.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from email.message import Message
from typing import TYPE_CHECKING, Any

from mlscaffold.repository import Answer

if TYPE_CHECKING:
    from mlscaffold.publishing.tokens import Token


@dataclass(frozen=True)
class Response:
    """What GitHub answered: its status, its headers, and the JSON in it, or None."""

    status: int
    headers: Message
    data: Any

    @property
    def message(self) -> str:
        """Return GitHub's own words: its sentence, and what it says of each field."""
        if not isinstance(self.data, dict):
            return ""
        fields = [e.get("message", "") if isinstance(e, dict) else e for e in self.errors]
        words = [str(word) for word in (self.data.get("message", ""), *fields)]
        return " ".join(word.rstrip(".") + "." for word in words if word)

    @property
    def errors(self) -> list[Any]:
        """Return what GitHub has against single fields of a request."""
        listed = self.data.get("errors") if isinstance(self.data, dict) else None
        return listed if isinstance(listed, list) else []


def response(status: int, headers: Message, content: bytes, token: Token) -> Response:
    """Return what a server answered, which need not be GitHub."""
    plain = Message()
    for key, value in headers.items():
        plain[key] = line(value, token)
    try:
        data = _plain(json.loads(content), token) if content else None
    except (ValueError, RecursionError):  # the latter where it is nested without end
        data = None
    return Response(status, plain, data)


def answer(given: Answer, token: Token) -> Answer:
    """Return what git said, and others by its mouth; the ends of lines and tabs stay."""
    output, errors = (_lines(text, token) for text in (given.output, given.errors))
    return Answer(given.status, output, errors)


def line(text: str, token: Token) -> str:
    """Return words as a part of one line."""
    return token.hidden(printable(text))


def printable(text: str) -> str:
    """Return words without any character that is none, or that turns others around."""
    spaced = (" " if c.isspace() else c for c in text)
    return "".join(filter(str.isprintable, spaced))


def _lines(text: str, token: Token) -> str:
    ends = text.replace("\r\n", "\n").replace("\r", "\n")
    kept = (c for c in ends if c.isprintable() or c in "\n\t")
    return token.hidden("".join(kept))


def _plain(value: Any, token: Token) -> Any:  # noqa: ANN401  anything that JSON can hold
    if isinstance(value, str):
        return line(value, token)
    if isinstance(value, list):
        return [_plain(entry, token) for entry in value]
    if isinstance(value, dict):
        return {line(key, token): _plain(entry, token) for key, entry in value.items()}
    return value
