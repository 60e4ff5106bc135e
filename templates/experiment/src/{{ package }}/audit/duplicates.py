"""Rows that are there twice: on both sides of a fold, or in training and test."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from ..data.dataset import Dataset, Unseen
from ..validation.folds import Folds
from .finding import Finding, Severity

MANY, SOME = 0.05, 0.005
"""Shares of the rows from which on it is grave, or more than chance."""
SAME_ANSWER = 0.99
"""Copies have the same answer; rows that are alike by chance differ now and then."""
DISTINCT = 0.5
"""In a table where fewer rows than this share differ, rows are alike by chance."""


def find(data: Dataset, unseen: Unseen | None, folds: Folds) -> Iterator[Finding]:
    """Yield whether rows have a twin in another fold, or in the test table."""
    rows = hashed(data.features)
    alike = pd.Series(rows).duplicated(keep=False).to_numpy()
    by_chance = len(np.unique(rows)) < DISTINCT * len(rows)
    parted = alike & (_values_of_each(rows, folds.of_row[0]) > 1)
    if parted.any():
        agree = _values_of_each(rows, data.target.answers)[parted] == 1
        copies = not by_chance and float(agree.mean()) >= SAME_ANSWER
        differ = "" if agree.all() else f", {int((~agree).sum()):,} of them with another answer"
        yield Finding(
            _severity(float(parted.mean())) if copies else "low",
            "duplicates",
            "rows",
            f"{int(parted.sum()):,} rows ({parted.mean():.1%}) have a twin in another fold"
            f"{differ}:",
            "drop the copies, or name in data.group what they have in common.",
        )
    if unseen is None:
        return
    known = np.isin(hashed(unseen.features), rows)
    if known.any() and not by_chance:
        yield Finding(
            "medium" if known.mean() >= SOME else "low",
            "test rows in training",
            "test",
            f"{int(known.sum()):,} test rows ({known.mean():.1%}) are in the training table too:",
            "a score on the test rows is too good by them.",
        )


def _severity(share: float) -> Severity:
    return "high" if share >= MANY else "medium" if share >= SOME else "low"


def hashed(features: pd.DataFrame) -> np.ndarray:
    """Return a number for each row, the same for rows with the same features."""
    return pd.util.hash_pandas_object(features, index=False).to_numpy()


def _values_of_each(rows: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Return for each row how many different values the rows that are like it have."""
    return pd.Series(values).groupby(rows).transform("nunique").to_numpy()
