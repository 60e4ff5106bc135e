"""The drill: known faults are planted in a copy of real lines, and the guards are watched.

Real data hold few faults, and nobody knows which were missed. Planted ones are known to the line,
so the drill can say which share of them the contract catches, and how many good lines it blames.
"""

from __future__ import annotations

import csv
import hashlib
import json
import tempfile
from collections import Counter
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import duckdb

from . import check
from .contract import TYPES, Contract, Table
from .database import connect, literal, quoted
from .duplicates import deduplicate
from .extract import RawFile, measure
from .faults import KINDS, PER_KIND, plant, text

WANTED = 1400 + PER_KIND * len(KINDS)


@dataclass(frozen=True)
class Drill:
    """How many faults of each kind were planted and caught, and by the baseline.

    `blamed` counts the good lines that the contract refused.
    """

    planted: dict[str, int]
    caught: dict[str, int]
    baseline: dict[str, int]
    blamed: int

    @property
    def caught_share(self) -> float:
        """The share of all planted faults that the contract caught."""
        return sum(self.caught.values()) / max(1, sum(self.planted.values()))

    @property
    def baseline_share(self) -> float:
        """The share of all planted faults that the baseline caught."""
        return sum(self.baseline.values()) / max(1, sum(self.planted.values()))


def drill(contract: Contract, tables: dict[str, list[RawFile]], scratch: Path) -> Drill:
    """Plant faults among the first good lines of the main table and check that copy.

    The same seed plants the same faults.
    """
    table = contract.main
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder = Path(name)
        header, lines = _first_lines(tables[table.name])
        copy = folder / "lines.csv"
        copy.write_bytes(b"\n".join([text(header), *map(text, lines)]) + b"\n")
        bad = _refused(contract, tables, copy, scratch)
        good = [values for number, values in enumerate(lines, 2) if number not in bad]
        planted_lines, kinds = plant(table, header, good[:WANTED])
        copy = folder / "planted.csv"
        copy.write_bytes(b"\n".join([text(header), *planted_lines]) + b"\n")
        refused = _refused(contract, tables, copy, scratch)
        rejected = _rejected(table, header, copy)
    planted = Counter(kinds.values())
    return Drill(
        planted=dict(planted),
        caught={kind: _hits(kinds, kind, refused) for kind in planted},
        baseline={kind: _hits(kinds, kind, rejected) for kind in planted},
        blamed=len(refused - set(kinds)),
    )


def fingerprint(files: list[RawFile]) -> str:
    """Return what tells apart the lines of the main table's files that a drill is over."""
    return hashlib.sha256(json.dumps(_first_lines(files)).encode()).hexdigest()


def _hits(kinds: dict[int, str], kind: str, refused: set[int]) -> int:
    """Return how many lines of that kind are among the refused ones."""
    return sum(kinds.get(line) == kind for line in refused)


def _first_lines(files: list[RawFile]) -> tuple[list[str], list[list[str]]]:
    """Return the header, and the values of the first lines of the files that have that header."""
    header: list[str] = []
    lines: list[list[str]] = []
    for file in files:
        with file.path.open(encoding="utf-8-sig", errors="replace", newline="\n") as stream:
            first = next(csv.reader([next(stream)]))
            header = header or first
            if first != header:
                continue
            for line in islice(stream, 2 * WANTED - len(lines)):
                # A line that is no single record is none that faults could be planted in.
                try:
                    values = list(csv.reader([line.rstrip("\r\n")]))
                except csv.Error:
                    continue
                if len(values) == 1 and len(values[0]) == len(header):
                    lines += values
        if len(lines) >= 2 * WANTED:
            break
    return header, lines


def _refused(
    contract: Contract, tables: dict[str, list[RawFile]], copy: Path, scratch: Path
) -> set[int]:
    """Return the lines of the copy that the contract refuses, or takes for duplicates."""
    name = contract.main.name
    with connect(spill=scratch) as connection:
        for table in contract.tables:
            check.prepare(connection, contract, table)
            files = tables[table.name]
            if table is contract.main:
                files = [measure(copy, copy.parent)]
            check.load(connection, contract, table, list(enumerate(files)))
            deduplicate(connection, contract, table)
        rows = connection.execute(
            f"SELECT _line FROM {quoted('careful_' + name)} WHERE _reasons IS NOT NULL "
            f"UNION ALL SELECT _line FROM {quoted('duplicates_' + name)}"
        ).fetchall()
    return {line for (line,) in rows}


def _rejected(table: Table, header: list[str], path: Path) -> set[int]:
    """Return the lines that DuckDB's own typed CSV reader refuses, with no contract.

    It reads the whole copy, as the contract does. A record that it takes to run over several
    lines is refused with all of them.
    """
    columns = ", ".join(
        f"{literal(name)}: "
        + literal(TYPES[table.fields[name].type].column if name in table.fields else "VARCHAR")
        for name in header
    )
    types = "{" + columns + "}"
    missing = ", ".join(literal(word) for word in table.missing)
    with connect() as connection:
        connection.execute(
            f"CREATE TABLE typed AS FROM read_csv({literal(path.as_posix())}, "
            f"columns = {types}, header = true, auto_detect = false, delim = ',', "
            f"quote = '\"', escape = '\"', nullstr = [{missing}], store_rejects = true)"
        )
        try:
            records = connection.execute(
                "SELECT DISTINCT line_byte_position, csv_line FROM reject_errors"
            ).fetchall()
        except duckdb.CatalogException:
            records = []
    content = path.read_bytes()
    lines: set[int] = set()
    for start, record in records:
        first = content.count(b"\n", 0, start) + 1
        lines.update(range(first, first + record.rstrip("\n").count("\n") + 1))
    return lines
