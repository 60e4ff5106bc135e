"""Features that give the answer away: by their values, or by their names."""

from __future__ import annotations

import warnings
from collections.abc import Iterator

import numpy as np
import pandas as pd
from scipy.stats import rankdata
from sklearn.model_selection import (
    GroupKFold,
    KFold,
    StratifiedGroupKFold,
    StratifiedKFold,
    cross_val_predict,
)
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from ..data.dataset import Dataset
from ..data.task import Target, Task
from ..validation import metrics
from ..validation.metrics import METRICS
from . import alone
from .finding import Finding
from .names import ANSWERS, words

TOO_GOOD = 0.99
FOLDS = 3
FEWEST = 10
"""With fewer rows of a class, a column that gives it away may not be seen to."""
PROMISING = {Task.BINARY: 0.9, Task.MULTICLASS: 0.7, Task.REGRESSION: 0.7}
"""A quick estimate below this is not worth a tree."""
SCORE = {Task.BINARY: "ROC AUC", Task.MULTICLASS: "macro F1", Task.REGRESSION: "R²"}
IGNORE = "add its column to data.ignore"


def find(data: Dataset, *, target: str, seed: int) -> Iterator[Finding]:
    """Yield the features that predict by themselves, and those named like the answer.

    Where a class has too few rows to find the former, that is yielded, too.
    """
    given_away = set()
    for name, score in _giveaways(data, seed):
        given_away.add(name)
        yield Finding(
            "high",
            "leak",
            name,
            f"leak? {name!r} alone predicts the target ({SCORE[data.target.task]} {score:.3f}):",
            f"if it is not known at the moment of prediction, {IGNORE}.",
        )
    yield from _rare(data.target, target)
    for name in map(str, data.features):
        if name not in given_away and _named_like(name, target):
            yield Finding(
                "low",
                "name",
                name,
                f"{name!r} is named like an answer:",
                f"if it is made from the target, {IGNORE}.",
            )


def _rare(target: Target, name: str) -> Iterator[Finding]:
    """Yield the rarest class, if what gives it away may go unnoticed."""
    if not target.classes:
        return
    counts = np.bincount(target.answers)
    if counts.min() < FEWEST:
        yield Finding(
            "low",
            "rare class",
            name,
            f"The class {target.classes[counts.argmin()]!r} has so few rows ({counts.min()}) "
            "that a column which gives it away may go unnoticed:",
            "look for yourself at what they have in common.",
        )


def _giveaways(data: Dataset, seed: int) -> Iterator[tuple[str, float]]:
    task, rows = data.target.task, alone.sample_classes(data.target, seed)
    if task.classifies:
        codes = data.target.answers[rows]
        rows = rows[np.bincount(codes)[codes] >= FOLDS]  # one of each class for each fold
    answers = data.target.answers[rows]
    groups = None if data.groups is None else pd.factorize(data.groups.iloc[rows])[0]
    if groups is not None and groups.max() < FOLDS:
        return  # so few groups that each of their columns tells them apart
    if not task.classifies:
        answers = rankdata(answers)  # a few large values must not hide the others
    else:
        classes, answers = np.unique(answers, return_inverse=True)
        if len(classes) < 2:
            return
    for name in data.features:
        column = data.features[name].iloc[rows]
        if alone.tells(column, answers, task, groups) < PROMISING[task]:
            continue
        values = alone.numbers(column).reshape(-1, 1)
        predicted = _by_tree(values, answers, groups, classifies=task.classifies, seed=seed)
        score = metrics.scores(METRICS[task], answers, predicted)[SCORE[task]]
        if score >= TOO_GOOD:
            yield str(name), score


def _by_tree(
    values: np.ndarray,
    answers: np.ndarray,
    groups: np.ndarray | None,
    *,
    classifies: bool,
    seed: int,
) -> np.ndarray:
    """Return out-of-fold predictions; a group is never on both sides, as in the real folds."""
    if groups is None:
        kind = StratifiedKFold if classifies else KFold
    else:
        kind = StratifiedGroupKFold if classifies else GroupKFold
    splitter = kind(FOLDS, shuffle=True, random_state=seed)
    leaf = max(1, min(5, len(answers) // 50))
    tree = (DecisionTreeClassifier if classifies else DecisionTreeRegressor)(
        min_samples_leaf=leaf, random_state=seed
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a class that is rare, or in few groups, is no matter here
        method = "predict_proba" if classifies else "predict"
        return np.asarray(
            cross_val_predict(tree, values, answers, groups=groups, cv=splitter, method=method)
        )


def _named_like(name: str, target: str) -> bool:
    named, wanted = words(name), words(target)
    return bool(named & ANSWERS) or (len(target) > 2 and wanted <= named)
