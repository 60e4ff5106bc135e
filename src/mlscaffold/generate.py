"""The steps of `mlscaffold new`: everything is checked, then all of it is made, or nothing."""

from __future__ import annotations

import shutil
import sys
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from mlscaffold import (
    __version__,
    answers,
    belongings,
    catalog,
    destination,
    identity,
    interrupts,
    keeping,
    names,
    repository,
    spare,
    trailers,
)
from mlscaffold.errors import BadInputError, MissingAnswerError, disk
from mlscaffold.lock import lock
from mlscaffold.ownership import require_own_repository
from mlscaffold.render import render
from mlscaffold.repository import Repository

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mlscaffold.answers import Prompter
    from mlscaffold.belongings import Belongings
    from mlscaffold.catalog import Template
    from mlscaffold.destination import Destination
    from mlscaffold.identity import Configuration


@dataclass(frozen=True)
class Request:
    """What a user asks `new` for; `prompter` is None where nobody can be asked."""

    template: str | None = None
    path: Path | str | None = None
    answers: Mapping[str, str] = field(default_factory=dict)
    git: bool = True
    lock: bool = True
    accept_defaults: bool = True
    prompter: Prompter | None = None


@dataclass(frozen=True)
class Plan:
    """A request that passed every check; `brought` is what of the owner's comes with it."""

    template: Template
    destination: Destination
    answers: Mapping[str, str]
    brought: Belongings
    configuration: Configuration
    git: bool
    lock: bool


@dataclass(frozen=True)
class Project:
    """What `new` made, or with `dry_run` would.

    `files` are POSIX paths in `path`, `commits` are hashes, oldest first.
    """

    path: Path
    template: str
    version: str
    answers: Mapping[str, str]
    files: tuple[str, ...]
    commits: tuple[str, ...]
    notes: tuple[str, ...]
    commands: tuple[str, ...]
    dry_run: bool = False


@disk()
def plan(request: Request) -> Plan:
    """Check all of a request without writing anything.

    Raises:
        ScaffoldError: it cannot be carried out.
    """
    given = dict(request.answers)
    template = _template(request, given)
    place = destination.inspect(_path(request, template, given))
    if request.git:
        repository.require_git()
        require_own_repository(place)
    configuration = identity.configuration(destination.nearest_folder(place.path))
    resolved = answers.resolve(
        template,
        keeping.answers(place.kept) | given,
        suggestions=suggestions(configuration),
        version=__version__,
        prompter=request.prompter,
        accept_defaults=request.accept_defaults,
    )
    brought = belongings.gather(template, resolved)
    return Plan(
        template=template,
        destination=place,
        answers=resolved | brought.answers,
        brought=brought,
        configuration=configuration,
        git=request.git,
        lock=request.lock,
    )


@disk()
def preview(plan: Plan) -> Project:
    """Return what `create` would make, from a rendering in a folder that is gone afterwards."""
    with spare.folder() as folder:
        _render(plan, folder)
        files = destination.files(folder)
    others = (*plan.brought.copies.values(), *plan.destination.kept)
    files = tuple(sorted({*files, *others}))
    return replace(_project(plan, files=files, commits=(), notes=()), dry_run=True)


@disk()
def create(plan: Plan) -> Project:
    """Make the project: render, commit, lock, commit, move into place.

    Raises:
        ScaffoldError: nothing was made.
    """
    with ExitStack() as end:
        with destination.staging(plan.destination) as staged:
            commits, notes = _make(plan, staged, end)
        files = destination.files(plan.destination.path)
    kept = plan.destination.kept
    notes += (*keeping.notes(kept, plan.answers["license"]), *plan.brought.notes(kept=kept))
    return _project(plan, files=files, commits=tuple(commits), notes=tuple(notes))


def _make(plan: Plan, staged: Path, end: ExitStack) -> tuple[list[str], list[str]]:
    """Make the project in the staging folder and move it into place."""
    _render(plan, staged)
    if plan.git and plan.destination.has_git:
        return _extend_repository(plan, staged, end)
    commits: list[str] = []
    if plan.git:
        made = Repository.create(staged, branch=plan.configuration.branch)
        commits, notes = _commit(plan, staged, made)
    else:
        notes = _lock(plan, staged)
    _finish(plan, staged, end)
    return commits, notes


def _render(plan: Plan, folder: Path) -> None:
    """Render the project, and lay a model into it byte by byte, with a request made of it."""
    render(catalog.root(), folder, plan.answers)
    plan.brought.lay(folder)


