"""Every way in which mlscaffold says no.

ScaffoldError                 a sentence, a hint, an exit code
├── BadInputError (2)         what was typed cannot be meant
│   ├── UnknownNameError      a template, key or choice that does not exist; proposes the nearest
│   ├── InvalidNameError      a project or package name that Python or a disk would choke on
│   ├── InvalidAnswerError    an answer that its question refuses
│   └── MissingAnswerError    something that must be said and cannot be asked
├── RefusedError (1)          what was typed is fine, the world is not
│   ├── DestinationError      the folder cannot take a project
│   ├── DiskError             the disk is full, read-only or forbidden
│   ├── OutputError           what was asked for cannot be printed
│   ├── RenderError           a template file failed to render: a fault of ours
│   ├── RepositoryError       git is missing, or refused
│   ├── PublishError          the repository is not fit to be published
│   │   ├── TakenError (5)    there is no room for it: what is there is not ours to fill
│   │   ├── RejectedError (8) the push was refused, by a rule over there or a hook here
│   │   └── SecretError (9)   what would be pushed holds a secret
│   ├── CredentialError (3)   there is no token, or it is wrong
│   │   └── ForbiddenError (4) the token is known, and may not do this
│   ├── HostError             GitHub refused, or is not GitHub
│   │   ├── LimitError (6)    GitHub wants us to wait
│   │   └── UnreachableError (7) the network, or GitHub itself, failed
│   ├── UnreadyError          a project in a state in which nothing may be merged into it
│   └── HistoryError          a project whose commits do not say what it was made from
└── HalfwayError (130)        somebody pressed Ctrl-C when something was done already
"""

from __future__ import annotations

import difflib
from contextlib import contextmanager
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


class ScaffoldError(Exception):
    """Say in one sentence what is wrong, and in a hint what gets the user out."""

    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


class BadInputError(ScaffoldError):
    """What was typed cannot be meant."""

    exit_code = 2


MOST_SHOWN = 20
"""So many known names are enough for a hint."""


class UnknownNameError(BadInputError):
    """A template, an answer's key or a choice that does not exist."""

    def __init__(self, kind: str, name: str, known: Iterable[str]) -> None:
        known = sorted(known)
        folded = {candidate.casefold(): candidate for candidate in known}
        nearest = difflib.get_close_matches(name.casefold(), folded, n=1, cutoff=0.5)
        meant = f"Did you mean '{folded[nearest[0]]}'? " if nearest else ""
        more = f" and {len(known) - MOST_SHOWN} more" if len(known) > MOST_SHOWN else ""
        shown = ", ".join(known[:MOST_SHOWN]) or "none"
        super().__init__(f"There is no {kind} '{name}'.", f"{meant}Known: {shown}{more}.")


class InvalidNameError(BadInputError):
    """A name that Python, git or a disk would choke on."""


class InvalidAnswerError(BadInputError):
    """An answer that its question refuses."""


class MissingAnswerError(BadInputError):
    """Something that must be said and cannot be asked, since there is no terminal."""


class RefusedError(ScaffoldError):
    """What was typed is fine, but the world does not allow it."""


class DestinationError(RefusedError):
    """The folder cannot take a project."""


UNTOUCHED = "Nothing was left behind; free some space or choose a folder you may write to."


class DiskError(RefusedError):
    """The disk is full, read-only or forbidden."""

    def __init__(self, error: OSError, hint: str = UNTOUCHED) -> None:
        where = f" at '{error.filename}'" if error.filename else ""
        super().__init__(f"The disk refused{where}: {error.strerror or error}.", hint)


class OutputError(RefusedError):
    """What was asked for cannot be printed: it goes to a file, and the disk is full."""

    def __init__(self, error: OSError) -> None:
        super().__init__(
            f"What was asked for cannot be printed: {error.strerror or error}.",
            "Whatever was to be made or changed is; send the output elsewhere.",
        )


class RenderError(RefusedError):
    """A template file failed to render, which is a fault of the template and not of the user."""


class RepositoryError(RefusedError):
    """git is missing, or refused."""


class UnreadyError(RefusedError):
    """A project is in a state in which nothing may be merged into it."""


class HistoryError(RefusedError):
    """The commits of a project do not say what it was made from, or say what we cannot use."""


class PublishError(RefusedError):
    """The repository is not fit to be published."""


class TakenError(PublishError):
    """There is no room for the repository: what is there is not ours to fill."""

    exit_code = 5


class RejectedError(PublishError):
    """The push was refused, by a rule over there or by a hook here."""

    exit_code = 8


class SecretError(PublishError):
    """What would be pushed holds a secret."""

    exit_code = 9


class CredentialError(RefusedError):
    """There is no token, or it is wrong."""

    exit_code = 3


class ForbiddenError(CredentialError):
    """The token is known, and may not do what was asked for."""

    exit_code = 4


class HostError(RefusedError):
    """GitHub refused, or what answers is not GitHub."""


class LimitError(HostError):
    """GitHub wants us to wait."""

    exit_code = 6


class UnreachableError(HostError):
    """The network, or GitHub itself, failed: the same again may succeed."""

    exit_code = 7


class HalfwayError(ScaffoldError):
    """Somebody pressed Ctrl-C when something was done already."""

    exit_code = 130


@contextmanager
def disk(hint: str = UNTOUCHED) -> Iterator[None]:
    """Turn what the system refuses into an error of ours; also a decorator."""
    try:
        yield
    except OSError as error:
        raise DiskError(error, hint) from error
