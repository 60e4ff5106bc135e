"""What all pictures share: their size and file, their colours, an axis of days, nothing to draw."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

RESULTS = "results"
MARGIN = 0.1  # inches
# Of the Okabe-Ito palette: told apart by everyone, blue and orange also in grey print.
BLUE, ORANGE, GREY = "#0072B2", "#D55E00", "#8C8C8C"
COLORS = (BLUE, ORANGE, "#009E73", "#CC79A7", "#E69F00")


def sheet(width: float, height: float) -> Figure:
    """Return an empty figure of so many inches."""
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), dpi=144)


def save(figure: Figure, path: Path) -> None:
    """Write the picture: the same figure, the same bytes."""
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    # Laid out and measured here, it is drawn once; matplotlib would draw it a first time for that.
    ConstrainedLayoutEngine().execute(figure)
    whole = figure.get_tightbbox().padded(MARGIN)
    figure.savefig(path, bbox_inches=whole, metadata={"Software": None})


def dates(axes: Axes, days: list[date]) -> None:
    """Label the axis by as many dates as there is room for."""
    from matplotlib import dates as days_of

    locator = days_of.AutoDateLocator()
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(days_of.ConciseDateFormatter(locator))
    if len(days) > 1:
        axes.set_xlim(days_of.date2num(days[0]), days_of.date2num(days[-1]))


def empty(axes: Axes, words: str) -> None:
    """Say in words that there is nothing to draw."""
    axes.text(0.5, 0.5, words, ha="center", va="center", transform=axes.transAxes)
    axes.set_axis_off()
