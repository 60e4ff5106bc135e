"""The figures of a search: what came of its trials, and which settings mattered."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from ..report import number
from ..reporting.figures import BLUE, GREY, ORANGE, save
from .outcome import Found

HISTORY = Path("results/tune_history.png")
IMPORTANCE = Path("results/tune_importance.png")


def history(
    root: Path, found: Found, scores: Sequence[float], *, higher_is_better: bool
) -> list[Path]:
    """Draw the score of each trial that saw all folds, in their order, and the best so far."""
    best = (np.maximum if higher_is_better else np.minimum).accumulate(scores)
    figure = Figure(figsize=(8, 4), layout="constrained")
    axes = figure.subplots()
    places = np.arange(1, len(scores) + 1)
    axes.plot(places, scores, "o", color=BLUE, markerfacecolor="none", label="one trial")
    axes.step(places, best, where="post", color=ORANGE, linewidth=2, label="best so far")
    if found.start is not None:
        axes.axhline(found.start, color=GREY, linestyle="--", linewidth=1.3, label="the start")
    worst = np.quantile(scores, 0.25 if higher_is_better else 0.75)  # one bad trial hides the rest
    edge = best[-1] + 0.1 * (best[-1] - worst)
    if worst != best[-1]:
        axes.set_ylim(*sorted((2 * worst - best[-1], edge)))
    better = "higher" if higher_is_better else "lower"
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_ylabel(f"{found.metric} ({better} is better)")
    axes.set_xlabel(f"trials that saw all folds; {found.pruned} others were pruned")
    axes.set_title(
        f"Search: {number(found.score)} after {found.trials} trials", loc="left", fontweight="bold"
    )
    axes.legend(frameon=False)
    return [_save(figure, root, HISTORY)]


def importance(root: Path, found: Found) -> list[Path]:
    """Draw how much of the scores' variance each setting explains; of one setting, nothing."""
    if len(found.importances) < 2:
        return []
    figure = Figure(figsize=(8, 1 + 0.45 * len(found.importances)), layout="constrained")
    axes = figure.subplots()
    names = list(found.importances)[::-1]
    shares = [found.importances[name] for name in names]
    bars = axes.barh(names, shares, color=BLUE)
    axes.bar_label(bars, [f"{share:.0%}" for share in shares], padding=4)
    axes.set_xlim(0, 1.12 * max(shares))
    axes.set_xlabel("share of the variance of the scores (fANOVA)")
    axes.set_title("Which settings mattered", loc="left", fontweight="bold")
    return [_save(figure, root, IMPORTANCE)]


def _save(figure: Figure, root: Path, path: Path) -> Path:
    for axes in figure.axes:
        axes.spines[["top", "right"]].set_visible(False)
    save(figure, root / path)
    return path
