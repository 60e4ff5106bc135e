"""What each column of the table is used as: inferred, shown, and overridden in config.toml.

The training rows alone decide, without a look at the target, and nothing here is fitted: what
becomes of a row does not depend on the others. What has to be fitted is in models/.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

import pandas as pd

from ..config import Use
from ..errors import UserError
from ..features import MISSING
from . import dates, table

SHARE_OF_NUMBERS = 0.95
"""So many of a column's texts have to be numbers; the others count as missing."""
SHARE_TO_TELL = 0.3
"""From so many numbers among the texts on, somebody should know that they are there."""
SHARE_OF_DIFFERENT = 0.5
"""A text column with a larger share of different values is an identifier or free text."""
MOST_SHOWN = 24
BOOLEANS = {"TRUE": "True", "true": "True", "FALSE": "False", "false": "False"}
"""How a boolean may be written, and its label."""
HEAD = 1000
"""Rows by which columns are compared before they are compared whole."""


@dataclass(frozen=True)
class Column:
    """A column, and what it is used as.

    `reason` says why it is ignored; `odd` counts the texts in a column of numbers or dates, which
    become missing; `differing` is the share of different ones among whole numbers, as they were
    before they lost digits to single precision; `format` and `parts` are those of a date, `first`
    and `last` its days.
    """

    name: str
    use: Use
    missing: int
    distinct: int
    reason: str = ""
    odd: int = 0
    differing: float = 0
    format: str = ""
    parts: tuple[str, ...] = ()
    first: str = ""
    last: str = ""

    def __str__(self) -> str:
        """Say what it is used as."""
        if self.use == "ignore":
            return f"nothing: {self.reason}"
        return f"date, {dates.words(self.format)}" if self.use == "date" else self.use


@dataclass(frozen=True)
class Columns:
    """All columns of the training table but those that have another part: target, id, group."""

    every: tuple[Column, ...]

    def used_as(self, use: Use) -> tuple[Column, ...]:
        """Return the columns of one use."""
        return tuple(column for column in self.every if column.use == use)

    @property
    def used(self) -> list[str]:
        """Return the columns that a table must have."""
        return [column.name for column in self.every if column.use != "ignore"]

    @property
    def dropped(self) -> dict[str, str]:
        """Return the columns that are not used, with the reasons."""
        return {column.name: column.reason for column in self.used_as("ignore")}

    @property
    def odd(self) -> dict[str, int]:
        """Return the columns with texts that are none of what the others are, and how many."""
        return {column.name: column.odd for column in self.every if column.odd}

    @property
    def doubtful(self) -> dict[str, str]:
        """Return the columns that are left out though they hold numbers, with the reasons."""
        return {name: why for name, why in self.dropped.items() if why.endswith("are numbers")}

    def shown(self) -> list[str]:
        """Return a table of the columns in lines of text; of many columns, not all the numbers."""
        few = self.every
        if len(few) > MOST_SHOWN:
            few = tuple(sorted(few, key=lambda each: each.use == "number")[:MOST_SHOWN])
        width = max(len("column"), *(min(len(column.name), 32) for column in few))
        lines = [f"  {'column':<{width}}  {'missing':>7}  {'distinct':>8}  used as"]
        lines += [
            f"  {each.name:<{width}.{width}}  {each.missing:>7,}  {each.distinct:>8,}  {each}"
            for each in few
        ]
        if len(self.every) > len(few):
            counts = Counter(each.use for each in self.every)
            counts.subtract(each.use for each in few)
            rest = ", ".join(f"{count:,} as {use}" for use, count in counts.items() if count)
            lines.append(f"  and {len(self.every) - len(few):,} more: {rest}")
        return [*lines, "  what is wrong here is set right in [columns] of config.toml"]


def infer(
    frame: pd.DataFrame, ignored: Collection[str], wanted: Mapping[str, Use] | None = None
) -> Columns:
    """Decide what each column is used as; `wanted` has the settings, which win.

    Raises:
        UserError: a column is wanted as a date and holds none, or a part of a date has the name of
            another column.
    """
    settings = wanted or {}
    found = [
        _column(str(name), column, settings.get(str(name)))
        for name, column in frame.items()
        if name not in ignored
    ]
    columns = Columns(_without_copies(frame, found, settings))
    taken = {each.name for each in columns.every if each.use in ("number", "category")}
    for date in columns.used_as("date"):
        for name in taken.intersection(f"{date.name} {part}" for part in date.parts):
            raise UserError(
                f"The date {date.name!r} makes the feature {name!r}, which is a column already.",
                'Rename one of the two, or set one to "ignore" in [columns] of config.toml.',
                2,
            )
    return columns


def build(frame: pd.DataFrame, columns: Columns) -> pd.DataFrame:
    """Return the features of a table that has the columns `columns.used`.

    Numbers become floats, with NaN where one is missing or is no number; categories become text,
    with `MISSING` for a missing one; a date becomes one number for each part of it that varies.
    Numbers have single precision: what a served model is given, so that it answers the same.
    """
    features: dict[str, pd.Series] = {}
    for column in columns.used_as("number"):
        features[column.name] = _single(table.numbers(frame[column.name]))
    for column in columns.used_as("date"):
        moments = dates.read(frame[column.name], column.format)
        for part in column.parts:
            features[f"{column.name} {part}"] = getattr(moments.dt, part).astype(float)
    for column in columns.used_as("category"):
        features[column.name] = _labels(frame[column.name])
    return pd.DataFrame(features, index=frame.index)


