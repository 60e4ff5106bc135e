"""The ladder of models: each rung has to earn its place above the one below.

A rung is an unfitted pipeline from features to prediction. Whatever is learned from data, be it the
median that fills a gap or the scale of a column, is a step of it, and so is fitted in each fold.
The last rung, the blend, needs the others' out-of-fold predictions: blend.py makes it of them.
"""

from __future__ import annotations

from sklearn.pipeline import Pipeline

from ..config import Experiment
from ..data.dataset import Dataset
from .boosting import boosting
from .full import catboost, extra_trees
from .linear import dummy, linear

BASELINE = "dummy"


def ladder(
    data: Dataset, experiment: Experiment, *, seed: int, full: bool = False
) -> dict[str, Pipeline]:
    """Return the models by name, the baseline first, none of them fitted.

    The full ladder has two more, and averages boosted models over several seeds.

    Raises:
        UserError: the full ladder was asked for, and CatBoost is not installed.
    """
    features, classifies = data.features, data.target.task.classifies
    seeds = range(seed, seed + (experiment.seeds if full else 1))
    rungs = {
        BASELINE: dummy(classifies=classifies),
        "linear": linear(features, experiment.linear, classifies=classifies),
        "gradient boosting": boosting(
            features, experiment.boosting, classifies=classifies, seeds=seeds
        ),
    }
    if full:
        rungs["extra trees"] = extra_trees(
            features, experiment.extra_trees, classifies=classifies, seed=seed
        )
        rungs["CatBoost"] = catboost(
            features, experiment.catboost, classifies=classifies, seeds=seeds
        )
    return rungs
