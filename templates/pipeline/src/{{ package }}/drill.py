"""The drill: known faults are planted in a copy of real lines, and the guards are watched.

Real data hold few faults, and nobody knows which were missed. Planted ones are known to the line,
so the drill can say which share of them the contract catches, and how many good lines it blames.
The last kind of fault is there to be missed: a wrong value that could be right.
"""

from __future__ import annotations

import csv
import dataclasses
import io
import random
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import duckdb

from .check import check
from .contract import TYPES, Contract, Field, Table
from .database import connect, count, literal
from .extract import RawFile, measure

SEED = 2013
PER_KIND = 50
CLEAN = 1400


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


@dataclass(frozen=True)
class _Line:
    """A good line of the raw file with one of its fields chosen, and another line beside it."""

    values: list[str]
    index: int
    field: Field
    other: list[str]

    def replaced(self, value: str) -> bytes:
        """Return the line with another value in the chosen field."""
        return _text([*self.values[: self.index], value, *self.values[self.index + 1 :]])

    @property
    def value(self) -> str:
        """The chosen field's value."""
        return self.values[self.index]


def _beyond(line: _Line) -> bytes:
    beyond = line.field.max + 1 if line.field.max is not None else (line.field.min or 0) - 1
    return line.replaced(f"{beyond:.0f}")


def _unclosed(line: _Line) -> bytes:
    text = _text(line.values)
    return text.replace(b",", b',"', 1)


# Each kind: the fields it can be planted in, and what it makes of a line.
KINDS: dict[str, tuple[Callable[[Field], bool], Callable[[_Line], bytes]]] = {
    "letters in a number": (
        lambda field: field.type in ("integer", "number"),
        lambda line: line.replaced(f"{line.value}x"),
    ),
    "fraction of a whole number": (
        lambda field: field.type == "integer",
        lambda line: line.replaced("12.7"),
    ),
    "number out of range": (lambda field: (field.min, field.max) != (None, None), _beyond),
    "value not allowed": (
        lambda field: bool(field.values or field.pattern),
        lambda line: line.replaced("?"),
    ),
    "unknown key": (
        lambda field: bool(field.references) and field.unknown == "quarantine",
        lambda line: line.replaced("?"),
    ),
    "missing value": (lambda field: field.required, lambda line: line.replaced("")),
    "repeated line": (lambda _: True, lambda line: _text(line.values)),
    "truncated line": (
        lambda _: True,
        lambda line: _text(line.values)[: _text(line.values).rindex(b",")],
    ),
    "extra column": (lambda _: True, lambda line: _text([*line.values, "0"])),
    "broken encoding": (lambda _: True, lambda line: b"\xff" + _text(line.values)),
    "unclosed quote": (lambda _: True, _unclosed),
    "plausible wrong value": (lambda _: True, lambda line: line.replaced(line.other[line.index])),
}


def drill(
    connection: duckdb.DuckDBPyConnection, contract: Contract, files: dict[str, list[RawFile]]
) -> Drill:
    """Plant faults among good lines of the main table's first file and check that copy.

    `connection` knows which lines are good. The same seed plants the same faults.
    """
    table, file = contract.main, files[contract.main.name][0]
    header, good = _good_lines(connection, table, file)
    lines, kinds = _plant(table, header, good)
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder, file.path.name)
        copy.write_bytes(b"\n".join([_text(header), *lines]) + b"\n")
        relaxed = tuple(dataclasses.replace(t, min_rows=0, max_rows=None) for t in contract.tables)
        with connect() as empty:
            check(
                empty,
                dataclasses.replace(contract, tables=relaxed),
                files | {table.name: [measure(copy, copy.parent)]},
            )
            refused = {
                line
                for (line,) in empty.execute(
                    f"SELECT _line FROM checked_{table.name} WHERE _reasons IS NOT NULL "
                    f"UNION ALL SELECT _line FROM duplicates_{table.name}"
                ).fetchall()
            }
            planted: dict[str, int] = {}
            caught: dict[str, int] = {}
            baseline: dict[str, int] = {}
            for kind in KINDS:
                numbers = [n for n, planted_kind in kinds.items() if planted_kind == kind]
                if not numbers:
                    continue
                planted[kind] = len(numbers)
                caught[kind] = len(refused.intersection(numbers))
                spoiled = [lines[number - 2] for number in numbers]
                copy.write_bytes(b"\n".join([_text(header), *spoiled]) + b"\n")
                baseline[kind] = min(len(numbers), _rejects(empty, table, header, copy))
    return Drill(planted, caught, baseline, len(refused - set(kinds)))


