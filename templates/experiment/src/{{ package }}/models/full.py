"""What `--full` adds: models that err in other ways, so that their mean errs less."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from types import ModuleType

import pandas as pd
from sklearn.ensemble import ExtraTreesClassifier, ExtraTreesRegressor
from sklearn.pipeline import Pipeline

from .. import threads
from ..config import CatBoost, ExtraTrees
from ..errors import UserError
from . import blend, prepare


def extra_trees(
    features: pd.DataFrame, settings: ExtraTrees, *, classifies: bool, seed: int
) -> Pipeline:
    """Return trees that are split at random and averaged; slow to overfit, and unlike boosting."""
    model = (ExtraTreesClassifier if classifies else ExtraTreesRegressor)(
        n_estimators=settings.n_estimators,
        min_samples_leaf=settings.min_samples_leaf,
        random_state=seed,
        n_jobs=threads.worth(len(features)),
    )
    return Pipeline([("prepare", prepare.scaled(features)), ("model", model)])


def catboost(
    features: pd.DataFrame, settings: CatBoost, *, classifies: bool, seeds: Sequence[int]
) -> Pipeline:
    """Return CatBoost, whose trees ask the same question in all nodes of a level.

    Raises:
        UserError: CatBoost is not installed.
    """
    library = _catboost()
    jobs = threads.worth(len(features))
    models = {
        f"seed {seed}": (library.CatBoostClassifier if classifies else library.CatBoostRegressor)(
            iterations=settings.iterations,
            depth=settings.depth,
            leaf_estimation_iterations=1,  # ten by default: ten times the work for little
            random_seed=seed,
            thread_count=jobs,
            allow_writing_files=False,
            verbose=False,
        )
        for seed in seeds
    }
    model = blend.average(models, classifies=classifies)
    return Pipeline([("prepare", prepare.raw(features)), ("model", model)])


def _catboost() -> ModuleType:
    try:
        return importlib.import_module("catboost")
    except ImportError:
        program = __name__.partition(".")[0].replace("_", "-")
        raise UserError(
            "--full needs CatBoost, which is not installed.",
            f"Install it for this command: uv run --group full {program} train --full",
        ) from None
