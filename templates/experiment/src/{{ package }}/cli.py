"""The command line: it parses, calls one function, prints.

What happens on the way goes to stderr, the result to stdout. The libraries of a command are
imported by the function that runs it, so that --help waits for none of them.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from .config import BASELINE
from .errors import UserError

PROGRAM = __name__.partition(".")[0].replace("_", "-")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command in the current folder and return its exit code."""
    typed = sys.argv[1:] if arguments is None else arguments
    options = _parser().parse_args(typed)
    options.typed = " ".join(["uv run", PROGRAM, *typed])
    command: Callable[[Path, argparse.Namespace], int] = options.run
    try:
        return command(Path(), options)
    except UserError as error:
        print(f"error: {error}\nhint: {error.hint}", file=sys.stderr)
        return error.exit_code
    except OSError as error:
        print(f"error: {error.strerror or error}: {error.filename}", file=sys.stderr)
        print("hint: Let this folder be written to, and make room on the disk.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=PROGRAM, description="Cross-validate models on one table, honestly."
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

    def add(
        name: str, run: Callable[[Path, argparse.Namespace], int], text: str
    ) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=text, description=f"{text[0].upper()}{text[1:]}.")
        command.set_defaults(run=run)
        return command

    train = add("train", _train, "validate the models, write results/ and a submission")
    train.add_argument(
        "experiment", nargs="?", default=BASELINE, help=f"a file of conf/ (default: {BASELINE})"
    )
    train.add_argument("--full", action="store_true", help="more models, averaged over seeds")
    train.add_argument("--debug", action="store_true", help="few rows, few trees; write no result")
    tune = add("tune", _tune, "search better settings for a model, write them as an experiment")
    tune.add_argument("experiment", nargs="?", default=BASELINE, help="what the search starts from")
    tune.add_argument("--model", choices=("boosting", "linear"), default="boosting")
    tune.add_argument("--trials", type=_count, default=50, help="of the whole study (default: 50)")
    tune.add_argument("--timeout", type=_count, metavar="S", help="end after so many seconds")
    tune.add_argument("--workers", type=_count, default=1, help="processes (default: 1)")
    tune.add_argument(
        "--storage", metavar="URL", help="a database (default: $OPTUNA_STORAGE, SQLite)"
    )
    tune.add_argument("--name", default="tuned", help="of the study and of its experiment")
    tune.add_argument("--force", action="store_true", help="replace an experiment that was edited")
    board = add("leaderboard", _leaderboard, "list the runs, the best one first")
    board.add_argument("--all", action="store_true", help="also runs that do not compare")
    board.add_argument("--json", action="store_true", help="for programs")
    board.add_argument("--sql", metavar="QUERY", help="ask the table runs anything else")
    submit = add("submit", _submit, "send a run's submission to Kaggle and wait for its score")
    submit.add_argument("id", nargs="?", default="", metavar="RUN", help="(default: the last one)")
    submit.add_argument("--message", default="", help="stands beside the score at Kaggle")
    submit.add_argument("--yes", action="store_true", help="send without asking")
    submit.add_argument("--no-wait", action="store_true", help="do not wait for the score")
    submit.add_argument("--fetch", action="store_true", help="send nothing, fetch the score")
    submit.add_argument("--again", action="store_true", help="send also what was sent before")
    add("winner-docs", _winner, "write what Kaggle asks of winners into winner/")
    add("audit", _audit, "look for leaks, duplicates and drift, and say how grave they are")
    export = add("export", _export, "write the model of a run as a bundle that a service can serve")
    export.add_argument("run_name", metavar="RUN", nargs="?", default="", help="default: the last")
    export.add_argument(
        "--out", type=Path, default=Path("model"), help="default: model, which git ignores"
    )
    add("report", _report, "write the numbers of results/ into README and card again")
    return parser


def _train(root: Path, options: argparse.Namespace) -> int:
    from . import train
    from .report import number

    plan = train.Plan(options.experiment, full=options.full, debug=options.debug)
    outcome = train.run(root, plan, command=options.typed, say=_say)
    headline = outcome.summary.headline
    baseline = f"{headline.baseline.name}: {number(headline.baseline.value)}"
    doubts = "; see the warnings above" if outcome.doubted else ""
    print(f"{outcome.best}: {headline.metric} {number(headline.value)} ({baseline}){doubts}")
    _print_paths(outcome.written)
    return 0


def _tune(root: Path, options: argparse.Namespace) -> int:
    try:
        from .search import tune
    except ModuleNotFoundError as error:
        raise UserError(f"tune needs {error.name}.", "Install it: uv sync --group search") from None
    from .report import number
    from .search.study import Plan

    plan = Plan(
        experiment=options.experiment,
        model=options.model,
        study=options.name,
        trials=options.trials,
        seconds=options.timeout,
        workers=options.workers,
        url=options.storage or os.environ.get("OPTUNA_STORAGE"),
    )
    outcome = tune.run(root, plan, force=options.force, say=_say)
    print(f"best: {outcome.found.metric} {number(outcome.found.score)}")
    _print_paths(outcome.written)
    _say(f"next: uv run {PROGRAM} train {options.name}")
    return 0


def _leaderboard(root: Path, options: argparse.Namespace) -> int:
    from .tracking import leaderboard

    if options.sql:
        answer = leaderboard.query(root, options.sql)
        print(answer.json() if options.json else leaderboard.text(answer))
        return 0
    ranked = leaderboard.rank(root, every=options.all)
    print(ranked.table.json() if options.json else ranked)
    for note in ranked.notes:
        _say(note)
    return 0


def _submit(root: Path, options: argparse.Namespace) -> int:
    from .kaggle import submit

    plan = submit.Plan(
        run=options.id,
        message=options.message,
        wait=not options.no_wait,
        fetch=options.fetch,
        again=options.again,
    )
    print(submit.run(root, plan, ask=_yes if options.yes else _ask, say=_say))
    return 0


def _winner(root: Path, _: argparse.Namespace) -> int:
    from .kaggle import winner

    _print_paths(winner.write(root, program=PROGRAM))
    return 0


def _audit(root: Path, _: argparse.Namespace) -> int:
    from .audit import checks

    audit = checks.full(root)
    for finding in audit.findings:
        print(f"{finding.severity}: {finding}")
    found, where = len(audit.findings), audit.written.as_posix()
    print(f"findings: {found} in {audit.rows:,} rows, kept in {where}")
    return 1 if audit.grave else 0


def _export(root: Path, options: argparse.Namespace) -> int:
    try:
        from .export import bundle
    except ImportError as error:
        raise UserError(
            f"The package {error.name} is not installed.", "Run `uv sync --group export`."
        ) from error

    exported = bundle.export(root, options.run_name, options.out, name=PROGRAM, say=_say)
    parity = exported.parity
    rows = f"{parity.rows:,} held-out and {parity.hard:,} hard rows"
    print(f"{exported.model}: differs from the fitted model by {parity.largest:.1e} in {rows}")
    _print_paths(exported.written)
    return 0


def _report(root: Path, _: argparse.Namespace) -> int:
    from .reporting import publish

    _print_paths(publish.again(root))
    return 0


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from 1 on")
    return int(text)


def _print_paths(paths: Sequence[Path]) -> None:
    for path in paths:
        print(path.as_posix())


def _yes(_: str) -> bool:
    return True


def _ask(question: str) -> bool:
    """Ask on the terminal; without one nothing ever asks."""
    if not sys.stdin.isatty():
        raise UserError("There is no terminal to ask on.", "Give --yes to send without asking.", 2)
    print(f"{question} [y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in {"y", "yes"}


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
