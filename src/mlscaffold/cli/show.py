"""`mlscaffold show`."""

from __future__ import annotations

import click

from mlscaffold import catalog, console
from mlscaffold.cli.completion import complete_template


@click.command()
@click.argument("template", shell_complete=complete_template)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def show(template: str, as_json: bool) -> None:  # noqa: FBT001
    """Show what a project type contains, asks and teaches.

    \b
    Example:
      mlscaffold show pipeline
    """
    entry = catalog.template(template)
    questions = catalog.questions(entry)
    if as_json:
        console.document({"template": entry, "questions": questions})
    else:
        console.template(entry, questions)
