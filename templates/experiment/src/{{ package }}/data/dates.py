"""Dates written as text: in which way, and which of their parts say something."""

from __future__ import annotations

import re

import pandas as pd

PARTS = ("year", "month", "day", "day_of_week", "hour")
ENOUGH = 0.95
"""So many of a column's texts have to be dates; the others count as missing."""
LOOKED_AT = 500
"""So many different texts are tried in each format before the whole column is."""

ISO = "ISO8601"
DAYS = (
    "%d/%m/%Y",  # before the American way: where a column allows both, it is read as European
    "%m/%d/%Y",
    "%d.%m.%Y",
    "%d-%m-%Y",
    "%Y/%m/%d",
    "%d/%m/%y",
    "%m/%d/%y",
    "%d.%m.%y",
    "%d %b %Y",
    "%d %B %Y",
    "%d-%b-%Y",
    "%b %d, %Y",
    "%B %d, %Y",
)
TIMES = ("", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p")
FORMATS = (ISO, *(day + time for day in DAYS for time in TIMES))
SEPARATORS = "/.-,: "


def detect(column: pd.Series) -> str | None:
    """Return the format in which nearly all texts are dates, or None; none may be missing."""
    texts = column.astype(str).value_counts()
    few = texts.head(LOOKED_AT)
    digits = few.index.str.contains(r"\d.*\d", regex=True)
    if few[digits].sum() < ENOUGH * few.sum():
        return None
    possible = [format_ for format_ in _possible(few) if _share(few, format_) >= ENOUGH]
    shares = {format_: _share(texts, format_) for format_ in possible}
    best = max(shares, key=shares.__getitem__, default=None)
    return best if best is not None and shares[best] >= ENOUGH else None


def read(column: pd.Series, format_: str) -> pd.Series:
    """Return the moments, in UTC without saying so; what is no date in that format is missing."""
    texts = column.astype("string").str.strip()
    codes, different = pd.factorize(texts)  # each text is parsed once
    moments = pd.to_datetime(
        pd.Series(different, dtype="string"), format=format_, errors="coerce", utc=True
    ).dt.tz_localize(None)
    found = moments.reindex(codes)  # -1, which is no position, where one is missing
    return pd.Series(found.to_numpy(), index=column.index, name=column.name)


def varying(moments: pd.Series) -> tuple[str, ...]:
    """Return the parts that differ between the moments."""
    there = moments.dropna()
    return tuple(part for part in PARTS if len(getattr(there.dt, part).unique()) > 1)


def words(format_: str) -> str:
    """Return the format as a person writes it: day/month/year hour:minute."""
    if format_ == ISO:
        return "year-month-day"
    letters = {"d": "day", "m": "month", "b": "month", "B": "month", "Y": "year", "y": "year"}
    day, _, time = format_.partition(" %H" if "%H" in format_ else " %I")
    for letter, word in letters.items():
        day = day.replace(f"%{letter}", word)
    return f"{day}, time" if time else day


def _possible(texts: pd.Series) -> list[str]:
    """Return the formats whose separators nearly all rows have: the others need no parser.

    `texts` counts the rows of each text.
    """
    plain = [" ".join(text.split()) for text in texts.index]
    enough = ENOUGH * texts.sum()
    having = {each: texts[[each in text for text in plain]].sum() for each in SEPARATORS}
    lacking = {each for each, rows in having.items() if rows < enough}
    return [format_ for format_ in FORMATS if lacking.isdisjoint(re.sub("%.", "", format_))]


def _share(texts: pd.Series, format_: str) -> float:
    """Return which share of the rows is a date; `texts` counts the rows of each text."""
    moments = pd.to_datetime(
        pd.Series(texts.index.str.strip()), format=format_, errors="coerce", utc=True
    )
    return float(texts[moments.notna().to_numpy()].sum() / texts.sum())
