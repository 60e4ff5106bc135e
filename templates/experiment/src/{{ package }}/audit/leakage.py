"""Features that give the answer away: by their values, or by their names."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator

import numpy as np
from scipy.stats import rankdata
from sklearn.model_selection import KFold, StratifiedKFold, cross_val_predict
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from ..data.dataset import Dataset
from ..data.task import Task
from ..validation import metrics
from ..validation.metrics import METRICS
from . import alone
from .finding import Finding

TOO_GOOD = 0.99
PROMISING = {Task.BINARY: 0.9, Task.MULTICLASS: 0.7, Task.REGRESSION: 0.7}
"""A quick estimate below this is not worth a tree."""
SCORE = {Task.BINARY: "ROC AUC", Task.MULTICLASS: "macro F1", Task.REGRESSION: "R²"}
ANSWERS = {"target", "label", "outcome", "truth", "answer"}
"""What columns with the answer are called in many tables."""
IGNORE = "add its column to data.ignore"


def find(data: Dataset, *, target: str, seed: int) -> Iterator[Finding]:
    """Yield the features that predict by themselves, and those named like the answer."""
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
    for name in map(str, data.features):
        if name not in given_away and _named_like(name, target):
            yield Finding(
                "low",
                "name",
                name,
                f"{name!r} is named like an answer:",
                f"if it is made from the target, {IGNORE}.",
            )


def _giveaways(data: Dataset, seed: int) -> Iterator[tuple[str, float]]:
    task, rows = data.target.task, alone.sample(len(data.features), seed)
    answers = data.target.answers[rows]
    if not task.classifies:
        answers = rankdata(answers)  # a few large values must not hide the others
    elif np.bincount(answers).min() < 3:
        return  # too few of a class to tell
    for name in data.features:
        column = data.features[name].iloc[rows]
        if alone.tells(column, answers, task) < PROMISING[task]:
            continue
        values = alone.numbers(column).reshape(-1, 1)
        predicted = _by_tree(values, answers, classifies=task.classifies, seed=seed)
        score = metrics.scores(METRICS[task], answers, predicted)[SCORE[task]]
        if score >= TOO_GOOD:
            yield str(name), score


def _by_tree(values: np.ndarray, answers: np.ndarray, *, classifies: bool, seed: int) -> np.ndarray:
    splitter = (StratifiedKFold if classifies else KFold)(3, shuffle=True, random_state=seed)
    leaf = max(1, min(5, len(answers) // 50))
    tree = (DecisionTreeClassifier if classifies else DecisionTreeRegressor)(
        min_samples_leaf=leaf, random_state=seed
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # a rare class is no matter here
        method = "predict_proba" if classifies else "predict"
        return np.asarray(cross_val_predict(tree, values, answers, cv=splitter, method=method))


def _named_like(name: str, target: str) -> bool:
    words, wanted = _words(name), _words(target)
    return bool(words & ANSWERS) or (len(target) > 2 and wanted <= words)


def _words(name: str) -> set[str]:
    return set(re.findall(r"[^\W\d_]+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower()))
