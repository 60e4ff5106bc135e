"""CSV files in, tables out; what is no table is refused in one sentence."""

from __future__ import annotations

import csv
import re
import warnings
from collections.abc import Collection
from pathlib import Path

import numpy as np
import pandas as pd

from .. import nearest
from ..errors import UserError
from . import fields

SEPARATORS = ",;\t|"
DECIMAL_COMMA = re.compile(rb'(?:^|;)"?[+-]?\d+,\d+"?(?=;|\r?$)', re.MULTILINE)
WHOLE_AND_PART = re.compile(r"^\s*([+-]?\d+),(\d+)\s*$")
CODE = re.compile(r"^\s*[+-]?0\d")
LARGEST = float(np.finfo(np.float32).max)
"""Trees work in single precision: to them a larger number is infinite."""


def read(
    root: Path, name: str, *, texts: Collection[str] = (), codes: Collection[str] = ()
) -> pd.DataFrame:
    """Return the CSV file `name`; column names are text, a number too large is a missing one.

    Where nobody says it, what a column holds decides on its type. `texts` are columns that are
    text, whatever they hold; `codes` are those that are no numbers where one is written like 007.

    Raises:
        UserError: there is no such file, or it is not a CSV file with rows.
    """
    path = root / name
    try:
        names, separator = _header(path, name)
        fields.check(path, name, separator, names)
        comma = separator == ";" and any(map(DECIMAL_COMMA.search, fields.blocks(path)))
        frame = _parse(path, separator, "," if comma else ".", {*texts, *codes})
    except UnicodeDecodeError as error:
        raise UserError(
            f"{name!r} is not text in UTF-8 (byte {error.start}).", "Save it as UTF-8 CSV.", 2
        ) from error
    except pd.errors.EmptyDataError as error:
        raise UserError(f"{name!r} is empty.", "Give a file with a header and rows.", 2) from error
    except (pd.errors.ParserError, csv.Error) as error:
        reason = " ".join(str(error).split())
        raise UserError(f"{name!r} is not a CSV file: {reason}.", "Mend that line.", 2) from error
    if frame.empty:
        raise UserError(f"{name!r} has no rows.", "Give a file with a header and rows.", 2)
    frame.columns = frame.columns.astype(str)
    if comma:  # pandas leaves numbers alone where an odd text stands among them
        for column in frame:
            if pd.api.types.is_string_dtype(frame[column]):
                frame[column] = frame[column].str.replace(WHOLE_AND_PART, r"\1.\2", regex=True)
    for column in set(codes).difference(texts).intersection(frame):
        frame[column] = _number_or_code(frame[column])
    for column in frame.select_dtypes("float"):
        if (too_large := frame[column].abs() > LARGEST).any():
            frame[column] = frame[column].mask(too_large)
    return frame


def header(root: Path, name: str) -> list[str]:
    """Return the names of the columns of the CSV file `name`.

    Raises:
        UserError: there is no such file, or it begins with no header.
    """
    return _header(root / name, name)[0]


def numbers(column: pd.Series) -> pd.Series:
    """Return the column as floats; what is no number, or one too large, is a missing one."""
    if not pd.api.types.is_numeric_dtype(column):
        column = column.astype("string").str.strip()
    floats = pd.to_numeric(column, errors="coerce").astype("float64")
    too_large = floats.abs() > LARGEST
    return floats.mask(too_large) if too_large.any() else floats


def require(frame: pd.DataFrame, column: str, *, name: str, setting: str) -> None:
    """Refuse a table without the column that a setting names.

    Raises:
        UserError: the column is not there; the hint has the near miss.
    """
    if column not in frame:
        raise UserError(
            f"{name!r} has no column {column!r} ({setting} in config.toml).",
            nearest.hint(column, frame.columns),
            2,
        )


def _header(path: Path, name: str) -> tuple[list[str], str]:
    """Return the names of the columns, and what separates them."""
    if not path.is_file():
        neighbours = sorted(file.name for file in path.parent.glob("*.csv"))
        near = nearest.hint(path.name, neighbours) if neighbours else "Put the file there."
        raise UserError(f"There is no file {name!r}.", near, 2)
    with path.open(encoding="utf-8-sig", newline="") as stream:
        line = stream.readline()
        separator = max(SEPARATORS, key=line.count)  # the first of them where none is there
        stream.seek(0)
        try:
            names = next(csv.reader(stream, delimiter=separator), [])
        except UnicodeDecodeError as error:
            raise UserError(
                f"{name!r} is not text in UTF-8 (byte {error.start}).", "Save it as UTF-8 CSV.", 2
            ) from error
    repeated = {column for column in names if column and names.count(column) > 1}
    if repeated:
        raise UserError(
            f"{name!r} has the column {min(repeated)!r} more than once.", "Rename one of them.", 2
        )
    return names, separator


def _parse(path: Path, separator: str, decimal: str, texts: set[str]) -> pd.DataFrame:
    """Read the table part by part, which takes half the memory, unless a column's parts differ."""
    dtype = dict.fromkeys(texts, str)
    with warnings.catch_warnings():
        warnings.simplefilter("error", pd.errors.DtypeWarning)
        for in_parts in (True, False):
            try:
                return pd.read_csv(
                    path,
                    sep=separator,
                    decimal=decimal,
                    index_col=False,
                    dtype=dtype,
                    low_memory=in_parts,
                )
            except pd.errors.DtypeWarning:
                continue  # numbers in one part and text in another: the whole column decides
    raise AssertionError("whoever reads all at once has no parts that differ")


def _number_or_code(column: pd.Series) -> pd.Series:
    """Return the texts as numbers if they all are some, and none would lose a zero in front."""
    if column.str.contains(CODE).any():
        return column
    try:
        return pd.to_numeric(column)
    except ValueError:
        return column
