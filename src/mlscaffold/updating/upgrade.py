"""The steps of `mlscaffold update`: the template's newer files, merged by git into a project."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from mlscaffold import (
    __version__,
    answers,
    belongings,
    catalog,
    destination,
    repository,
    spare,
)
from mlscaffold.errors import BadInputError, disk
from mlscaffold.updating import history, merging, notes, relock, remaking, shadow, worktree
from mlscaffold.updating.checkout import Checkout
from mlscaffold.updating.course import LOCK
from mlscaffold.updating.entries import Difference
from mlscaffold.updating.exclusion import exclusive
from mlscaffold.updating.proposal import propose, require_places, require_writable
from mlscaffold.updating.readiness import require_ready, require_unmoved
from mlscaffold.updating.relock import REQUIREMENTS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from mlscaffold.answers import Prompter
    from mlscaffold.belongings import Belongings
    from mlscaffold.catalog import Template
    from mlscaffold.updating.history import Scaffold
    from mlscaffold.updating.proposal import Proposal

NOTHING = Difference((), (), ())
CONFLICTS = ("git diff", "git commit --all --no-edit", "git merge --abort")
"""What there is to type when there are conflicts: to see them, to end the merge, to undo it."""


@dataclass(frozen=True)
class Request:
    """What a user asks `update` for; `base` names the scaffold commit where none says it is one."""

    path: Path | str = "."
    answers: Mapping[str, str] = field(default_factory=dict)
    base: str | None = None
    lock: bool = True
    prompter: Prompter | None = None


@dataclass(frozen=True)
class Plan:
    """A request that passed every check while `head` was the newest commit.

    `record` has the answers that the project was made with, as its owner may have changed them;
    `answers` those that it is made with now. `brought` is what of the owner's comes with the
    answers given today; `given` are the keys of those.
    """

    checkout: Checkout
    head: str
    base: Scaffold
    template: Template
    record: Mapping[str, str]
    answers: Mapping[str, str]
    given: frozenset[str]
    brought: Belongings
    lock: bool


@dataclass(frozen=True)
class Update:
    """What `update` came to, or with `dry_run` would: "current", "merged" or "conflicts".

    Paths are POSIX paths in `path`. `left_out` are those that the template has changed and that
    stay as the owner wants them: the owner's own, or away, as the `absent` among them. `commits`
    are hashes, oldest first;
    `diff` is the patch that a dry run shows.
    """

    path: Path
    template: str
    before: str
    version: str
    state: str
    answers: Mapping[str, str]
    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    conflicts: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    commits: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    commands: tuple[str, ...] = ()
    diff: str = ""
    dry_run: bool = False


@disk()
def plan(request: Request) -> Plan:
    """Check all of a request without writing anything.

    Raises:
        ScaffoldError: it cannot be carried out.
    """
    repository.require_git()
    checkout = Checkout.open(destination.named(request.path))
    require_ready(checkout)
    head = checkout.head()
    base = history.base(checkout, named=request.base)
    history.require_known(base, templates=[entry.id for entry in catalog.templates()])
    template = catalog.template(base.template)
    record = history.recorded(checkout, "HEAD") or history.recorded(checkout, base.commit)
    history.require_same(base, record)
    _require_no_kind(request.answers)
    resolved = answers.resolve(
        template,
        request.answers,
        suggestions={},
        version=__version__,
        prompter=request.prompter,
        recorded={key: value for key, value in record.items() if key not in catalog.RESERVED},
    )
    fresh = {key: value for key, value in resolved.items() if key not in record}
    fresh |= request.answers
    brought = belongings.gather(template, fresh)
    brought.require_free(checkout.folder)
    return Plan(
        checkout=checkout.identified(resolved),
        head=head,
        base=base,
        template=template,
        record=record,
        answers=resolved | brought.answers,
        given=frozenset(fresh),
        brought=brought,
        lock=request.lock,
    )


@disk()
def preview(plan: Plan) -> Update:
    """Return what `apply` would do, tried in a copy that is gone afterwards."""
    with spare.folder() as folder:
        copy = shadow.copy(plan.checkout, folder)
        tried = _merge(replace(plan, checkout=copy, lock=False), room=plan.checkout)
        diff = shadow.patch(copy, plan.checkout.head()) if tried.state != "current" else ""
    path = plan.checkout.folder
    return replace(tried, path=path, diff=diff, commits=(), commands=(), dry_run=True)


@disk()
def apply(plan: Plan) -> Update:
    """Merge the template's newer files into the project, or leave it as it was.

    Raises:
        ScaffoldError: nothing has changed.
    """
    with exclusive(plan.checkout):
        require_unmoved(plan.checkout, plan.head)
        return _merge(plan, room=plan.checkout)


def _merge(plan: Plan, *, room: Checkout) -> Update:
    """Merge into the plan's checkout what there is room for in another, its original."""
    checkout, template = plan.checkout, plan.template
    remaking.require_rendered(checkout, template, plan.base)
    proposed = propose(
        checkout,
        plan.base,
        remaking.remake(checkout, template, plan.answers, brought=plan.brought, base=plan.base),
        title=template.title,
        version=plan.answers["version"],
        moves=remaking.moves(checkout, template, plan.answers, base=plan.base),
    )
    if proposed is None:
        return _result(plan, state="current", notes=tuple(notes.taken_away(checkout)))
    require_places(room, proposed.added, proposed.head)
    require_writable(room, proposed.touched)
    journal = worktree.Journal(proposed.before)
    with worktree.undone_on_failure(checkout, journal):
        words = _message(plan)
        merge = merging.merge(checkout, proposed, journal, message=words, answered=plan.given)
        said = relock.relock(checkout, journal) if merge.commit and plan.lock else []
        difference = worktree.staged(checkout, proposed.before)
        kept = {*proposed.course.left_out, *_kept(proposed, difference)} - {LOCK}
        result = _result(
            plan,
            state="merged" if merge.commit else "conflicts",
            difference=difference,
            conflicts=merge.conflicts,
            left_out=tuple(sorted(kept)),
            commits=(proposed.scaffold.commit, *journal.made),
            absent=tuple(sorted(kept - proposed.head.keys())),
            notes=(
                *notes.bars(proposed.course, merge.conflicts),
                *notes.left_behind(proposed, plan.record.get("package"), plan.answers["package"]),
                *said,
            ),
        )
        plan.brought.bring(checkout.folder)
    return result


