"""Features to look at twice: the ones that give the answer away, and the ones that name the row."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import rankdata
from sklearn.model_selection import KFold, StratifiedKFold, cross_val_predict
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from ..data.dataset import Dataset
from ..data.task import Task
from ..validation import metrics
from ..validation.metrics import METRICS

ROWS = 5000
"""So many rows are looked at: a near-perfect feature shows in far fewer."""
TOO_GOOD = 0.99
SCORE = {Task.BINARY: "ROC AUC", Task.MULTICLASS: "macro F1", Task.REGRESSION: "R²"}


@dataclass(frozen=True)
class Suspect:
    """A feature that should not help as much as it does, and why one may think so."""

    feature: str
    reason: str

    def __str__(self) -> str:
        """Say it in one sentence."""
        return f"leak? {self.feature!r} {self.reason} add its column to data.ignore"


def suspects(data: Dataset, *, seed: int) -> list[Suspect]:
    """Return the features that name the row, and those from which a small tree predicts alone."""
    return [*_identifiers(data), *_giveaways(data, seed)]


def _identifiers(data: Dataset) -> list[Suspect]:
    """Return the whole numbers that differ in every row: many tables are sorted by their target."""
    reason = "is a whole number that differs in every row: if all it does is name the row,"
    return [
        Suspect(str(name), reason)
        for name, column in data.features.items()
        if column.dtype == float and column.is_unique and (column % 1 == 0).all()
    ]


def _giveaways(data: Dataset, seed: int) -> list[Suspect]:
    task, generator = data.target.task, np.random.default_rng(seed)
    rows = generator.permutation(len(data.features))[:ROWS]
    answers = data.target.answers[rows]
    if not task.classifies:
        answers = rankdata(answers)  # a few large values must not hide the others
    elif np.bincount(answers).min() < 3:
        return []  # too few of a class to tell
    metric, found = SCORE[task], []
    for name in data.features:
        values = _numbers(data.features[name].iloc[rows])
        predicted = _alone(values, answers, classifies=task.classifies, seed=seed)
        score = metrics.scores(METRICS[task], answers, predicted)[metric]
        if score >= TOO_GOOD:
            reason = (
                f"alone predicts the target ({metric} {score:.3f}): "
                "if it is not known at the moment of prediction,"
            )
            found.append(Suspect(str(name), reason))
    return found


def _numbers(column: pd.Series) -> np.ndarray:
    """Return the column as numbers of shape (rows, 1); the codes of categories do for a tree."""
    if column.dtype == object:
        return pd.factorize(column)[0].reshape(-1, 1)
    return column.to_numpy(dtype=float).reshape(-1, 1)


def _alone(values: np.ndarray, answers: np.ndarray, *, classifies: bool, seed: int) -> np.ndarray:
    splitter = (StratifiedKFold if classifies else KFold)(3, shuffle=True, random_state=seed)
    leaf = max(1, min(5, len(answers) // 50))
    tree = (DecisionTreeClassifier if classifies else DecisionTreeRegressor)(
        min_samples_leaf=leaf, random_state=seed
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # a rare class is no matter here
        method = "predict_proba" if classifies else "predict"
        return np.asarray(cross_val_predict(tree, values, answers, cv=splitter, method=method))
