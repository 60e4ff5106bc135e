"""Every word that is shown: status and errors on stderr, data on stdout."""

from __future__ import annotations

import dataclasses
import json
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mlscaffold.destination import typed
from mlscaffold.errors import OutputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mlscaffold.catalog import Question, Template
    from mlscaffold.errors import ScaffoldError
    from mlscaffold.generate import Project
    from mlscaffold.publishing.publication import Publication
    from mlscaffold.publishing.request import Request
    from mlscaffold.updating.adopt import Adoption
    from mlscaffold.updating.status import Status
    from mlscaffold.updating.upgrade import Update

ISSUES = "https://github.com/mlscaffold/mlscaffold/issues"

CONFLICT_COMMANDS = ("shows the conflicts", "ends the update", "takes all of it back")
"""What the commands mean that an update with conflicts proposes."""


def error(problem: ScaffoldError) -> None:
    """Show what is wrong and what gets the user out."""
    _say(_style("error: ", fg="red", bold=True) + str(problem))
    _say(_style("hint: ", fg="cyan") + problem.hint)


def interrupted() -> None:
    """Show that the user stopped us, if a terminal is still there."""
    with suppress(OSError):
        _say("Interrupted; nothing was left behind.")


def bug() -> None:
    """Show where a fault of ours can be reported."""
    _say(f"This is a bug in mlscaffold. Please report it with the lines above: {ISSUES}")


def created(project: Project) -> None:
    """Show what was made, and what to type next."""
    _say(_style("Created ", fg="green", bold=True) + f"{project.template} in {project.path}")
    for line in tree(project.files):
        _print(line)
    _notes(project.notes)
    _say("")
    _say("Next:")
    for command in project.commands:
        _say("  " + _style(command, bold=True))


def previewed(project: Project, request: Request | None = None) -> None:
    """Show what would be made, and where it would be published."""
    _say(f"Would create {project.template} in {project.path}; nothing was written.")
    for line in tree(project.files):
        _print(line)
    if request:
        _say(f"Would publish {request.owner}/{request.name} ({request.visibility}).")


def published(publication: Publication, *, gh: bool) -> None:
    """Show where the repository is, and how to watch its first run of CI."""
    name = f"{publication.owner}/{publication.name} ({publication.visibility})"
    current = publication.state == "current"
    _say(_style("Up to date: " if current else "Published ", fg="green", bold=True) + name)
    _print(publication.url)
    _notes(publication.notes)
    if publication.runs and not current:
        _say("")
        _say("Watch the first run of CI:")
        branch = f"--repo {publication.owner}/{publication.name} --branch {publication.branch}"
        watch = f"gh run list {branch}" if gh else publication.runs
        _say("  " + _style(watch, bold=True))


def unpublished(project: Project, request: Request) -> None:
    """Show how a project that is there can still be published."""
    command = f"mlscaffold publish {typed(project.path)} --{request.visibility}"
    _say("")
    _say("The project is made, and not published yet. To go on: " + _style(command, bold=True))


def rehearsed(publication: Publication) -> None:
    """Show what would be published, and how."""
    name = f"{publication.owner}/{publication.name} ({publication.visibility})"
    current = publication.state == "current"
    _say(f"{'Up to date:' if current else 'Would publish'} {name}; nothing was created or pushed.")
    _print(publication.url)
    for step in publication.steps:
        _say(f"  {step}")
    _notes(publication.notes)


def updated(update: Update) -> None:
    """Show what an update has brought, and with conflicts what to type next."""
    versions = f"{update.template} {_versions(update)}"
    if update.state == "current":
        _say(_style("Up to date", fg="green", bold=True) + f": {update.template} {update.version}")
    elif update.conflicts:
        count = _counted(update.conflicts, "conflict")
        _say(_style(count, fg="red", bold=True) + f": {versions} in {update.path}")
    else:
        _say(_style("Updated ", fg="green", bold=True) + f"{versions} in {update.path}")
    _paths(update)
    _notes(update.notes)
    if update.commands:
        _say("")
        _say("Next: edit the files in conflict, then")
        width = max(map(len, update.commands))
        for command, meaning in zip(update.commands, CONFLICT_COMMANDS, strict=True):
            _say("  " + _style(command.ljust(width), bold=True) + f"  {meaning}")


def update_previewed(update: Update) -> None:
    """Show the patch that an update would bring."""
    if update.state == "current":
        updated(update)
        return
    _print(update.diff)
    _say(f"Would update {update.template} {_versions(update)}; nothing was changed.")
    if update.conflicts:
        _say(f"{_counted(update.conflicts, 'conflict')}: {', '.join(update.conflicts)}")
    kept = [path for path in update.left_out if path not in update.absent]
    if kept:
        _say(f"Left as you have them: {', '.join(kept)}")
    if update.absent:
        _say(f"Left out, as you have deleted or moved them: {', '.join(update.absent)}")


