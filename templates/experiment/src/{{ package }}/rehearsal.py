"""The rehearsal, `train --debug`: the whole experiment in seconds, to see whether it runs.

Its scores mean nothing, so none of them is kept.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from .config import Experiment, Validation
from .data.dataset import Dataset

ROWS = 300
TREES = 10
FOLDS = 2


def data(whole: Dataset) -> Dataset:
    """Return a few rows from all over, in which each class is as frequent as its number allows."""
    order = pd.Series(np.random.default_rng(0).permutation(len(whole.features)))
    if whole.target.classes:
        order = order.groupby(whole.target.answers).rank()
    rows = np.sort(np.argsort(order.to_numpy(), kind="stable")[:ROWS])
    return replace(
        whole,
        features=whole.features.iloc[rows],
        target=replace(whole.target, answers=whole.target.answers[rows]),
        ids=whole.ids.iloc[rows],
        groups=None if whole.groups is None else whole.groups.iloc[rows],
        times=None if whole.times is None else whole.times.iloc[rows],
    )


def experiment(settings: Experiment) -> Experiment:
    """Return the experiment with a few trees in each model."""
    return replace(
        settings,
        boosting=replace(settings.boosting, n_estimators=TREES),
        extra_trees=replace(settings.extra_trees, n_estimators=TREES),
        catboost=replace(settings.catboost, iterations=TREES),
    )


def validation(settings: Validation) -> Validation:
    """Return the settings with two folds."""
    return replace(settings, folds=FOLDS, repeats=1)
