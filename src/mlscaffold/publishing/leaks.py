"""Secrets in what is about to be pushed: the only module that imports the scanner.

The scanner is Kingfisher's library, which runs in this process, asks nobody over the network
whether a secret is valid, and is kept up to date by a company for which it matters.
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mlscaffold.errors import PublishError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mlscaffold.publishing.tokens import Token

OWN_RULES = Path(__file__).with_name("leaks.yml")
PLACEHOLDERS = frozenset({"", "admin", "changeme", "example", "pass", "password", "root", "secret"})
SHOWN = 4
"""So many characters of a secret are shown: enough to know it again, too few to use it."""


@dataclass(frozen=True)
class Leak:
    """A secret in a file; `masked` is its beginning."""

    path: str
    line: int
    kind: str
    masked: str

    def __str__(self) -> str:
        """Return where it is and what it is, without the secret."""
        return f"{self.path}:{self.line} ({self.kind}, {self.masked})"


def scanner(token: Token) -> Callable[[str, bytes], list[Leak]]:
    """Return what finds the secrets in a file of a path and some content, and that token.

    Raises:
        PublishError: the scanner is not installed.
    """
    try:
        from kingfisher_sdk import DetectionScanner, Rules, ScanInput
    except ImportError as error:
        raise PublishError(
            "The scanner that looks for secrets is not installed on this system.",
            "Install it (pip install kingfisher-secret-scanner), or push without a look at it: "
            "--allow-secrets.",
        ) from error

    engine = DetectionScanner(Rules([OWN_RULES], cache_dir=_cache()))

    def scan(path: str, content: bytes) -> list[Leak]:
        # git's names are bytes, which need not be UTF-8.
        path = path.encode(errors="backslashreplace").decode()
        found = [
            Leak(path, finding.location["line"], _kind(finding.rule_id), _masked(finding.secret))
            for finding in engine.scan_input(ScanInput(data=content, path=path))
            if finding.visible and not _is_made_up(finding.captures)
        ]
        if token.is_in(content):
            line = content[: content.index(token.reveal().encode())].count(b"\n") + 1
            if not any(leak.line == line for leak in found):
                found.append(Leak(path, line, "your token for GitHub", _masked(token.reveal())))
        return found

    return scan


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
