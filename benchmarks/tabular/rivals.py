"""What the ladder is measured against: what people use, with the settings they use.

Each takes the same features and splits. Text goes to the boosting libraries as their own
categories, which is their strongest default, and to the random forest as ordered codes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.model_selection import KFold, StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OrdinalEncoder

if TYPE_CHECKING:
    from sklearn.base import BaseEstimator

TRIALS = 30
INNER = 3
SEED = 7

Score = Callable[[np.ndarray, np.ndarray], float]
"""Of answers and predictions; higher is better."""
Rival = Callable[[pd.DataFrame, np.ndarray, pd.DataFrame], np.ndarray]
"""From features and answers to learn from, and features to predict, to predictions."""


def rivals(task: str, score: Score) -> dict[str, Rival]:
    """Return those that need no budget, by name."""
    return {
        "LightGBM": _lightgbm(task),
        "XGBoost": _xgboost(task),
        "CatBoost": _catboost(task),
        "random forest": _forest(task),
        "HistGradientBoosting": _histogram(task),
        "30 trials": _trials(task, score, whole=False),
        "30 trials, 3 folds": _trials(task, score, whole=True),
    }


def flaml(task: str, seconds: float) -> Rival:
    """Return FLAML with so many seconds on the clock for each fit."""

    def predict(known: pd.DataFrame, answers: np.ndarray, new: pd.DataFrame) -> np.ndarray:
        from flaml import AutoML  # noqa: PLC0415  it is slow to import, and not everybody's turn

        metrics = {"binary": "roc_auc", "multiclass": "log_loss", "regression": "rmse"}
        known, new = _categories(known, new)
        model = AutoML()
        model.fit(
            known,
            answers,
            task="regression" if task == "regression" else "classification",
            metric=metrics[task],
            time_budget=max(seconds, 1),
            n_jobs=1,
            seed=SEED,
            verbose=0,
        )
        return _said(model, task, new)

    return predict


def _lightgbm(task: str) -> Rival:
    from lightgbm import LGBMClassifier, LGBMRegressor  # noqa: PLC0415

    kind = LGBMRegressor if task == "regression" else LGBMClassifier
    return _with_categories(task, lambda: kind(n_jobs=1, random_state=SEED, verbose=-1))


def _xgboost(task: str) -> Rival:
    from xgboost import XGBClassifier, XGBRegressor  # noqa: PLC0415

    kind = XGBRegressor if task == "regression" else XGBClassifier
    return _with_categories(
        task, lambda: kind(n_jobs=1, random_state=SEED, enable_categorical=True)
    )


def _histogram(task: str) -> Rival:
    regression = task == "regression"
    kind = HistGradientBoostingRegressor if regression else HistGradientBoostingClassifier
    return _with_categories(task, lambda: kind(random_state=SEED))


def _catboost(task: str) -> Rival:
    from catboost import CatBoostClassifier, CatBoostRegressor  # noqa: PLC0415

    def predict(known: pd.DataFrame, answers: np.ndarray, new: pd.DataFrame) -> np.ndarray:
        kind = CatBoostRegressor if task == "regression" else CatBoostClassifier
        model = kind(
            cat_features=_text(known),
            random_seed=SEED,
            thread_count=1,
            verbose=False,
            allow_writing_files=False,
        )
        return _said(model.fit(known, answers), task, new)

    return predict


def _forest(task: str) -> Rival:
    def predict(known: pd.DataFrame, answers: np.ndarray, new: pd.DataFrame) -> np.ndarray:
        codes = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
        prepare = ColumnTransformer([("text", codes, _text(known))], remainder="passthrough")
        kind = RandomForestRegressor if task == "regression" else RandomForestClassifier
        model = make_pipeline(prepare, kind(random_state=SEED))
        return _said(model.fit(known, answers), task, new)

    return predict


def _trials(task: str, score: Score, *, whole: bool) -> Rival:
    """Return the search of every tutorial: 30 Optuna trials of LightGBM, then one fit on all rows.

    Each trial is judged by a quarter of the rows held out, or by `INNER` folds if `whole`.
    """

    def predict(known: pd.DataFrame, answers: np.ndarray, new: pd.DataFrame) -> np.ndarray:
        import optuna  # noqa: PLC0415
        from lightgbm import LGBMClassifier, LGBMRegressor  # noqa: PLC0415

        known, new = _categories(known, new)
        kind = LGBMRegressor if task == "regression" else LGBMClassifier
        folds = KFold if task == "regression" else StratifiedKFold
        splitter = folds(INNER if whole else 4, shuffle=True, random_state=SEED)
        splits = list(splitter.split(known, answers))[: None if whole else 1]

        def model(trial: optuna.trial.BaseTrial) -> BaseEstimator:
            return kind(
                n_estimators=trial.suggest_int("n_estimators", 50, 500),
                learning_rate=trial.suggest_float("learning_rate", 0.01, 0.3, log=True),
                num_leaves=trial.suggest_int("num_leaves", 4, 128, log=True),
                min_child_samples=trial.suggest_int("min_child_samples", 5, 100, log=True),
                subsample=trial.suggest_float("subsample", 0.5, 1),
                subsample_freq=1,
                colsample_bytree=trial.suggest_float("colsample_bytree", 0.4, 1),
                reg_alpha=trial.suggest_float("reg_alpha", 1e-8, 10, log=True),
                reg_lambda=trial.suggest_float("reg_lambda", 1e-8, 10, log=True),
                random_state=SEED,
                n_jobs=1,
                verbose=-1,
            )

        def judged(trial: optuna.trial.Trial) -> float:
            scores = []
            for learned, held_out in splits:
                fitted = model(trial).fit(known.iloc[learned], answers[learned])
                said = _said(fitted, task, known.iloc[held_out])
                scores.append(score(answers[held_out], said))
            return float(np.mean(scores))

        optuna.logging.set_verbosity(optuna.logging.ERROR)
        sampler = optuna.samplers.TPESampler(seed=SEED)
        study = optuna.create_study(direction="maximize", sampler=sampler)
        study.optimize(judged, TRIALS)
        best = model(optuna.trial.FixedTrial(study.best_params))
        return _said(best.fit(known, answers), task, new)

    return predict


def _with_categories(task: str, make: Callable[[], BaseEstimator]) -> Rival:
    def predict(known: pd.DataFrame, answers: np.ndarray, new: pd.DataFrame) -> np.ndarray:
        known, new = _categories(known, new)
        return _said(make().fit(known, answers), task, new)

    return predict


def _categories(known: pd.DataFrame, new: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    known, new = known.copy(), new.copy()
    for name in _text(known):
        known[name] = known[name].astype("category")
        new[name] = pd.Categorical(new[name], categories=known[name].cat.categories)
    return known, new


def _text(features: pd.DataFrame) -> list[str]:
    return [str(name) for name in features if features[name].dtype == object]


def _said(model: BaseEstimator, task: str, new: pd.DataFrame) -> np.ndarray:
    return model.predict(new) if task == "regression" else model.predict_proba(new)
