"""Options that more than one command takes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from mlscaffold.cli.completion import complete_answer
from mlscaffold.errors import BadInputError

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from mlscaffold.publishing.targets import Visibility

    Command = Callable[..., Any]


def answering(command: Command) -> Command:
    """Add the options by which questions are answered, or left to their defaults."""
    for option in reversed(
        (
            click.option(
                "--set",
                "assignments",
                metavar="KEY=VALUE",
                multiple=True,
                shell_complete=complete_answer,
                help="Answer a question; may be repeated.",
            ),
            click.option(
                "--answers",
                "answers_file",
                metavar="FILE",
                type=click.Path(path_type=Path, readable=False),
                help="Take answers from a YAML file, such as another project's .mlscaffold.yml.",
            ),
            click.option(
                "-y",
                "--yes",
                is_flag=True,
                help="Ask nothing: accept the default of every question.",
            ),
        )
    ):
        command = option(command)
    return command


def answers(
    assignments: tuple[str, ...], answers_file: Path | None, *, path: str | None
) -> dict[str, str]:
    """Return what both ways of answering come to; a word wins over a file.

    A path names the project, so another one's answers do not.
    """
    from mlscaffold import written

    known = written.read_file(answers_file, named=path is not None) if answers_file else {}
    return known | written.parse_assignments(assignments)


def visibility(*, public: bool, private: bool) -> Visibility | None:
    """Return who may see a repository, or None where that was not said.

    Raises:
        BadInputError: both were, and the last word does not decide such a thing.
    """
    if public and private:
        raise BadInputError(
            "--public and --private contradict each other.", "Leave one of them out."
        )
    return "public" if public else "private" if private else None
