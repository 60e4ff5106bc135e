"""How far a column has moved from the training: population stability index, and a test of chance.

The index (N. Siddiqi, Credit Risk Scorecards, 2006) says how much, the chi-squared test of two
samples whether so few rows can say it at all. With many rows the test finds any difference, with
few the index does; only where both speak has something happened.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2_contingency

from ..signature import MISSING, Input

OTHER = "(other)"
HALF = 0.5  # a count for bins without any, so that the logarithm has a value
MOST_CHANCE = 0.001


@dataclass(frozen=True)
class Shift:
    """One column: the bins' names, its shares in training and now, the index, the test's p."""

    column: str
    bins: tuple[str, ...]
    trained: NDArray[np.float64]
    asked: NDArray[np.float64]
    psi: float
    p: float

    def beyond(self, threshold: float) -> bool:
        """Tell whether the column has moved that far, and not by chance."""
        return self.psi > threshold and self.p < MOST_CHANCE


def compare(column: Input, values: NDArray[Any], missing: int = 0) -> Shift:
    """Return how far a column is from what the signature describes.

    Its values have the shape (rows,); `missing` are the rows that have no number.
    """
    trained = np.array([*column.histogram.counts, 0.0])
    asked = _count(column, values)
    if column.histogram.missing is not None:
        trained = np.append(trained, column.histogram.missing)
        asked = np.append(asked, missing)
    index = _shares(trained + HALF), _shares(asked + HALF)
    psi = float(((index[1] - index[0]) * np.log(index[1] / index[0])).sum())
    chance = _p(trained, asked)
    return Shift(column.name, _names(column), _shares(trained), _shares(asked), psi, chance)


def _count(column: Input, values: NDArray[Any]) -> NDArray[np.float64]:
    """Return how many values are in each bin of the training, and last how many are in none."""
    if column.categories is not None:
        found, counts = np.unique(values.astype(str), return_counts=True)
        known = dict(zip(found.tolist(), counts.tolist(), strict=True))
        inside = np.array([known.get(name, 0) for name in column.categories], dtype=float)
    else:
        inside = np.histogram(values.astype(float), column.histogram.edges)[0].astype(float)
    return np.append(inside, len(values) - inside.sum())


def _names(column: Input) -> tuple[str, ...]:
    if column.categories is not None:
        return (*column.categories, OTHER)
    names = (*(f"{edge:.4g}" for edge in column.histogram.edges[:-1]), OTHER)
    return names if column.histogram.missing is None else (*names, MISSING)


def _shares(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.divide(counts, max(counts.sum(), 1.0))


def _p(trained: NDArray[np.float64], asked: NDArray[np.float64]) -> float:
    """Return how probable so large a difference is between two samples of one distribution."""
    table = np.stack([trained, asked])
    table = table[:, table.sum(axis=0) > 0]
    if table.shape[1] < 2 or not table.sum(axis=1).all():
        return 1.0
    return float(chi2_contingency(table).pvalue)
