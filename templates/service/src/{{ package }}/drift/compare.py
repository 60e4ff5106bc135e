"""How far a column has moved from the training: population stability index, and a test of chance.

The index (N. Siddiqi, Credit Risk Scorecards, 2006) says how much, the chi-squared test of two
samples whether so few rows can say it at all. With many rows the test finds any difference, with
few the index does; only where both speak has something happened.

Neither can be trusted in bins where next to nothing is expected: one rare value more would look
like a move. They are put together first, after W. G. Cochran (Some Methods for Strengthening the
Common Chi-Squared Tests, Biometrics 10, 1954). And a value that the training happened not to see
is as probable as all that it saw once (I. J. Good, Biometrika 40, 1953).
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
FEWEST_EXPECTED = 5
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
    psi, chance = 0.0, 1.0
    if trained.sum() and asked.sum():
        table = np.stack([trained, asked])
        table[0, len(column.histogram.counts)] = column.histogram.counts.count(1)
        table = _grouped(table)
        psi, chance = _psi(table), float(chi2_contingency(table).pvalue)
    return Shift(column.name, _names(column), _shares(trained), _shares(asked), psi, chance)


def _count(column: Input, values: NDArray[Any]) -> NDArray[np.float64]:
    """Return how many values are in each bin of the training, and last how many are in none."""
    if column.categories is not None:
        found, counts = np.unique(values.astype(str), return_counts=True)
        known = dict(zip(found.tolist(), counts.tolist(), strict=True))
        inside = np.array([known.get(name, 0) for name in column.categories], dtype=float)
    else:
        edges = np.array(column.histogram.edges, np.float64)
        if column.datatype == "FP32":  # the model sees 0.1 as 0.100000001, and so did the training
            values = values.astype(np.float32)
            edges[0] = min(edges[0], np.float32(edges[0]))
            edges[-1] = max(edges[-1], np.float32(edges[-1]))
        inside = np.histogram(values.astype(float), edges)[0].astype(float)
    return np.append(inside, len(values) - inside.sum())


def _names(column: Input) -> tuple[str, ...]:
    if column.categories is not None:
        return (*column.categories, OTHER)
    names = (*(f"{edge:.4g}" for edge in column.histogram.edges[:-1]), OTHER)
    return names if column.histogram.missing is None else (*names, MISSING)


def _shares(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.divide(counts, max(counts.sum(), 1.0))


def _grouped(table: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return both rows of counts with each rare bin put to the next ones, then the frequent bins.

    Too few rare ones are a bin of their own: in a frequent one, a value never seen would vanish.
    """
    table = table[:, table.any(axis=0)]
    trained, asked = table.sum(axis=1)
    expected = table[0] * min(1.0, asked / trained)
    order = np.argsort(expected >= FEWEST_EXPECTED, kind="stable")
    starts, held = [0], 0.0
    left = expected[expected < FEWEST_EXPECTED].sum()
    for place, count in enumerate(expected[order]):
        if place and max(count, min(held, left)) >= FEWEST_EXPECTED:
            starts.append(place)
            held = 0.0
        held += count
        left -= count
    return np.add.reduceat(table[:, order], starts, axis=1)


def _psi(table: NDArray[np.float64]) -> float:
    trained, asked = _shares(table[0] + HALF), _shares(table[1] + HALF)
    return float(((asked - trained) * np.log(asked / trained)).sum())
