"""CSV files in, tables out; what is no table is refused in one sentence."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from . import nearest
from .errors import UserError

SEPARATORS = ",;\t|"
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
        with path.open(encoding="utf-8-sig") as file:
            header = file.readline()
        separator = max(SEPARATORS, key=header.count)  # the first of them where none is there
        frame = pd.read_csv(path, sep=separator, encoding="utf-8-sig", low_memory=False)
    except UnicodeDecodeError as error:
        raise UserError(
            f"{name!r} is not text in UTF-8 (byte {error.start}).", "Save it as UTF-8 CSV.", 2
        ) from error
    except (pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        reason = " ".join(str(error).split())
        raise UserError(f"{name!r} is not a CSV file: {reason}.", "Mend that line.", 2) from error
    if frame.empty:
        raise UserError(f"{name!r} has no rows.", "Give a file with a header and rows.", 2)
    frame.columns = frame.columns.astype(str)
    for column in frame.select_dtypes("number"):
        too_large = frame[column].abs() > LARGEST
        if too_large.any():
            frame[column] = frame[column].mask(too_large)
    return frame


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
