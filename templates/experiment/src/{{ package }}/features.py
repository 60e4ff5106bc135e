"""From the columns of a CSV file to features: this is the place for your own.

Nothing in this module is fitted: each row is changed by itself, so no row can learn from another.
What has to be fitted (imputing, scaling, encoding) is in models.py, inside the pipeline.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import pandas as pd

from .data import table

MISSING = "(missing)"
DATE_FORMATS = ("ISO8601", "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%d/%m/%Y %H:%M", "%m/%d/%Y %H:%M")
DATE_PARTS = ("year", "month", "day", "day_of_week", "hour")
SHARE_OF_DATES = SHARE_OF_NUMBERS = 0.95
"""So many of a column's texts have to be dates, or numbers; the others count as missing."""
SHARE_OF_DIFFERENT = 0.5
"""A text column with a larger share of different values is an identifier or free text."""


@dataclass(frozen=True)
class DateColumn:
    """A date written as text: its format, and the parts that vary in the training data."""

    name: str
    format: str
    parts: tuple[str, ...]


@dataclass(frozen=True)
class Columns:
    """What each column of the training table is used as.

    `dropped` has the reasons; `odd` counts the texts in columns of numbers, which become missing.
    """

    numeric: tuple[str, ...]
    categorical: tuple[str, ...]
    dates: tuple[DateColumn, ...]
    dropped: dict[str, str]
    odd: dict[str, int]

    @property
    def used(self) -> list[str]:
        """Return the columns that a table must have."""
        return [*self.numeric, *self.categorical, *(date.name for date in self.dates)]


def infer(frame: pd.DataFrame, ignored: Collection[str]) -> Columns:
    """Decide what each column is from the training rows, without a look at the target."""
    numeric: list[str] = []
    categorical: list[str] = []
    dates: list[DateColumn] = []
    dropped: dict[str, str] = {}
    odd: dict[str, int] = {}
    for name, column in frame.items():
        name = str(name)
        values = column.dropna()
        if name in ignored:
            continue
        if values.empty:
            dropped[name] = "every value is missing"
        elif len(values) == len(column) and (values == values.iloc[0]).all():
            dropped[name] = "every value is the same"
        elif _numbers_the_rows(column):
            dropped[name] = "it numbers the rows"
        elif pd.api.types.is_bool_dtype(values):
            categorical.append(name)
        elif pd.api.types.is_numeric_dtype(values):
            numeric.append(name)
        elif (texts := _odd(values)) is not None:
            numeric.append(name)
            odd[name] = texts
        elif (date := _date_column(name, values.astype(str))) is not None:
            if date.parts:
                dates.append(date)
            else:
                dropped[name] = "every date is the same"
        elif values.nunique() > SHARE_OF_DIFFERENT * len(values):
            dropped[name] = "text that differs in most rows"
        else:
            categorical.append(name)
    return Columns(tuple(numeric), tuple(categorical), tuple(dates), dropped, odd)


def build(frame: pd.DataFrame, columns: Columns) -> pd.DataFrame:
    """Return the features of a table that has the columns `columns.used`.

    Numbers become floats, with NaN where one is missing or is no number; categories become text,
    with `MISSING` for a missing one; a date becomes one number for each part of it that varies.
    """
    features: dict[str, pd.Series] = {}
    for name in columns.numeric:
        features[name] = table.numbers(frame[name])
    for date in columns.dates:
        moments = _moments(frame[date.name], date.format)
        for part in date.parts:
            features[f"{date.name} {part}"] = getattr(moments.dt, part).astype(float)
    for name in columns.categorical:
        text = frame[name].astype(str).astype(object)
        features[name] = text.mask(frame[name].isna(), MISSING)
    return pd.DataFrame(features, index=frame.index)


def _numbers_the_rows(column: pd.Series) -> bool:
    return pd.api.types.is_integer_dtype(column) and bool((column.diff().iloc[1:] == 1).all())


def _odd(values: pd.Series) -> int | None:
    """Return how many of the texts are no numbers, or None where too many are none."""
    odd = int(table.numbers(values).isna().sum())
    return odd if odd <= (1 - SHARE_OF_NUMBERS) * len(values) else None


def _date_column(name: str, values: pd.Series) -> DateColumn | None:
    """Return how the texts are read as dates, or None when they are none."""
    for format_ in DATE_FORMATS:
        moments = _moments(values, format_).dropna()
        if len(moments) >= SHARE_OF_DATES * len(values):
            parts = [part for part in DATE_PARTS if len(getattr(moments.dt, part).unique()) > 1]
            return DateColumn(name, format_, tuple(parts))
    return None


def _moments(values: pd.Series, format_: str) -> pd.Series:
    return pd.to_datetime(values.astype("string"), format=format_, errors="coerce", utc=True)
