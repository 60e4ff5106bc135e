"""The experiment, from data to evidence."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.pipeline import Pipeline

from . import config as settings
from . import evidence, rehearsal
from .audit import checks
from .config import BASELINE, Config
from .data import dataset, source
from .data.dataset import Dataset, Unseen
from .models import blend, boosting
from .models.ladder import ladder
from .report import number, spread
from .reporting import dataset_card, findings, gallery, publish
from .reporting.results import staged
from .tracking import runs, tracker
from .validation import bootstrap, choice, predictions, scorers
from .validation import folds as splits
from .validation.choice import Verdict
from .validation.crossval import Validated, cross_validate, fit, judge, predict
from .validation.metrics import Metric

Say = Callable[[str], None]


@dataclass(frozen=True)
class Plan:
    """Which experiment of conf/ is run, and on which ladder; `debug` tries it out in seconds."""

    experiment: str = BASELINE
    full: bool = False
    debug: bool = False


@dataclass(frozen=True)
class Outcome:
    """What a run found: the best model's name, the evidence, and the files it wrote.

    `doubted` tells whether the audit found what makes the score too good.
    """

    best: str
    summary: evidence.Summary
    written: list[Path]
    doubted: bool = False


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
    config = dataset.settle(root, config)
    data = dataset.load(root, config)
    unseen = dataset.load_unseen(root, config, data)
    for line in (*data.notes, *(unseen.notes if unseen else ()), *data.columns.shown()):
        say(line)
    for column, why in data.columns.doubtful.items():
        say(f"warning: {column!r} is left out: {why}; [columns] in config.toml can use them")

    metrics = scorers.chosen(data.target, config.validation.metric)
    if np.isfinite(metrics[0].least):
        least = number(metrics[0].least)
        say(f"{metrics[0].name}: below {least} a prediction counts as {least}, in submissions too")
    if plan.debug:
        data, experiment = rehearsal.data(data), rehearsal.experiment(experiment)
    if not boosting.loads():
        say(f"warning: {boosting.NOT_LOADED}")
    rungs = ladder(data, experiment, seed=seed, full=plan.full)
    if plan.debug:
        folds = splits.fresh(data, rehearsal.validation(config.validation))
        say(f"debug: {len(data.features):,} rows, few trees; no result is written")
    else:
        folds = splits.frozen(root, data, config.validation)
        where = splits.FOLDS.as_posix()
        repeats = "" if folds.freeze.repeats == 1 else f" x {folds.freeze.repeats}"
        say(f"folds: {folds.freeze.folds}{repeats}, {folds.freeze.scheme}, frozen in {where}")
    found = checks.find(data, unseen, folds, target=config.data.target, seed=seed)
    doubts = [finding for finding in found if finding.severity != "low"]
    for finding in doubts:
        say(f"warning: {finding}")
    name = "" if plan.debug else runs.start(root, experiment.name)
    results, seconds = _validate(rungs, data, folds, metrics, say)
    rungs[blend.NAME], blended, weights = _blend(rungs, results, data, folds, metrics, say)
    verdict = choice.climb([*results, blended], metrics[0])
    kept = {runs.OUT_OF_FOLD: predictions.out_of_fold(data, folds, [*results, blended])}
    on_test: dict[str, float] = {}
    if unseen is None:
        say("submission: none, since data.test names no rows to predict")
    else:
        kept[runs.SUBMISSION], on_test = _predict(config, data, unseen, rungs, verdict, say)

    between = bootstrap.interval(verdict.best, verdict.metric, data, folds, seed=seed)
    numbers = findings.bounds(verdict, between) | findings.numbers(data, verdict, on_test, found)
    measured = watch.run(rows=len(data.features), seed=seed, root=root)
    summary = evidence.Summary(
        project=evidence.Project(config.project.name, "experiment", config.project.problem),
        headline=findings.headline(verdict),
        metrics=numbers,
        figures=[],
        run=measured,
    )
    if plan.debug:
        return Outcome(verdict.best.name, summary, [])
    record = runs.Record(
        id=name,
        experiment=experiment.name,
        full=plan.full,
        note=experiment.note,
        best=verdict.best.name,
        weights=weights,
        headline=summary.headline,
        test=on_test.get(verdict.best.name),
        metrics=numbers,
        seconds=seconds,
        folds=folds.freeze.assignment,
        features=data.fingerprint(),
        classes=data.target.classes,
        run=measured,
        low=between.low if between else None,
        high=between.high if between else None,
    )
    facts = dataset_card.gather(root, config, data)
    caption = findings.caption(data, verdict, between, on_test, found)
    with staged(root, publish.DOCUMENTS) as stage:
        drawn = gallery.draw(stage, data, folds, rungs, verdict, on_test, caption, seed=seed)
        summary = replace(summary, figures=drawn)
        shown = [summary.write(stage).relative_to(stage), *publish.write(stage, summary)]
        card = dataset_card.publish(stage, facts)
        written = [*runs.finish(root, record, kept), *tracker.record(root, record, say)]
    return Outcome(verdict.best.name, summary, [*written, *shown, *card], bool(doubts))


def _validate(
    rungs: Mapping[str, Pipeline],
    data: Dataset,
    folds: splits.Folds,
    metrics: Sequence[Metric],
    say: Say,
) -> tuple[list[Validated], dict[str, float]]:
    """Return how good each model is, and the wall time that this took."""
    results: list[Validated] = []
    seconds: dict[str, float] = {}
    for name, model in rungs.items():
        begun = time.perf_counter()
        result = cross_validate(name, model, data, folds, metrics)
        seconds[name] = round(time.perf_counter() - begun, 3)
        results.append(result)
        say(_score(result, metrics[0]))
        if len(results) > 1 and result.constant:
            say(f"warning: {name} predicts the same for every row: it has too few to learn from")
        if not result.converged:
            say(f"warning: {name} did not converge; a larger linear.alpha helps")
    return results, seconds


def _blend(
    rungs: dict[str, Pipeline],
    results: list[Validated],
    data: Dataset,
    folds: splits.Folds,
    metrics: Sequence[Metric],
    say: Say,
) -> tuple[Pipeline, Validated, dict[str, float]]:
    """Return the blend of all rungs above the baseline, unfitted, how good it is, its weights."""
    above = results[1:]
    by_repeat = [result.by_repeat for result in above]
    blended = blend.out_of_fold(by_repeat, data.target, folds.parts())
    judged = judge(blend.NAME, blended, data, folds, metrics)
    weights = blend.find_weights({each.name: each.predicted for each in above}, data.target)
    parts = ", ".join(f"{weight:.0%} {name}" for name, weight in weights.items())
    say(f"{_score(judged, metrics[0])}; {parts}")
    return blend.blend(rungs, weights, data.target), judged, weights


def _score(result: Validated, metric: Metric) -> str:
    mean = number(result.mean(metric.name)) + spread(result.std(metric.name))
    return f"{result.name}: {metric.name} {mean} over the folds"


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
    said = metric.clipped(predicted[best])
    table = predictions.submission(unseen, said, data.target, config.data.target)
    return table, scores
