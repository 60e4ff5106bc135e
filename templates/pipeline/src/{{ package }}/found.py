"""What the check found: counts by file, taken from the tables that it filled."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self

import duckdb

from .conditions import unknown
from .contract import Contract, Table
from .database import quoted
from .extract import RawFile


@dataclass(frozen=True)
class Found:
    """What the check found in one file.

    `days` counts its good records by the day of their partition, `reasons` the refused ones by
    code (a record may have several), `kept` the values that are no key of the table they refer to
    and that the contract keeps; `extra` names columns that the contract does not know. `corrected`
    counts refused records that are no more in quarantine, since their owner has mended them.
    """

    records: int
    quarantined: int
    reasons: dict[str, int]
    kept: dict[str, int]
    extra: tuple[str, ...]
    days: dict[str, int]
    corrected: int = 0

    @property
    def good(self) -> int:
        """How many records keep the contract, duplicates among them."""
        return sum(self.days.values())

    @classmethod
    def total(cls, each: Iterable[Self]) -> Self:
        """Return what was found in several files together."""
        files = list(each)

        def added(counts: Iterable[dict[str, int]]) -> dict[str, int]:
            total: Counter[str] = Counter()
            for count in counts:
                total.update(count)
            return dict(sorted(total.items()))

        return cls(
            records=sum(found.records for found in files),
            quarantined=sum(found.quarantined for found in files),
            reasons=added(found.reasons for found in files),
            kept=added(found.kept for found in files),
            extra=tuple(sorted({name for found in files for name in found.extra})),
            days=added(found.days for found in files),
            corrected=sum(found.corrected for found in files),
        )


def count_found(
    connection: duckdb.DuckDBPyConnection,
    contract: Contract,
    table: Table,
    files: Sequence[tuple[int, RawFile]],
    headers: dict[str, tuple[str, ...]],
) -> dict[str, Found]:
    """Count what the check found in each of the files."""
    careful, names = quoted("careful_" + table.name), quoted("files_" + table.name)
    within = "_file IN (" + ", ".join(str(number) for number, _ in files) + ")"
    day = quoted(contract.dataset.partition)
    records = dict(connection.execute(f"SELECT _file, records FROM {names}").fetchall())
    quarantined = dict(
        connection.execute(
            f"SELECT _file, count(*) FROM {careful} WHERE _reasons IS NOT NULL AND {within} "
            "GROUP BY _file"
        ).fetchall()
    )
    reasons: dict[int, dict[str, int]] = {number: {} for number, _ in files}
    for number, code, rows in connection.execute(
        "SELECT _file, code, count(*) FROM "
        f"(SELECT _file, unnest(_reasons) AS code FROM {careful} WHERE {within}) "
        "GROUP BY ALL ORDER BY ALL"
    ).fetchall():
        reasons[number][code] = rows
    days: dict[int, dict[str, int]] = {number: {} for number, _ in files}
    for number, value, rows in connection.execute(
        f"SELECT _file, {day}::VARCHAR, rows FROM (SELECT _file, {day}, count(*) AS rows "
        f"FROM ({_good(table, day)}) WHERE {within} GROUP BY ALL) ORDER BY ALL"
    ).fetchall():
        days[number][str(value)] = rows
    kept: dict[int, dict[str, int]] = {number: {} for number, _ in files}
    for name, field in table.fields.items():
        if field.references and field.unknown == "keep":
            for number, rows in connection.execute(
                f"SELECT _file, count(*) FROM ({_good(table, quoted(name))}) "
                f"WHERE {within} AND {unknown(name, field)} GROUP BY ALL"
            ).fetchall():
                kept[number][f"unknown_key:{name}"] = rows
    return {
        file.name: Found(
            records=records[number],
            quarantined=quarantined.get(number, 0),
            reasons=reasons[number],
            kept=kept[number],
            extra=tuple(name for name in headers[file.name] if name not in table.fields),
            days=days[number],
        )
        for number, file in files
    }


def _good(table: Table, column: str) -> str:
    """Return SQL for the file and one column of all good records, the duplicates among them."""
    return (
        f"SELECT _file, {column} FROM {quoted('fast_' + table.name)} WHERE _good UNION ALL "
        f"SELECT _file, {column} FROM {quoted('careful_' + table.name)} WHERE _reasons IS NULL"
    )