def _kept(proposed: Proposal, difference: Difference) -> list[str]:
    """Return the owner's files that a merge has left as they were, as some drivers have it."""
    moved = {*difference.added, *difference.changed, *difference.removed}
    return [
        path
        for path, entry in proposed.touched.items()
        if path in proposed.head and path not in moved and proposed.head[path] != entry
    ]


def _require_no_kind(given: Mapping[str, str]) -> None:
    """Refuse to make another kind of project of one that is there."""
    for key in catalog.RESERVED:
        if key in given:
            raise BadInputError(
                f"The {key} of a project is not an answer that can be changed.",
                "Start another project: mlscaffold new",
            )


def _message(plan: Plan) -> str:
    if plan.base.version != plan.answers["version"]:
        return f"Update the template from {plan.base.version} to {plan.answers['version']}"
    changed = [key for key in sorted(plan.given) if plan.answers[key] != plan.record.get(key)]
    named = ", ".join(f"{key}={plan.answers[key]}" for key in changed)
    return f"Update the template: {named}" if named else "Update the template"


def _result(
    plan: Plan,
    *,
    state: str,
    difference: Difference = NOTHING,
    conflicts: tuple[str, ...] = (),
    left_out: tuple[str, ...] = (),
    absent: tuple[str, ...] = (),
    commits: tuple[str, ...] = (),
    notes: tuple[str, ...] = (),
) -> Update:
    if conflicts and plan.lock and REQUIREMENTS in (*difference.changed, *conflicts):
        notes += ("When the merge is committed, lock anew: uv lock",)
    if plan.base.stated and state != "current":
        said = f"{plan.base.commit[:10]} was taken for the project as it was made, as you said"
        notes += (f"{said}: look through what has changed.",)
    notes += tuple(plan.brought.notes()) if state != "current" else ()
    return Update(
        path=plan.checkout.folder,
        template=plan.template.id,
        before=plan.base.version,
        version=plan.answers["version"],
        state=state,
        answers=plan.answers,
        added=difference.added,
        changed=tuple(path for path in difference.changed if path not in conflicts),
        removed=difference.removed,
        conflicts=conflicts,
        left_out=left_out,
        absent=absent,
        commits=commits,
        notes=notes,
        commands=CONFLICTS if conflicts else (),
    )
