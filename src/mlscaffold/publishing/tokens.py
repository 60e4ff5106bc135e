"""The token that GitHub knows its user by: where it is found, and that it is never shown."""

from __future__ import annotations

import base64
import os
import shutil
import subprocess
from typing import TYPE_CHECKING

from mlscaffold.errors import CredentialError

if TYPE_CHECKING:
    from mlscaffold.publishing.hosts import Host

GITHUB = ("GH_TOKEN", "GITHUB_TOKEN")
ENTERPRISE = ("GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN")
"""Variables that gh reads too, and for the same hosts: no host is sent the token of another."""

PATIENCE = 20
"""Seconds that gh may take to find its token."""

FORM = "settings/personal-access-tokens/new"
FILLED = f"{FORM}?name=mlscaffold&administration=write&contents=write&workflows=write"
"""The form for a fine-grained token, with the three permissions ticked that publishing needs."""


class Token:
    """A token that does not show itself; `source` says where it was found."""

    __slots__ = ("_value", "source")

    def __init__(self, value: str, *, source: str) -> None:
        self._value = value
        self.source = source

    def __repr__(self) -> str:
        return f"<the token of {self.source}>"

    def reveal(self) -> str:
        """Return the token itself, for the one who sends it."""
        return self._value

    def basic(self) -> str:
        """Return it as the header in which git sends a password."""
        pair = base64.b64encode(f"x-access-token:{self._value}".encode()).decode()
        return f"Authorization: Basic {pair}"

    def hidden(self, text: str) -> str:
        """Return a text in which the token stands in none of the forms in which it is sent."""
        pair = self.basic().rpartition(" ")[2]
        return text.replace(pair, "****").replace(self._value, "****")

    def start_in(self, content: bytes) -> int | None:
        """Return where the token begins in a file, of one byte a letter or of two; or None."""
        forms = (self._value.encode(form) for form in ("utf-8", "utf-16-le", "utf-16-be"))
        return min((start for form in forms if (start := content.find(form)) >= 0), default=None)

    @property
    def has_scopes(self) -> bool:
        """Tell whether GitHub says what it may do: it does of classic tokens alone."""
        return self._value.startswith(("ghp_", "gho_")) or "_" not in self._value


def find(host: Host) -> Token:
    """Return the token for a host: from the environment, else from gh.

    Raises:
        CredentialError: there is none, or what is there can be none.
    """
    names = GITHUB if host.is_github else ENTERPRISE
    for name in names:
        value = os.environ.get(name, "").strip()
        if value:
            return _checked(value, name)
    value = _from_gh(host)
    if value:
        return _checked(value, "gh")
    raise CredentialError(_missing(host, names), f"{how_to_get(host)} Or log in: gh auth login.")


def how_to_get(host: Host) -> str:
    """Return how a token is made that may do all that publishing needs, and where it goes."""
    name = (GITHUB if host.is_github else ENTERPRISE)[0]
    form = FILLED if host.is_github else FORM
    return (
        f"Make a fine-grained token at {host.web}/{form} for all repositories of the owner, with "
        "read and write access to Administration, Contents and Workflows, and set "
        f"{name} to it."
    )


def _missing(host: Host, names: tuple[str, ...]) -> str:
    others = [name for name in GITHUB if os.environ.get(name)] if names is ENTERPRISE else []
    if others:
        return f"There is no token for {host.name}: {others[0]} is for github.com alone."
    return f"There is no token for {host.name}: neither {names[0]} nor {names[1]} is set."


def _checked(value: str, source: str) -> Token:
    if not (value.isascii() and value.isprintable()) or " " in value:
        raise CredentialError(
            f"What {source} holds is no token: there are characters in it that none has.",
            "Copy the token again; it is one word.",
        )
    return Token(value, source=source)


def _from_gh(host: Host) -> str:
    """Return the token that gh keeps for a host; empty where it has none, or is not there."""
    gh = shutil.which("gh")
    if gh is None:
        return ""
    try:
        ended = subprocess.run(  # noqa: S603  the user's own gh, which has its own token
            [gh, "auth", "token", "--hostname", host.name],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=PATIENCE,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return ended.stdout.strip() if ended.returncode == 0 else ""
