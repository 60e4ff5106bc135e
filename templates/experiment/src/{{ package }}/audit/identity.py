"""What names a row instead of describing it: numbers that differ in every row, and the order."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from ..data.dataset import Dataset
from ..data.task import Task
from . import alone, duplicates
from .finding import Finding
from .names import IDENTIFIERS, words

TELLING = {Task.BINARY: 0.65, Task.MULTICLASS: 0.2, Task.REGRESSION: 0.2}
"""From here on the place of a row in the file says something about its answer."""
FEWEST_ROWS = 100
FEWEST_OTHERS = 30
"""Of so many rows outside the commonest class the place tells something; of fewer, by chance."""
MOSTLY = 0.5
"""In a table of few different rows each column has few values, and names nothing."""


def find(data: Dataset, *, seed: int) -> Iterator[Finding]:
    """Yield the features that name the row, and whether the order of the rows tells the answer."""
    ordered = _order_tells(data, seed)
    rows = len(np.unique(duplicates.hashed(data.features)))  # copies of a row have its number
    least = max(rows, MOSTLY * len(data.features))
    for column in data.columns.used_as("number"):
        if round(column.differing * data.features[column.name].count()) < least:
            continue
        yield Finding(
            "medium" if ordered or words(column.name) & IDENTIFIERS else "low",
            "identifier",
            column.name,
            f"leak? {column.name!r} is a whole number that differs in every row:",
            "if all it does is name the row, add its column to data.ignore.",
        )
    if ordered and data.times is None:
        yield Finding(
            "medium",
            "order",
            "rows",
            "The place of a row in the file says much about its answer:",
            "if the file is sorted by time, name the time in data.time; if by the answer, let no "
            "feature depend on the order.",
        )


def _order_tells(data: Dataset, seed: int) -> bool:
    """Tell whether the position predicts; in groups that lie together it may, honestly."""
    rows = np.sort(alone.sample_classes(data.target, seed))
    if len(rows) < FEWEST_ROWS or data.groups is not None:
        return False
    place = pd.Series(np.arange(len(rows), dtype=float))
    answers, task = data.target.answers[rows], data.target.task
    if not task.classifies:
        answers = rankdata(answers)
    elif len(rows) - np.bincount(answers).max() < FEWEST_OTHERS:
        return False
    return alone.tells(place, answers, task) >= TELLING[task]
