"""Secrets in what is about to be pushed: the only module that imports the scanner.

The scanner is Kingfisher's library, which runs in this process, asks nobody over the network
whether a secret is valid, and is kept up to date by a company for which it matters.
"""

from __future__ import annotations

import re
import zlib
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mlscaffold.errors import PublishError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mlscaffold.publishing.tokens import Token

OWN_RULES = Path(__file__).with_name("leaks.yml")
PLACEHOLDERS = frozenset({"", "admin", "changeme", "example", "pass", "password", "root", "secret"})
SHOWN = 4
"""So many characters of a secret are shown: enough to know it again, too few to use it."""

NEUTRAL = "content"
"""What the scanner is told that every file is called: it passes over lock files and pictures."""

GZIP = b"\x1f\x8b\x08"
MOST_UNPACKED = 64 << 20
"""Bytes that are unpacked of a file: what looks small may be endless."""


@dataclass(frozen=True)
class Leak:
    """A secret at some place; `masked` is its beginning, and `line` 0 where a place has none."""

    place: str
    line: int
    kind: str
    masked: str

    def __str__(self) -> str:
        """Return where it is and what it is, without the secret."""
        line = f":{self.line}" if self.line else ""
        return f"{self.place}{line} ({self.kind}, {self.masked})"


class Scanner:
    """What finds secrets by their form, and the token that publishes in any form.

    Raises:
        PublishError: the scanner's library is not installed.
    """

    def __init__(self, token: Token) -> None:
        try:
            from kingfisher_sdk import DetectionScanner, Rules
        except ImportError as error:
            raise PublishError(
                "The scanner that looks for secrets is not installed on this system.",
                "Install it (pip install kingfisher-secret-scanner), or push without a look at "
                "it: --allow-secrets.",
            ) from error
        self._token = token
        self._engine = DetectionScanner(Rules([OWN_RULES], cache_dir=_cache()))

    def content(self, place: str, content: bytes) -> list[Leak]:
        """Return the secrets in the content of a place, packed by gzip or not."""
        # git's names are bytes, which need not be UTF-8.
        place = place.encode(errors="backslashreplace").decode()
        found = self._found(content)
        if content.startswith(GZIP):
            found += self._found(_unpacked(content))
        return [Leak(place, line, kind, _masked(secret)) for line, kind, secret in found]

    def name(self, kind: str, name: str) -> list[Leak]:
        """Return the secrets in the name of a thing of some kind; none of them is shown in it."""
        shown = name.encode(errors="backslashreplace").decode()
        found = self._found(shown.encode())
        for _, _, secret in found:
            shown = shown.replace(secret, _masked(secret))
        place = f"the name of the {kind} '{shown}'"
        return [Leak(place, 0, what, _masked(secret)) for _, what, secret in found]

    def _found(self, content: bytes) -> list[tuple[int, str, str]]:
        """Return line, kind and text of each secret."""
        from kingfisher_sdk import ScanInput

        found = [
            (finding.location["line"], _kind(finding.rule_id), finding.secret)
            for finding in self._engine.scan_input(ScanInput(data=content, path=NEUTRAL))
            if finding.visible and not _is_made_up(finding.captures)
        ]
        start = self._token.start_in(content)
        if start is not None:
            line = content[:start].count(b"\n") + 1
            if line not in {where for where, _, _ in found}:
                found.append((line, "your token for GitHub", self._token.reveal()))
        return found


def _unpacked(content: bytes) -> bytes:
    """Return the beginning of what gzip has packed, one member after the other."""
    parts, left = [], MOST_UNPACKED
    while content.startswith(GZIP) and left > 0:
        member = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
        try:
            parts.append(member.decompress(content, left))
        except zlib.error:
            break
        left -= len(parts[-1])
        content = member.unused_data
    return b"".join(parts)


def _is_made_up(captures: Mapping[str, str]) -> bool:
    """Tell whether an address with a password is an example, or leads to the same machine.

    Compose files and READMEs are full of `postgresql://postgres:postgres@db:5432`.
    """
    if "host" not in captures or "password" not in captures:
        return False
    host, password = captures["host"].lower(), captures["password"].lower()
    near = "." not in host or host.startswith("127.")
    return near or password in PLACEHOLDERS or password == captures.get("username", "").lower()


def _cache() -> Path | None:
    """Return where compiled rules are kept: compiling them takes seconds, reading them none."""
    from platformdirs import user_cache_path

    folder = user_cache_path("mlscaffold") / "scanner"
    with suppress(OSError):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder if folder.is_dir() else None


def _kind(rule: str) -> str:
    return re.split(r"[./]", rule)[-1].replace("-", " ")


def _masked(secret: str) -> str:
    """Return the beginning of a secret, or nothing of a short one."""
    beginning = secret[:SHOWN] if len(secret) > 4 * SHOWN else ""
    return f"{beginning}{'*' * SHOWN}"
