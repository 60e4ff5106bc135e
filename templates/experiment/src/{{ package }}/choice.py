"""Which model to take: the simplest one, unless a higher rung of the ladder beats it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .metrics import Metric
from .validation import Validated


@dataclass(frozen=True)
class Comparison:
    """A rung against the best one below it, fold by fold.

    `gain` is the mean of the paired differences in the headline's metric, positive where the higher
    rung is better; `won` counts the folds in which it is.
    """

    higher: str
    lower: str
    gain: float
    won: int
    folds: int

    @property
    def earned(self) -> bool:
        """Tell whether the higher rung is better on average and in most folds."""
        return self.gain > 0 and 2 * self.won > self.folds


def climb(results: Sequence[Validated], metric: Metric) -> tuple[Validated, list[Comparison]]:
    """Return the model to take, and how each rung did against the best one below it.

    `results` has the simplest model first, all judged on the same folds.
    """
    best, comparisons = results[0], []
    for higher in results[1:]:
        gains = metric.sign * (higher.by_fold[metric.name] - best.by_fold[metric.name])
        comparison = Comparison(
            higher.name, best.name, float(gains.mean()), int((gains > 0).sum()), len(gains)
        )
        comparisons.append(comparison)
        if comparison.earned:
            best = higher
    return best, comparisons
