"""Which figures a run has: those of its task, and those that its rows are enough for."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from sklearn.pipeline import Pipeline

from .. import evidence
from ..data.dataset import Dataset
from ..data.task import Task
from ..models import blend
from ..validation.choice import Verdict
from ..validation.crossval import Validated
from ..validation.folds import Folds
from . import figures, importance, learning_curve, ranking, slices


def draw(
    root: Path,
    data: Dataset,
    folds: Folds,
    rungs: Mapping[str, Pipeline],
    verdict: Verdict,
    on_test: Mapping[str, float],
    caption: str,
    *,
    seed: int,
) -> list[evidence.Figure]:
    """Draw the run's figures below `root`; the ladder, with the caption, comes first."""
    drawn = [figures.ladder(root, verdict, on_test, caption)]
    single = _best_single(verdict, rungs)
    if len(data.features) < figures.ENOUGH_ROWS or single is None:
        return drawn
    task, metric, best = data.target.task, verdict.metric, verdict.best
    if task is Task.BINARY:
        drawn.append(ranking.curves(root, verdict, data.target))
        drawn.append(figures.calibration(root, best, data.target.answers))
    elif task is Task.MULTICLASS:
        drawn.append(ranking.confusion(root, verdict, data.target))
    else:
        drawn.append(ranking.residuals(root, verdict, data.target))
    found = slices.worst(data, best, verdict.baseline, most=slices.SHOWN)
    if found:
        everything = slices.of_all(data, best, verdict.baseline)
        drawn.append(slices.draw(root, found, everything, best.name))
    model = rungs[single.name]
    used = importance.measure(model, data, folds, metric, seed=seed)
    drawn.append(importance.draw(root, used, metric, single.name))
    curve = learning_curve.measure(model, single, data, folds, metric, seed=seed)
    if len(curve) > 1:
        drawn.append(learning_curve.draw(root, curve, metric, single.name))
    return drawn


def _best_single(verdict: Verdict, rungs: Mapping[str, Pipeline]) -> Validated | None:
    """Return the best model that is no blend, since it is fitted again; none if nothing helps."""
    metric, names = verdict.metric, set(rungs) - {blend.NAME, verdict.baseline.name}
    single = [result for result in verdict.results if result.name in names]
    if verdict.best is verdict.baseline or not single:
        return None
    return max(single, key=lambda result: metric.sign * result.mean(metric.name))
