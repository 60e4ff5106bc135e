"""`mlscaffold adopt`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from mlscaffold import console, interrupts
from mlscaffold.cli.completion import complete_template
from mlscaffold.cli.options import answering, answers

if TYPE_CHECKING:
    from pathlib import Path


@click.command()
@click.argument("template", shell_complete=complete_template)
@click.argument("path", required=False, default=".", type=click.Path(readable=False))
@answering
@click.option("--no-lock", is_flag=True, help="Leave uv.lock out.")
@click.option("--dry-run", is_flag=True, help="Show the files that would come; change nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def adopt(
    *,
    template: str,
    path: str,
    assignments: tuple[str, ...],
    answers_file: Path | None,
    yes: bool,
    no_lock: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Bring the files of a template into a project that was made without it.

    PATH is a git repository; this one, if it is left out. Every file that is there stays as it is;
    those that it lacks come, and from then on mlscaffold update works.

    \b
    Examples:
      mlscaffold adopt experiment --dry-run --yes
      mlscaffold adopt pipeline old-project --set package=old_project
    """
    from mlscaffold import prompts
    from mlscaffold.updating import adopt

    asking = prompts.is_possible() and not yes
    plan = adopt.plan(
        adopt.Request(
            template=template,
            path=path,
            answers=answers(assignments, answers_file, path=path),
            lock=not no_lock,
            accept_defaults=yes,
            prompter=prompts.TerminalPrompter() if asking else None,
        )
    )
    result = adopt.preview(plan) if dry_run else adopt.apply(plan)
    with interrupts.held_back(dropped=True):
        if as_json:
            console.document(result)
        else:
            console.adopted(result)
