"""`mlscaffold list`."""

from __future__ import annotations

import click

from mlscaffold import catalog, console


@click.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_(as_json: bool) -> None:  # noqa: FBT001  click passes it by keyword
    """List the project types.

    \b
    Example:
      mlscaffold list
    """
    (console.document if as_json else console.templates)(catalog.templates())
