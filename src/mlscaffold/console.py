"""Every word that is shown: status and errors on stderr, data on stdout."""

from __future__ import annotations

import dataclasses
import json
import os
from typing import TYPE_CHECKING, Any

import click

from mlscaffold.destination import typed

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mlscaffold.catalog import Question, Template
    from mlscaffold.errors import ScaffoldError
    from mlscaffold.generate import Project
    from mlscaffold.publish import Publication, Request

ISSUES = "https://github.com/mlscaffold/mlscaffold/issues"


def error(problem: ScaffoldError) -> None:
    """Show what is wrong and what gets the user out."""
    _say(_style("error: ", fg="red", bold=True) + str(problem))
    _say(_style("hint: ", fg="cyan") + problem.hint)


def interrupted() -> None:
    """Show that the user stopped us."""
    _say("Interrupted; nothing was left behind.")


def bug() -> None:
    """Show where a fault of ours can be reported."""
    _say(f"This is a bug in mlscaffold. Please report it with the lines above: {ISSUES}")


def created(project: Project) -> None:
    """Show what was made, and what to type next."""
    _say(_style("Created ", fg="green", bold=True) + f"{project.template} in {project.path}")
    for line in tree(project.files):
        click.echo(line)
    _notes(project.notes)
    _say("")
    _say("Next:")
    for command in project.commands:
        _say("  " + _style(command, bold=True))


def previewed(project: Project, request: Request | None = None) -> None:
    """Show what would be made, and where it would be published."""
    _say(f"Would create {project.template} in {project.path}; nothing was written.")
    for line in tree(project.files):
        click.echo(line)
    if request:
        _say(f"Would publish {request.owner}/{request.name} ({request.visibility}).")


def published(publication: Publication, *, gh: bool) -> None:
    """Show where the repository is, and how to watch its first run of CI."""
    name = f"{publication.owner}/{publication.name} ({publication.visibility})"
    _say(_style("Published ", fg="green", bold=True) + name)
    click.echo(publication.url)
    _notes(publication.notes)
    if publication.runs:
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
    _say(f"Would publish {name}; nothing was created or pushed.")
    click.echo(publication.url)
    for step in publication.steps:
        _say(f"  {step}")
    _notes(publication.notes)


def document(value: Any) -> None:  # noqa: ANN401  anything that JSON can hold
    """Print a value object, or a sequence of them, as JSON."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False, default=_plain))


def templates(entries: Sequence[Template]) -> None:
    """Print one block for each template: its name, what it is, what it proves."""
    width = max(len(entry.id) for entry in entries)
    for entry in entries:
        click.echo(f"{_style(entry.id.ljust(width), bold=True)}  {entry.summary}")
    _say("")
    _say("More: mlscaffold show TEMPLATE. Start one: mlscaffold new TEMPLATE PATH.")


def template(entry: Template, questions: Sequence[Question]) -> None:
    """Print all there is to know about a template."""
    click.echo(f"{_style(entry.title, bold=True)} ({entry.id})")
    click.echo(entry.summary)
    click.echo(f"What it proves: {entry.proves}")
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
    click.echo(f"\n{_style(title, bold=True)}")
    for line in lines:
        click.echo(f"  {line}")


def _question(question: Question) -> str:
    choices = f" ({', '.join(question.choices)})" if question.choices else ""
    return f"{_style(question.key, fg='cyan')}{choices}: {question.help}"


def _notes(notes: Iterable[str]) -> None:
    for note in notes:
        _say(_style("note: ", fg="yellow") + note)


def _style(text: str, **style: Any) -> str:  # noqa: ANN401  click's own keywords
    return text if os.environ.get("NO_COLOR") else click.style(text, **style)


def _say(text: str) -> None:
    click.echo(text, err=True)


def _plain(value: Any) -> Any:  # noqa: ANN401
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: getattr(value, f.name) for f in dataclasses.fields(value)}
    return str(value)
