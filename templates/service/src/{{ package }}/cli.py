"""The command line: it parses, calls one function, prints.

What happens on the way goes to stderr, the result to stdout.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from .errors import UserError

PROGRAM = __name__.partition(".")[0].replace("_", "-")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command in the current folder and return its exit code."""
    parser = argparse.ArgumentParser(
        prog=PROGRAM, description="Train a model, check its bundle, and serve it over HTTP."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("train", help="train the model, judge it, write model/ and results/")
    commands.add_parser("check-model", help="verify the model bundle as serve does before it opens")
    commands.add_parser("serve", help="answer predictions over HTTP until SIGTERM or Ctrl-C")
    commands.add_parser("report", help="write the numbers of results/ into README.md again")
    command = parser.parse_args(arguments).command
    run = {"train": _train, "check-model": _check_model, "serve": _serve, "report": _report}
    try:
        return run[command](Path())
    except UserError as error:
        print(f"error: {error}\nhint: {error.hint}", file=sys.stderr)
        return error.exit_code
    except OSError as error:
        print(f"error: {error.filename or 'the disk'}: {error.strerror or error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _train(root: Path) -> int:
    try:
        from .training import run  # here, so that the image needs no training library
    except ModuleNotFoundError as error:
        raise UserError(
            f"Training needs {error.name}, which is not installed here.",
            "Install the training libraries: uv sync --group train.",
        ) from None

    outcome = run.train(root, command=f"uv run {PROGRAM} train", say=_say)
    headline = outcome.summary.headline
    print(
        f"{headline.metric} {headline.value:.4f} "
        f"({headline.baseline.name}: {headline.baseline.value:.4f})"
    )
    for path in outcome.written:
        print(path.as_posix())
    return 0


def _check_model(_: Path) -> int:
    from . import bundle, settings, versions

    model = bundle.load(versions.newest(settings.read(os.environ).model_dir))
    signature = model.signature
    print(f"{signature.name} {signature.version} {signature.digest}")
    return 0


def _serve(_: Path) -> int:
    from . import server, settings

    server.serve(settings.read(os.environ))
    return 0


def _report(root: Path) -> int:
    from . import publish

    print(publish.again(root).as_posix())
    return 0


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
