"""What a run found, in the words and numbers of the evidence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .. import evidence
from ..audit.finding import SEVERITIES, Finding
from ..data.dataset import Dataset
from ..report import number
from ..validation.bootstrap import Interval
from ..validation.choice import Verdict, compare
from . import slices
from .slices import plain, sentence


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
    found: Sequence[Finding],
) -> str:
    """Return what stands near the headline: the model, its bounds, the test score, the doubts."""
    best, metric = verdict.best, verdict.metric
    said = [f'"This project" is the model "{best.name}": {_reason(verdict)}.']
    said += _by_chance(verdict)
    if between:
        said.append(
            f"Had other rows been drawn, its {metric.name} would mostly lie between "
            f"{number(between.low)} and {number(between.high)} (95 % bootstrap interval)."
        )
    if best.name in on_test:
        said.append(f"On the test rows its {metric.name} is {number(on_test[best.name])}.")
    leaks = [plain(each.subject) for each in found if each.check == "leak"]
    if leaks:
        said.append(f"Suspected leaks among the features: {_some(leaks)}.")
    doubts = [sentence(each.sentence.removesuffix(":")) for each in _doubts(found)]
    if doubts:
        said.append(f"To doubt: {'; '.join(doubts)}.")
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
    found: Sequence[Finding],
) -> dict[str, float]:
    """Return every number of the run by a name that says what it is."""
    best, metric, results = verdict.best, verdict.metric, verdict.results
    numbers: dict[str, float] = {}
    for name, score in on_test.items():
        numbers[f"{name}: {metric.name} on the test rows"] = score
    for result in results:
        for each in result.by_fold:
            numbers[f"{result.name}: {each}"] = result.mean(each)
        numbers[f"{result.name}: {metric.name}, std over folds"] = result.std(metric.name)
    for step in verdict.comparisons:
        pair = f"{step.higher} against {step.lower}"
        numbers[f"{pair}: gain in {metric.name}, mean over folds"] = step.gain
        numbers[f"{pair}: folds won of {step.folds}"] = step.won
    worst = slices.worst(data, best, results[0])
    for part in worst if best is not results[0] else ():  # the dummy gains nothing on itself
        numbers[f"worst slice, {part.name}: {part.metric}"] = part.loss
        numbers[f"worst slice, {part.name}: {part.metric} of the {results[0].name}"] = part.baseline
        numbers[f"worst slice, {part.name}: rows"] = part.rows
    numbers["features"] = data.features.shape[1]
    numbers["columns left out"] = len(data.columns.dropped)
    numbers["rows without a target"] = data.dropped_rows
    for severity in SEVERITIES:
        count = sum(each.severity == severity for each in found)
        numbers[f"audit: findings of {severity} severity"] = count
    return numbers


def _reason(verdict: Verdict) -> str:
    """Return why the model was chosen, in words that follow its name and a colon."""
    for each in verdict.comparisons:
        if each.higher == verdict.best.name:
            return f"better than {each.lower} in {each.won} of {each.folds} folds"
    return "no other one beats it on average and in most folds"


def _by_chance(verdict: Verdict) -> list[str]:
    """Return which of the best model's gains, over baseline and next best, may be chance."""
    best, baseline = verdict.best, verdict.baseline
    if best is baseline:
        return []
    gains = {baseline.name: compare(best, baseline, verdict.metric)}
    gains |= {each.lower: each for each in verdict.comparisons if each.higher == best.name}
    return [
        f"Its gain over {each.lower}, {number(each.gain)}, is no larger than what that gain varies "
        f"by from fold to fold, {number(each.spread)}: it may be chance."
        for each in gains.values()
        if not each.clear
    ]


def _doubts(found: Sequence[Finding]) -> list[Finding]:
    """Return what makes the score too good, beside the leaks."""
    return [each for each in found if each.severity != "low" and each.check != "leak"]


def _some(texts: Sequence[str], most: int = 12) -> str:
    more = "" if len(texts) <= most else f" and {len(texts) - most} more"
    return ", ".join(texts[:most]) + more
