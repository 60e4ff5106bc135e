"""The linear rungs: what knows only the target, and what adds up its columns."""

from __future__ import annotations

import pandas as pd
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import Pipeline, make_pipeline

from ..config import Linear
from . import prepare


def dummy(*, classifies: bool) -> Pipeline:
    """Return what knows only the target: the share of each class, or the mean."""
    return make_pipeline(DummyClassifier(strategy="prior") if classifies else DummyRegressor())


def linear(features: pd.DataFrame, settings: Linear, *, classifies: bool) -> Pipeline:
    """Return logistic or ridge regression on scaled numbers and one column for each category."""
    alpha = settings.alpha
    model = LogisticRegression(C=1 / alpha, max_iter=1000) if classifies else Ridge(alpha=alpha)
    return Pipeline([("prepare", prepare.scaled(features)), ("model", model)])
