"""What the pipelines begin with: from columns of text and numbers to one matrix of numbers.

Text becomes one column for each category, the same for every model, so that there is one thing to
explain and to export. What differs is the numbers: trees take them as they are.
"""

from __future__ import annotations

import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

MOST_CATEGORIES = 250
"""A column of text becomes at most as many columns; the rarest categories share the last one."""


def raw(features: pd.DataFrame, *, dense: bool = False) -> ColumnTransformer:
    """Return the step for trees that take a gap as it is; `dense` never gives a sparse matrix."""
    return _columns(features, "passthrough", dense=dense)


def scaled(features: pd.DataFrame) -> ColumnTransformer:
    """Return the step for models that need every number, each on the same scale."""
    fill = SimpleImputer(strategy="median", keep_empty_features=True)
    return _columns(features, make_pipeline(fill, StandardScaler()), dense=False)


def _columns(features: pd.DataFrame, numbers: object, *, dense: bool) -> ColumnTransformer:
    text = [str(name) for name in features if features[name].dtype == object]
    rest = [str(name) for name in features if name not in text]
    # A category never seen is none of those seen: zeros, which ONNX can say as well.
    split = OneHotEncoder(handle_unknown="ignore", max_categories=MOST_CATEGORIES)
    return ColumnTransformer(
        [("text", split, text), ("number", numbers, rest)], sparse_threshold=0 if dense else 0.3
    )
