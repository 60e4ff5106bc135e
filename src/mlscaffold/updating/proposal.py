"""What the template would have a project be now: a commit beside the owner's, ready to merge."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mlscaffold.errors import UnreadyError
from mlscaffold.updating import course, history
from mlscaffold.updating.entries import coming
from mlscaffold.updating.filters import filtered
from mlscaffold.updating.history import Scaffold

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from mlscaffold.updating.checkout import Checkout
    from mlscaffold.updating.course import Course
    from mlscaffold.updating.entries import Entry

FITTED = "Leave to this project what it has taken away, made its own, or filters"


@dataclass(frozen=True)
class Proposal:
    """Three trees, and the course of their merge.

    `start` are the entries of the scaffold commit that the project comes from, `head` those of its
    newest commit, `made` those of `scaffold`, the new one. `before` is the newest commit's hash.
    """

    before: str
    start: Mapping[str, Entry]
    head: Mapping[str, Entry]
    made: Mapping[str, Entry]
    scaffold: Scaffold
    course: Course

    @property
    def added(self) -> tuple[str, ...]:
        """Return the paths that the merge brings into the project, where it has none.

        What is as it was in the scaffold is not brought: the owner has deleted it.
        """
        entries, start = self.course.entries, self.start
        brought = {path for path, entry in entries.items() if start.get(path) != entry}
        return tuple(sorted(brought - self.head.keys()))

    @property
    def touched(self) -> dict[str, Entry | None]:
        """Return the paths that the merge may touch, and what the template has there."""
        followed = {*self.course.followed, *self.course.followed.values()}
        return coming(self.start, self.course.entries) | {
            path: self.course.entries.get(path) for path in followed
        }


def propose(
    checkout: Checkout,
    base: Scaffold,
    made: Mapping[str, Entry],
    *,
    title: str,
    version: str,
    moves: Sequence[tuple[str, str]] = (),
) -> Proposal | None:
    """Return what is to be merged so that the project takes in what was made; None for nothing."""
    tree = checkout.tree(made)
    if tree == base.tree:
        return None
    before = checkout.head()
    head, start = checkout.entries(before), checkout.entries(base.commit)
    way = course.chart(
        base=start, head=head, made=made, moves=moves, kept=base.kept, stated=base.stated
    )
    kept = tuple(path for path in base.kept if path in made)
    new = Scaffold("", tree, base.template, version, kept)
    # With the newest commit in it, it is a new one even right after the last was reverted.
    title = f"The template as of mlscaffold {version}: {title}\n\nMade beside {before}."
    commit = checkout.record(tree, [base.commit], history.message(title, new))
    return Proposal(before, start, head, made, replace(new, commit=commit), way)


def require_places(checkout: Checkout, added: Sequence[str], head: Mapping[str, Entry]) -> None:
    """Refuse to bring files to places where the owner has others that git does not know.

    Raises:
        UnreadyError: with the first of them.
    """
    found = checkout.in_the_way(added, head)
    if found:
        more = f" and {len(found) - 1} more" if len(found) > 1 else ""
        raise UnreadyError(
            f"'{found[0]}'{more} is not in git, and the template brings a file to its place.",
            "Commit it, or move it away.",
        )


def require_writable(checkout: Checkout, paths: Iterable[str]) -> None:
    """Refuse to change files in folders that are not the owner's to write to.

    Raises:
        UnreadyError: with the first of those folders.
    """
    for path in sorted(paths):
        folder = (checkout.folder / path).parent
        while not folder.exists():
            folder = folder.parent
        if not os.access(folder, os.W_OK | os.X_OK):
            name = folder.relative_to(checkout.folder).as_posix()
            raise UnreadyError(
                f"You may not write to '{name}', where the template changes files.",
                f"Have it belong to you, or allow it: chmod u+wx {name}",
            )


def tip(checkout: Checkout, proposal: Proposal) -> str:
    """Return the commit to merge: the new scaffold, but for what is to be otherwise here.

    That is what stays as the owner has it, and what a filter of the owner's stores otherwise.
    """
    stored = filtered(checkout, proposal.touched)
    if not proposal.course.left_out and not stored:
        return proposal.scaffold.commit
    text = f"{FITTED}\n\n" + "\n".join(sorted({*proposal.course.left_out, *stored}))
    tree = checkout.tree({**proposal.course.entries, **stored})
    return checkout.record(tree, [proposal.scaffold.commit], text)