def project_status(status: Status) -> None:
    """Print what a project was made from, and what has changed."""
    _print(f"{_style(status.template, bold=True)} {status.version} in {status.path}")
    for key, change in status.changed_answers.items():
        _print(f"answer changed: {key} '{change.before}' → '{change.now}'")
    for letter, paths in (("changed", status.changed), ("deleted", status.deleted)):
        for path in paths:
            _print(f"{letter}: {path}")
    _print(f"{_counted(status.kept, 'file')} as the template made them")
    if status.outdated:
        _say(
            f"This is mlscaffold {status.installed}, which is older than the project: "
            "uv tool upgrade mlscaffold"
        )
    elif status.problem:
        _say(f"mlscaffold update would refuse: {status.problem}")
    elif status.newer:
        _say(f"mlscaffold {status.installed} has a newer version: mlscaffold update --dry-run")
    elif status.changed_answers:
        _say("To make the project follow the changed answers: mlscaffold update --dry-run")


def adopted(adoption: Adoption) -> None:
    """Show which files have come, or would come, into a project."""
    if not adoption.dry_run:
        _say(_style("Adopted ", fg="green", bold=True) + f"{adoption.template} in {adoption.path}")
    else:
        _say(f"Would adopt {adoption.template} in {adoption.path}; nothing was changed.")
    for path in adoption.added:
        _print(f"A {path}")
    for path in adoption.kept:
        _print(f"= {path}")
    _say(
        f"{_counted(adoption.added, 'file')} added (A), {len(adoption.kept)} as you have them (=)."
    )
    _notes(adoption.notes)


def document(value: Any) -> None:  # noqa: ANN401  anything that JSON can hold
    """Print a value object, or a sequence of them, as JSON."""
    _print(json.dumps(value, indent=2, ensure_ascii=False, default=_plain))


def templates(entries: Sequence[Template]) -> None:
    """Print one block for each template: its name, what it is, what it proves."""
    width = max(len(entry.id) for entry in entries)
    for entry in entries:
        _print(f"{_style(entry.id.ljust(width), bold=True)}  {entry.summary}")
    _say("")
    _say("More: mlscaffold show TEMPLATE. Start one: mlscaffold new TEMPLATE PATH.")


def template(entry: Template, questions: Sequence[Question]) -> None:
    """Print all there is to know about a template."""
    _print(f"{_style(entry.title, bold=True)} ({entry.id})")
    _print(entry.summary)
    _print(f"What it proves: {entry.proves}")
    _section("Contains", entry.contains)
    _section("Asks", (_question(q) for q in questions if q.key in entry.questions))
    _section("Takes with --set", (_question(q) for q in questions if q.key not in entry.questions))
    _section("Roadmap stages", entry.stages)
    _section("Skills", [", ".join(entry.skills)])


def tree(files: Iterable[str]) -> list[str]:
    """Return the lines that draw paths as a tree, folders before files."""
    root: dict[str, Any] = {}
    for path in files:
        node = root
        for part in path.split("/"):
            node = node.setdefault(part, {})
    return list(_branches(root, ""))


def _branches(node: dict[str, Any], indent: str) -> Iterable[str]:
    entries = sorted(node.items(), key=lambda item: (not item[1], item[0]))
    for number, (name, below) in enumerate(entries, start=1):
        last = number == len(entries)
        yield f"{indent}{'└── ' if last else '├── '}{name}{'/' if below else ''}"
        yield from _branches(below, indent + ("    " if last else "│   "))


def _section(title: str, lines: Iterable[str]) -> None:
    _print(f"\n{_style(title, bold=True)}")
    for line in lines:
        _print(f"  {line}")


def _question(question: Question) -> str:
    choices = f" ({', '.join(question.choices)})" if question.choices else ""
    return f"{_style(question.key, fg='cyan')}{choices}: {question.help}"


def _versions(update: Update) -> str:
    same = update.before == update.version
    return update.version if same else f"{update.before} → {update.version}"


def _paths(update: Update) -> None:
    """Print a letter and a path a line, as git does."""
    kinds = {
        "A": update.added,
        "M": update.changed,
        "D": update.removed,
        "C": update.conflicts,
        "=": [path for path in update.left_out if path not in update.absent],
        "-": update.absent,
    }
    for letter, paths in kinds.items():
        for path in paths:
            if letter == "C" or path not in update.conflicts:
                _print(f"{letter} {path}")
    if kinds["="]:
        _say("= stays as you have it, though the template has changed it.")
    if update.absent:
        _say("- stays away: you have deleted or moved it, or have something else in its place.")


def _notes(notes: Iterable[str]) -> None:
    for note in notes:
        _say(_style("note: ", fg="yellow") + note)


def _counted(things: Sequence[str], name: str) -> str:
    return f"{len(things)} {name}" + ("" if len(things) == 1 else "s")


def _style(text: str, **style: Any) -> str:  # noqa: ANN401  click's own keywords
    return text if os.environ.get("NO_COLOR") else click.style(text, **style)


def _say(text: str) -> None:
    click.echo(text, err=True)


def _print(text: str) -> None:
    """Print what was asked for on stdout.

    Raises:
        OutputError: it takes no more.
    """
    try:
        click.echo(text)
    except BrokenPipeError:  # whoever reads it has seen enough
        raise
    except OSError as error:
        # What is still held back would be refused once more at the very end.
        with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
            os.dup2(nowhere.fileno(), sys.stdout.fileno())
        raise OutputError(error) from error


def _plain(value: Any) -> Any:  # noqa: ANN401
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: getattr(value, f.name) for f in dataclasses.fields(value)}
    return str(value)
