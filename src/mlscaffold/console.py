"""Every word that is shown: status and errors on stderr, data on stdout."""

from __future__ import annotations

import dataclasses
import json
import os
from typing import TYPE_CHECKING, Any

import click

from mlscaffold.destination import typed
from mlscaffold.streams import output, say

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
    say(_style("error: ", fg="red", bold=True) + str(problem))
    say(_style("hint: ", fg="cyan") + problem.hint)


def interrupted() -> None:
    """Show that the user stopped us."""
    say("Interrupted; nothing was left behind.")


def bug() -> None:
    """Show where a fault of ours can be reported."""
    say(f"This is a bug in mlscaffold. Please report it with the lines above: {ISSUES}")


def created(project: Project) -> None:
    """Show what was made, and what to type next."""
    say(_style("Created ", fg="green", bold=True) + f"{project.template} in {project.path}")
    for line in tree(project.files):
        output(line)
    _notes(project.notes)
    say("")
    say("Next:")
    for command in project.commands:
        say("  " + _style(command, bold=True))


def previewed(project: Project, request: Request | None = None) -> None:
    """Show what would be made, and where it would be published."""
    say(f"Would create {project.template} in {project.path}; nothing was written.")
    for line in tree(project.files):
        output(line)
    if request:
        say(f"Would publish {request.owner}/{request.name} ({request.visibility}).")


def published(publication: Publication, *, gh: bool) -> None:
    """Show where the repository is, and how to watch its first run of CI."""
    name = f"{publication.owner}/{publication.name} ({publication.visibility})"
    current = publication.state == "current"
    say(_style("Up to date: " if current else "Published ", fg="green", bold=True) + name)
    output(publication.url)
    _notes(publication.notes)
    if publication.runs and not current:
        say("")
        say("Watch the first run of CI:")
        branch = f"--repo {publication.owner}/{publication.name} --branch {publication.branch}"
        watch = f"gh run list {branch}" if gh else publication.runs
        say("  " + _style(watch, bold=True))


def unpublished(project: Project, request: Request) -> None:
    """Show how a project that is there can still be published."""
    command = f"mlscaffold publish {typed(project.path)} --{request.visibility}"
    say("")
    say("The project is made, and not published yet. To go on: " + _style(command, bold=True))


def rehearsed(publication: Publication) -> None:
    """Show what would be published, and how."""
    name = f"{publication.owner}/{publication.name} ({publication.visibility})"
    current = publication.state == "current"
    say(f"{'Up to date:' if current else 'Would publish'} {name}; nothing was created or pushed.")
    output(publication.url)
    for step in publication.steps:
        say(f"  {step}")
    _notes(publication.notes)


def updated(update: Update) -> None:
    """Show what an update has brought, and with conflicts what to type next."""
    versions = f"{update.template} {_versions(update)}"
    if update.state == "current":
        say(_style("Up to date", fg="green", bold=True) + f": {update.template} {update.version}")
    elif update.conflicts:
        count = _counted(update.conflicts, "conflict")
        say(_style(count, fg="red", bold=True) + f": {versions} in {update.path}")
    else:
        say(_style("Updated ", fg="green", bold=True) + f"{versions} in {update.path}")
    _paths(update)
    _notes(update.notes)
    if update.commands:
        say("")
        say("Next: edit the files in conflict, then")
        width = max(map(len, update.commands))
        for command, meaning in zip(update.commands, CONFLICT_COMMANDS, strict=True):
            say("  " + _style(command.ljust(width), bold=True) + f"  {meaning}")


def update_previewed(update: Update) -> None:
    """Show the patch that an update would bring."""
    if update.state == "current":
        updated(update)
        return
    output(update.diff)
    say(f"Would update {update.template} {_versions(update)}; nothing was changed.")
    if update.conflicts:
        say(f"{_counted(update.conflicts, 'conflict')}: {', '.join(update.conflicts)}")
    kept = [path for path in update.left_out if path not in update.absent]
    if kept:
        say(f"Left as you have them: {', '.join(kept)}")
    if update.absent:
        say(f"Left out, as you have deleted or moved them: {', '.join(update.absent)}")


def project_status(status: Status) -> None:
    """Print what a project was made from, and what has changed."""
    output(f"{_style(status.template, bold=True)} {status.version} in {status.path}")
    for key, change in status.changed_answers.items():
        output(f"answer changed: {key} '{change.before}' → '{change.now}'")
    for letter, paths in (("changed", status.changed), ("deleted", status.deleted)):
        for path in paths:
            output(f"{letter}: {path}")
    output(f"{_counted(status.kept, 'file')} as the template made them")
    if status.outdated:
        say(
            f"This is mlscaffold {status.installed}, which is older than the project: "
            "uv tool upgrade mlscaffold"
        )
    elif status.problem:
        say(f"mlscaffold update would refuse: {status.problem}")
    elif status.newer:
        say(f"mlscaffold {status.installed} has a newer version: mlscaffold update --dry-run")
    elif status.changed_answers:
        say("To make the project follow the changed answers: mlscaffold update --dry-run")


def adopted(adoption: Adoption) -> None:
    """Show which files have come, or would come, into a project."""
    if not adoption.dry_run:
        say(_style("Adopted ", fg="green", bold=True) + f"{adoption.template} in {adoption.path}")
    else:
        say(f"Would adopt {adoption.template} in {adoption.path}; nothing was changed.")
    for path in adoption.added:
        output(f"A {path}")
    for path in adoption.kept:
        output(f"= {path}")
    say(f"{_counted(adoption.added, 'file')} added (A), {len(adoption.kept)} as you have them (=).")
    _notes(adoption.notes)


def document(value: Any) -> None:  # noqa: ANN401  anything that JSON can hold
    """Print a value object, or a sequence of them, as JSON."""
    output(json.dumps(value, indent=2, ensure_ascii=False, default=_plain))


def templates(entries: Sequence[Template]) -> None:
    """Print one block for each template: its name, what it is, what it proves."""
    width = max(len(entry.id) for entry in entries)
    for entry in entries:
        output(f"{_style(entry.id.ljust(width), bold=True)}  {entry.summary}")
    say("")
    say("More: mlscaffold show TEMPLATE. Start one: mlscaffold new TEMPLATE PATH.")


def template(entry: Template, questions: Sequence[Question]) -> None:
    """Print all there is to know about a template."""
    output(f"{_style(entry.title, bold=True)} ({entry.id})")
    output(entry.summary)
    output(f"What it proves: {entry.proves}")
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
    output(f"\n{_style(title, bold=True)}")
    for line in lines:
        output(f"  {line}")


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
                output(f"{letter} {path}")
    if kinds["="]:
        say("= stays as you have it, though the template has changed it.")
    if update.absent:
        say("- stays away: you have deleted or moved it, or have something else in its place.")


def _notes(notes: Iterable[str]) -> None:
    for note in notes:
        say(_style("note: ", fg="yellow") + note)


def _counted(things: Sequence[str], name: str) -> str:
    return f"{len(things)} {name}" + ("" if len(things) == 1 else "s")


def _style(text: str, **style: Any) -> str:  # noqa: ANN401  click's own keywords
    return text if os.environ.get("NO_COLOR") else click.style(text, **style)


def _plain(value: Any) -> Any:  # noqa: ANN401
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: getattr(value, f.name) for f in dataclasses.fields(value)}
    return str(value)