def unreadable(frame: pd.DataFrame, columns: Columns) -> dict[str, int]:
    """Return how many values of each column of numbers or dates are none, and so are missing."""
    read = {each.name: table.numbers(frame[each.name]) for each in columns.used_as("number")}
    for date in columns.used_as("date"):
        read[date.name] = dates.read(frame[date.name], date.format)
    return {name: int((each.isna() & frame[name].notna()).sum()) for name, each in read.items()}


def _single(numbers: pd.Series) -> pd.Series:
    return numbers.astype("float32").astype("float64")


def _column(name: str, column: pd.Series, wanted: Use | None) -> Column:
    values = column.dropna()
    distinct = values.nunique()
    as_it_is = Column(name, "ignore", missing=len(column) - len(values), distinct=distinct)
    if wanted == "ignore":
        return replace(as_it_is, reason="ignored in config.toml")
    if values.empty:
        return replace(as_it_is, reason="every value is missing")
    if distinct == 1 and len(values) == len(column):
        return replace(as_it_is, reason="every value is the same")
    if wanted == "date":
        return _date(as_it_is, values, sure=True)
    if wanted == "category":
        return replace(as_it_is, use="category")
    if wanted == "number":
        return _number(as_it_is, values)
    return _guess(as_it_is, column, values)


def _guess(as_it_is: Column, column: pd.Series, values: pd.Series) -> Column:
    if pd.api.types.is_bool_dtype(values):
        return replace(as_it_is, use="category")
    if pd.api.types.is_numeric_dtype(values):
        if _numbers_the_rows(column):
            return replace(as_it_is, reason="it numbers the rows")
        return _number(as_it_is, values)
    number = _number(as_it_is, values)
    if number.odd <= (1 - SHARE_OF_NUMBERS) * len(values):
        return number
    date = _date(as_it_is, values, sure=False)
    if date.use == "date" or date.reason:
        return date
    if as_it_is.distinct > SHARE_OF_DIFFERENT * len(values):
        share = 1 - number.odd / len(values)
        numbers = f", though {share:.0%} are numbers" if share >= SHARE_TO_TELL else ""
        return replace(as_it_is, reason=f"text that differs in most rows{numbers}")
    return replace(as_it_is, use="category")


def _number(as_it_is: Column, values: pd.Series) -> Column:
    numeric = pd.api.types.is_numeric_dtype(values)
    counts = (values if numeric else values.astype(str)).value_counts()
    numbers = table.numbers(counts.index.to_series())
    there = numbers.notna().to_numpy()
    rows = int(counts[there].sum())
    whole = rows > 0 and bool((numbers[there] % 1 == 0).all())
    return replace(
        as_it_is,
        use="number",
        odd=len(values) - rows,
        differing=float(there.sum() / rows) if whole else 0,
    )


def _date(as_it_is: Column, values: pd.Series, *, sure: bool) -> Column:
    format_ = dates.detect(values)
    if format_ is None:
        if not sure:
            return as_it_is
        raise UserError(
            f"The column {as_it_is.name!r} is set to date in config.toml, and holds no dates "
            f"in one format, for example {values.iloc[0]!s:.40}.",
            "Write them as year-month-day, or take the setting out.",
            2,
        )
    moments = dates.read(values, format_)
    parts = dates.varying(moments)
    if not parts:
        return replace(as_it_is, reason="every date is the same")
    return replace(
        as_it_is,
        use="date",
        odd=int(moments.isna().sum()),
        format=format_,
        parts=parts,
        first=f"{moments.min():%Y-%m-%d}",
        last=f"{moments.max():%Y-%m-%d}",
    )


def _numbers_the_rows(column: pd.Series) -> bool:
    return pd.api.types.is_integer_dtype(column) and bool((column.diff().iloc[1:] == 1).all())


def _without_copies(
    frame: pd.DataFrame, found: list[Column], settings: Mapping[str, Use]
) -> tuple[Column, ...]:
    """Ignore each column that has the same values as one before it; two would count twice."""
    originals: dict[int, list[str]] = {}
    kept = []
    for column in found:
        if column.use != "ignore":
            values = frame[column.name]
            head = int(pd.util.hash_pandas_object(values.head(HEAD), index=False).sum())
            alike = originals.setdefault(head, [])
            same = next((name for name in alike if values.equals(frame[name])), None)
            if same is not None and column.name not in settings:
                column = replace(column, use="ignore", reason=f"the same as {same!r}")
            else:
                alike.append(column.name)
        kept.append(column)
    return tuple(kept)


def _labels(column: pd.Series) -> pd.Series:
    """Return the categories as text; 1 is "1" too where a gap elsewhere made it 1.0.

    TRUE is "True" in all columns, as it is where nothing but TRUE and FALSE made them booleans.
    """
    number = pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)
    names = {
        value: f"{value:.15g}" if number else BOOLEANS.get(str(value), str(value))
        for value in column.dropna().unique()
    }
    return column.map(names).astype(object).mask(column.isna(), MISSING)