def _extend_repository(plan: Plan, staged: Path, end: ExitStack) -> tuple[list[str], list[str]]:
    """Commit the staged files to the repository at the destination, or leave it as it was."""
    target = Repository(plan.destination.path, files=staged)
    before = target.head()
    try:
        commits, notes = _commit(plan, staged, target)
        _finish(plan, staged, end)
    except BaseException:
        with interrupts.held_back():
            target.reset(before)
        raise
    return commits, notes


def _commit(plan: Plan, staged: Path, target: Repository) -> tuple[list[str], list[str]]:
    """Commit what was rendered, then the lock file, then the owner's files that stay."""
    notes = []
    if not plan.configuration.has_identity:
        name, email = identity.of_answers(plan.answers)
        target.identify(name, email)
        notes.append(
            "git knows no name and address of yours: in this repository you are "
            f"'{name} <{email}>'. Change that with git config user.name and user.email."
        )
    named = trailers.of(plan.template.id, plan.answers["version"])
    subject = f"Start from the template: {plan.template.title}"
    commits = [target.commit(subject, trailers=named, seal=trailers.SEAL)]
    notes += _lock(plan, staged)
    if (staged / "uv.lock").exists():
        commits.append(target.commit("Lock the dependencies", paths=["uv.lock"]))
    kept, made = plan.destination.kept, [entry.name for entry in staged.iterdir()]
    for name in kept:
        shutil.copy2(plan.destination.path / name, staged / name)
    if kept:
        commits.append(target.commit(f"Keep {', '.join(kept)}", paths=kept))
        notes.append(keeping.way_back(kept, made=made, commit=str(commits[0])))
    return [commit for commit in commits if commit], notes


def _lock(plan: Plan, staged: Path) -> list[str]:
    reason = lock(staged) if plan.lock else None
    if reason is None:
        return []
    return [f"uv.lock was left out: {reason}. Make and commit it when you can: uv lock"]


def _finish(plan: Plan, staged: Path, end: ExitStack) -> None:
    """Bring the owner's data in, which git ignores, and move everything into place.

    Whoever wants to stop us then comes too late, until the `end`: the project is made.
    """
    plan.brought.bring(staged)
    end.enter_context(interrupts.held_back(dropped=True))
    destination.place(staged, plan.destination)


def _template(request: Request, given: dict[str, str]) -> Template:
    named = given.pop("template", None)
    if request.template and named and named != request.template:
        raise BadInputError(
            f"The template is '{request.template}' by name and '{named}' in the answers.",
            "Leave one of them out.",
        )
    name = request.template or named
    if name is None and request.prompter is not None:
        name = request.prompter.pick(catalog.templates())
    if name is None:
        known = ", ".join(template.id for template in catalog.templates())
        raise MissingAnswerError(
            "No template was named, and there is no terminal to ask at.",
            f"Write mlscaffold new TEMPLATE PATH, where TEMPLATE is one of: {known}.",
        )
    return catalog.template(name)


def _path(request: Request, template: Template, given: dict[str, str]) -> Path:
    """Return where the project goes; it and the project's name follow from each other."""
    if request.path is not None:
        path = destination.named(request.path)
        given.setdefault("project_name", path.name)
        return path
    if "project_name" not in given and request.prompter is not None:
        question = next(q for q in catalog.questionnaire() if q.key == "project_name")
        given["project_name"] = request.prompter.answer(
            question, None, lambda value: answers.objection(question, value, template, given)
        )
    if "project_name" not in given:
        raise MissingAnswerError(
            "No PATH was given, and there is no terminal to ask at.",
            f"Write mlscaffold new {template.id} PATH, or --set project_name=NAME.",
        )
    package = given.get("package") or names.package(given["project_name"])
    return Path(names.distribution(package))


def suggestions(configuration: Configuration) -> dict[str, str]:
    """Return the answers that the user's machine proposes."""
    return {
        "author": configuration.name,
        "email": configuration.email,
        "github_owner": configuration.github_owner,
        "python": f"{sys.version_info.major}.{sys.version_info.minor}",
    }


def _project(
    plan: Plan, *, files: tuple[str, ...], commits: tuple[str, ...], notes: tuple[str, ...]
) -> Project:
    path = plan.destination.path
    command = names.distribution(plan.answers["package"])
    template = plan.template
    first = [*(template.bundles[key].command for key in plan.brought.models), template.command]
    commands = [f"uv run {command} {first[0]}", "uv run pytest"]
    where = destination.typed(path)
    if where != ".":
        commands.insert(0, f"cd {where}")
    return Project(
        path=path,
        template=template.id,
        version=plan.answers["version"],
        answers=plan.answers,
        files=files,
        commits=commits,
        notes=notes,
        commands=tuple(commands),
    )
