"""The lock file after a merge: never merged, made anew where it has to be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlscaffold import interrupts
from mlscaffold.lock import lock
from mlscaffold.updating import worktree
from mlscaffold.updating.course import LOCK

if TYPE_CHECKING:
    from mlscaffold.updating.checkout import Checkout
    from mlscaffold.updating.worktree import Journal

REQUIREMENTS = "pyproject.toml"


def relock(checkout: Checkout, journal: Journal) -> list[str]:
    """Lock anew where the requirements have come to differ, and return what the owner should know.

    The lock file becomes part of the merge, so that whoever reverts that has the old one again.
    """
    if not _is_wanted(checkout, journal.before, journal.last):
        return []
    reason = lock(checkout.folder)
    if reason is None:
        if checkout.head() != journal.last:  # locking takes seconds
            return ["uv.lock is made anew; the branch has moved on: commit it yourself."]
        with interrupts.held_back():
            worktree.amend(checkout, journal, LOCK)
        return []
    what = "as it was" if (checkout.folder / LOCK).exists() else "left out"
    return [f"uv.lock is {what}: {reason}. Make and commit it when you can: uv lock"]


def _is_wanted(checkout: Checkout, before: str, after: str) -> bool:
    """Tell whether the requirements have changed, or no lock file was ever there."""
    if checkout.text(after, REQUIREMENTS) is None:
        return False
    difference = checkout.difference(before, after)
    if checkout.text(after, LOCK) is not None:
        return REQUIREMENTS in (*difference.added, *difference.changed)
    there = (checkout.folder / LOCK).exists() or bool(checkout.ignored([LOCK]))
    return not there and not checkout.was_committed(LOCK)
