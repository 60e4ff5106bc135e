"""`mlscaffold update`."""

from __future__ import annotations

import click

from mlscaffold import console, interrupts, streams, written
from mlscaffold.cli.completion import complete_any_answer


@click.command()
@click.argument("path", required=False, default=".", type=click.Path(readable=False))
@click.option(
    "--set",
    "assignments",
    metavar="KEY=VALUE",
    multiple=True,
    shell_complete=complete_any_answer,
    help="Change an answer; may be repeated.",
)
@click.option(
    "--base",
    metavar="REVISION",
    help="The commit that holds the project as it was made, where none says so itself.",
)
@click.option("-y", "--yes", is_flag=True, help="Ask nothing: accept the default of new questions.")
@click.option("--no-lock", is_flag=True, help="Leave uv.lock as it is.")
@click.option("--dry-run", is_flag=True, help="Show the diff that would come; change nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@click.pass_context
def update(
    context: click.Context,
    *,
    path: str,
    assignments: tuple[str, ...],
    base: str | None,
    yes: bool,
    no_lock: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Bring the template's newer version into a project.

    PATH is the project's folder; this one, if it is left out. What its owner has changed or deleted
    stays; where both have changed the same lines, git shows a conflict, and the exit code is 1.

    \b
    Examples:
      mlscaffold update --dry-run
      mlscaffold update
      mlscaffold update --set deploy=compose,kubernetes
    """
    from mlscaffold import prompts
    from mlscaffold.updating import upgrade

    asking = prompts.is_possible() and not yes
    plan = upgrade.plan(
        upgrade.Request(
            path=path,
            answers=written.parse_assignments(assignments),
            base=base,
            lock=not no_lock,
            prompter=prompts.TerminalPrompter() if asking else None,
        )
    )
    result = upgrade.preview(plan) if dry_run else upgrade.apply(plan)
    with interrupts.held_back(dropped=True):
        if as_json:
            console.document(result)
        elif dry_run:
            console.update_previewed(result)
        else:
            console.updated(result)
    if result.conflicts:
        streams.require_printed()
        context.exit(1)
