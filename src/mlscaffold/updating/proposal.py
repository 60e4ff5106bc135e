"""What the template would have a project be now: a commit beside the owner's, ready to merge."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mlscaffold.errors import UnreadyError
from mlscaffold.updating import course, history
from mlscaffold.updating.history import Scaffold

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mlscaffold.updating.checkout import Checkout
    from mlscaffold.updating.course import Course
    from mlscaffold.updating.entries import Entry

LEFT_OUT = "Leave out what this project has taken away, or made its own"


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
    text = history.message(f"The template as of mlscaffold {version}: {title}", new)
    commit = checkout.record(tree, [base.commit], text)
    while checkout.reaches(commit):  # what was reverted this very second is not the same again
        text += "\n"
        commit = checkout.record(tree, [base.commit], text)
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


def tip(checkout: Checkout, proposal: Proposal) -> str:
    """Return the commit to merge: the new scaffold, without what is to stay as the owner has it."""
    if not proposal.course.left_out:
        return proposal.scaffold.commit
    text = f"{LEFT_OUT}\n\n" + "\n".join(proposal.course.left_out)
    tree = checkout.tree(proposal.course.entries)
    return checkout.record(tree, [proposal.scaffold.commit], text)
