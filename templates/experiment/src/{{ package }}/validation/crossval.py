"""Cross-validation: each row is predicted by a model that has not seen it."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.pipeline import Pipeline

from .. import threads
from ..data.dataset import Dataset
from .folds import Folds
from .metrics import METRICS, Metric, scores


@dataclass(frozen=True)
class Validated:
    """A model's predictions of the rows it had not seen, and its scores in each fold.

    `by_repeat` has shape (repeats, rows, classes), or (repeats, rows) for a regression, and NaN in
    rows that no fold judged; `by_fold` has every metric with one value a fold and repeat;
    `converged` tells whether every fit came to its end.
    """

    name: str
    by_repeat: np.ndarray
    by_fold: dict[str, np.ndarray]
    converged: bool

    @property
    def predicted(self) -> np.ndarray:
        """Return the mean over the repeats, shape (rows, classes) or (rows,)."""
        return np.asarray(self.by_repeat.mean(axis=0))

    @property
    def judged(self) -> np.ndarray:
        """Return which rows some fold judged, shape (rows,)."""
        first = self.by_repeat[0]
        return np.asarray(np.isfinite(first if first.ndim == 1 else first[:, 0]))

    def pooled(self, answers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the judged rows' answers and what was said of them, one repeat after another.

        The mean over the repeats would be better than each of the models that the folds score.
        """
        said = self.by_repeat[:, self.judged]
        return np.tile(answers[self.judged], len(said)), np.concatenate(said)

    @property
    def constant(self) -> bool:
        """Tell whether there are no more different predictions than folds: it learned nothing."""
        said = self.by_repeat if self.by_repeat.ndim == 2 else self.by_repeat[..., 0]
        return len(np.unique(said[np.isfinite(said)])) <= len(next(iter(self.by_fold.values())))

    def mean(self, metric: str) -> float:
        """Return the mean over the folds."""
        return float(self.by_fold[metric].mean())

    def std(self, metric: str) -> float:
        """Return the standard deviation over the folds."""
        return float(self.by_fold[metric].std(ddof=1))


def cross_validate(
    name: str, model: Pipeline, data: Dataset, folds: Folds, metrics: Sequence[Metric] = ()
) -> Validated:
    """Fit a fresh copy of the model in each fold, preprocessing included, and judge it.

    Without `metrics` it is judged by those of the task.
    """
    target = data.target
    shape = (*folds.of_row.shape, len(target.classes)) if target.classes else folds.of_row.shape
    predicted = np.full(shape, np.nan)
    converged = True
    for part in folds.parts():
        learned, judged = part.learned, part.judged
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", ConvergenceWarning)
            fitted = fit(model, data.features.iloc[learned], target.answers[learned])
        converged &= not any(issubclass(each.category, ConvergenceWarning) for each in caught)
        predicted[part.repeat, judged] = predict(
            fitted, data.features.iloc[judged], classes=target.classes
        )
    return judge(name, predicted, data, folds, metrics, converged=converged)


def judge(
    name: str,
    predicted: np.ndarray,
    data: Dataset,
    folds: Folds,
    metrics: Sequence[Metric] = (),
    *,
    converged: bool = True,
) -> Validated:
    """Score out-of-fold predictions, which have the shape of `Validated.by_repeat`."""
    answers, used = data.target.answers, metrics or METRICS[data.target.task]
    found = [
        scores(used, answers[part.judged], predicted[part.repeat, part.judged])
        for part in folds.parts()
    ]
    by_fold = {metric: np.array([score[metric] for score in found]) for metric in found[0]}
    return Validated(name, predicted, by_fold, converged)


def fit(model: Pipeline, features: pd.DataFrame, answers: np.ndarray) -> Pipeline:
    """Return a copy of the model fitted on these rows alone, whatever it was fitted on before."""
    with threads.limited(len(features)):
        return clone(model).fit(features, answers)


def predict(model: Pipeline, features: pd.DataFrame, *, classes: tuple[str, ...]) -> np.ndarray:
    """Return probabilities of shape (rows, classes), or numbers of shape (rows,)."""
    with threads.limited(len(features)):
        answer = model.predict_proba(features) if classes else model.predict(features)
    return np.asarray(answer, dtype=float)
