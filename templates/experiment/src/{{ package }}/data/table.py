"""CSV files in, tables out; what is no table is refused in one sentence."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import numpy as np
import pandas as pd

from .. import nearest
from ..errors import UserError

SEPARATORS = ",;\t|"
DECIMAL_COMMA = re.compile(r'(?:^|;)"?[+-]?\d+,\d+"?(?=;|$)', re.MULTILINE)
WHOLE_AND_PART = re.compile(r"^\s*([+-]?\d+),(\d+)\s*$")
LARGEST = float(np.finfo(np.float32).max)
"""Trees work in single precision: to them a larger number is infinite."""


def read(root: Path, name: str) -> pd.DataFrame:
    """Return the CSV file `name`; column names are text, a number too large is a missing one.

    Raises:
        UserError: there is no such file, or it is not a CSV file with rows.
    """
    path = root / name
    if not path.is_file():
        neighbours = sorted(file.name for file in path.parent.glob("*.csv"))
        near = nearest.hint(path.name, neighbours) if neighbours else "Put the file there."
        raise UserError(f"There is no file {name!r}.", near, 2)
    try:
        text = path.read_text(encoding="utf-8-sig")
        header = text.partition("\n")[0]
        separator = max(SEPARATORS, key=header.count)  # the first of them where none is there
        _check_fields(name, text, separator)
        decimal = "," if separator == ";" and DECIMAL_COMMA.search(text) else "."
        frame = pd.read_csv(
            io.StringIO(text), sep=separator, decimal=decimal, index_col=False, low_memory=False
        )
    except UnicodeDecodeError as error:
        raise UserError(
            f"{name!r} is not text in UTF-8 (byte {error.start}).", "Save it as UTF-8 CSV.", 2
        ) from error
    except (pd.errors.ParserError, pd.errors.EmptyDataError, csv.Error) as error:
        reason = " ".join(str(error).split())
        raise UserError(f"{name!r} is not a CSV file: {reason}.", "Mend that line.", 2) from error
    if frame.empty:
        raise UserError(f"{name!r} has no rows.", "Give a file with a header and rows.", 2)
    frame.columns = frame.columns.astype(str)
    if decimal == ",":  # pandas leaves numbers alone where an odd text stands among them
        for column in frame:
            if pd.api.types.is_string_dtype(frame[column]):
                frame[column] = frame[column].str.replace(WHOLE_AND_PART, r"\1.\2", regex=True)
    for column in frame.select_dtypes("number"):
        frame[column] = _finite(frame[column])
    return frame


def numbers(column: pd.Series) -> pd.Series:
    """Return the column as floats; what is no number, or one too large, is a missing one."""
    if not pd.api.types.is_numeric_dtype(column):
        column = column.astype("string").str.strip()
    return _finite(pd.to_numeric(column, errors="coerce").astype("float64"))


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


def _finite(column: pd.Series) -> pd.Series:
    too_large = column.abs() > LARGEST
    return column.mask(too_large) if too_large.any() else column


def _check_fields(name: str, text: str, separator: str) -> None:
    """Refuse rows that are longer or shorter than the header: pandas would shift or fill them."""
    rows = csv.reader(io.StringIO(text), delimiter=separator)
    header = next(rows, [])
    repeated = {column for column in header if column and header.count(column) > 1}
    if repeated:
        raise UserError(
            f"{name!r} has the column {min(repeated)!r} more than once.", "Rename one of them.", 2
        )
    for row in rows:
        if row and len(row) != len(header):
            raise UserError(
                f"{name!r} is not a CSV file: line {rows.line_num} has {len(row)} fields, "
                f"and the header has {len(header)}.",
                "Mend that line; a field that holds the separator needs quotes.",
                2,
            )
