"""The steps of `mlscaffold adopt`: the files that a project lacks, and a base for updates."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from mlscaffold import (
    __version__,
    answers,
    belongings,
    catalog,
    destination,
    generate,
    identity,
    interrupts,
    repository,
    spare,
)
from mlscaffold.errors import HistoryError, UnreadyError, disk
from mlscaffold.updating import gaps, history, record, relock, remaking, shadow, worktree
from mlscaffold.updating.checkout import RECORD, Checkout
from mlscaffold.updating.entries import Entry
from mlscaffold.updating.exclusion import exclusive
from mlscaffold.updating.filters import filtered
from mlscaffold.updating.history import Scaffold
from mlscaffold.updating.proposal import require_places, require_writable
from mlscaffold.updating.readiness import require_ready, require_unmoved

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from mlscaffold.answers import Prompter
    from mlscaffold.belongings import Belongings
    from mlscaffold.catalog import Template


@dataclass(frozen=True)
class Request:
    """What a user asks `adopt` for; `prompter` is None where nobody can be asked."""

    template: str
    path: Path | str = "."
    answers: Mapping[str, str] = field(default_factory=dict)
    lock: bool = True
    accept_defaults: bool = True
    prompter: Prompter | None = None


@dataclass(frozen=True)
class Plan:
    """A request that passed every check; `record` is what the project says of itself already.

    `kept` are paths that were the owner's when a template came for the first time, as far as the
    messages of squashed commits still say.
    """

    checkout: Checkout
    head: str
    template: Template
    record: Mapping[str, str]
    kept: tuple[str, ...]
    answers: Mapping[str, str]
    brought: Belongings
    lock: bool


@dataclass(frozen=True)
class Adoption:
    """What `adopt` did, or with `dry_run` would do.

    `added` are paths that came, `kept` those that stayed as the owner has them.
    """

    path: Path
    template: str
    version: str
    answers: Mapping[str, str]
    added: tuple[str, ...]
    kept: tuple[str, ...]
    commits: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    dry_run: bool = False


@disk()
def plan(request: Request) -> Plan:
    """Check all of a request without writing anything.

    Raises:
        ScaffoldError: it cannot be carried out.
    """
    repository.require_git()
    template = catalog.template(request.template)
    path = destination.named(request.path)
    checkout = Checkout.open(path)
    if not path.samefile(checkout.folder):
        raise UnreadyError(
            f"'{path}' is a part of the git repository '{checkout.folder}', which is larger.",
            f"Adopt the whole of it: mlscaffold adopt {request.template} {checkout.folder}",
        )
    require_ready(checkout)
    head = checkout.head()
    found = history.traces(checkout)
    if found.sound:
        away = history.taken_away(checkout)
        raise HistoryError(
            f"The project has been made from the template '{found.sound[0].template}' already.",
            f"Commit {away[:10]} took it away; to have it again: git revert {away[:10]}"
            if away
            else "To bring it up to date: mlscaffold update",
        )
    known = _record(checkout, template)
    changed = [key for key, value in request.answers.items() if known.get(key, "") != value]
    if changed and known:
        raise HistoryError(
            f"{RECORD} holds the answers that the project was made with: {changed[0]} is another.",
            f"Adopt without it, and then: mlscaffold update --set {changed[0]}="
            f"{request.answers[changed[0]]}",
        )
    given = dict(request.answers)
    named = {"project_name": checkout.folder.name} if "project_name" not in known else {}
    resolved = answers.resolve(
        template,
        named | given,
        suggestions=generate.suggestions(identity.configuration(checkout.folder)),
        version=__version__,
        prompter=request.prompter,
        accept_defaults=request.accept_defaults,
        recorded={key: value for key, value in known.items() if key not in catalog.RESERVED},
    )
    fresh = {key: value for key, value in resolved.items() if key not in known} | given
    brought = belongings.gather(template, fresh)
    brought.require_free(checkout.folder)
    return Plan(
        checkout=checkout.identified(resolved),
        head=head,
        template=template,
        record=known,
        kept=tuple(sorted({path for each in found.broken for path in each.kept})),
        answers=resolved | brought.answers,
        brought=brought,
        lock=request.lock,
    )


def _record(checkout: Checkout, template: Template) -> Mapping[str, str]:
    """Return what the project says of itself.

    Raises:
        HistoryError: it is of another template, or is nothing that mlscaffold has written.
    """
    known = history.recorded(checkout, "HEAD")
    record.require_record(known, there=checkout.text("HEAD", RECORD) is not None)
    if known.get("template", template.id) != template.id:
        raise HistoryError(
            f"{RECORD} says that the project is of the template '{known['template']}'.",
            f"Adopt that one: mlscaffold adopt {known['template']}",
        )
    if known and checkout.is_shallow():
        raise HistoryError(
            "What the project was made with may well be in its history: the clone is shallow.",
            "Fetch the rest of it: git fetch --unshallow",
        )
    if known.get("version", __version__) != __version__:
        raise HistoryError(
            f"The project is of mlscaffold {known['version']}, this is {__version__}, and the "
            "files of two versions need not fit each other.",
            f"Adopt by that version, then update by this one: {history.anew(known)}",
        )
    return known


@disk()
def preview(plan: Plan) -> Adoption:
    """Return what `apply` would do, tried in a copy that is gone afterwards."""
    with spare.folder() as folder:
        copy = shadow.copy(plan.checkout, folder)
        head, made = _sides(replace(plan, checkout=copy))
        settled = _record_entry(copy, head, made)
    result = _result(plan, head, made, _missing(plan, made, head), settled)
    return replace(result, dry_run=True)


@disk()
def apply(plan: Plan) -> Adoption:
    """Bring the files that the project lacks, or leave it as it was.

    Raises:
        ScaffoldError: nothing has changed.
    """
    with exclusive(plan.checkout):
        require_unmoved(plan.checkout, plan.head)
        return _adopt(plan)


def _adopt(plan: Plan) -> Adoption:
    checkout = plan.checkout
    head, made = _sides(plan)
    added = _missing(plan, made, head)
    require_places(checkout, added, head)
    require_writable(checkout, (*added, RECORD))
    settled = _record_entry(checkout, head, made)
    brought = {path: made[path] for path in added}
    entries = head | brought | filtered(checkout, brought) | {RECORD: settled}
    # Files that the template has made before, in a history that says so no more, are its own.
    known = tuple(path for path in plan.kept if path in made)
    own = known if plan.record else _kept(head, made, added)
    scaffold = Scaffold("", checkout.tree(made), plan.template.id, plan.answers["version"], own)
    journal = worktree.Journal(plan.head)
    title = plan.template.title
    root = checkout.record(scaffold.tree, [], history.message(f"The template: {title}", scaffold))
    text = f"Adopt the template: {title}"
    merged = checkout.record(checkout.tree(entries), [journal.before, root], text)
    result = _result(plan, head, made, added, settled)
    with worktree.undone_on_failure(checkout, journal):
        with interrupts.held_back():
            worktree.forward(checkout, journal, merged)
        notes = relock.relock(checkout, journal) if plan.lock else []
        plan.brought.bring(checkout.folder)
    return replace(result, commits=(root, *journal.made), notes=(*result.notes, *notes))


def _missing(plan: Plan, made: Mapping[str, Entry], head: Mapping[str, Entry]) -> tuple[str, ...]:
    """Return which files to bring: none that a project with a record must have had once."""
    return () if plan.record else gaps.lacking(made, head)


def _kept(
    head: Mapping[str, Entry], made: Mapping[str, Entry], added: tuple[str, ...]
) -> tuple[str, ...]:
    """Return the template's paths that stay as the owner has them."""
    others = made.keys() - set(added) - {RECORD}
    return tuple(sorted(path for path in others if head.get(path) != made[path]))