def _good_lines(
    connection: duckdb.DuckDBPyConnection, table: Table, file: RawFile
) -> tuple[list[str], list[list[str]]]:
    """Return the header and an even sample of the file's accepted lines, as lists of values."""
    accepted = (
        f"FROM checked_{table.name} WHERE _reasons IS NULL AND _file = {literal(file.name)} "
        f"AND _number NOT IN (SELECT _number FROM duplicates_{table.name})"
    )
    wanted = CLEAN + PER_KIND * len(KINDS)
    step = max(1, count(connection, f"SELECT count(*) {accepted}") // wanted)
    numbers = {
        line
        for (line,) in connection.execute(
            f"SELECT _line {accepted} QUALIFY row_number() OVER (ORDER BY _line) % {step} = 0 "
            f"ORDER BY _line LIMIT {wanted}"
        ).fetchall()
    }
    good: list[list[str]] = []
    with file.path.open(encoding="utf-8-sig", errors="replace", newline="\n") as stream:
        header = next(csv.reader([next(stream)]))
        for number, text in enumerate(stream, 2):
            if number in numbers:
                good += csv.reader([text])
    return header, good


def _plant(
    table: Table, header: list[str], good: Sequence[list[str]]
) -> tuple[list[bytes], dict[int, str]]:
    """Return the lines of the copy, and the kind of each planted fault by its line number."""
    chance = random.Random(SEED)  # noqa: S311  nothing secret
    lines: list[bytes] = []
    kinds: dict[int, str] = {}
    rows = iter(good)
    per_kind = min(PER_KIND, len(good) // (2 * len(KINDS)))
    for kind, (suits, spoil) in KINDS.items():
        indexes = [
            index
            for index, name in enumerate(header)
            if name in table.fields and suits(table.fields[name])
        ]
        for values in islice(rows, per_kind if indexes else 0):
            if kind == "repeated line":
                lines.append(_text(values))
            index, other = _another(chance, values, indexes, good)
            lines.append(spoil(_Line(values, index, table.fields[header[index]], other)))
            kinds[len(lines) + 1] = kind
    lines += [_text(values) for values in rows]
    return lines, kinds


def _another(
    chance: random.Random, values: list[str], indexes: list[int], good: Sequence[list[str]]
) -> tuple[int, list[str]]:
    """Choose a field, and a line that has another value in it unless the lines are all alike."""
    for _ in range(100):
        index, other = chance.choice(indexes), chance.choice(good)
        if other[index] != values[index]:
            break
    return index, other


def _rejects(
    connection: duckdb.DuckDBPyConnection, table: Table, header: list[str], path: Path
) -> int:
    """Return how many records DuckDB's own typed CSV reader refuses, with no contract."""
    columns = ", ".join(
        f"{literal(name)}: "
        + literal(TYPES[table.fields[name].type][1] if name in table.fields else "VARCHAR")
        for name in header
    )
    types = "{" + columns + "}"
    missing = ", ".join(literal(word) for word in table.missing)
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE typed AS FROM read_csv({literal(path.as_posix())}, "
        f"columns = {types}, header = true, auto_detect = false, delim = ',', "
        f"quote = '\"', escape = '\"', nullstr = [{missing}], store_rejects = true)"
    )
    rejects = count(connection, "SELECT count(DISTINCT line) FROM reject_errors")
    connection.execute("DROP TABLE reject_errors; DROP TABLE reject_scans; DROP TABLE typed")
    return rejects


def _text(values: Sequence[str]) -> bytes:
    """Return the values as one line of CSV, without its end."""
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="").writerow(values)
    return buffer.getvalue().encode()
