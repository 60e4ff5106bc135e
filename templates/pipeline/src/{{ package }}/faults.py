"""The menu of faults, and how they are planted among good lines.

What is planted where follows from the data and not from the contract's constraints, so a contract
that checks less scores lower. One kind, a wrong value that could be right, is there to be missed.
"""

from __future__ import annotations

import csv
import io
import random
import string
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice

from .contract import Table

SEED = 2013
PER_KIND = 50


@dataclass(frozen=True)
class Column:
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
class Line:
    """A good line of the raw file with one of its columns chosen, and another line beside it."""

    values: list[str]
    column: Column
    other: list[str]

    def replaced(self, value: str) -> bytes:
        """Return the line with another value in the chosen column."""
        index = self.column.index
        return text([*self.values[:index], value, *self.values[index + 1 :]])

    @property
    def value(self) -> str:
        """The chosen column's value."""
        return self.values[self.column.index]


def _unknown_code(line: Line) -> bytes:
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
KINDS: dict[str, tuple[Callable[[Column], bool], Callable[[Line], bytes]]] = {
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
    "repeated line": (lambda _: True, lambda line: text(line.values)),
    "truncated line": (
        lambda _: True,
        lambda line: text(line.values)[: text(line.values).rindex(b",")],
    ),
    "extra column": (lambda _: True, lambda line: text([*line.values, "0"])),
    "broken encoding": (lambda _: True, lambda line: b"\xff" + text(line.values)),
    "unclosed quote": (lambda _: True, lambda line: text(line.values).replace(b",", b',"', 1)),
}


def plant(
    table: Table, header: list[str], good: Sequence[list[str]]
) -> tuple[list[bytes], dict[int, str]]:
    """Return the lines of the copy, and the kind of each planted fault by its line number.

    The good lines come first: where a planted line bears the key of a good one, it is the
    planted one that is the duplicate.
    """
    chance = random.Random(SEED)  # noqa: S311  nothing secret
    per_kind = min(PER_KIND, len(good) // (2 * len(KINDS)))
    spoilt, kept = good[: per_kind * len(KINDS)], good[per_kind * len(KINDS) :]
    lines = [text(values) for values in kept]
    kinds: dict[int, str] = {}
    columns = _columns(table, header, good)
    rows = iter(spoilt)
    for kind, (suits, spoil) in KINDS.items():
        suitable = [column for column in columns if suits(column)]
        source = iter(kept) if kind == "repeated line" else rows
        for values in islice(source, per_kind if suitable else 0):
            column, other = _another(chance, values, suitable, good)
            lines.append(spoil(Line(values, column, other)))
            kinds[len(lines) + 1] = kind
    return lines, kinds


def _columns(table: Table, header: list[str], good: Sequence[list[str]]) -> list[Column]:
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
        columns.append(Column(index, values, len(values) < len(seen), largest))
    return columns


def _another(
    chance: random.Random,
    values: list[str],
    columns: list[Column],
    good: Sequence[list[str]],
) -> tuple[Column, list[str]]:
    """Choose a column, and a line with another value in it unless the lines are all alike."""
    for _ in range(100):
        column, other = chance.choice(columns), chance.choice(good)
        if other[column.index] != values[column.index]:
            break
    return column, other


def text(values: Sequence[str]) -> bytes:
    """Return the values as one line of CSV, without its end."""
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="").writerow(values)
    return buffer.getvalue().encode()
