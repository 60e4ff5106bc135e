"""What a run found, in the words and numbers of the evidence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .. import evidence
from ..audit.leakage import Suspect
from ..data.dataset import Dataset
from ..report import number
from ..validation.bootstrap import Interval
from ..validation.choice import Verdict
from . import slices
from .slices import plain


def headline(verdict: Verdict) -> evidence.Headline:
    """Return the best model's mean over the folds, beside the baseline's."""
    best, baseline, metric = verdict.best, verdict.baseline, verdict.metric
    return evidence.Headline(
        metric=metric.name,
        value=best.mean(metric.name),
        std=best.std(metric.name),
        higher_is_better=metric.higher_is_better,
        baseline=evidence.Baseline(baseline.name, baseline.mean(metric.name)),
    )


def caption(
    data: Dataset,
    verdict: Verdict,
    between: Interval | None,
    on_test: Mapping[str, float],
    suspects: Sequence[Suspect],
) -> str:
    """Return what stands near the headline: the model, its bounds, the test score, the doubts."""
    best, metric = verdict.best, verdict.metric
    said = [f'"This project" is the model "{best.name}": {_reason(verdict)}.']
    if between:
        said.append(
            f"Had other rows been drawn, its {metric.name} would mostly lie between "
            f"{number(between.low)} and {number(between.high)} (95 % bootstrap interval)."
        )
    if best.name in on_test:
        said.append(f"On the test rows its {metric.name} is {number(on_test[best.name])}.")
    if suspects:
        names = [plain(suspect.feature) for suspect in suspects]
        said.append(f"Suspected leaks among the features: {_some(names)}.")
    if data.columns.dropped:
        dropped = [f"{plain(name)} ({why})" for name, why in data.columns.dropped.items()]
        said.append(f"Columns left out: {_some(dropped)}.")
    return " ".join(said)


def bounds(verdict: Verdict, between: Interval | None) -> dict[str, float]:
    """Return the bounds of the headline by their names."""
    if between is None:
        return {}
    name = f"{verdict.best.name}: {verdict.metric.name}, 95 % interval"
    return {f"{name}, low": between.low, f"{name}, high": between.high}


def numbers(
    data: Dataset,
    verdict: Verdict,
    on_test: Mapping[str, float],
    suspects: Sequence[Suspect],
) -> dict[str, float]:
    """Return every number of the run by a name that says what it is."""
    best, metric, results = verdict.best, verdict.metric, verdict.results
    found: dict[str, float] = {}
    for name, score in on_test.items():
        found[f"{name}: {metric.name} on the test rows"] = score
    for result in results:
        for each in result.by_fold:
            found[f"{result.name}: {each}"] = result.mean(each)
        found[f"{result.name}: {metric.name}, std over folds"] = result.std(metric.name)
    for step in verdict.comparisons:
        pair = f"{step.higher} against {step.lower}"
        found[f"{pair}: gain in {metric.name}, mean over folds"] = step.gain
        found[f"{pair}: folds won of {step.folds}"] = step.won
    worst = slices.worst(data, best.predicted, results[0].predicted)
    for part in worst if best is not results[0] else ():  # the dummy gains nothing on itself
        found[f"worst slice, {part.name}: {part.metric}"] = part.loss
        found[f"worst slice, {part.name}: {part.metric} of the {results[0].name}"] = part.baseline
        found[f"worst slice, {part.name}: rows"] = part.rows
    found["features"] = data.features.shape[1]
    found["columns left out"] = len(data.columns.dropped)
    found["rows without a target"] = data.dropped_rows
    return found | {"suspected leaks": len(suspects)}


def _reason(verdict: Verdict) -> str:
    """Return why the model was chosen, in words that follow its name and a colon."""
    for each in verdict.comparisons:
        if each.higher == verdict.best.name:
            return f"better than {each.lower} in {each.won} of {each.folds} folds"
    return "no other one beats it on average and in most folds"


def _some(texts: Sequence[str], most: int = 12) -> str:
    more = "" if len(texts) <= most else f" and {len(texts) - most} more"
    return ", ".join(texts[:most]) + more
