"""What the models predicted, as tables to keep: out of fold, and for a submission."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from ..data.dataset import Dataset, Unseen
from ..data.task import Target, Task
from .crossval import Validated
from .folds import Folds


def out_of_fold(data: Dataset, folds: Folds, results: Sequence[Validated]) -> pd.DataFrame:
    """Return what each model said of each row it had not seen, beside the row's answer.

    Error analysis and blends start from this table, so that neither can peek. Where folds are
    repeated, the fold is that of the first repeat and a prediction the mean over all of them.
    """
    target = data.target
    columns = {str(data.ids.name): data.ids.to_numpy(), "fold": folds.of_row[0]}
    columns["answer"] = _labels(target)[target.answers] if target.classes else target.answers
    for result in results:
        if target.classes:
            for code, label in enumerate(target.classes):
                columns[f"{result.name}: {label}"] = result.predicted[:, code]
        else:
            columns[result.name] = result.predicted
    return pd.DataFrame(columns)


def submission(unseen: Unseen, predicted: np.ndarray, target: Target, name: str) -> pd.DataFrame:
    """Return one row for each row to predict, in the file's order, as Kaggle wants it.

    Beside the identifier stands, under the target's name, the probability of the positive class
    (binary), the likeliest class (multiclass), or the number (regression).
    """
    if target.task is Task.BINARY:
        answers = predicted[:, 1]
    elif target.task is Task.MULTICLASS:
        answers = _labels(target)[predicted.argmax(axis=1)]
    else:
        answers = predicted
    return pd.DataFrame({str(unseen.ids.name): unseen.ids.to_numpy(), name: answers})


def _labels(target: Target) -> np.ndarray:
    return np.array(target.classes, dtype=object)
