"""The ladder of models: each rung has to earn its place above the one below.

A rung is an unfitted pipeline from features to prediction. Whatever is learned from data, be it the
median that fills a gap or the scale of a column, is a step of it, and so is fitted in each fold.
"""

from __future__ import annotations

import numpy as np
from sklearn.compose import ColumnTransformer
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler

from ..config import Boosting, Experiment, Linear
from ..data.dataset import Dataset

BASELINE = "dummy"
RARE = 10
"""Categories with fewer rows share one column of the linear model."""
MOST_CATEGORIES = 250
"""Gradient boosting takes at most 255 categories of a column; the rarest share one."""


def ladder(data: Dataset, experiment: Experiment, *, seed: int) -> dict[str, Pipeline]:
    """Return the models by name, the baseline first, none of them fitted."""
    features = data.features
    text = [str(name) for name in features if features[name].dtype == object]
    numbers = [str(name) for name in features if name not in text]
    classifies = data.target.task.classifies
    return {
        BASELINE: _dummy(classifies),
        "linear": _linear(text, numbers, experiment.linear, classifies),
        "gradient boosting": _boosting(text, numbers, experiment.boosting, classifies, seed),
    }


def _dummy(classifies: bool) -> Pipeline:
    """Return what knows only the target: the share of each class, or the mean."""
    return make_pipeline(DummyClassifier(strategy="prior") if classifies else DummyRegressor())


def _linear(text: list[str], numbers: list[str], settings: Linear, classifies: bool) -> Pipeline:
    """Return logistic or ridge regression on scaled numbers and one column a category."""
    fill = SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True)
    split = OneHotEncoder(handle_unknown="infrequent_if_exist", min_frequency=RARE)
    prepare = ColumnTransformer(
        [("number", make_pipeline(fill, StandardScaler()), numbers), ("text", split, text)]
    )
    alpha = settings.alpha
    model = LogisticRegression(C=1 / alpha, max_iter=1000) if classifies else Ridge(alpha=alpha)
    return Pipeline([("prepare", prepare), ("model", model)])


def _boosting(
    text: list[str], numbers: list[str], settings: Boosting, classifies: bool, seed: int
) -> Pipeline:
    """Return gradient boosted trees, which take gaps and categories as they are."""
    encode = OrdinalEncoder(
        handle_unknown="use_encoded_value", unknown_value=np.nan, max_categories=MOST_CATEGORIES
    )
    prepare = ColumnTransformer([("text", encode, text), ("number", "passthrough", numbers)])
    model = (HistGradientBoostingClassifier if classifies else HistGradientBoostingRegressor)(
        max_iter=settings.n_estimators,
        learning_rate=settings.learning_rate,
        max_leaf_nodes=settings.num_leaves,
        min_samples_leaf=settings.min_child_samples,
        l2_regularization=settings.reg_lambda,
        max_features=settings.colsample_bytree,
        categorical_features=list(range(len(text))),
        early_stopping=False,  # it would hold out rows at random, and so split the groups
        random_state=seed,
    )
    return Pipeline([("prepare", prepare), ("model", model)])
