"""`mlscaffold publish`."""

from __future__ import annotations

import shutil

import click

from mlscaffold import console, interrupts
from mlscaffold.cli.options import visibility


@click.command()
@click.argument("path", default=".", type=click.Path(readable=False))
@click.option(
    "--owner", metavar="NAME", help="The user or organisation; default: whose token it is."
)
@click.option("--name", metavar="NAME", help="The repository; default: the project's name.")
@click.option("--public", is_flag=True, help="Everybody may see it.")
@click.option("--private", is_flag=True, help="You and whom you let in.")
@click.option("--description", metavar="TEXT", help="One line; default: the project's own.")
@click.option("--homepage", metavar="URL", help="A page beside it; default: the project's own.")
@click.option(
    "--topic",
    "topics",
    metavar="TOPIC",
    multiple=True,
    help="May be repeated; default: the skills that the template shows.",
)
@click.option(
    "--host",
    metavar="HOST",
    default="github.com",
    envvar="GH_HOST",
    help="A GitHub Enterprise host; default: GH_HOST, or github.com.",
)
@click.option(
    "--remote", metavar="NAME", default="origin", help="What git calls it; default: origin."
)
@click.option("--allow-dirty", is_flag=True, help="Leave out what no commit holds.")
@click.option("--allow-secrets", is_flag=True, help="Push without a search for secrets.")
@click.option("--dry-run", is_flag=True, help="Show what would be done; create and push nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def publish(
    *,
    path: str,
    owner: str | None,
    name: str | None,
    public: bool,
    private: bool,
    description: str | None,
    homepage: str | None,
    topics: tuple[str, ...],
    host: str,
    remote: str,
    allow_dirty: bool,
    allow_secrets: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Create the GitHub repository of a project, and push.

    PATH is any git repository; without it, the one in this folder. What could go wrong is looked
    for before anything is created; after a failure, the same command goes on. The token is that of
    GH_TOKEN, GITHUB_TOKEN or gh.

    \b
    Examples:
      mlscaffold publish --private
      mlscaffold publish flight-delays --public --topic aviation
      mlscaffold publish --public --owner my-team --dry-run

    \b
    Exit codes:
      0 done, 1 refused, 2 bad input, 130 interrupted
      3 no token, or a wrong one       4 the token may not do it
      5 the name is taken              6 a rate limit: wait
      7 network or GitHub failed       8 the push was rejected
      9 a secret would be pushed
    """
    from mlscaffold import prompts
    from mlscaffold.publishing import publish as steps
    from mlscaffold.publishing.request import Request

    prompter = prompts.TerminalPrompter() if prompts.is_possible() else None
    plan = steps.plan(
        Request(
            path=path,
            owner=owner,
            name=name,
            visibility=visibility(public=public, private=private),
            description=description,
            homepage=homepage,
            topics=topics or None,
            host=host,
            remote=remote,
            allow_dirty=allow_dirty,
            allow_secrets=allow_secrets,
            prompter=prompter,
        )
    )
    publication = steps.preview(plan) if dry_run else steps.carry_out(plan)
    with interrupts.held_back(dropped=True):
        if as_json:
            console.document(publication)
        elif dry_run:
            console.rehearsed(publication)
        else:
            console.published(publication, gh=shutil.which("gh") is not None)
    if prompter and not (as_json or dry_run) and prompter.confirm(f"Open {publication.url}?"):
        click.launch(publication.url)
