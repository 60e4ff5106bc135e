"""Whether the test rows are like those that are learned from: adversarial validation.

A model learns to tell training rows from test rows. The better it can, the less a score on the one
says about the other (the name is Zygmunt Zając's, FastML, 2016).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold, cross_val_predict

from ..data.dataset import Dataset, Unseen
from ..report import number
from . import alone
from .finding import Finding

APART, MOVED = 0.7, 0.6
"""The ROC AUC from which on the rows are of another kind, or have moved."""
MOST_COLUMNS = 100
NAMED = 5


def find(data: Dataset, unseen: Unseen, *, seed: int) -> Iterator[Finding]:
    """Yield whether a model tells test rows from training rows, and by which columns."""
    score, by_column = adversarial(data.features, unseen.features, seed=seed)
    if score < MOVED:
        return
    names = [name for name, alone_ in by_column.items() if alone_ >= MOVED][:NAMED]
    by = f", most of all by {', '.join(map(repr, names))}" if names else ""
    yield Finding(
        "medium" if score >= APART else "low",
        "drift",
        "test",
        f"A model tells test rows from training rows (ROC AUC {number(score)}{by}):",
        "expect another score there than in the folds; if the test rows are later, name the time "
        "in data.time and judge by folds in time.",
    )


def adversarial(
    training: pd.DataFrame, test: pd.DataFrame, *, seed: int
) -> tuple[float, dict[str, float]]:
    """Return the ROC AUC of telling them apart, out of fold, and that of each column alone.

    0.5 where they are alike; the columns come with the most telling one first.
    """
    parts = [
        frame.iloc[alone.sample(len(frame), seed)].reset_index(drop=True)
        for frame in (training, test)
    ]
    smaller = min(map(len, parts))
    rows = pd.concat([part.head(4 * smaller) for part in parts], ignore_index=True)
    is_test = np.arange(len(rows)) >= len(rows) - min(len(parts[1]), 4 * smaller)
    if smaller < 2 * 3:
        return 0.5, {}
    mixed = np.random.default_rng(seed).permutation(len(rows))
    rows, is_test = rows.iloc[mixed].reset_index(drop=True), is_test[mixed]
    by_column = {str(name): alone.separates(rows[name], is_test) for name in rows}
    telling = sorted(by_column, key=by_column.__getitem__, reverse=True)
    matrix = np.column_stack([alone.numbers(rows[name]) for name in telling[:MOST_COLUMNS]])
    model = HistGradientBoostingClassifier(
        max_iter=40, max_leaf_nodes=16, early_stopping=False, random_state=seed
    )
    folds = StratifiedKFold(3, shuffle=True, random_state=seed)
    said = cross_val_predict(model, matrix, is_test, cv=folds, method="predict_proba")
    return float(roc_auc_score(is_test, said[:, 1])), {name: by_column[name] for name in telling}
