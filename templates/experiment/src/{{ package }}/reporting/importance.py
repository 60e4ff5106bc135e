"""Which features the model uses: permutation importance on rows it has not seen.

A column is shuffled among the judged rows of a fold, and the loss of score is its importance
(L. Breiman, Random Forests, Machine Learning 45, 2001). Columns that say the same hide each other.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from scipy.stats import rankdata
from sklearn.pipeline import Pipeline

from .. import evidence
from ..audit import alone
from ..data.dataset import Dataset
from ..report import number
from ..validation.crossval import fit, predict
from ..validation.folds import Folds
from ..validation.metrics import Metric
from .figures import BLUE, GREY, finish, save
from .slices import plain

IMPORTANCE = Path("results/importance.png")
FOLDS = 2
MOST_CELLS = 2_000_000
"""Of more values one fold is enough: fitting the model once more takes as long as it did before."""
ROWS = 2000
COLUMNS = 30
SHOWN = 15


@dataclass(frozen=True)
class Importance:
    """What the score loses without a feature, in each fold, shape (folds,)."""

    feature: str
    losses: np.ndarray


def measure(
    model: Pipeline, data: Dataset, folds: Folds, metric: Metric, *, seed: int
) -> list[Importance]:
    """Return the importance of the features that say most by themselves, the largest first."""
    generator = np.random.default_rng(seed)
    names = _most_telling(data, seed)
    losses: dict[str, list[float]] = {name: [] for name in names}
    for part in islice(folds.parts(), FOLDS if data.features.size <= MOST_CELLS else 1):
        fitted = fit(model, data.features.iloc[part.learned], data.target.answers[part.learned])
        judged = np.sort(generator.permutation(part.judged)[:ROWS])
        rows, answers = data.features.iloc[judged], data.target.answers[judged]
        whole = metric(answers, predict(fitted, rows, classes=data.target.classes))
        for name in names:
            mixed = rows[name].to_numpy()[generator.permutation(len(rows))]
            said = predict(fitted, rows.assign(**{name: mixed}), classes=data.target.classes)
            losses[name].append(metric.sign * (whole - metric(answers, said)))
    found = [Importance(name, np.array(each)) for name, each in losses.items()]
    return sorted(found, key=lambda each: -float(each.losses.mean()))


def draw(root: Path, found: list[Importance], metric: Metric, model: str) -> evidence.Figure:
    """Draw the most important features, each with its value in every fold."""
    shown = found[:SHOWN][::-1]
    figure = Figure(figsize=(8, 1.6 + 0.32 * len(shown)), layout="constrained")
    axes = figure.subplots()
    means = [float(each.losses.mean()) for each in shown]
    axes.barh(range(len(shown)), means, color=BLUE, alpha=0.75)
    for height, each in enumerate(shown):
        axes.plot(each.losses, np.full(len(each.losses), height), "o", color=GREY, markersize=4)
    axes.set_yticks(range(len(shown)), [plain(each.feature)[:40] for each in shown])
    axes.set_xlabel(f"what {metric.name} loses when the column is shuffled (dots: one fold each)")
    title = "Which features does the model use?"
    axes.set_title(title, loc="left", fontweight="bold")
    finish(axes)
    save(figure, root / IMPORTANCE)
    best = ", ".join(
        f"{plain(each.feature)} {number(float(each.losses.mean()))}" for each in found[:3]
    )
    alt = f"Permutation importance in {model} on held-out rows, the largest three: {best}."
    return evidence.Figure(IMPORTANCE.as_posix(), title, alt)


def _most_telling(data: Dataset, seed: int) -> list[str]:
    """Return so many columns that measuring them takes seconds, whatever the table."""
    names = [str(name) for name in data.features]
    if len(names) <= COLUMNS:
        return names
    rows, task = alone.sample(len(data.features), seed), data.target.task
    answers = data.target.answers[rows]
    answers = answers if task.classifies else rankdata(answers)
    score = {name: alone.tells(data.features[name].iloc[rows], answers, task) for name in names}
    return sorted(names, key=lambda name: -score[name])[:COLUMNS]
