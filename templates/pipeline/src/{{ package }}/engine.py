"""The engine: raw files in, checked rows, Parquet partitions and marts out; here by DuckDB.

Nothing else in the project knows which engine does the work. It writes into folders that it is
given and decides nothing: which files are read and which days are built is the planner's.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from . import check, transform
from .contract import Contract
from .database import connect, literal, quoted
from .duplicates import deduplicate
from .extract import RawFile
from .found import Found

Progress = Callable[[int, int], None]
"""Called with how many of how many partitions are done."""

Item = TypeVar("Item")


@dataclass(frozen=True)
class Built:
    """A partition that was written: its file, and how many rows and duplicates it has."""

    path: Path
    rows: int
    duplicates: int


class Engine:
    """One run's work in one database in memory; `scratch` takes what does not fit."""

    def __init__(self, contract: Contract, scratch: Path) -> None:
        self.contract = contract
        self.connection = connect(spill=scratch)
        for table in contract.tables:
            check.prepare(self.connection, contract, table)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.connection.close()

    def load(self, table: str, files: Sequence[tuple[int, RawFile]]) -> dict[str, Found]:
        """Read and check files of the table, each with its place among all files of the table.

        A table whose keys another one refers to is loaded before it.
        """
        described = self.contract.table(table)
        found = check.load(self.connection, self.contract, described, files)
        if described is not self.contract.main:
            deduplicate(self.connection, self.contract, described)
        return found

    def set_aside(self, table: str, targets: dict[str, Path]) -> None:
        """Write the refused records of each loaded file as CSV: line, reasons and text."""
        careful, names = quoted("careful_" + table), quoted("files_" + table)

        def one(item: tuple[str, Path]) -> None:
            name, target = item
            target.parent.mkdir(parents=True, exist_ok=True)
            with self.connection.cursor() as cursor:
                cursor.execute(
                    "COPY (SELECT name AS file, _line AS line, "
                    "array_to_string(_reasons, ' ') AS reasons, _text AS text "
                    f"FROM {careful} JOIN {names} USING (_file) "
                    f"WHERE name = {literal(name)} AND _reasons IS NOT NULL ORDER BY line) "
                    f"TO {literal(target.as_posix())} (FORMAT csv, HEADER true)"
                )

        self._each(one, list(targets.items()))

    def build(self, days: Sequence[str], folder: Path, progress: Progress) -> dict[str, Built]:
        """Write the partition of each day as one Parquet file; a day without rows has none.

        A row's place is that of its key, so the bytes depend on nothing but the rows: not on the
        order in which files came, nor on threads, nor on the memory there was.
        """
        deduplicate(self.connection, self.contract, self.contract.main)
        transform.enrich(self.connection, self.contract)
        repeated = dict(
            self.connection.execute(
                "SELECT _day::VARCHAR, count(*) "
                f"FROM {quoted('duplicates_' + self.contract.main.name)} GROUP BY _day"
            ).fetchall()
        )
        built: dict[str, Built] = {}

        def one(day: str) -> None:
            path = folder / self.contract.dataset.part(day)
            path.parent.mkdir(parents=True)
            with self.connection.cursor() as cursor:
                rows = transform.write_partition(cursor, self.contract, day, path)
            built[day] = Built(path, rows, repeated.get(day, 0))

        # Whether a column may have gaps would be taken from all rows that were read, and would
        # change the bytes of days that have none.
        disabled = "SET disabled_optimizers = 'type_pushdown{}'"
        self.connection.execute(disabled.format(",statistics_propagation"))
        self._each(one, days, progress)
        self.connection.execute(disabled.format(""))
        return dict(sorted(built.items()))

    def duplicates(self, targets: dict[str, Path]) -> None:
        """Write each day's duplicates as CSV: where they are, and where the first one is."""
        names = quoted("files_" + self.contract.main.name)
        repeated = quoted("duplicates_" + self.contract.main.name)

        def one(item: tuple[str, Path]) -> None:
            day, target = item
            target.parent.mkdir(parents=True, exist_ok=True)
            with self.connection.cursor() as cursor:
                cursor.execute(
                    "COPY (SELECT f.name AS file, _line AS line, first.name AS first_file, "
                    f"_first_line AS first_line FROM {repeated} AS d "
                    f"JOIN {names} AS f USING (_file) "
                    f"JOIN {names} AS first ON first._file = _first_file "
                    f"WHERE _day = {literal(day)} ORDER BY ALL) "
                    f"TO {literal(target.as_posix())} (FORMAT csv, HEADER true)"
                )

        self._each(one, list(targets.items()))

    def columns(self) -> list[str]:
        """Return the columns of the data set as its readers see them: the partition is the last."""
        described = self.connection.execute(f"DESCRIBE {transform.ENRICHED}").fetchall()
        partition = self.contract.dataset.partition
        return [row[0] for row in described if row[0] != partition] + [partition]

    def marts(self, parts: dict[str, Path], folder: Path) -> dict[str, Path]:
        """Write the rows that each mart has for these days into one Parquet file a mart."""
        return transform.marts(self.connection, self.contract, parts, folder)

    def _each(
        self,
        work: Callable[[Item], None],
        items: Sequence[Item],
        progress: Progress | None = None,
    ) -> None:
        """Do the work for all items, on all cores, and each item in one thread.

        Several threads on one file would leave the order of its row groups to chance.
        """
        self.connection.execute("SET threads = 1")
        try:
            with ThreadPoolExecutor(os.cpu_count()) as pool:
                for done, _ in enumerate(pool.map(work, items), 1):
                    if progress is not None:
                        progress(done, len(items))
        finally:
            self.connection.execute("RESET threads")
