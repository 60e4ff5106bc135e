"""The model, what it has to beat, and how both are judged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import average_precision_score, brier_score_loss, log_loss, roc_auc_score
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OrdinalEncoder

from ..config import Model
from .data import FEATURES, LABEL, TEXTS

DRAWS = 200


@dataclass(frozen=True)
class Forecast:
    """Whether the flights of the holdout were late, and the probabilities given to it."""

    late: NDArray[np.int64]
    model: NDArray[np.float64]
    rule: NDArray[np.float64]
    dummy: NDArray[np.float64]


def fit(past: pd.DataFrame, settings: Model, *, features: tuple[str, ...] = FEATURES) -> Pipeline:
    """Return gradient boosting fitted to the past; an airport that it never saw is no error.

    Categories become their number in the alphabet. Trees can cut anywhere in that order, and whole
    numbers are the same in the float32 of ONNX as in the float64 of scikit-learn.
    """
    encode = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
    columns = make_column_transformer((encode, list(TEXTS)), remainder="passthrough")
    classifier = HistGradientBoostingClassifier(
        max_iter=settings.max_iter,
        learning_rate=settings.learning_rate,
        max_leaf_nodes=settings.max_leaf_nodes,
        early_stopping=False,  # it would judge itself on a random draw of the past
        random_state=settings.seed,
    )
    return make_pipeline(columns, classifier).fit(past[list(features)], past[LABEL])


def forecast(model: Pipeline, past: pd.DataFrame, holdout: pd.DataFrame) -> Forecast:
    """Return the model's probabilities for the holdout beside those of two simple ways.

    The dummy says the share of late flights of the past to everyone. The rule says the share of
    its hour, which a spreadsheet could.
    """
    share = past[LABEL].mean()
    hourly = past.groupby("hour")[LABEL].mean()
    return Forecast(
        late=holdout[LABEL].to_numpy(),
        model=model.predict_proba(holdout[list(FEATURES)])[:, 1],
        rule=holdout["hour"].map(hourly).fillna(share).to_numpy(),
        dummy=np.full(len(holdout), share),
    )


def score(forecast: Forecast, months: NDArray[np.int64]) -> dict[str, float]:
    """Return every metric for the model, the rule and the dummy, and the spread over the months.

    `months` has shape (rows,) and says in which month each flight was.
    """
    scores: dict[str, float] = {}
    for name, metric in {
        "ROC AUC": roc_auc_score,
        "average precision": average_precision_score,
        "log loss": log_loss,
        "Brier score": brier_score_loss,
    }.items():
        scores[name] = float(metric(forecast.late, forecast.model))
        scores[f"{name}, late rate of the hour"] = float(metric(forecast.late, forecast.rule))
        scores[f"{name}, dummy"] = float(metric(forecast.late, forecast.dummy))
    monthly = [
        float(roc_auc_score(forecast.late[months == month], forecast.model[months == month]))
        for month in np.unique(months)
        if np.unique(forecast.late[months == month]).size == 2
    ]
    scores["ROC AUC, worst month"] = min(monthly)
    scores["ROC AUC, best month"] = max(monthly)
    scores["late flights in the holdout"] = float(forecast.late.mean())
    scores["mean predicted probability"] = float(forecast.model.mean())
    return scores


def spread(forecast: Forecast, days: NDArray[Any], seed: int) -> float:
    """Return the standard deviation of the model's ROC AUC, had other days been drawn.

    `days` has shape (rows,). Flights of one day are late together, so whole days are drawn: single
    flights would make the number look surer than it is.
    """
    found, day = np.unique(days, return_inverse=True)
    _, level = np.unique(forecast.model, return_inverse=True)  # ranked once for every draw
    generator = np.random.default_rng(seed)
    areas = []
    for _ in range(DRAWS):
        drawn = generator.multinomial(len(found), np.full(len(found), 1 / len(found)))[day]
        late = np.bincount(level, drawn * forecast.late)
        punctual = np.bincount(level, drawn * (1 - forecast.late))
        if late.any() and punctual.any():
            below = punctual.cumsum() - punctual / 2  # a tie counts half
            areas.append(late @ below / (late.sum() * punctual.sum()))
    return float(np.std(areas))


def log_loss_with_month(past: pd.DataFrame, holdout: pd.DataFrame, settings: Model) -> float:
    """Return the log loss of the same model given the month too: the reason why it is not.

    In one year a month is a date: what it seems to teach is the weather of that month of 2013.
    """
    features = (*FEATURES, "month")
    model = fit(past, settings, features=features)
    return float(log_loss(holdout[LABEL], model.predict_proba(holdout[list(features)])[:, 1]))
