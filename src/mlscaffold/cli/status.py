"""`mlscaffold status`."""

from __future__ import annotations

import click

from mlscaffold import console


@click.command()
@click.argument("path", required=False, default=".", type=click.Path(readable=False))
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def status(path: str, as_json: bool) -> None:  # noqa: FBT001  click passes it by keyword
    """Show what a project was made from, and what has changed since.

    PATH is the project's folder; this one, if it is left out.

    \b
    Example:
      mlscaffold status
    """
    from mlscaffold.updating import status

    (console.document if as_json else console.project_status)(status.read(path))
