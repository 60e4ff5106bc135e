"""The columns that moved most: how often each value was trained on, and how often it is asked."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from .compare import Shift

SHOWN = 6
NAMED = 12  # more names than these would stand on each other
BLUE, ORANGE = "#0072B2", "#D55E00"


def draw(path: Path, shifts: Sequence[Shift], threshold: float) -> None:
    """Draw the first shifts, one panel each, as PNG: the same shifts, the same bytes."""
    shown = shifts[:SHOWN]
    figure = Figure(figsize=(9, 0.9 + 2.3 * ((len(shown) + 1) // 2)), layout="constrained")
    panels = figure.subplots((len(shown) + 1) // 2, 2, squeeze=False).flat
    for axes, shift in zip(panels, shown, strict=False):
        places = np.arange(len(shift.bins))
        axes.bar(places - 0.2, shift.trained, 0.4, color=BLUE, label="training")
        axes.bar(places + 0.2, shift.asked, 0.4, color=ORANGE, hatch="//", label="asked")
        step = -(-len(places) // NAMED)
        names = [name[:12] for name in shift.bins[::step]]
        axes.set_xticks(places[::step], names, rotation=45, ha="right", fontsize="small")
        beyond = ", beyond the threshold" * shift.beyond(threshold)
        title = f"{shift.column[:32]}: {shift.psi:.3f}{beyond}"
        axes.set_title(title, loc="left", fontsize="medium")
        axes.spines[["top", "right"]].set_visible(False)
    for axes in list(panels):
        axes.set_visible(False)
    figure.suptitle("Population stability index by column", x=0.01, ha="left", fontweight="bold")
    figure.supylabel("share of the rows", fontsize="medium")
    handles, labels = figure.axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper right", ncols=2, frameon=False)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=150, metadata={"Software": None})
