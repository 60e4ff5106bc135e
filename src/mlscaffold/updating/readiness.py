"""Whether an owner is in the middle of something, so that nothing may be merged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlscaffold.errors import UnreadyError

if TYPE_CHECKING:
    from mlscaffold.updating.checkout import Checkout

UNDER_WAY = {
    "MERGE_HEAD": ("A merge", "git merge --abort"),
    "rebase-merge": ("A rebase", "git rebase --abort"),
    "rebase-apply/applying": ("An application of patches", "git am --abort"),
    "rebase-apply": ("A rebase", "git rebase --abort"),
    "CHERRY_PICK_HEAD": ("A cherry-pick", "git cherry-pick --abort"),
    "REVERT_HEAD": ("A revert", "git revert --abort"),
    "BISECT_LOG": ("A bisection", "git bisect reset"),
}


def require_unmoved(checkout: Checkout, head: str) -> None:
    """Refuse to go on where the owner has committed since the project was looked at.

    Raises:
        UnreadyError: the newest commit is another one.
    """
    if checkout.head() != head:
        raise UnreadyError(
            f"There is a new commit in '{checkout.folder}' since it was looked at.",
            "Run the same command again.",
        )


def require_ready(checkout: Checkout) -> None:
    """Refuse to merge where the owner is in the middle of something.

    Raises:
        UnreadyError: with what, and how to get out of it.
    """
    for name, (what, command) in UNDER_WAY.items():
        if (checkout.private / name).exists():
            raise UnreadyError(
                f"{what} is under way in '{checkout.folder}'.", f"End it first, or: {command}"
            )
    held = checkout.private / "index.lock"
    if held.exists():
        raise UnreadyError(
            f"Another git is at work in '{checkout.folder}', or one has crashed there.",
            f"Wait until it has ended; if none is running, remove the file '{held}'.",
        )
    if checkout.ask("symbolic-ref", "--quiet", "HEAD").status != 0:
        raise UnreadyError(
            f"No branch is checked out in '{checkout.folder}': HEAD is detached.",
            "Switch to the branch that is to be updated: git switch BRANCH",
        )
    checkout.head()
    changed = checkout.dirty()
    if changed:
        more = f" and {len(changed) - 1} more" if len(changed) > 1 else ""
        raise UnreadyError(
            f"There are changes that are not committed: '{changed[0]}'{more}.",
            "Commit them, or put them aside: git stash",
        )
    # A merge that git gives up half-way resets them, though nobody told it of them.
    hidden = checkout.hidden()
    if hidden:
        raise UnreadyError(
            f"git was told not to look at '{hidden[0]}', which has changes.",
            "Have it look, then commit or stash them: git update-index --no-assume-unchanged "
            f"{hidden[0]}; or, if that is how it was hidden, --no-skip-worktree.",
        )
