"""The blend: a weighted mean of models, the weights found on predictions made out of fold.

A row's prediction must not come from weights that were fitted to it. So the blend is judged with
weights found, for each fold, on the rows its models learned from; those rows were predicted out of
fold too, when it was their turn, by models that learned from this fold: the usual way of stacking,
which is not nested. A few weights cannot make much of that. Those that are kept are found on all
rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from scipy.optimize import minimize
from sklearn.base import BaseEstimator
from sklearn.ensemble import VotingClassifier, VotingRegressor
from sklearn.pipeline import Pipeline, make_pipeline

from ..data.task import Target
from ..validation.folds import Part

NAME = "blend"
TINY = 1e-7
"""The least probability that counts, so that one certain mistake is not infinitely bad."""
SMALLEST = 0.01
"""A model with a smaller weight is left out of the blend."""


def average(
    models: Mapping[str, BaseEstimator],
    weights: Sequence[float] | None = None,
    *,
    classifies: bool,
) -> BaseEstimator:
    """Return the unfitted mean of models; of one model, the model itself."""
    if len(models) == 1:
        return next(iter(models.values()))
    members = list(models.items())
    if classifies:
        return VotingClassifier(members, voting="soft", weights=weights)
    return VotingRegressor(members, weights=weights)


def blend(rungs: Mapping[str, Pipeline], weights: Mapping[str, float], target: Target) -> Pipeline:
    """Return the unfitted blend of the rungs that have a weight."""
    models = {name: rungs[name] for name in weights}
    return make_pipeline(average(models, list(weights.values()), classifies=target.task.classifies))


def find_weights(predicted: Mapping[str, np.ndarray], target: Target) -> dict[str, float]:
    """Return the weights of the models, by name, that fit the target best on these rows.

    `predicted` has each model's out-of-fold predictions, NaN where there is none. No weight is
    negative and they sum to one, so that the blend is a mean of its models and cannot overshoot
    them all.
    """
    known = np.isfinite(_flat(next(iter(predicted.values()))))
    found = _fit([each[known] for each in predicted.values()], target.answers[known])
    found = np.where(found < SMALLEST, 0, found)
    shares = found / found.sum()
    return {name: float(share) for name, share in zip(predicted, shares, strict=True) if share}


def out_of_fold(
    predicted: Sequence[np.ndarray], target: Target, parts: Iterable[Part]
) -> np.ndarray:
    """Return the blend's predictions, each row's with weights that were not fitted to it.

    Each model's predictions, and what is returned, have the shape of `Validated.by_repeat`.
    """
    blended = np.full_like(predicted[0], np.nan)
    for part in parts:
        of_repeat = [each[part.repeat] for each in predicted]
        known = part.learned[np.isfinite(_flat(of_repeat[0])[part.learned])]
        weights = _fit([each[known] for each in of_repeat], target.answers[known])
        blended[part.repeat, part.judged] = sum(
            weight * each[part.judged] for weight, each in zip(weights, of_repeat, strict=True)
        )
    return blended


def _fit(predicted: Sequence[np.ndarray], answers: np.ndarray) -> np.ndarray:
    """Return weights that minimise the log loss, or the squared error; equal ones with no rows."""
    count = len(predicted)
    equal = np.full(count, 1 / count)
    if not len(answers):
        return equal
    if predicted[0].ndim == 2:
        rows = np.arange(len(answers))
        given = np.column_stack([each[rows, answers] for each in predicted])

        def loss(weights: np.ndarray) -> tuple[float, np.ndarray]:
            mean = np.clip(given @ weights, TINY, None)
            return -np.log(mean).mean(), -(given / mean[:, None]).mean(axis=0)
    else:
        scale = np.std(answers) or 1.0  # of any unit: the optimiser stops at an absolute tolerance
        errors = np.column_stack([(each - answers) / scale for each in predicted])

        def loss(weights: np.ndarray) -> tuple[float, np.ndarray]:
            mean = errors @ weights
            return (mean**2).mean(), 2 * errors.T @ mean / len(mean)

    sums_to_one = {"type": "eq", "fun": lambda w: w.sum() - 1, "jac": np.ones_like}
    result = minimize(
        loss, equal, jac=True, method="SLSQP", bounds=[(0, 1)] * count, constraints=[sums_to_one]
    )
    weights = np.clip(result.x, 0, None)
    return np.asarray(weights / weights.sum())


def _flat(predicted: np.ndarray) -> np.ndarray:
    return predicted if predicted.ndim == 1 else predicted[:, 0]
