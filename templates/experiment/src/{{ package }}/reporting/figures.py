"""The figures: each has a title that says what is seen, and works without colour."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from sklearn.calibration import calibration_curve

from .. import evidence
from ..report import number, spread
from ..validation.choice import Verdict
from ..validation.crossval import Validated
from ..validation.metrics import Metric

LADDER = Path("results/ladder.png")
CALIBRATION = Path("results/calibration.png")
BLUE, ORANGE, GREY = "#0072B2", "#D55E00", "#6B6B6B"
"""Okabe and Ito's blue and vermilion: told apart under every common colour blindness."""
BINS = 10
DOTS = 150
"""Dots an inch: sharp on a screen of twice the usual density."""
ENOUGH_ROWS = 200
"""Of fewer rows a bin, a slice or a fold holds too few to draw anything from."""


def ladder(
    root: Path, verdict: Verdict, unseen: Mapping[str, float], caption: str
) -> evidence.Figure:
    """Draw each model's score in each fold, its mean, and its score on the test rows if known.

    `caption` follows the title wherever the figure is shown.
    """
    metric, results, baseline = verdict.metric, verdict.results, verdict.baseline
    figure = Figure(figsize=(8, 1.5 + 0.85 * len(results)), layout="constrained")
    axes = figure.subplots()
    axes.axvline(baseline.mean(metric.name), color=GREY, linestyle="--", linewidth=1.3)
    for height, result in enumerate(results):
        folds, mean = result.by_fold[metric.name], result.mean(metric.name)
        axes.plot(
            folds, np.full(len(folds), height), "o", color=BLUE, markerfacecolor="none",
            markersize=6, alpha=0.7, label="one fold" if height == 0 else None,
        )  # fmt: skip
        axes.plot(
            mean, height, "|", color=BLUE, markersize=26, markeredgewidth=3,
            label="mean of the folds" if height == 0 else None,
        )  # fmt: skip
        _say(axes, mean, height, 17, _spread(result, metric), BLUE)
        if result.name in unseen:
            score = unseen[result.name]
            axes.plot(
                score, height, "D", color=ORANGE, markersize=8, zorder=3,
                label="test rows, never trained on" if height == 0 else None,
            )  # fmt: skip
            if result is not baseline:
                _say(axes, score, height, -22, number(score), ORANGE)
    axes.set_yticks(range(len(results)), [result.name for result in results])
    axes.set_ylim(-0.6, len(results) - 0.4)
    axes.margins(x=0.15)
    better = "higher" if metric.higher_is_better else "lower"
    axes.set_xlabel(f"{metric.name} ({better} is better; dashed: {baseline.name})")
    title = f"Each model against the {baseline.name}, fold by fold"
    axes.set_title(title, loc="left", fontweight="bold")
    legend = figure.legend(loc="outside lower center", ncols=3, frameon=False, fontsize="small")
    for handle in legend.legend_handles:
        if isinstance(handle, Line2D):
            handle.set_markersize(8)
    finish(axes)
    save(figure, root / LADDER)
    alt = (
        f"Dot plot of {metric.name} in {len(baseline.by_fold[metric.name])} folds: "
        + "; ".join(_words(result, metric, unseen) for result in results)
        + "."
    )
    return evidence.Figure(LADDER.as_posix(), f"{title}. {caption}", alt)


def calibration(root: Path, result: Validated, actual: np.ndarray) -> evidence.Figure:
    """Draw how often the positive class came true against how probable it was said to be."""
    actual, predicted = result.pooled(actual)
    bins = min(BINS, max(2, len(actual) // 20))
    came_true, said = calibration_curve(actual, predicted[:, 1], n_bins=bins, strategy="quantile")
    figure = Figure(figsize=(5.2, 5), layout="constrained")
    axes = figure.subplots()
    top = min(1.0, 1.08 * max(came_true.max(), said.max()))
    axes.plot([0, top], [0, top], "--", color=GREY, linewidth=1, label="perfect")
    axes.plot(said, came_true, "o-", color=BLUE, label=result.name)
    axes.set(xlim=(0, top), ylim=(0, top), aspect="equal")
    axes.set_xlabel("predicted probability, mean of the bin")
    axes.set_ylabel("share that came true")
    title = "Do the probabilities mean what they say?"
    axes.set_title(title, loc="left", fontweight="bold")
    axes.legend(frameon=False, loc="upper left")
    finish(axes)
    save(figure, root / CALIBRATION)
    alt = (
        f"Reliability diagram of {result.name}, out-of-fold, {len(said)} bins of equal size: "
        f"from {came_true[0]:.2f} where {said[0]:.2f} was predicted "
        f"to {came_true[-1]:.2f} where {said[-1]:.2f} was; "
        f"largest distance from the diagonal {np.abs(came_true - said).max():.3f}."
    )
    return evidence.Figure(CALIBRATION.as_posix(), title, alt)


def _words(result: Validated, metric: Metric, unseen: Mapping[str, float]) -> str:
    words = f"{result.name} {_spread(result, metric)}"
    if result.name in unseen:
        words += f", {number(unseen[result.name])} on the test rows"
    return words


def _spread(result: Validated, metric: Metric) -> str:
    return number(result.mean(metric.name)) + spread(result.std(metric.name))


def _say(axes: Axes, x: float, y: float, above: float, text: str, color: str) -> None:
    axes.annotate(
        text, (x, y), xytext=(0, above), textcoords="offset points", ha="center", color=color
    )


def finish(axes: Axes) -> None:
    """Take away what is not needed, and put the grid behind the data."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="both", color="#E6E6E6", linewidth=0.8)
    axes.set_axisbelow(True)


def save(figure: Figure, path: Path) -> None:
    """Write the picture: the same figure, the same bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=DOTS, metadata={"Software": None})  # the same run, the same bytes