def _sides(plan: Plan) -> tuple[dict[str, Entry], dict[str, Entry]]:
    """Return the entries of the owner's newest commit, and of the template."""
    checkout = plan.checkout
    made = remaking.remake(checkout, plan.template, plan.answers, brought=plan.brought, base=None)
    return checkout.entries(checkout.head()), made


def _record_entry(
    checkout: Checkout, head: Mapping[str, Entry], made: Mapping[str, Entry]
) -> Entry:
    """Return the record as the project is to have it: the template's, and what is the owner's."""
    if RECORD not in head:
        return made[RECORD]
    with spare.folder() as folder:
        own, new = folder / "own", folder / "new"
        checkout.fetch(head[RECORD].blob, own)
        checkout.fetch(made[RECORD].blob, new)
        text = record.mended(*(place.read_bytes().decode("utf-8") for place in (own, new)))
        own.write_bytes(text.encode())
        return Entry(head[RECORD].mode, checkout.store(own))


def _result(
    plan: Plan,
    head: Mapping[str, Entry],
    made: Mapping[str, Entry],
    added: tuple[str, ...],
    settled: Entry,
) -> Adoption:
    notes = []
    kept = _kept(head, made, added)
    if RECORD in head and settled != head[RECORD]:
        notes.append(f"{RECORD} has the answers of today; the lines that are yours stay in it.")
    elif settled != made[RECORD]:
        kept = tuple(sorted((*kept, RECORD)))
    ignored = plan.checkout.ignored(added)
    if ignored:
        more = f" and {len(ignored) - 1} more" if len(ignored) > 1 else ""
        notes.append(
            f"'{ignored[0]}'{more} would be ignored here, by .gitignore or the like; the project "
            "needs the template's files, so they are in git all the same."
        )
    return Adoption(
        path=plan.checkout.folder,
        template=plan.template.id,
        version=plan.answers["version"],
        answers=plan.answers,
        added=added,
        kept=kept,
        notes=tuple(notes),
    )
