"""Parity: the exported graph must answer as the fitted model does, or it is not exported.

A graph computes in single precision. The largest difference allowed is `TOLERANCE` in a
probability, or that share of a predicted number and of the spread of the numbers together.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import onnxruntime
import pandas as pd
from sklearn.pipeline import Pipeline

from ..data.dataset import Dataset
from ..data.task import Target
from ..errors import UserError
from ..features import MISSING
from ..validation.crossval import predict
from . import graph, signature

TOLERANCE = 1e-4
MOST_ROWS = 5000
STEPS = 20
CLOSE = 1e-6
"""How near to a possible threshold, relative to it, the model is asked; floats resolve 1e-7."""
UNKNOWN = "(never seen)"


@dataclass(frozen=True)
class Parity:
    """The largest difference found, and on how many rows: held-out ones, and made-up hard ones."""

    largest: float
    rows: int
    hard: int


def check(weights: bytes, model: Pipeline, data: Dataset, held_out: pd.DataFrame) -> Parity:
    """Hold the graph's answers against the model's.

    Raises:
        UserError: a row is answered otherwise; it names the row, and the column that does it.
    """
    asked = askable(held_out, data.features)
    hard = hard_rows(data.features)
    session = onnxruntime.InferenceSession(weights, providers=["CPUExecutionProvider"])
    largest = 0.0
    for rows, what in ((asked.head(MOST_ROWS), "held-out row"), (hard, "hard row")):
        native = predict(model, rows, classes=data.target.classes)
        differences = _differences(native, answers(session, rows, data.target), data.target)
        largest = max(largest, float(differences.max(initial=0.0)))
        if largest > TOLERANCE or not np.isfinite(differences).all():
            worst = int(np.nan_to_num(differences, nan=np.inf).argmax())
            column = _culprit(session, model, data, rows.iloc[[worst]])
            raise UserError(
                f"The exported model differs from the fitted one by {differences[worst]:.2g}, more "
                f"than {TOLERANCE:g}, in {what} {rows.index[worst]}; most of it by the column "
                f"{column!r}.",
                "Nothing was written. Ignore that column, or give it another form in features.own.",
            )
    return Parity(largest, len(asked.head(MOST_ROWS)), len(hard))


def answers(
    session: onnxruntime.InferenceSession, rows: pd.DataFrame, target: Target
) -> np.ndarray:
    """Return the graph's answers: shape (rows, classes), or (rows,) for a regression."""
    fed = {
        name: rows[columns].to_numpy(object if rows[columns[0]].dtype == object else np.float32)
        for name, columns in graph.inputs(rows).items()
    }
    (said,) = session.run([graph.output(target, list(map(str, rows)))], fed)
    return np.asarray(said, dtype=float)


def askable(rows: pd.DataFrame, learned: pd.DataFrame) -> pd.DataFrame:
    """Return the rows without a gap where training had none: a service refuses the others."""
    fine = np.ones(len(rows), dtype=bool)
    for name in map(str, rows):
        if not signature.nullable(learned[name]):
            gap = rows[name] == MISSING if rows[name].dtype == object else rows[name].isna()
            fine &= ~gap.to_numpy()
    return rows[fine]


def hard_rows(learned: pd.DataFrame) -> pd.DataFrame:
    """Return rows made to show a difference: gaps, unknown texts, extremes, near thresholds."""
    base = learned.iloc[[0]]
    made = [learned.head(1), _with(base, {name: _gap(learned[name]) for name in map(str, learned)})]
    for name in map(str, learned):
        column = learned[name]
        values: list[object] = [_gap(column)]
        if column.dtype == object:
            values.append(UNKNOWN)
        else:
            there = np.unique(column.dropna().to_numpy())
            if len(there):
                low, high = there[0], there[-1]
                values += [low, high, low - (high - low) - 1, high + (high - low) + 1, 0.0]
                middles = (there[:-1] + there[1:]) / 2  # where trees put their thresholds
                few = middles[:: max(1, len(middles) // STEPS)]
                gaps = np.diff(there)[:: max(1, len(middles) // STEPS)]
                step = np.maximum(np.abs(few) * CLOSE, gaps * CLOSE)
                values += [*(few - step), *(few + step)]
        made += [_with(base, {name: value}) for value in values]
    return pd.concat(made, ignore_index=True).astype(learned.dtypes)


def _gap(column: pd.Series) -> object:
    if not signature.nullable(column):
        return column.iloc[0]
    return MISSING if column.dtype == object else np.nan


def _with(row: pd.DataFrame, values: dict[str, Any]) -> pd.DataFrame:
    changed = row.copy()
    for name, value in values.items():
        changed[name] = value
    return changed


def _differences(native: np.ndarray, said: np.ndarray, target: Target) -> np.ndarray:
    """Return each row's difference, in a regression as a share of the number and the spread."""
    apart = np.abs(native - said)
    if target.classes:
        return np.asarray(apart.max(axis=1))
    return np.asarray(apart / (np.abs(native) + (np.std(target.answers) or 1.0)))


def _culprit(
    session: onnxruntime.InferenceSession, model: Pipeline, data: Dataset, row: pd.DataFrame
) -> str:
    """Return the column whose usual value brings the two models closest together."""
    names = list(map(str, data.features))
    usual = data.features.mode().iloc[0]
    with_usual = [_with(row, {name: usual[name]}) for name in names]
    tried = pd.concat(with_usual, ignore_index=True).astype(data.features.dtypes)
    native = predict(model, tried, classes=data.target.classes)
    said = answers(session, tried, data.target)
    return names[int(_differences(native, said, data.target).argmin())]
