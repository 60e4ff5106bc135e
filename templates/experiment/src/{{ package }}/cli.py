"""The command line: it parses, calls one function, prints.

What happens on the way goes to stderr, the result to stdout.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from .errors import UserError

PROGRAM = __name__.partition(".")[0].replace("_", "-")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command in the current folder and return its exit code."""
    parser = argparse.ArgumentParser(
        prog=PROGRAM, description="Cross-validate models on one table, honestly."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("train", help="validate the models, write results/ and a submission")
    commands.add_parser("report", help="write the numbers of results/ into README and card again")
    command = parser.parse_args(arguments).command
    try:
        return {"train": _train, "report": _report}[command](Path())
    except UserError as error:
        print(f"error: {error}\nhint: {error.hint}", file=sys.stderr)
        return error.exit_code
    except OSError as error:
        print(f"error: {error.strerror or error}: {error.filename}", file=sys.stderr)
        print("hint: Let this folder be written to, and make room on the disk.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _train(root: Path) -> int:
    from . import train  # here, so that --help does not wait for scikit-learn
    from .report import number

    outcome = train.run(root, command=f"uv run {PROGRAM} train", say=_say)
    headline = outcome.summary.headline
    baseline = f"{headline.baseline.name}: {number(headline.baseline.value)}"
    print(f"{outcome.best}: {headline.metric} {number(headline.value)} ({baseline})")
    for path in outcome.written:
        print(path.as_posix())
    return 0


def _report(root: Path) -> int:
    from . import publish

    for path in publish.again(root):
        print(path.as_posix())
    return 0


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
