"""What was set aside: written where a person can read it, with the reason, file and line."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from .config import Config
from .engine import Built, Engine
from .extract import LONGEST
from .found import Found

RECORDS = "records"
DUPLICATES = "duplicates"


def record_file(raw_file: str) -> str:
    """Return where the refused records of the raw file are, below the quarantine's folder."""
    return f"{RECORDS}/{raw_file.removesuffix('.csv')}.csv"


def duplicate_file(day: str) -> str:
    """Return where the duplicates of the day are, below the quarantine's folder."""
    return f"{DUPLICATES}/{day}.csv"


def stage(
    engine: Engine, found: dict[str, dict[str, Found]], staging: Path
) -> dict[str, Path | None]:
    """Write the refused records of each file that was read; return where, None for no record.

    `found` has what was found in the files of each table.
    """
    staged: dict[str, Path | None] = {}
    for table, files in found.items():
        targets = {
            name: staging / record_file(name) for name, each in files.items() if each.quarantined
        }
        engine.set_aside(table, targets)
        staged |= {name: targets.get(name) for name in files}
    return staged


def leave_out(
    found: dict[str, dict[str, Found]],
    staged: dict[str, Path | None],
    mended: dict[str, frozenset[int]],
) -> dict[str, dict[str, Found]]:
    """Take the records that were mended out of what is staged; return what is found without them.

    They count as corrected then, and the rows that came in their place as whatever those are.
    """
    left = {table: dict(files) for table, files in found.items()}
    for files in left.values():
        for name in mended.keys() & files.keys():
            path = staged[name]
            if path is not None:
                files[name] = _without(files[name], _leave_out(path, mended[name]))
                staged[name] = path if files[name].quarantined else None
    return left


def _leave_out(path: Path, lines: frozenset[int]) -> list[list[str]]:
    """Take the records of these lines out of the file, and return the reasons of each."""
    shorter = path.with_name(f".{path.name}.shorter")
    gone = []
    with (
        path.open(encoding="utf-8", newline="") as stream,
        shorter.open("w", encoding="utf-8", newline="") as left,
    ):
        writer = csv.DictWriter(left, ("file", "line", "reasons", "text"), lineterminator="\n")
        writer.writeheader()
        for row in rows_of(stream):
            if int(row["line"]) in lines:
                gone.append(row["reasons"].split())
            else:
                writer.writerow(row)
    shorter.replace(path)
    return gone


def _without(found: Found, gone: list[list[str]]) -> Found:
    reasons = Counter(found.reasons)
    for each in gone:
        reasons.subtract(each)
    return replace(
        found,
        quarantined=found.quarantined - len(gone),
        reasons={code: rows for code, rows in reasons.items() if rows},
        corrected=len(gone),
    )


def rows_of(stream: Iterable[str]) -> Iterator[dict[str, str]]:
    """Yield the rows of a file that was set aside; a text may be as long as a file."""
    before = csv.field_size_limit(LONGEST)
    try:
        yield from csv.DictReader(stream)
    finally:
        csv.field_size_limit(before)


def stage_duplicates(
    engine: Engine, built: dict[str, Built], days: Iterable[str], staging: Path
) -> dict[str, Path | None]:
    """Write the duplicates of each day that was built; return where, None for no duplicate."""
    targets = {day: staging / duplicate_file(day) for day, each in built.items() if each.duplicates}
    engine.duplicates(targets)
    return {day: targets.get(day) for day in days}


def keep(config: Config, staged: dict[str, Path | None]) -> None:
    """Put what was set aside into the quarantine's folder without publishing anything."""
    for name, path in staged.items():
        target = config.quarantine / record_file(name)
        if path is None:
            target.unlink(missing_ok=True)
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            path.replace(target)
