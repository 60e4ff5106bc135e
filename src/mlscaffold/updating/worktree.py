"""Changing an owner's work tree: a merge, step by step, and the way back."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from mlscaffold import interrupts
from mlscaffold.errors import HalfwayError, RepositoryError
from mlscaffold.updating.checkout import HINT, Checkout
from mlscaffold.updating.entries import Difference, Entry, Stages, coming, read_difference
from mlscaffold.updating.shelter import Shelter, sheltered

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

NO_OPTIONS = "MLSCAFFOLD_NO_OPTIONS"
"""A variable that is empty."""


@dataclass
class Journal:
    """What was done to a branch, so that this can be undone and nothing else with it.

    `before` is the commit that was the newest; `made` are those put on the branch after it;
    `merging` is the one that a merge brings in, and `shelter` has what that merge may touch.
    """

    before: str
    made: list[str] = field(default_factory=list)
    merging: str | None = None
    shelter: Shelter | None = None

    @property
    def last(self) -> str:
        """Return where the branch is, if nobody else has moved it."""
        return self.made[-1] if self.made else self.before


def merge(
    checkout: Checkout,
    journal: Journal,
    commit: str,
    touched: Mapping[str, Entry | None],
    *,
    name: str,
    message: str,
) -> None:
    """Merge a commit, up to the moment before the result is committed.

    `touched` are the paths that it may touch, and what it has there; `name` is what conflict
    markers call it.

    Raises:
        RepositoryError: git could not; what it may have begun is for `undo`.
    """
    journal.shelter = Shelter.of(checkout, touched)
    journal.merging = commit
    checkout.run("update-ref", f"refs/{name}", commit)
    try:
        words: tuple[str, ...] = (
            *("--no-ff", "--no-commit", "--no-edit", "--no-stat", "--no-autostash"),
            *("--strategy=recursive", "--strategy-option=no-renames", "--no-rerere-autoupdate"),
        )
        # The owner's options for merges into this branch may take a side, or squash. What git is
        # told in its arguments outranks all that is set; `-c` takes no `=` in a branch's name.
        branch = checkout.run("symbolic-ref", "HEAD").removeprefix("refs/heads/")
        key = f"branch.{branch}.mergeOptions"
        plain = (f"--config-env={key}={NO_OPTIONS}",) if "=" in branch else ("-c", f"{key}=")
        words += (f"--message={message}", name)
        answer = checkout.ask(*plain, "merge", *words, alone=True, environment={NO_OPTIONS: ""})
    finally:
        checkout.run("update-ref", "-d", f"refs/{name}")
    if _under_way(checkout) != commit:
        answer.require(HINT)
        raise RepositoryError("git merged nothing.", HINT)


def conflicts(checkout: Checkout) -> dict[str, Stages]:
    """Return the paths on which the two sides of a merge are of two minds."""
    sides: dict[str, dict[str, Entry]] = {}
    for line in checkout.run("ls-files", "--unmerged", "-z").split("\0"):
        if line:
            about, _, path = line.partition("\t")
            mode, blob, stage = about.split()
            sides.setdefault(path, {})[stage] = Entry(mode, blob)
    return {
        path: Stages(side.get("1"), side.get("2"), side.get("3")) for path, side in sides.items()
    }


def settle(checkout: Checkout, path: str, entry: Entry) -> None:
    """Take an entry for the result of a merge at a path."""
    _forget(checkout, path)
    checkout.index([f"{entry.mode} {entry.blob}\t{path}"])
    # With its time and size noted: git merge --abort trusts no other file.
    checkout.run("checkout-index", "--index", "--force", "--", path)


def dispute(checkout: Checkout, path: str, shown: Entry, stages: Stages) -> None:
    """Leave a path to the owner, whose file then shows the two sides of a merge."""
    settle(checkout, path, shown)
    _forget(checkout, path)
    sides = [(number, side) for number, side in enumerate(stages, start=1) if side]
    checkout.index([f"{side.mode} {side.blob} {number}\t{path}" for number, side in sides])


def drop(checkout: Checkout, path: str) -> None:
    """Take the absence of a file for the result of a merge at a path."""
    _forget(checkout, path)
    (checkout.folder / path).unlink(missing_ok=True)
    for parent in list(Path(path).parents)[:-1]:
        if not (checkout.folder / parent).is_dir():
            continue  # as in a sparse checkout
        if any((checkout.folder / parent).iterdir()):
            return
        (checkout.folder / parent).rmdir()


def conclude(checkout: Checkout, journal: Journal, message: str) -> str:
    """Commit the result of a merge and return the commit's hash."""
    parents = [journal.before, journal.merging or ""]
    commit = _commit(checkout, journal, checkout.run("write-tree"), parents, message)
    checkout.run("merge", "--quit")
    return commit


