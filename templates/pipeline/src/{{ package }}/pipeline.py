"""The pipeline: its steps, in their order."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter

import duckdb

from . import config as configuration
from . import contract as contracts
from . import database, publish, quarantine, report, transform
from .check import Balance, Result
from .check import check as check_contract
from .config import Config
from .contract import Contract
from .drill import SEED, Drill
from .drill import drill as run_drill
from .errors import UserError
from .evidence import Baseline, Headline, Project, Stopwatch, Summary
from .extract import RawFile
from .extract import extract as extract_files
from .lock import single_writer

TEMPLATE = "pipeline"
DOCUMENTS = ("README.md", "DATASET_CARD.md")

UNCHANGED = "What was published before is as it was."
PUBLISHED = "The new data are published, and only their report is missing: mend this and run again."

Announce = Callable[[str], None]


def run(root: Path, command: str, announce: Announce) -> Summary:
    """Take the raw files to published tables, and return the evidence of it.

    Nothing that readers see changes before the last two steps, so whatever stops the run earlier
    leaves the data of before.

    Raises:
        UserError: something that its owner can mend stopped the run.
    """
    from . import figures

    watch = Stopwatch(command)
    config, contract = _agreed(root)
    with single_writer(config.published.with_name(".lock")), database.connect() as connection:
        publish.recover(config.published)
        with _step("extract", announce):
            files = extract_files(config)
        with _step("check", announce):
            result = check_contract(connection, contract, files)
        with _step("quarantine", announce):
            quarantine.write(connection, contract, config.quarantine)
            quarantine.refuse_too_many(contract, result, config.data.quarantine)
        with _step("enrich", announce):
            main = next(b for b in result.balances if b.table == contract.dataset.table)
            transform.enrich(connection, contract, main)
        with _step("marts", announce):
            marts = transform.marts(connection)
        with _step("drill", announce):
            drill = run_drill(connection, contract, files)
        with _step("publish", announce):
            tables = [*marts, *quarantine.TABLES]
            publish.publish(connection, contract, tables, config.published)
        with _step("report", announce, PUBLISHED):
            drawn = figures.draw(connection, result, main, drill, root)
            summary = Summary(
                project=Project(config.project.name, TEMPLATE, config.project.problem),
                headline=_headline(contract, main, drill),
                metrics=_metrics(result, drill, files),
                figures=drawn,
                run=watch.run(rows=main.read, seed=SEED, root=root),
            )
            summary.write(root)
            _inject(root, summary)
    return summary


def check(root: Path, announce: Announce) -> Result:
    """Check the raw files and write the quarantine; publish nothing.

    Raises:
        UserError: the files do not keep the contract.
    """
    config, contract = _agreed(root)
    with single_writer(config.published.with_name(".lock")), database.connect() as connection:
        with _step("extract", announce):
            files = extract_files(config)
        with _step("check", announce):
            result = check_contract(connection, contract, files)
        with _step("quarantine", announce):
            quarantine.write(connection, contract, config.quarantine)
            quarantine.refuse_too_many(contract, result, config.data.quarantine)
    return result


def report_again(root: Path) -> list[str]:
    """Write the last run's numbers into the README and the dataset card; return their names.

    Raises:
        UserError: this is no project's folder, or its summary is broken.
    """
    configuration.read(root)
    return _inject(root, Summary.read(root))


def _inject(root: Path, summary: Summary | None) -> list[str]:
    documents = [name for name in DOCUMENTS if (root / name).exists()]
    for name in documents:
        report.inject(root / name, summary)
    return documents


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


@contextmanager
def _step(name: str, announce: Announce, readers: str = UNCHANGED) -> Iterator[None]:
    """Announce the step with its time; translate what DuckDB or the disk may still say.

    `readers` tells what they see when the step fails.
    """
    start = perf_counter()
    try:
        yield
    except duckdb.Error as error:
        raise UserError(
            f"The step {name!r} failed: {database.first_line(error)}",
            readers,
        ) from error
    except OSError as error:
        raise UserError(
            f"The step {name!r} failed: {error.strerror or error}.",
            f"Is the disk full, or the folder not writable? {readers}",
        ) from error
    announce(f"{name:<10} {perf_counter() - start:6.2f} s")


def _headline(contract: Contract, main: Balance, drill: Drill) -> Headline:
    """Return what the drill measured, or the rows accepted where there were too few to drill."""
    if not drill.planted:
        return Headline(
            metric="share of rows accepted (too few for a drill)",
            value=round(main.accepted / main.read, 4) if main.read else 0.0,
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


def _metrics(result: Result, drill: Drill, files: dict[str, list[RawFile]]) -> dict[str, float]:
    """Return all numbers of the run under the names that a reader sees."""
    metrics: dict[str, float] = {}
    for balance in result.balances:
        metrics[f"{balance.table}: rows read"] = balance.read
        metrics[f"{balance.table}: rows accepted"] = balance.accepted
        metrics[f"{balance.table}: rows quarantined"] = balance.quarantined
        metrics[f"{balance.table}: duplicates"] = balance.duplicates
    metrics |= {f"quarantined, {code}": rows for code, rows in result.reasons.items()}
    metrics |= {f"kept, {code}": rows for code, rows in result.kept.items()}
    metrics["columns that the contract does not know"] = len(result.extra)
    metrics["raw bytes read"] = sum(file.bytes for table in files.values() for file in table)
    if drill.planted:
        metrics["drill: faults planted"] = sum(drill.planted.values())
        metrics["drill: faults caught"] = sum(drill.caught.values())
        metrics["drill: good rows blamed"] = drill.blamed
    return metrics
