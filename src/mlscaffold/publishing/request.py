"""What a user asks `publish` for, and whether it can be meant."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from mlscaffold.errors import MissingAnswerError
from mlscaffold.publishing import hosts, particulars

if TYPE_CHECKING:
    from pathlib import Path

    from mlscaffold.publishing.hosts import Host
    from mlscaffold.publishing.targets import Visibility


class Prompter(Protocol):
    """Whatever can ask a person."""

    def visibility(self, page: str) -> Visibility:
        """Return who may see the repository at that page."""


@dataclass(frozen=True)
class Request:
    """What a user asks `publish` for; what is None follows from the project and the token.

    `prompter` is None where nobody can be asked.
    """

    path: Path | str = "."
    owner: str | None = None
    name: str | None = None
    visibility: Visibility | None = None
    description: str | None = None
    homepage: str | None = None
    topics: tuple[str, ...] | None = None
    host: str = hosts.PUBLIC
    remote: str = "origin"
    allow_dirty: bool = False
    allow_secrets: bool = False
    prompter: Prompter | None = None


def checked(request: Request) -> Host:
    """Return the host, when all that was typed can be meant.

    Raises:
        BadInputError: it cannot.
    """
    host = hosts.parse(request.host)
    if request.owner is not None:
        particulars.check_owner(request.owner)
    if request.name is not None:
        particulars.check_name(request.name)
    particulars.check_description(request.description or "")
    particulars.check_homepage(request.homepage or "")
    particulars.check_topics(request.topics or ())
    particulars.check_remote(request.remote)
    return host


def visibility_of(request: Request, host: Host, name: str) -> Visibility:
    """Return who may see the repository of that name: as said, or as asked for now.

    Raises:
        MissingAnswerError: nobody can be asked.
    """
    if request.visibility is not None:
        return request.visibility
    if request.prompter is None:
        raise MissingAnswerError(
            "Who may see the repository must be said, and there is no terminal to ask at.",
            "Give --public or --private.",
        )
    return request.prompter.visibility(host.page(request.owner or "you", name))
