"""What a run says of all that is published: its numbers, its headline, and how old it is."""

from __future__ import annotations

from datetime import UTC, date, datetime

from .contract import Contract
from .drill import Drill
from .evidence import Baseline, Headline
from .extract import RawFile
from .found import Found
from .state import State

OLD_HINT = "Look whether new raw files have come, and run again."
ALIKE_HINT = "If that is not what the files are like, name in `key` all that tells rows apart."


def drilled(state: State) -> Drill:
    """Return what the last drill has counted."""
    counts = {key: value for key, value in state.drill.items() if key not in ("rules", "lines")}
    return Drill(**counts)


def main(state: State) -> Found:
    """Return what was found in all raw files of the main table together."""
    return Found.total(entry.found for entry in state.files.values())


def headline(contract: Contract, state: State) -> Headline:
    """Return what the drill measured, or the rows accepted where there were too few to drill."""
    drill, found = drilled(state), main(state)
    if not drill.planted:
        return Headline(
            metric="share of rows accepted (too few for a drill)",
            value=round(found.good / found.records, 4) if found.records else 0.0,
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


def metrics(contract: Contract, state: State, tables: dict[str, list[RawFile]]) -> dict[str, float]:
    """Return all numbers under the names that a reader sees, for all that is published."""
    name, found, parts = contract.main.name, main(state), state.partitions.values()
    published = sum(part.rows for part in parts)
    duplicates = sum(part.duplicates for part in parts)
    numbers: dict[str, float] = {
        f"{name}: rows read": found.records,
        f"{name}: rows published": published,
        f"{name}: rows quarantined": found.quarantined,
        f"{name}: duplicates": duplicates,
    }
    if found.corrected:
        numbers[f"{name}: rows refused and corrected"] = found.corrected
    if found.good != published + duplicates:
        numbers[f"{name}: rows of days that are not built yet"] = (
            found.good - published - duplicates
        )
    numbers[f"{name}: partitions"] = len(state.partitions)
    for table, each in {name: found, **state.tables}.items():
        if table != name:
            numbers[f"{table}: rows read"] = each.records
        numbers |= {f"quarantined, {table}: {code}": n for code, n in each.reasons.items()}
        numbers |= {f"kept, {table}: {code}": n for code, n in each.kept.items()}
    extra = [f"{table}: {c}" for table, e in {name: found, **state.tables}.items() for c in e.extra]
    numbers["columns that the contract does not know"] = len(extra)
    numbers["raw files"] = sum(len(files) for files in tables.values())
    numbers["raw bytes"] = sum(file.bytes for files in tables.values() for file in files)
    if too_old(contract, state):
        # The limit and not the age: a number that grew each day would be another result each day.
        numbers["newest day is older than the days that the contract bears"] = (
            contract.dataset.max_age_days
        )
    drill = drilled(state)
    if drill.planted:
        numbers["drill: faults planted"] = sum(drill.planted.values())
        numbers["drill: faults caught"] = sum(drill.caught.values())
        numbers["drill: good rows blamed"] = drill.blamed
    return numbers


def age(state: State) -> int | None:
    """Return how many days ago the newest day was that is published; None where there is none."""
    newest = max(state.partitions, default="")
    return (datetime.now(UTC).date() - date.fromisoformat(newest)).days if newest else None


def warnings(contract: Contract, state: State) -> dict[str, str]:
    """Return what is no reason to refuse a run, and one to look after the data, with its hint."""
    found = {too_old(contract, state): OLD_HINT, too_alike(contract, state): ALIKE_HINT}
    return {warning: hint for warning, hint in found.items() if warning}


def too_alike(contract: Contract, state: State) -> str:
    """Tell when more rows are left out as duplicates than are published; "" where they are not."""
    parts = state.partitions.values()
    rows, repeated = sum(part.rows for part in parts), sum(part.duplicates for part in parts)
    if repeated <= rows:
        return ""
    return (
        f"{repeated:,} rows are left out as duplicates and {rows:,} published: the key of "
        f"{contract.main.name!r}, {', '.join(contract.main.key)}, tells few of them apart."
    )


def too_old(contract: Contract, state: State) -> str:
    """Tell when the newest day is older than the contract bears; return "" where it is not."""
    most, days = contract.dataset.max_age_days, age(state)
    if not most or days is None or days <= most:
        return ""
    return (
        f"The newest day that is published is {max(state.partitions)}, {days:,} days ago, and the "
        f"contract bears {most:,}."
    )
