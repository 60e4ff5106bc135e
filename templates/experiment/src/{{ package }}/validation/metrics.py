"""How good predictions are, in the terms of each task.

A prediction has shape (rows, classes) and holds probabilities, or shape (rows,) for a regression.
Any other score is one of scikit-learn's scorers, by its name: see scorers.py.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from sklearn import metrics as sk

from ..data.task import Task


@dataclass(frozen=True)
class Metric:
    """A score of predictions; `hub` is its id on the Hugging Face Hub, `scorer` scikit-learn's.

    `least` is the smallest number that is judged as it is: what is below counts as that.
    """

    name: str
    hub: str
    scorer: str
    higher_is_better: bool
    score: Callable[[np.ndarray, np.ndarray], float]
    least: float = -np.inf

    def __call__(self, actual: np.ndarray, predicted: np.ndarray) -> float:
        """Return the score."""
        return float(self.score(actual, self.clipped(predicted)))

    def clipped(self, predicted: np.ndarray) -> np.ndarray:
        """Return the predictions as they are judged."""
        return np.asarray(np.maximum(predicted, self.least))

    @property
    def sign(self) -> int:
        """Return what a score is multiplied with so that more is better."""
        return 1 if self.higher_is_better else -1


def _log_loss(actual: np.ndarray, predicted: np.ndarray) -> float:
    return float(sk.log_loss(actual, predicted, labels=range(predicted.shape[1])))


def _of_positive(score: Callable[..., float]) -> Callable[[np.ndarray, np.ndarray], float]:
    return lambda actual, predicted: float(score(actual, predicted[:, 1]))


def _of_label(score: Callable[..., float]) -> Callable[[np.ndarray, np.ndarray], float]:
    return lambda actual, predicted: float(score(actual, predicted.argmax(axis=1)))


LOG_LOSS = Metric("log loss", "log_loss", "neg_log_loss", False, _log_loss)

METRICS: dict[Task, tuple[Metric, ...]] = {
    Task.BINARY: (
        Metric("ROC AUC", "roc_auc", "roc_auc", True, _of_positive(sk.roc_auc_score)),
        Metric(
            "average precision",
            "average_precision",
            "average_precision",
            True,
            _of_positive(sk.average_precision_score),
        ),
        LOG_LOSS,
        Metric(
            "Brier score",
            "brier_score",
            "neg_brier_score",
            False,
            _of_positive(sk.brier_score_loss),
        ),
    ),
    Task.MULTICLASS: (
        Metric("accuracy", "accuracy", "accuracy", True, _of_label(sk.accuracy_score)),
        Metric(
            "macro F1", "f1", "f1_macro", True, _of_label(partial(sk.f1_score, average="macro"))
        ),
        LOG_LOSS,
    ),
    Task.REGRESSION: (
        Metric("RMSE", "rmse", "neg_root_mean_squared_error", False, sk.root_mean_squared_error),
        Metric("MAE", "mae", "neg_mean_absolute_error", False, sk.mean_absolute_error),
        Metric("R²", "r_squared", "r2", True, sk.r2_score),
    ),
}
"""The metrics of each task; the first one is the headline and decides which model is best."""


def scores(
    metrics: Sequence[Metric], actual: np.ndarray, predicted: np.ndarray
) -> dict[str, float]:
    """Return every metric's score by its name."""
    return {metric.name: metric(actual, predicted) for metric in metrics}


def losses(task: Task, actual: np.ndarray, predicted: np.ndarray) -> tuple[str, np.ndarray]:
    """Return the loss of each row, shape (rows,), and the name that its mean goes by."""
    if not task.classifies:
        return "MAE", np.abs(actual - predicted)
    given = predicted[np.arange(len(actual)), actual]
    return "log loss", -np.log(np.clip(given, np.finfo(float).eps, 1))
