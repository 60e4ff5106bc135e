"""The study: trials of settings, each judged on the frozen folds and kept in a storage.

It survives whoever works on it. Stop it, and the same command goes on; point several machines at
one database, and they share it.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from multiprocessing import parent_process
from pathlib import Path
from typing import Protocol

import numpy as np
import optuna
from optuna.exceptions import ExperimentalWarning
from optuna.storages import BaseStorage
from optuna.trial import FrozenTrial, Trial, TrialState

from .. import config as settings
from ..config import BASELINE, Experiment
from ..data import dataset
from ..data.dataset import Dataset
from ..errors import UserError
from ..models.ladder import ladder
from ..validation import folds as splits
from ..validation import scorers
from ..validation.crossval import fit, predict
from ..validation.folds import Folds
from ..validation.metrics import Metric
from . import space
from .space import Space

FINISHED = (TrialState.COMPLETE, TrialState.PRUNED)
HASHED = ("folds", "features")
"""What a study knows only the hash of."""
WORKERS_APART = 10_000
"""Between the seeds of two workers, so that they do not draw the same settings."""


@dataclass(frozen=True)
class Plan:
    """Which model of which experiment is tuned, how long, and where the study is kept.

    `trials` is how many the study is to have in the end, those of earlier runs and of other
    machines included; `seconds` ends this run earlier. `study` also names the experiment that it
    makes. `url` is the storage, or None for a file of the project.
    """

    experiment: str = BASELINE
    model: str = "boosting"
    study: str = "tuned"
    trials: int = 50
    seconds: float | None = None
    workers: int = 1
    url: str | None = None


class Watch(Protocol):
    """Whoever is told that a trial has ended."""

    def __call__(self, study: optuna.Study) -> None:
        """Look at the study."""


@dataclass(frozen=True)
class Bench:
    """What every trial is made with: the same data, folds and metric that `train` uses."""

    data: Dataset
    folds: Folds
    metric: Metric
    experiment: Experiment
    space: Space
    seed: int

    def __call__(self, trial: Trial) -> float:
        """Return the mean over the folds; stop early where half of the trials were better so far.

        A fold is the same rows in every trial, so the means after as many folds compare. That is
        why the median prunes here: Optuna's pruner for folds, a Wilcoxon test, cannot be sure
        before the fourth of five, and saves little.
        """
        tried = space.suggest(self.space, self.experiment, trial)
        model = ladder(self.data, tried, seed=self.seed)[self.space.rung]
        features, target = self.data.features, self.data.target
        scores: list[float] = []
        for step, (learned, judged) in enumerate(self.folds):
            fitted = fit(model, features.iloc[learned], target.answers[learned])
            predicted = predict(fitted, features.iloc[judged], classes=target.classes)
            scores.append(self.metric(target.answers[judged], predicted))
            trial.report(float(np.mean(scores)), step)
            if trial.should_prune():
                raise optuna.TrialPruned
        return float(np.mean(scores))


def bench(root: Path, plan: Plan) -> Bench:
    """Return what the trials are made with.

    Raises:
        UserError: the settings or the data do not allow it.
    """
    config = settings.read(root)
    data = dataset.load(root, config)
    return Bench(
        data=data,
        folds=splits.frozen(root, data, config.validation),
        metric=scorers.chosen(data.target, config.validation.metric)[0],
        experiment=settings.experiment(root, plan.experiment),
        space=space.SPACES[plan.model],
        seed=config.validation.seed,
    )


def join(storage: BaseStorage, bench: Bench, plan: Plan) -> optuna.Study:
    """Return the study; a new one begins with the settings that the experiment has.

    Raises:
        UserError: it was begun for something else: its scores would not compare.
    """
    study = optuna.create_study(
        storage=storage,
        study_name=plan.study,
        direction="maximize" if bench.metric.higher_is_better else "minimize",
        load_if_exists=True,
    )
    made_for = {
        "experiment": plan.experiment,
        "model": plan.model,
        "metric": bench.metric.name,
        "folds": bench.folds.freeze.assignment,
        "features": bench.data.fingerprint(),
    }
    before = study.user_attrs
    for key, value in made_for.items():
        if before.get(key, value) != value:
            raise UserError(
                f"The study {plan.study!r} was begun with "
                + (f"other {key}." if key in HASHED else f"the {key} {before[key]!r}."),
                "Its trials would not compare; begin another one with --name.",
                2,
            )
        if key not in before:
            study.set_user_attr(key, value)
    start = space.current(bench.space, bench.experiment)
    if not study.get_trials(deepcopy=False) and space.within(bench.space, start):
        study.enqueue_trial(start, skip_if_exists=True)
    return study


def work(study: optuna.Study, bench: Bench, plan: Plan, watch: Watch, *, worker: int = 0) -> None:
    """Make trials until the study has enough of them, or the time is over."""
    # The trials there are count for the seed: a study that goes on must not draw the same again.
    seed = bench.seed + len(study.get_trials(deepcopy=False)) + WORKERS_APART * worker
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ExperimentalWarning)  # both options, for years
        study.sampler = optuna.samplers.TPESampler(
            seed=seed, multivariate=True, constant_liar=plan.workers > 1
        )
    study.pruner = optuna.pruners.MedianPruner(n_startup_trials=5, n_warmup_steps=1)
    parent = parent_process()

    def after(study: optuna.Study, _: FrozenTrial) -> None:
        watch(study)
        orphaned = parent is not None and not parent.is_alive()
        if orphaned or len(finished(study)) >= plan.trials:
            study.stop()

    study.optimize(bench, timeout=plan.seconds, callbacks=[after])


def finished(study: optuna.Study) -> list[FrozenTrial]:
    """Return the trials that came to their end or were pruned, the oldest first."""
    return study.get_trials(deepcopy=False, states=FINISHED)


def complete(study: optuna.Study) -> list[FrozenTrial]:
    """Return the trials that saw all folds, the best one first."""
    trials = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
    sign = -1 if study.direction == optuna.study.StudyDirection.MAXIMIZE else 1
    return sorted(trials, key=lambda trial: sign * (trial.value or 0.0))


def scores(study: optuna.Study) -> list[float]:
    """Return the scores of the trials that saw all folds, in the order of the trials."""
    whole = sorted(complete(study), key=lambda trial: trial.number)
    return [trial.value for trial in whole if trial.value is not None]
