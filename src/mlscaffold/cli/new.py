"""`mlscaffold new`."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import click

from mlscaffold import console, interrupts
from mlscaffold.cli.completion import complete_template
from mlscaffold.cli.options import answering, answers, visibility
from mlscaffold.errors import ScaffoldError

if TYPE_CHECKING:
    from pathlib import Path

    from mlscaffold.generate import Project
    from mlscaffold.publishing.request import Request


@click.command()
@click.argument("template", required=False, shell_complete=complete_template)
@click.argument("path", required=False, type=click.Path(readable=False))
@answering
@click.option("--no-git", is_flag=True, help="Make the files alone, without a repository.")
@click.option("--no-lock", is_flag=True, help="Leave uv.lock out.")
@click.option("--publish", "publishes", is_flag=True, help="Create its GitHub repository too.")
@click.option("--public", is_flag=True, help="With --publish: for everybody.")
@click.option("--private", is_flag=True, help="With --publish: for you.")
@click.option("--dry-run", is_flag=True, help="Show the tree that would be made; write nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def new(
    *,
    template: str | None,
    path: str | None,
    assignments: tuple[str, ...],
    answers_file: Path | None,
    yes: bool,
    no_git: bool,
    no_lock: bool,
    publishes: bool,
    public: bool,
    private: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Make a new project: a git repository that runs.

    TEMPLATE is a project type (see mlscaffold list), PATH the folder to make. What is left out is
    asked for, where there is a terminal.

    \b
    Examples:
      mlscaffold new
      mlscaffold new experiment churn --set data=csv --set csv=churn.csv --set target=churned
      mlscaffold new service price-check --yes
      mlscaffold new pipeline clean-flights --yes --publish --private
    """
    from mlscaffold import debut, generate, prompts

    seen_by = visibility(public=public, private=private)
    asking = prompts.is_possible() and not yes
    plan = generate.plan(
        generate.Request(
            template=template,
            path=path,
            answers=answers(assignments, answers_file, path=path),
            git=not no_git,
            lock=not no_lock,
            accept_defaults=yes,
            prompter=prompts.TerminalPrompter() if asking else None,
        )
    )
    request = debut.request(
        plan,
        wanted=publishes,
        visibility=seen_by,
        host=os.environ.get("GH_HOST"),
        prompter=prompts.TerminalPrompter() if prompts.is_possible() else None,
    )
    project = generate.preview(plan) if dry_run else generate.create(plan)
    with interrupts.held_back(dropped=not request):
        if as_json and (dry_run or not request):
            console.document(project)
        elif dry_run:
            console.previewed(project, request)
        elif not as_json:
            console.created(project)
    if request and not dry_run:
        follow(project, request, as_json=as_json)


def follow(project: Project, request: Request, *, as_json: bool) -> None:
    """Publish a project that was just made; whatever happens, what was made is shown."""
    from mlscaffold import debut

    publication = None
    try:
        publication = debut.publish(project, request)
    except ScaffoldError:
        console.unpublished(project, request)
        raise
    finally:
        if as_json:
            console.document(vars(project) | {"publication": publication})
    if not as_json:
        console.published(publication, gh=shutil.which("gh") is not None)
