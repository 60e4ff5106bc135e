"""How well one column alone says the answer: a quick estimate, for thousands of columns.

The column is cut into bins, and the mean answer of a bin in one half of the rows is the prediction
in the other half, and the other way round. So it finds relations of any shape, and a column of
noise gets no credit for having been looked at.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from ..data.task import Target, Task

BINS = 50
ROWS_A_BIN = 20
ROWS = 5000
"""So many rows are looked at: what matters here shows in far fewer."""

OF_A_CLASS = 100
"""So many rows of each class are among them where there are so many, however rare it is."""


def sample(rows: int, seed: int) -> np.ndarray:
    """Return the positions of the rows that are looked at, in random order."""
    return np.random.default_rng(seed).permutation(rows)[:ROWS]


def sample_classes(target: Target, seed: int) -> np.ndarray:
    """Return the positions of rows that are looked at, in random order, rare classes among them."""
    if not target.classes:
        return sample(len(target.answers), seed)
    order = np.random.default_rng(seed).permutation(len(target.answers))
    drawn = pd.Series(target.answers[order])
    enough = min(OF_A_CLASS, ROWS // len(target.classes))
    later = drawn.groupby(drawn).cumcount().to_numpy() >= enough
    return order[np.sort(np.argsort(later, kind="stable")[:ROWS])]


def numbers(column: pd.Series) -> np.ndarray:
    """Return the column as numbers of shape (rows,); of text, the codes of its categories."""
    if column.dtype == object:
        return pd.factorize(column)[0].astype(float)
    return column.to_numpy(dtype=float)


def tells(
    column: pd.Series, answers: np.ndarray, task: Task, groups: np.ndarray | None = None
) -> float:
    """Return how well the column says the answers: a ROC AUC, or a share of what is to be said.

    `groups` has the number of each row's group; a group is never in both halves.
    """
    if task is Task.BINARY:
        return separates(column, answers == 1, groups)
    return (_classifies if task is Task.MULTICLASS else _explains)(column, answers, groups)


def separates(column: pd.Series, positive: np.ndarray, groups: np.ndarray | None = None) -> float:
    """Return the ROC AUC with which the column tells the positive rows from the others."""
    said = _held_out(column, positive.astype(float), groups)
    yes = int(positive.sum())
    pairs = yes * (len(positive) - yes)
    if not pairs:
        return 0.5
    return float((rankdata(said)[positive].sum() - yes * (yes + 1) / 2) / pairs)


def _explains(column: pd.Series, values: np.ndarray, groups: np.ndarray | None) -> float:
    """Return the R² with which the column explains the numbers, at least 0."""
    said = _held_out(column, values, groups)
    return max(0.0, 1 - float(((values - said) ** 2).mean() / values.var()))


def _classifies(column: pd.Series, codes: np.ndarray, groups: np.ndarray | None) -> float:
    """Return the share of what the commonest class has wrong that the column sets right."""
    shares = np.column_stack(
        [_held_out(column, (codes == code).astype(float), groups) for code in np.unique(codes)]
    )
    right = float((np.unique(codes)[shares.argmax(axis=1)] == codes).mean())
    base = float(np.bincount(codes).max() / len(codes))
    return max(0.0, (right - base) / (1 - base)) if base < 1 else 0.0


def _held_out(column: pd.Series, answers: np.ndarray, groups: np.ndarray | None) -> np.ndarray:
    """Return the mean answer of each row's bin among the rows of the other half."""
    bins = _bins(column)
    count = int(bins.max()) + 1
    first = (np.arange(len(answers)) if groups is None else groups) % 2 == 0
    said = np.empty(len(answers))
    for learned in (first, ~first):
        rows = np.bincount(bins[learned], minlength=count)
        sums = np.bincount(bins[learned], weights=answers[learned], minlength=count)
        means = np.where(rows, sums / np.maximum(rows, 1), answers[learned].mean())
        said[~learned] = means[bins[~learned]]
    return said


def _bins(column: pd.Series) -> np.ndarray:
    """Return the bin of each row: a category, or a range of numbers; a gap is a bin of its own."""
    if column.dtype == object:
        return np.asarray(pd.factorize(column)[0])
    values = column.to_numpy(dtype=float)
    most = max(2, min(BINS, len(values) // ROWS_A_BIN))
    known = values[np.isfinite(values)]
    edges = np.unique(np.quantile(known, np.arange(1, most) / most)) if len(known) else known
    return np.where(np.isfinite(values), np.searchsorted(edges, values) + 1, 0)
