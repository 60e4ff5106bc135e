"""The pipeline: its commands, each as a list of steps."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from time import perf_counter

import duckdb

from . import config as configuration
from . import contract as contracts
from . import database, page, publish, report, runs, source
from . import state as states
from .config import Config
from .contract import Contract
from .drill import SEED, Drill
from .drill import drill as run_drill
from .errors import UserError
from .evidence import Baseline, Headline, Project, Stopwatch, Summary
from .extract import RawFile
from .extract import extract as extract_files
from .found import Found
from .lock import single_writer
from .plan import Request
from .refresh import Refreshed, Task, refresh
from .refresh import check as check_files
from .state import State

TEMPLATE = "pipeline"
DOCUMENTS = ("README.md", "DATASET_CARD.md")

UNCHANGED = "What was published before is as it was."
PUBLISHED = "The new data are published, and only their report is missing: mend this and run again."
GOES_ON = "Nothing is lost: the next run goes on from there."
ANNOUNCED_EVERY = 2.0  # seconds

EVERYTHING = Request()

Announce = Callable[[str], None]


@dataclass
class Clock:
    """Announces each step with its time, and remembers the times for the manifest."""

    announce: Announce
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Time the step; translate what DuckDB or the disk may still say."""
        start = perf_counter()
        readers = {"publish": GOES_ON, "report": PUBLISHED}.get(name, UNCHANGED)
        try:
            yield
        except duckdb.Error as error:
            raise UserError(
                f"The step {name!r} failed: {database.first_line(error)}", readers
            ) from error
        except OSError as error:
            raise UserError(
                f"The step {name!r} failed: {error.strerror or error}.",
                f"Is the disk full, or the folder not writable? {readers}",
            ) from error
        self.seconds[name] = round(perf_counter() - start, 3)
        self.announce(f"{name:<10} {self.seconds[name]:6.2f} s")

    def progress(self) -> Callable[[int, int], None]:
        """Return a function that tells of long work how far it is, now and then."""
        last = perf_counter()

        def tell(done: int, whole: int) -> None:
            nonlocal last
            if perf_counter() - last > ANNOUNCED_EVERY:
                last = perf_counter()
                self.announce(f"  {done:,} of {whole:,} partitions")

        return tell


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
    with single_writer(config.state / "lock"):
        task, refreshed = _update(config, contract, clock, request)
        with clock.step("drill"):
            drilled = _drill(config, contract, task, refreshed.state)
            state = replace(refreshed.state, drill=drilled)
            states.store(config.state, state.document())
        with clock.step("report"):
            runs.record(task, replace(refreshed, state=state), watch, clock.seconds)
            found = {contract.main.name: _main(state), **state.tables}
            drawn = figures.draw(config, contract, state, found, _drilled(state))
            summary = Summary(
                project=Project(config.project.name, TEMPLATE, config.project.problem),
                headline=_headline(contract, state),
                metrics=_metrics(contract, state, task.tables),
                figures=drawn,
                run=watch.run(rows=_main(state).records, seed=SEED, root=root),
            )
            summary.write(root)
            page.write_page(root, summary)
            _inject(root, summary)
    return summary


def update(root: Path, announce: Announce, request: Request = EVERYTHING) -> Refreshed:
    """Do the work of a run up to publishing, without drill and report.

    Raises:
        UserError: something that its owner can mend stopped the run.
    """
    watch, clock = Stopwatch("update"), Clock(announce)
    config, contract = _agreed(root)
    with single_writer(config.state / "lock"):
        task, refreshed = _update(config, contract, clock, request)
        runs.record(task, refreshed, watch, clock.seconds)
    return refreshed


def _update(
    config: Config, contract: Contract, clock: Clock, request: Request
) -> tuple[Task, Refreshed]:
    with clock.step("extract"):
        publish.finish(config, contract)
        source.fetch(config)
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
    with single_writer(config.state / "lock"):
        with clock.step("extract"):
            publish.finish(config, contract)
            source.fetch(config)
            tables = extract_files(config, verify=True)
        task = _task(config, contract, tables, EVERYTHING)
        checked = check_files(replace(task, before=State()), clock.step)
        _refuse_old(contract, task.before)
        return checked


def _refuse_old(contract: Contract, state: State) -> None:
    """Tell when the newest day that is published is older than the contract bears."""
    most, newest = contract.dataset.max_age_days, max(state.partitions, default="")
    if most and newest:
        age = (datetime.now(UTC).date() - date.fromisoformat(newest)).days
        if age > most:
            raise UserError(
                f"The newest day that is published is {newest}, {age:,} days ago, and the contract "
                f"bears {most:,}.",
                "Look whether new raw files have come, and run again.",
            )


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


def _drilled(state: State) -> Drill:
    counts = {key: value for key, value in state.drill.items() if key not in ("rules", "lines")}
    return Drill(**counts)


def _main(state: State) -> Found:
    """Return what was found in all raw files of the main table together."""
    return Found.total(entry.found for entry in state.files.values())


def _headline(contract: Contract, state: State) -> Headline:
    """Return what the drill measured, or the rows accepted where there were too few to drill."""
    drill, main = _drilled(state), _main(state)
    if not drill.planted:
        return Headline(
            metric="share of rows accepted (too few for a drill)",
            value=round(main.good / main.records, 4) if main.records else 0.0,
            std=None,
            higher_is_better=True,
            baseline=Baseline(
                "least that the contract bears", round(1 - contract.max_quarantined_share, 4)
            ),
        )
    return Headline(
        metric="share of planted faults caught",
        value=round(drill.caught_share, 4),
        std=None,
        higher_is_better=True,
        baseline=Baseline("DuckDB's typed CSV reader, no contract", round(drill.baseline_share, 4)),
    )


def _metrics(
    contract: Contract, state: State, tables: dict[str, list[RawFile]]
) -> dict[str, float]:
    """Return all numbers under the names that a reader sees, for all that is published."""
    name, found, parts = contract.main.name, _main(state), state.partitions.values()
    published = sum(part.rows for part in parts)
    duplicates = sum(part.duplicates for part in parts)
    metrics: dict[str, float] = {
        f"{name}: rows read": found.records,
        f"{name}: rows published": published,
        f"{name}: rows quarantined": found.quarantined,
        f"{name}: duplicates": duplicates,
    }
    if found.good != published + duplicates:
        metrics[f"{name}: rows of days that are not built yet"] = (
            found.good - published - duplicates
        )
    metrics[f"{name}: partitions"] = len(state.partitions)
    for table, each in {name: found, **state.tables}.items():
        if table != name:
            metrics[f"{table}: rows read"] = each.records
        metrics |= {f"quarantined, {table}: {code}": n for code, n in each.reasons.items()}
        metrics |= {f"kept, {table}: {code}": n for code, n in each.kept.items()}
    extra = [f"{table}: {c}" for table, e in {name: found, **state.tables}.items() for c in e.extra]
    metrics["columns that the contract does not know"] = len(extra)
    metrics["raw files"] = sum(len(files) for files in tables.values())
    metrics["raw bytes"] = sum(file.bytes for files in tables.values() for file in files)
    drill = _drilled(state)
    if drill.planted:
        metrics["drill: faults planted"] = sum(drill.planted.values())
        metrics["drill: faults caught"] = sum(drill.caught.values())
        metrics["drill: good rows blamed"] = drill.blamed
    return metrics
