"""The command line: parse, call one function, print. The only place that catches errors."""

from __future__ import annotations

import traceback
from typing import Any

import click

from mlscaffold import __version__, console, streams
from mlscaffold.cli.adopt import adopt
from mlscaffold.cli.list_ import list_
from mlscaffold.cli.new import new
from mlscaffold.cli.publish import publish
from mlscaffold.cli.show import show
from mlscaffold.cli.status import status
from mlscaffold.cli.update import update
from mlscaffold.errors import ScaffoldError

INTERRUPTED = 130


class Border(click.Group):
    """The group behind which no traceback of a user's mistake escapes."""

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401  click's own signature
        """Run the command; turn what went wrong into words and an exit code."""
        try:
            result = super().invoke(ctx)
            streams.require_printed()
        except ScaffoldError as problem:
            console.error(problem)
            ctx.exit(problem.exit_code)
        except (KeyboardInterrupt, EOFError, click.Abort):
            console.interrupted()
            ctx.exit(INTERRUPTED)
        except (click.ClickException, click.exceptions.Exit, BrokenPipeError):
            raise
        except Exception:  # noqa: BLE001  the last one to see it
            traceback.print_exc()
            console.bug()
            ctx.exit(1)
        return result


@click.group(cls=Border, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, "-V", "--version", message="%(prog)s %(version)s")
def mlscaffold() -> None:
    """Start a machine learning portfolio project that runs.

    \b
    Examples:
      mlscaffold new                            pick a project type, answer a few questions
      mlscaffold new experiment flight-delays   a Kaggle-style experiment in ./flight-delays
      mlscaffold show service                   what a model service contains and teaches
      mlscaffold publish --private              create the GitHub repository and push
      mlscaffold update                         bring a newer template into this project
    """


mlscaffold.add_command(new)
mlscaffold.add_command(list_)
mlscaffold.add_command(show)
mlscaffold.add_command(publish)
mlscaffold.add_command(status)
mlscaffold.add_command(update)
mlscaffold.add_command(adopt)
