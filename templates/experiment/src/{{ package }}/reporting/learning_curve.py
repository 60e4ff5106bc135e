"""Whether more rows would help: the model's score when it learns from a part of them."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from sklearn.pipeline import Pipeline

from .. import evidence
from ..data.dataset import Dataset
from ..report import number
from ..validation.crossval import Validated, fit, predict
from ..validation.folds import Folds
from ..validation.metrics import Metric
from .figures import BLUE, GREY, finish, save

CURVE = Path("results/learning_curve.png")
FOLDS = 2
SHARES = (0.125, 0.25, 0.5)
MOST_CELLS = 2_000_000
"""The shares are of at most so many values: learning from more takes too long for a picture."""


def measure(
    model: Pipeline,
    validated: Validated,
    data: Dataset,
    folds: Folds,
    metric: Metric,
    *,
    seed: int,
) -> dict[int, list[float]]:
    """Return the score in some folds by the number of rows learned from.

    The last is that of all rows, known from `validated`. A size without all classes is left out.
    """
    generator = np.random.default_rng(seed)
    parts = list(islice(folds.parts(), FOLDS))
    orders = [generator.permutation(part.learned) for part in parts]
    least = min(len(part.learned) for part in parts)
    most = min(least, MOST_CELLS // data.features.shape[1])
    classes = data.target.classes
    curve: dict[int, list[float]] = {}
    for size in (int(share * most) for share in SHARES):
        drawn = [np.sort(order[:size]) for order in orders]
        answers = [data.target.answers[rows] for rows in drawn]
        if classes and any(len(np.unique(each)) < len(classes) for each in answers):
            continue
        curve[size] = []
        for part, rows, known in zip(parts, drawn, answers, strict=True):
            fitted = fit(model, data.features.iloc[rows], known)
            said = predict(fitted, data.features.iloc[part.judged], classes=classes)
            curve[size].append(metric(data.target.answers[part.judged], said))
    return curve | {least: validated.by_fold[metric.name][: len(parts)].tolist()}


def draw(root: Path, curve: dict[int, list[float]], metric: Metric, model: str) -> evidence.Figure:
    """Draw the curve, with the score of each fold."""
    sizes, means = list(curve), [float(np.mean(scores)) for scores in curve.values()]
    figure = Figure(figsize=(6.4, 4), layout="constrained")
    axes = figure.subplots()
    folds = list(zip(*curve.values(), strict=True))
    for place, scores in enumerate(folds):
        label = "one fold" if place == 0 else None
        axes.plot(sizes, scores, "o-", color=GREY, linewidth=1, markersize=4, label=label)
    axes.plot(sizes, means, "o-", color=BLUE, label=f"{model}, mean of {len(folds)} folds")
    axes.set_xscale("log", base=2)
    axes.set_xticks(sizes, [f"{size:,}" for size in sizes])
    axes.minorticks_off()
    better = "higher" if metric.higher_is_better else "lower"
    axes.set(xlabel="rows learned from", ylabel=f"{metric.name} ({better} is better)")
    title = "Would more rows help?"
    axes.set_title(title, loc="left", fontweight="bold")
    axes.legend(frameon=False)
    finish(axes)
    save(figure, root / CURVE)
    points = ", ".join(
        f"{number(mean)} with {size:,} rows" for size, mean in zip(sizes, means, strict=True)
    )
    alt = f"Learning curve of {model}, mean of the first {len(folds)} folds: {points}."
    return evidence.Figure(CURVE.as_posix(), title, alt)
