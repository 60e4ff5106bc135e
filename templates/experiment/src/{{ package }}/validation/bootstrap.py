"""How far the headline could be off by the luck of which rows there are: a bootstrap interval.

Rows are drawn with replacement inside each fold, whole groups where rows belong together, and the
predictions stay as they are (percentile bootstrap: B. Efron and R. Tibshirani, An Introduction to
the Bootstrap, 1993, chapter 13). So it holds the chance of the rows that judge, and not that of
the rows that were learned from: read it as the least that the score may be off.

Repeats judge the same rows once more, and are no new data: what is drawn counts in all of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice

import numpy as np

from ..data.dataset import Dataset
from .crossval import Validated
from .folds import Folds
from .metrics import Metric

CONFIDENCE = 0.95
MOST_DRAWS = 1000
FEWEST_DRAWS = 200
ROWS = 8_000_000
"""So many rows are scored in all, more only for the fewest draws."""

Score = Callable[[np.ndarray], float]


@dataclass(frozen=True)
class Interval:
    """The bounds between which the score lies with 95 % confidence."""

    low: float
    high: float


def interval(
    result: Validated, metric: Metric, data: Dataset, folds: Folds, *, seed: int
) -> Interval | None:
    """Return the interval of a result's mean over the folds.

    A draw is scored by the repeats in which each fold has rows of the classes that it takes; None
    where half of the draws have no such repeat.
    """
    answers = data.target.answers
    draws = int(np.clip(ROWS // len(answers), FEWEST_DRAWS, MOST_DRAWS))
    times = _drawn(data, folds, draws, seed)
    sums = np.zeros((folds.freeze.repeats, draws))
    for part in folds.parts():
        judged = part.judged
        score = _score(metric, answers[judged], result.by_repeat[part.repeat, judged])
        sums[part.repeat] += [score(each) for each in times[:, judged]]
    means = np.ma.masked_invalid(sums).mean(axis=0).compressed() / folds.freeze.folds
    if 2 * len(means) < draws:
        return None
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(means, [tail, 1 - tail])
    return Interval(float(low), float(high))


def _drawn(data: Dataset, folds: Folds, draws: int, seed: int) -> np.ndarray:
    """Return how often each row is drawn, shape (draws, rows), from the first repeat's folds."""
    generator = np.random.default_rng(seed)
    times = np.zeros((draws, len(data.target.answers)), dtype=np.uint8)  # nothing is drawn so often
    for part in islice(folds.parts(), folds.freeze.folds):
        labels = None if data.groups is None else data.groups.to_numpy()[part.judged]
        units = _units(labels, len(part.judged))
        for draw in times:
            draw[part.judged] = _draw(units, generator)
    return times


def _units(labels: np.ndarray | None, rows: int) -> np.ndarray:
    """Return which unit each row is drawn with, shape (rows,): its group, or itself."""
    if labels is None:
        return np.arange(rows)
    return np.unique(labels.astype(str), return_inverse=True)[1]


def _draw(units: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """Return how often each row is drawn, shape (rows,)."""
    count = int(units.max()) + 1
    drawn = np.bincount(generator.integers(count, size=count), minlength=count)
    return np.asarray(drawn[units])


def _score(metric: Metric, actual: np.ndarray, predicted: np.ndarray) -> Score:
    """Return a function from how often each row counts to the score; NaN where there is none."""
    binary = predicted.ndim == 2 and predicted.shape[1] == 2
    if metric.hub == "roc_auc" and binary:
        return _roc_auc(actual, predicted[:, 1])
    mean = _mean(metric, actual, predicted)

    def score(times: np.ndarray) -> float:
        rows = np.repeat(np.arange(len(times)), times)
        if not len(rows) or (binary and len(np.unique(actual[rows])) < 2):
            return float("nan")
        if mean is not None:
            return mean(rows)
        try:
            return metric(actual[rows], predicted[rows])
        except ValueError:  # a scorer that needs rows of every class
            return float("nan")

    return score


def _mean(metric: Metric, actual: np.ndarray, predicted: np.ndarray) -> Score | None:
    """Return a metric that is a mean over rows as a function of the rows; None if it is none.

    What each row adds is found once, and not in each draw anew.
    """
    if metric.hub == "accuracy":
        right = predicted.argmax(axis=1) == actual
        return lambda rows: float(right[rows].mean())
    if metric.hub == "mae":
        errors = np.abs(predicted - actual)
        return lambda rows: float(errors[rows].mean())
    if metric.hub == "rmse":
        squares = (predicted - actual) ** 2
        return lambda rows: float(np.sqrt(squares[rows].mean()))
    return None


def _roc_auc(actual: np.ndarray, probable: np.ndarray) -> Score:
    """Return the area under the ROC curve as a function of weights: the rows are sorted once.

    It is the share of pairs of a positive and a negative that are in order; a tie counts half.
    """
    _, rank = np.unique(probable, return_inverse=True)

    def score(times: np.ndarray) -> float:
        positive = np.bincount(rank, weights=times * actual)
        negative = np.bincount(rank, weights=times * (1 - actual))
        pairs = positive.sum() * negative.sum()
        below = np.cumsum(negative) - negative / 2
        return float(positive @ below / pairs) if pairs else float("nan")

    return score
