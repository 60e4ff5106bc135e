"""What can be known of a publication before the project is there."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from mlscaffold.destination import absolute, nearest_folder
from mlscaffold.errors import TakenError, disk
from mlscaffold.publishing import local as here
from mlscaffold.publishing import remotes, targets, tokens
from mlscaffold.publishing.foreign import printable
from mlscaffold.publishing.github import GitHub
from mlscaffold.publishing.request import checked, visibility_of

if TYPE_CHECKING:
    from mlscaffold.publishing.request import Request


@remotes.plain_git()
@disk()
def rehearse(request: Request) -> Request:
    """Return a request, its visibility said, for a project whose name is known and no more.

    What can be known before the project is there is looked at: the token, and the room.

    Raises:
        ScaffoldError: it could not be carried out.
    """
    host = checked(request)
    name = request.name or ""
    visibility = visibility_of(request, host, name)
    token = tokens.find(host)
    github = GitHub(host, token)
    login = github.account().login
    target = targets.locate(github, host, login, request.owner or login, name)
    folder = absolute(Path(request.path))
    cloned = (folder / ".git").exists()
    if cloned:
        targets.require_remote(folder, request.remote, target)
    targets.require_room(target, visibility)
    target = targets.with_heads(nearest_folder(folder), target, token)
    place = next(iter(target.heads), "")
    if cloned:
        place = targets.in_the_way(here.unfinished(folder), target)
    if place:
        raise TakenError(
            f"{target.page} exists, and its branch '{printable(place)}' has commits that "
            "are not here.",
            "Give the project another name, or clone that repository and fill the clone.",
        )
    return replace(request, owner=target.owner, name=target.name, visibility=visibility)
