"""How long the answers took: a histogram, with the percentiles that people ask for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

BLUE, GREY = "#0072B2", "#6B6B6B"
BINS = 60


def draw(path: Path, seconds: Sequence[float], percentiles: Mapping[str, float]) -> None:
    """Draw the seconds of each answer, shape (answers,), as PNG."""
    milliseconds = np.array(seconds) * 1000
    least, most = float(milliseconds.min()), float(milliseconds.max())
    bins = np.geomspace(least, max(most, 1.01 * least), BINS).tolist()
    figure = Figure(figsize=(8, 4), layout="constrained")
    axes = figure.subplots()
    axes.hist(milliseconds, bins, color=BLUE)
    top = axes.get_ylim()[1]
    for place, (name, value) in enumerate(percentiles.items()):
        axes.axvline(value * 1000, color=GREY, linestyle="--", linewidth=1.2)
        axes.annotate(
            f" {name}: {value * 1000:.3g} ms", (value * 1000, top * (0.97 - 0.07 * place)), va="top"
        )
    axes.set(xscale="log", xlabel="milliseconds from question to answer", ylabel="answers")
    axes.set_title("How long does an answer take?", loc="left", fontweight="bold")
    axes.spines[["top", "right"]].set_visible(False)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=150, metadata={"Software": None})
