"""The metrics of a run: the task's own, and any of scikit-learn's scorers by its name."""

from __future__ import annotations

import warnings
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.metrics import get_scorer, get_scorer_names

from .. import nearest
from ..data.task import Target
from ..errors import UserError
from .metrics import METRICS, Metric

AUTO = "auto"
LOSS = "neg_"
"""What scikit-learn puts before the name of a loss, whose sign it turns."""


def chosen(target: Target, setting: str) -> tuple[Metric, ...]:
    """Return the metrics that every model gets; the first one is the headline and decides.

    `setting` is "auto", or the name of a scorer.

    Raises:
        UserError: scikit-learn has no such scorer, or it is none for this target.
    """
    of_task = METRICS[target.task]
    if setting == AUTO:
        return of_task
    for metric in of_task:
        if metric.scorer == setting:
            return (metric, *(other for other in of_task if other is not metric))
    names = get_scorer_names()
    if setting not in names:
        raise UserError(
            f"validation.metric is {setting!r}, and scikit-learn has no such scorer.",
            nearest.hint(setting, names),
            2,
        )
    metric = _metric(setting, target)
    _try(metric, target)
    return (metric, *of_task)


class _Predicted(BaseEstimator):  # type: ignore[misc]  # scikit-learn ships no types
    """What was predicted, as a fitted model of the positions of its rows, shape (rows, 1)."""

    def __init__(self, predicted: np.ndarray) -> None:
        self.predicted = predicted

    def fit(self, *_: object) -> Self:
        """Learn nothing."""
        return self

    def __sklearn_is_fitted__(self) -> bool:
        """Tell scikit-learn that there is nothing to lack."""
        return True


class _Classified(ClassifierMixin, _Predicted):  # type: ignore[misc]
    """Predicted probabilities, shape (rows, classes)."""

    def __init__(self, predicted: np.ndarray) -> None:
        super().__init__(predicted)
        self.classes_ = np.arange(predicted.shape[1])

    def predict_proba(self, rows: np.ndarray) -> np.ndarray:
        """Return the probabilities of the rows."""
        return np.asarray(self.predicted[rows[:, 0]])

    def predict(self, rows: np.ndarray) -> np.ndarray:
        """Return the likeliest class of each row."""
        return np.asarray(self.predict_proba(rows).argmax(axis=1))


class _Regressed(RegressorMixin, _Predicted):  # type: ignore[misc]
    """Predicted numbers, shape (rows,)."""

    def predict(self, rows: np.ndarray) -> np.ndarray:
        """Return the numbers of the rows."""
        return np.asarray(self.predicted[rows[:, 0]])


def _metric(name: str, target: Target) -> Metric:
    scorer: Any = get_scorer(name)
    loss = name.startswith(LOSS)
    plain = name.removeprefix(LOSS)

    def score(actual: np.ndarray, predicted: np.ndarray) -> float:
        said = _Classified(predicted) if target.classes else _Regressed(predicted)
        rows = np.arange(len(actual)).reshape(-1, 1)
        return float(scorer(said, rows, actual)) * (-1 if loss else 1)

    return Metric(plain.replace("_", " "), plain, name, not loss, score, _least(name, target))


def _least(name: str, target: Target) -> float:
    """Return what smaller predictions count as, since a model may say what the scorer cannot judge.

    A deviance judges what is above zero, and the nearer a number is to zero, the harder.
    """
    if name.endswith("_log_error"):
        return 0.0
    if name.endswith("_deviance"):
        return float(target.answers.mean()) / 1000
    return -np.inf


def _try(metric: Metric, target: Target) -> None:
    """Score some answers, so that what does not fit is known before anything is fitted.

    Numbers are all below zero, since a model may say such a number of any row.

    Raises:
        UserError: it does not fit the task, or the target's numbers.
    """
    classes = len(target.classes)
    if classes:
        actual = np.tile(np.arange(classes), 4)
        predicted = np.full((len(actual), classes), 0.1 / classes)
        predicted[np.arange(len(actual)), actual] += 0.9
    else:
        actual, predicted = target.answers, -1 - np.abs(target.answers)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            finite = bool(np.isfinite(metric(actual, predicted)))
        reason = "it gives no number"
    except (ValueError, TypeError, AttributeError) as error:
        finite, reason = False, " ".join(str(error).split()) or type(error).__name__
    if not finite:
        raise UserError(
            f"The scorer {metric.scorer!r} is none for this {target.task} target: {reason:.200}.",
            'Name another one in validation.metric, or "auto".',
            2,
        )
