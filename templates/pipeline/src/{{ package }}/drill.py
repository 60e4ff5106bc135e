"""The drill: known faults are planted in a copy of real lines, and the guards are watched.

Real data hold few faults, and nobody knows which were missed. Planted ones are known to the line,
so the drill can say which share of them the contract catches, and how many good lines it blames.
One kind of fault is there to be missed: a wrong value that could be right.
"""

from __future__ import annotations

import csv
import dataclasses
import io
import random
import string
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import duckdb

from .check import check
from .contract import TYPES, Contract, Table
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
class _Column:
    """What the good lines show of a column; the contract's constraints play no part in it.

    `largest` is the largest absolute value of a numeric column.
    """

    index: int
    values: frozenset[str]
    has_gaps: bool
    largest: float | None

    @property
    def is_whole(self) -> bool:
        """Whether all values are whole numbers."""
        return self.largest is not None and not any("." in value for value in self.values)

    @property
    def is_code(self) -> bool:
        """Whether all values are words of letters and digits."""
        return self.largest is None and all(value.isalnum() for value in self.values)


@dataclass(frozen=True)
class _Line:
    """A good line of the raw file with one of its columns chosen, and another line beside it."""

    values: list[str]
    column: _Column
    other: list[str]

    def replaced(self, value: str) -> bytes:
        """Return the line with another value in the chosen column."""
        index = self.column.index
        return _text([*self.values[:index], value, *self.values[index + 1 :]])

    @property
    def value(self) -> str:
        """The chosen column's value."""
        return self.values[self.column.index]


def _unknown_code(line: _Line) -> bytes:
    """Move every letter and digit on by one, and again, until no line has that code."""
    code = line.value
    for _ in range(10):
        code = code.translate(_NEXT)
        if code not in line.column.values:
            break
    return line.replaced(code)


def _circle(characters: str) -> dict[int, int]:
    return str.maketrans(characters, characters[1:] + characters[0])


_NEXT = _circle(string.ascii_uppercase) | _circle(string.ascii_lowercase) | _circle(string.digits)

# Each kind: the columns it can be planted in, and what it makes of a line. The menu looks at the
# data and not at the contract: a contract that checks less catches less of the same faults.
# Unclosed quotes come last, where they swallow the fewest lines of the baseline.
KINDS: dict[str, tuple[Callable[[_Column], bool], Callable[[_Line], bytes]]] = {
    "letters in a number": (
        lambda column: column.largest is not None,
        lambda line: line.replaced(f"{line.value}x"),
    ),
    "fraction of a whole number": (
        lambda column: column.is_whole,
        lambda line: line.replaced("12.7"),
    ),
    "number far too large": (
        lambda column: column.largest is not None,
        lambda line: line.replaced(f"{1000 * max(1.0, line.column.largest or 0):.0f}"),
    ),
    "garbage in a text": (
        lambda column: column.largest is None,
        lambda line: line.replaced("?"),
    ),
    "unknown code": (lambda column: column.is_code, _unknown_code),
    "missing value": (lambda column: not column.has_gaps, lambda line: line.replaced("")),
    "plausible wrong value": (
        lambda _: True,
        lambda line: line.replaced(line.other[line.column.index]),
    ),
    "repeated line": (lambda _: True, lambda line: _text(line.values)),
    "truncated line": (
        lambda _: True,
        lambda line: _text(line.values)[: _text(line.values).rindex(b",")],
    ),
    "extra column": (lambda _: True, lambda line: _text([*line.values, "0"])),
    "broken encoding": (lambda _: True, lambda line: b"\xff" + _text(line.values)),
    "unclosed quote": (lambda _: True, lambda line: _text(line.values).replace(b",", b',"', 1)),
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
            rejected = _rejected(empty, table, header, copy)
    planted = Counter(kinds.values())
    return Drill(
        planted=dict(planted),
        caught={kind: _hits(kinds, kind, refused) for kind in planted},
        baseline={kind: _hits(kinds, kind, rejected) for kind in planted},
        blamed=len(refused - set(kinds)),
    )


def _hits(kinds: dict[int, str], kind: str, refused: set[int]) -> int:
    """Return how many lines of that kind are among the refused ones."""
    return sum(kinds.get(line) == kind for line in refused)


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
    """Return the lines of the copy, and the kind of each planted fault by its line number.

    The good lines come first: where a planted line bears the key of a good one, it is the
    planted one that is the duplicate.
    """
    chance = random.Random(SEED)  # noqa: S311  nothing secret
    per_kind = min(PER_KIND, len(good) // (2 * len(KINDS)))
    spoilt, kept = good[: per_kind * len(KINDS)], good[per_kind * len(KINDS) :]
    lines = [_text(values) for values in kept]
    kinds: dict[int, str] = {}
    columns = _columns(table, header, good)
    rows = iter(spoilt)
    for kind, (suits, spoil) in KINDS.items():
        suitable = [column for column in columns if suits(column)]
        source = iter(kept) if kind == "repeated line" else rows
        for values in islice(source, per_kind if suitable else 0):
            column, other = _another(chance, values, suitable, good)
            lines.append(spoil(_Line(values, column, other)))
            kinds[len(lines) + 1] = kind
    return lines, kinds


def _columns(table: Table, header: list[str], good: Sequence[list[str]]) -> list[_Column]:
    """Return the columns that the contract names, as the good lines show them."""
    columns = []
    for index, name in enumerate(header):
        if name not in table.fields:
            continue
        seen = {values[index] for values in good}
        values = frozenset(seen.difference(table.missing))
        try:
            largest = max((abs(float(value)) for value in values), default=None)
        except ValueError:
            largest = None
        columns.append(_Column(index, values, len(values) < len(seen), largest))
    return columns


def _another(
    chance: random.Random,
    values: list[str],
    columns: list[_Column],
    good: Sequence[list[str]],
) -> tuple[_Column, list[str]]:
    """Choose a column, and a line with another value in it unless the lines are all alike."""
    for _ in range(100):
        column, other = chance.choice(columns), chance.choice(good)
        if other[column.index] != values[column.index]:
            break
    return column, other


def _rejected(
    connection: duckdb.DuckDBPyConnection, table: Table, header: list[str], path: Path
) -> set[int]:
    """Return the lines that DuckDB's own typed CSV reader refuses, with no contract.

    It reads the whole copy, as the contract does. A record that it takes to run over several
    lines is refused with all of them.
    """
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
    records = connection.execute(
        "SELECT DISTINCT line_byte_position, csv_line FROM reject_errors"
    ).fetchall()
    connection.execute("DROP TABLE reject_errors; DROP TABLE reject_scans; DROP TABLE typed")
    content = path.read_bytes()
    lines: set[int] = set()
    for start, text in records:
        first = content.count(b"\n", 0, start) + 1
        lines.update(range(first, first + text.rstrip("\n").count("\n") + 1))
    return lines


def _text(values: Sequence[str]) -> bytes:
    """Return the values as one line of CSV, without its end."""
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="").writerow(values)
    return buffer.getvalue().encode()