def amend(checkout: Checkout, journal: Journal, path: str) -> None:
    """Put a file as it is now into the commit that was made last, which gets another hash."""
    last = journal.last
    checkout.run("-c", "core.sparseCheckout=false", "add", "--force", "--", path)
    mode, blob, *_ = checkout.run("ls-files", "--stage", "--", path).split()
    tree = checkout.tree(checkout.entries(last) | {path: Entry(mode, blob)})
    if tree != checkout.tree_of(last):
        parents = checkout.run("rev-parse", f"{last}^@").split()
        _commit(checkout, journal, tree, parents, checkout.run("log", "-1", "--format=%B", last))
        journal.made.remove(last)


def forward(checkout: Checkout, journal: Journal, commit: str) -> None:
    """Move the branch and the files to a commit that comes after the newest one.

    Raises:
        RepositoryError: something that git does not know has come to the place of a new file.
    """
    added = checkout.difference(journal.last, commit).added
    found = checkout.in_the_way(added, checkout.entries(journal.last))
    if found:
        raise RepositoryError(f"'{found[0]}' has come meanwhile.", HINT)
    _move(checkout, journal.last, commit, reason="mlscaffold: forward")
    journal.made.append(commit)


@contextmanager
def undone_on_failure(checkout: Checkout, journal: Journal) -> Iterator[None]:
    """Take back what is noted in a journal, if what is inside fails or is interrupted.

    Raises:
        RepositoryError: it cannot be taken back, and says why; the failure is its cause.
        HalfwayError: the same after a Ctrl-C.
    """
    try:
        yield
    except BaseException as failure:
        with interrupts.held_back():
            try:
                undo(checkout, journal)
            except RepositoryError as problem:
                if isinstance(failure, KeyboardInterrupt):
                    raise HalfwayError(str(problem), problem.hint) from failure
                raise
        raise
    finally:
        if journal.shelter is not None:
            journal.shelter.remove()


def undo(checkout: Checkout, journal: Journal) -> None:
    """Go back to the commit that was the newest, if nobody has gone on from ours meanwhile.

    A merge that is not committed is taken back file by file: git cannot where it failed before.

    Raises:
        RepositoryError: the branch has moved on, or what was typed meanwhile is in the way.
    """
    if journal.merging and _under_way(checkout) == journal.merging:
        checkout.ask("merge", "--quit")
    if journal.shelter and not journal.made:
        journal.shelter.put_back()
    if not journal.made:
        return
    command = f"git revert -m 1 {journal.made[0][:10]}"
    if checkout.head() != journal.last:
        raise RepositoryError(
            "The branch has moved on meanwhile, so what was merged into it stays.",
            f"To take it back: {command}",
        )
    _require_room(checkout, journal, command)
    try:
        _move(checkout, journal.last, journal.before, reason="mlscaffold: undo")
    except RepositoryError as problem:
        raise RepositoryError(
            f"What was merged stays, for git would not take it back: {problem}",
            f"Commit what you have changed meanwhile, then: {command}",
        ) from problem


def _require_room(checkout: Checkout, journal: Journal, command: str) -> None:
    """Refuse to go back over what the owner has put where a file of before was.

    Raises:
        RepositoryError: with the first of them, and the command that goes back later.
    """
    now = {path: Entry("", "") for path in checkout.run("ls-files", "-z").split("\0")}
    found = checkout.in_the_way(checkout.entries(journal.before).keys() - now.keys(), now)
    if found:
        raise RepositoryError(
            f"What was merged stays: '{min(found)}' has come meanwhile to where the merge took a "
            "file away.",
            f"To take the merge back, move that away, then: {command}",
        )


def _commit(
    checkout: Checkout, journal: Journal, tree: str, parents: list[str], message: str
) -> str:
    """Put a commit on the branch, unless somebody else has put one there first."""
    commit = checkout.record(tree, parents, message)
    checkout.run("update-ref", "-m", f"mlscaffold: {message}", "HEAD", commit, journal.last)
    journal.made.append(commit)
    return commit


def _move(checkout: Checkout, old: str, new: str, *, reason: str) -> None:
    """Move the files, then the branch, if it is where it was; what was typed meanwhile stays."""
    checkout.ask("update-index", "-q", "--refresh")
    touched = coming(checkout.entries(old), checkout.entries(new))
    with sheltered(checkout, touched):
        checkout.ask("read-tree", "-m", "-u", old, new, alone=True).require(HINT)
    moved = checkout.ask("update-ref", "-m", reason, "HEAD", new, old)
    if moved.status != 0:
        checkout.ask("read-tree", "-m", "-u", new, old, alone=True).require(HINT)
    moved.require(HINT)


def _under_way(checkout: Checkout) -> str:
    """Return the commit that a merge under way brings in; nothing for none."""
    try:
        return (checkout.private / "MERGE_HEAD").read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return ""


def staged(checkout: Checkout, revision: str) -> Difference:
    """Return the paths that differ between a commit and the index."""
    words = ("--cached", "-z", "--name-status", "--no-renames", "--ignore-submodules=dirty")
    return read_difference(checkout.run("diff-index", *words, revision, "--"))


def _forget(checkout: Checkout, path: str) -> None:
    checkout.run("update-index", "--force-remove", "--", path)
