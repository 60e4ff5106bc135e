"""Whether the commits of a new project would be its own alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlscaffold import destination, repository
from mlscaffold.errors import DestinationError

if TYPE_CHECKING:
    from mlscaffold.destination import Destination


def require_own_repository(place: Destination) -> None:
    """Refuse a destination whose commits would not be its own alone.

    A repository inside another one comes along in no clone of the outer one. Where the outer one
    ignores the folder, that is what its owner wants.

    Raises:
        DestinationError: with whose commits they would be.
    """
    if place.has_git:
        strangers = [
            n for n in repository.tracked_at_top(place.path) if not destination.is_welcome(n)
        ]
        if strangers:
            raise DestinationError(
                f"The repository in '{place.path}' has commits that hold '{strangers[0]}'.",
                "Give a PATH where nothing is yet, or a freshly cloned empty repository.",
            )
        return
    outer = repository.enclosing(place.path)
    if outer is not None:
        raise DestinationError(
            f"'{place.path}' is inside the git repository '{outer}'.",
            "Give a PATH outside of it, or add the files to that repository with --no-git.",
        )
