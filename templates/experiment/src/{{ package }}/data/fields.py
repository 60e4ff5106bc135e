"""Whether each row of a CSV file has as many fields as its header.

pandas fills rows that are too short and shifts those that are too long, without a word. Asking
Python's csv module of every row would take longer than reading the table; so separators are
counted line by line first, and only a file that looks odd is asked about row by row.
"""

from __future__ import annotations

import csv
from codecs import BOM_UTF8
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from ..errors import UserError

BLOCK = 1 << 24  # bytes


def check(path: Path, name: str, separator: str, header: Sequence[str]) -> None:
    """Refuse a file with a row that is longer or shorter than the header.

    Raises:
        UserError: the sentence has the line.
    """
    if not _look_even(path, separator, len(header)):
        _require_even(path, name, separator, len(header))


def blocks(path: Path) -> Iterator[bytes]:
    """Yield the file, without a byte order mark, in parts that end where a line ends."""
    with path.open("rb") as stream:
        rest = stream.read(len(BOM_UTF8)).removeprefix(BOM_UTF8)
        while read := stream.read(BLOCK):
            whole = rest + read
            end = whole.rfind(b"\n") + 1
            if end:
                yield whole[:end]
            rest = whole[end:]
    if rest:
        yield rest


def _look_even(path: Path, separator: str, columns: int) -> bool:
    """Tell whether each line has `columns - 1` separators outside of quotes, or is blank.

    A doubled quote inside of a field closes and opens it, so an odd number of quotes before a
    character means that it is quoted. A field like 5" breaks that rule, and the file looks odd.
    """
    quoted, separators = 0, 0  # where the last block ended: inside of quotes? in mid-row?
    for block in blocks(path):
        array = np.frombuffer(block, dtype=np.uint8)
        ends, between = array == ord("\n"), array == ord(separator)
        if quoted or b'"' in block:
            inside = np.cumsum(array == ord('"'), dtype=np.uint8) & 1 ^ quoted
            if not _are_around_fields(array, inside, separator):
                return False
            ends &= inside == 0
            between &= inside == 0
            quoted = int(inside[-1])
        places, of_lines = np.flatnonzero(between), np.flatnonzero(ends)
        if not block.endswith(b"\n"):
            of_lines = np.append(of_lines, len(block))  # the last line of the file
        before = np.searchsorted(places, of_lines)
        counts = np.diff(before, prepend=-separators)
        for line in np.flatnonzero(counts != columns - 1):
            begin = of_lines[line - 1] + 1 if line else 0
            if block[begin : of_lines[line]].strip(b"\r"):
                return False
        separators = len(places) - int(before[-1]) if len(before) else separators + len(places)
    return not quoted


def _are_around_fields(array: np.ndarray, inside: np.ndarray, separator: str) -> bool:
    """Tell whether each quote begins or ends a field, or is one of two that stand for one."""
    border = np.frombuffer(f'{separator}\r\n"'.encode(), dtype=np.uint8)
    padded = np.concatenate([border[2:3], array, border[2:3]])  # a part begins where a line does
    quotes = np.flatnonzero(array == ord('"')) + 1
    opens = inside[quotes - 1] == 1
    neighbours = np.where(opens, padded[quotes - 1], padded[quotes + 1])
    return bool(np.isin(neighbours, border).all())


def _require_even(path: Path, name: str, separator: str, columns: int) -> None:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        rows = csv.reader(stream, delimiter=separator)
        for row in rows:
            if row and len(row) != columns:
                raise UserError(
                    f"{name!r} is not a CSV file: line {rows.line_num} has {len(row)} fields, "
                    f"and the header has {columns}.",
                    "Mend that line; a field that holds the separator needs quotes.",
                    2,
                )
