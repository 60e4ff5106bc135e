"""The experiment, from data to evidence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from sklearn.pipeline import Pipeline

from . import config as settings
from . import evidence
from .audit import leakage
from .config import BASELINE, Config
from .data import dataset, source
from .data.dataset import Dataset, Unseen
from .data.task import Task
from .models.ladder import ladder
from .report import number
from .reporting import figures, findings, publish
from .tracking import runs
from .validation import choice, predictions
from .validation import folds as splits
from .validation.choice import Verdict
from .validation.crossval import Validated, cross_validate, fit, predict
from .validation.metrics import METRICS

Say = Callable[[str], None]


@dataclass(frozen=True)
class Plan:
    """Which experiment of conf/ is run."""

    experiment: str = BASELINE


@dataclass(frozen=True)
class Outcome:
    """What a run found: the best model's name, the evidence, and the files it wrote."""

    best: str
    summary: evidence.Summary
    written: list[Path]


def run(root: Path, plan: Plan, *, command: str, say: Say) -> Outcome:
    """Run the experiment of the project in `root`; `say` is told of each step.

    Raises:
        UserError: the settings or the data do not allow it; no result is written then.
    """
    watch = evidence.Stopwatch(command)
    config = settings.read(root)
    experiment = settings.experiment(root, plan.experiment)
    seed = config.validation.seed

    source.fetch(root, config, say)
    data = dataset.load(root, config)
    unseen = dataset.load_unseen(root, config, data)
    suspects = leakage.suspects(data, seed=seed)
    for line in (*data.notes, *(f"warning: {suspect}" for suspect in suspects)):
        say(line)

    folds = splits.frozen(root, data, config.validation)
    say(f"folds: {folds.freeze.folds}, {folds.freeze.scheme}, frozen in {splits.FOLDS.as_posix()}")
    rungs = ladder(data, experiment, seed=seed)
    results = [_validate(name, model, data, folds, say) for name, model in rungs.items()]
    verdict = choice.climb(results, METRICS[data.target.task][0])
    kept = {"out_of_fold.csv": predictions.out_of_fold(data, folds, results)}
    on_test: dict[str, float] = {}
    if unseen is None:
        say("submission: none, since data.test names no rows to predict")
    else:
        kept["submission.csv"], on_test = _predict(config, data, unseen, rungs, verdict, say)

    metrics = findings.numbers(data, verdict, on_test, suspects)
    measured = watch.run(rows=len(data.features), seed=seed, root=root)
    folder = runs.start(root)
    written = runs.keep(
        root, folder, experiment=experiment.name, tables=kept, metrics=metrics, run=measured
    )
    caption = findings.caption(data, verdict, on_test, suspects)
    drawn = [figures.ladder(root, verdict, on_test, caption)]
    if data.target.task is Task.BINARY and len(data.features) >= figures.CALIBRATION_ROWS:
        drawn.append(figures.calibration(root, verdict.best, data.target.answers))
    summary = evidence.Summary(
        project=evidence.Project(config.project.name, "experiment", config.project.problem),
        headline=findings.headline(verdict),
        metrics=metrics,
        figures=drawn,
        run=measured,
    )
    shown = [summary.write(root).relative_to(root), *publish.write(root, summary)]
    return Outcome(verdict.best.name, summary, [*written, *shown])


def _validate(
    name: str, model: Pipeline, data: Dataset, folds: splits.Folds, say: Say
) -> Validated:
    result = cross_validate(name, model, data, folds)
    metric = METRICS[data.target.task][0].name
    mean, std = number(result.mean(metric)), number(result.std(metric))
    say(f"{name}: {metric} {mean} ± {std} over the folds")
    if not result.converged:
        say(f"warning: {name} did not converge; a larger linear.alpha helps")
    return result


def _predict(
    config: Config,
    data: Dataset,
    unseen: Unseen,
    rungs: dict[str, Pipeline],
    verdict: Verdict,
    say: Say,
) -> tuple[pd.DataFrame, dict[str, float]]:
    """Fit on all rows; return the best model's submission, and all models' scores if they can be.

    The test rows choose nothing here: which model is best was decided by the folds.
    """
    classes, best, metric = data.target.classes, verdict.best.name, verdict.metric
    predicted = {
        name: predict(
            fit(model, data.features, data.target.answers), unseen.features, classes=classes
        )
        for name, model in rungs.items()
        if name == best or unseen.truth is not None
    }
    scores: dict[str, float] = {}
    if unseen.truth is not None:
        scores = {name: metric(unseen.truth, said) for name, said in predicted.items()}
    for name, score in scores.items():
        say(f"{name}: {metric.name} {number(score)} on {len(unseen.ids):,} test rows")
    table = predictions.submission(unseen, predicted[best], data.target, config.data.target)
    return table, scores
