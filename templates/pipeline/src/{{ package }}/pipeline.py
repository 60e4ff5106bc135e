"""The pipeline: its commands, each as a list of steps."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from . import config as configuration
from . import contract as contracts
from . import corrections, findings, origins, page, publish, report, runs, source
from . import state as states
from .clock import GOES_ON, Announce, Clock, in_words
from .config import Config
from .contract import Contract
from .drill import SEED
from .drill import drill as run_drill
from .errors import UserError
from .evidence import Project, Stopwatch, Summary
from .extract import RawFile
from .extract import extract as extract_files
from .lock import single_writer
from .plan import Request
from .refresh import Refreshed, refresh
from .refresh import check as check_files
from .state import State
from .task import Task

TEMPLATE = "pipeline"
DOCUMENTS = ("README.md", "DATASET_CARD.md")

EVERYTHING = Request()
OLD_HINT = "Look whether new raw files have come, and run again."


def run(root: Path, command: str, announce: Announce, request: Request = EVERYTHING) -> Summary:
    """Take the raw files to published tables, and return the evidence of it.

    Nothing that readers see changes before the step `publish`, so whatever stops the run earlier
    leaves the data of before; from there on the next run goes on.

    Raises:
        UserError: something that its owner can mend stopped the run.
    """
    from . import figures

    watch, clock = Stopwatch(command), Clock(announce)
    config, contract = _agreed(root)
    for name in _documents(root):
        report.is_current(root / name, None)  # broken markers stop the run before its work
    with single_writer(config.state / "lock"), in_words("The run", GOES_ON):
        task, refreshed = _update(config, contract, clock, request)
        with clock.step("drill"):
            drilled = _drill(config, contract, task, refreshed.state)
            state = replace(refreshed.state, drill=drilled)
            states.store(config.state, state.document())
        with clock.step("report"):
            runs.record(task, replace(refreshed, state=state), watch, clock.seconds)
            main = findings.main(state)
            found = {contract.main.name: main, **state.tables}
            drawn = figures.draw(config, contract, state, found, findings.drilled(state))
            summary = Summary(
                project=Project(config.project.name, TEMPLATE, config.project.problem),
                headline=findings.headline(contract, state),
                metrics=findings.metrics(contract, state, task.tables),
                figures=drawn,
                run=watch.run(rows=main.records, seed=SEED, root=root),
            )
            summary.write(root)
            page.write_page(root, summary)
            _inject(root, summary)
    _warn(contract, state, announce)
    return summary


def update(root: Path, announce: Announce, request: Request = EVERYTHING) -> Refreshed:
    """Do the work of a run up to publishing, without drill and report.

    Raises:
        UserError: something that its owner can mend stopped the run.
    """
    watch, clock = Stopwatch("update"), Clock(announce)
    config, contract = _agreed(root)
    with single_writer(config.state / "lock"), in_words("The run", GOES_ON):
        task, refreshed = _update(config, contract, clock, request)
        runs.record(task, refreshed, watch, clock.seconds)
    _warn(contract, refreshed.state, announce)
    return refreshed


def _update(
    config: Config, contract: Contract, clock: Clock, request: Request
) -> tuple[Task, Refreshed]:
    _finish(config, contract, clock)
    with clock.step("extract"):
        source.fetch(config)
        tables = extract_files(config)
        if request.corrected is not None:
            corrections.take(config, tables, request.corrected)
            tables = extract_files(config)
    task = _task(config, contract, tables, request)
    return task, refresh(task, clock.step, clock.progress())


def check(root: Path, announce: Announce) -> Refreshed:
    """Check the raw files and write the quarantine; publish nothing.

    All hashes are taken anew, and files that were checked before are checked again.

    Raises:
        UserError: the files do not keep the contract, or the data set is older than it may be.
    """
    clock = Clock(announce)
    config, contract = _agreed(root)
    with single_writer(config.state / "lock"), in_words("The check", GOES_ON):
        _finish(config, contract, clock)
        with clock.step("extract"):
            source.fetch(config)
            tables = extract_files(config, verify=True)
        task = _task(config, contract, tables, EVERYTHING)
        checked = check_files(replace(task, before=State()), clock.step)
        old = findings.too_old(contract, task.before)
        if old:
            raise UserError(old, OLD_HINT)
        return checked


def _finish(config: Config, contract: Contract, clock: Clock) -> None:
    """Publish what a run before has left to be done."""
    if publish.is_pending(config):
        with clock.step("publish"):
            publish.finish(config, contract)


def _warn(contract: Contract, state: State, announce: Announce) -> None:
    """Tell what is no reason to refuse a run, and one to look after the source."""
    old = findings.too_old(contract, state)
    if old:
        announce(f"warning: {old}\nhint: {OLD_HINT}")


def report_again(root: Path) -> list[str]:
    """Write the last run's numbers into the README and the dataset card; return their names.

    Raises:
        UserError: this is no project's folder, or its summary is broken.
    """
    configuration.read(root)
    return _inject(root, Summary.read(root))


def _task(
    config: Config, contract: Contract, tables: dict[str, list[RawFile]], request: Request
) -> Task:
    return Task(
        config=config,
        contract=contract,
        tables=tables,
        rules=states.rules(config.root, contract, tables),
        shape=states.shape(config.root),
        mended=origins.mended(
            origins.read(config.raw), [file.name for files in tables.values() for file in files]
        ),
        request=request,
        before=State.read(config.state),
    )


def _inject(root: Path, summary: Summary | None) -> list[str]:
    documents = _documents(root)
    for name in documents:
        report.inject(root / name, summary)
    return documents


def _documents(root: Path) -> list[str]:
    return [name for name in DOCUMENTS if (root / name).exists()]


def _agreed(root: Path) -> tuple[Config, Contract]:
    """Return the configuration and the contract, which must speak of the same tables."""
    config = configuration.read(root)
    contract = contracts.read(root / contracts.FILE)
    tables = {table.name for table in contract.tables}
    for name in sorted(tables.symmetric_difference(config.files)):
        raise UserError(
            f"The table {name!r} is in only one of {contracts.FILE} and {configuration.FILE}.",
            f"Give it both [tables.{name}] there and a glob under [files] here.",
            2,
        )
    return config, contract


def _drill(config: Config, contract: Contract, task: Task, state: State) -> dict[str, object]:
    """Return the drill's counts, taken anew where the contract or its lines are other ones."""
    first = task.main[0].sha256
    known = {"rules": task.rules, "lines": first}
    if {key: state.drill.get(key) for key in known} == known:
        return state.drill
    return known | vars(run_drill(contract, task.tables, config.state))
