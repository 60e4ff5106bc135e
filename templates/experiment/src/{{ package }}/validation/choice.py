"""Which model to take: the simplest one, unless a higher rung of the ladder beats it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .crossval import Validated
from .metrics import Metric


@dataclass(frozen=True)
class Comparison:
    """A rung against the best one below it, fold by fold.

    `gain` is the mean of the paired differences in the headline's metric, positive where the higher
    rung is better, `spread` their standard deviation; `won` counts the folds in which it is better.
    """

    higher: str
    lower: str
    gain: float
    spread: float
    won: int
    folds: int

    @property
    def earned(self) -> bool:
        """Tell whether the higher rung is better on average and in most folds."""
        return self.gain > 0 and 2 * self.won > self.folds

    @property
    def clear(self) -> bool:
        """Tell whether the gain is larger than what it varies by from fold to fold."""
        return self.gain > self.spread


@dataclass(frozen=True)
class Verdict:
    """All models of a run, the simplest one first, and the one to take.

    `comparisons` tell how each rung did against the best one below it.
    """

    metric: Metric
    results: tuple[Validated, ...]
    best: Validated
    comparisons: tuple[Comparison, ...]

    @property
    def baseline(self) -> Validated:
        """Return what every other model has to beat."""
        return self.results[0]


def climb(results: Sequence[Validated], metric: Metric) -> Verdict:
    """Return the verdict on models that were judged on the same folds, the simplest one first."""
    best, comparisons = results[0], []
    for higher in results[1:]:
        comparison = compare(higher, best, metric)
        comparisons.append(comparison)
        if comparison.earned:
            best = higher
    return Verdict(metric, tuple(results), best, tuple(comparisons))


def compare(higher: Validated, lower: Validated, metric: Metric) -> Comparison:
    """Return how two models did, fold by fold."""
    gains = metric.sign * (higher.by_fold[metric.name] - lower.by_fold[metric.name])
    won = int((gains > 0).sum())
    spread = float(gains.std(ddof=1))
    return Comparison(higher.name, lower.name, float(gains.mean()), spread, won, len(gains))
