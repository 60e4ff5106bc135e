"""Gradient boosted trees: LightGBM, or scikit-learn's where LightGBM cannot be loaded.

Many small trees, each on a part of the rows and columns: on tables of some thousand rows that beats
LightGBM's defaults clearly, and comes close to what a search finds.
"""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from types import ModuleType

import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.pipeline import Pipeline

from .. import threads
from ..config import Boosting
from . import blend, prepare

NOT_LOADED = (
    "LightGBM cannot be loaded, so scikit-learn's gradient boosting takes its place; "
    "on macOS `brew install libomp` brings what it lacks"
)


def boosting(
    features: pd.DataFrame, settings: Boosting, *, classifies: bool, seeds: Sequence[int]
) -> Pipeline:
    """Return gradient boosted trees; with several seeds, the mean of one model for each."""
    jobs = threads.worth(len(features))
    models = {
        f"seed {seed}": _model(settings, classifies=classifies, seed=seed, jobs=jobs)
        for seed in seeds
    }
    first = prepare.raw(features, dense=not loads())
    return Pipeline([("prepare", first), ("model", blend.average(models, classifies=classifies))])


def loads() -> bool:
    """Tell whether LightGBM is there; if not, `NOT_LOADED` says what that means."""
    return _lightgbm() is not None


def _lightgbm() -> ModuleType | None:
    """Return LightGBM; its wheel for macOS expects OpenMP, which that system does not have."""
    try:
        return importlib.import_module("lightgbm")
    except OSError:
        return None


def _model(settings: Boosting, *, classifies: bool, seed: int, jobs: int) -> BaseEstimator:
    lightgbm = _lightgbm()
    if lightgbm is None:
        return _substitute(settings, classifies=classifies, seed=seed)
    return (lightgbm.LGBMClassifier if classifies else lightgbm.LGBMRegressor)(
        n_estimators=settings.n_estimators,
        learning_rate=settings.learning_rate,
        num_leaves=settings.num_leaves,
        min_child_samples=settings.min_child_samples,
        subsample=settings.subsample,
        subsample_freq=1,  # without it LightGBM ignores subsample
        colsample_bytree=settings.colsample_bytree,
        reg_lambda=settings.reg_lambda,
        random_state=seed,
        n_jobs=jobs,
        deterministic=True,
        force_row_wise=True,  # or LightGBM times both ways, and may take another one next time
        verbose=-1,
    )


def _substitute(settings: Boosting, *, classifies: bool, seed: int) -> BaseEstimator:
    """Return scikit-learn's gradient boosting with the same settings; it takes all rows."""
    return (HistGradientBoostingClassifier if classifies else HistGradientBoostingRegressor)(
        max_iter=settings.n_estimators,
        learning_rate=settings.learning_rate,
        max_leaf_nodes=settings.num_leaves,
        min_samples_leaf=settings.min_child_samples,
        l2_regularization=settings.reg_lambda,
        max_features=settings.colsample_bytree,
        early_stopping=False,  # it would hold out rows at random, and so split the groups
        random_state=seed,
    )
