"""What an owner should know after an update, in a sentence each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlscaffold.updating import history
from mlscaffold.updating.checkout import RECORD

if TYPE_CHECKING:
    from mlscaffold.updating.checkout import Checkout
    from mlscaffold.updating.course import Course
    from mlscaffold.updating.proposal import Proposal


def bars(course: Course, conflicts: tuple[str, ...]) -> list[str]:
    """Return what of the owner's kept something of the template's out, one line each."""
    found = {own: path for path, own in sorted(course.barred.items(), reverse=True)}
    return [
        f"'{own}' is in conflict, and where the template has another kind of thing, '{path}': "
        "that is left out."
        if own in conflicts
        else f"'{own}' is yours, and the template has another kind of thing there, '{path}': "
        "yours stays, and the template's is left out."
        for own, path in sorted(found.items())
    ]


def left_behind(proposal: Proposal, before: str | None, now: str | None) -> list[str]:
    """Return which files of the owner's stay in a package that has another name now."""
    if not before or before == now:
        return []
    folder = f"src/{before}/"
    own = [path for path in sorted(proposal.head) if path.startswith(folder)]
    own = [path for path in own if path not in proposal.start]
    if not own:
        return []
    more = f" and {len(own) - 1} more" if len(own) > 1 else ""
    said = f"'{own[0]}'{more} you have added to the package, which is 'src/{now}' now"
    return [f"{said}: move what belongs to it, with git mv, and its imports with it."]


def taken_away(checkout: Checkout) -> list[str]:
    """Return how to have the template's files again, where the owner has reverted their coming."""
    commit = history.taken_away(checkout)
    if commit is None:
        return []
    said = f"{RECORD} has been away since commit {commit[:10]}"
    return [f"{said}. To have again what else that took away: git revert {commit[:10]}"]
