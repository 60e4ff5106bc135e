"""The template's new files and the owner's, merged by git.

Two things that git knows nothing of are settled here: a file that the template has renamed, and
the record of the answers, which is never the owner's to merge.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mlscaffold import interrupts, spare
from mlscaffold.errors import RepositoryError
from mlscaffold.updating import history, worktree
from mlscaffold.updating.checkout import HINT, RECORD
from mlscaffold.updating.entries import Entry, Stages
from mlscaffold.updating.proposal import tip

if TYPE_CHECKING:
    from collections.abc import Collection

    from mlscaffold.updating.checkout import Checkout
    from mlscaffold.updating.proposal import Proposal
    from mlscaffold.updating.worktree import Journal


@dataclass(frozen=True)
class Merge:
    """What came of a merge; `commit` is None while the owner has conflicts to solve."""

    commit: str | None
    conflicts: tuple[str, ...]


def merge(
    checkout: Checkout,
    proposal: Proposal,
    journal: Journal,
    *,
    message: str,
    answered: Collection[str] = (),
) -> Merge:
    """Merge what is proposed; `answered` are the keys of answers that the owner has given today.

    Raises:
        RepositoryError: git could not; what was begun is for `worktree.undo`.
        KeyboardInterrupt: there was a Ctrl-C; it has waited until the merge was done.
    """
    with interrupts.held_back():
        name = f"mlscaffold/{proposal.scaffold.version}"
        commit = tip(checkout, proposal)
        worktree.merge(checkout, journal, commit, proposal.touched, name=name, message=message)
        _require_record(checkout, proposal)
        _require_removed(proposal, journal)
        _follow_renames(checkout, proposal)
        _settle_record(checkout, answered)
        conflicts = tuple(sorted(worktree.conflicts(checkout)))
        done = None if conflicts else worktree.conclude(checkout, journal, message)
    return Merge(done, conflicts)


def _require_removed(proposal: Proposal, journal: Journal) -> None:
    """Make sure that git has taken away what it says it has: it only warns where it may not.

    Raises:
        RepositoryError: with the first file that is there as it was.
    """
    for path, entry in sorted(proposal.touched.items()):
        own = proposal.head.get(path) != proposal.start.get(path)
        if entry is None and not own and journal.shelter and journal.shelter.is_there(path):
            raise RepositoryError(f"git could not take '{path}' away.", HINT)


def _require_record(checkout: Checkout, proposal: Proposal) -> None:
    """Make sure that a merge has brought what it was to bring: the record says which version it is.

    Raises:
        RepositoryError: it says another, as where a strategy or a driver has taken one side.
    """
    if RECORD not in proposal.touched or RECORD not in proposal.head:
        return
    if RECORD in worktree.conflicts(checkout):
        return
    version = history.recorded(checkout, "").get("version")
    if version != proposal.scaffold.version:
        raise RepositoryError(
            f"git merged, and {RECORD} is of version {version} still: some setting of git's has "
            "kept the template's files out.",
            "Look for merge drivers and options: git config --get-regexp merge; "
            f"git check-attr merge {RECORD}",
        )


def _follow_renames(checkout: Checkout, proposal: Proposal) -> None:
    """Bring the owner's edits of a file along to where the template has it now.

    The owner may also have been first to move it there.
    """
    start, head = proposal.start, proposal.head
    for old, new in proposal.course.followed.items():
        if old in head and head[old] == start[old]:
            continue  # git has taken the one away and brought the other
        if old in head:
            worktree.drop(checkout, old)
        sides = Stages(start[old], head.get(old) or head[new], proposal.made[new])
        _follow(checkout, new, sides)


def _follow(checkout: Checkout, new: str, sides: Stages) -> None:
    base, ours, theirs = sides
    if base is None or ours is None or theirs is None:
        return
    mode = ours.mode if ours.mode != base.mode else theirs.mode
    if base.blob in (ours.blob, theirs.blob) or ours.blob == theirs.blob:
        blob = theirs.blob if ours.blob == base.blob else ours.blob
        worktree.settle(checkout, new, Entry(mode, blob))
        return
    blob, clean = _merged(checkout, sides)
    if clean:
        worktree.settle(checkout, new, Entry(mode, blob))
    else:
        worktree.dispute(checkout, new, Entry(mode, blob), sides)


def _merged(checkout: Checkout, sides: Stages) -> tuple[str, bool]:
    """Return the hash of three versions of a file merged, and whether nothing is in conflict."""
    with spare.folder() as folder:
        base, ours, theirs = files = [folder / part for part in Stages._fields]
        for path, side in zip(files, sides, strict=True):
            if side is not None:
                checkout.fetch(side.blob, path)
        labels = ("-L", "HEAD", "-L", "base", "-L", "mlscaffold")
        # What is no text is not merged: the file stays the owner's, and is in conflict.
        answer = checkout.ask("merge-file", "--quiet", *labels, str(ours), str(base), str(theirs))
        return checkout.store(ours), answer.status == 0


def _settle_record(checkout: Checkout, answered: Collection[str]) -> None:
    """Take the new record of the answers, unless the owner has written something of their own in.

    The answers that the owner has changed in it are in the new one, which was made from them.
    """
    sides = worktree.conflicts(checkout).get(RECORD)
    if sides is None or sides.ours is None or sides.theirs is None:
        return
    known = {
        line
        for side in (sides.base, sides.theirs)
        if side is not None
        for line in checkout.lines(side.blob)
    }
    own = [
        line
        for line in checkout.lines(sides.ours.blob)
        if line not in known
        and (line.partition(":")[0] not in {*answered, "version"} or " #" in line)
    ]
    if not own:
        worktree.settle(checkout, RECORD, sides.theirs)
