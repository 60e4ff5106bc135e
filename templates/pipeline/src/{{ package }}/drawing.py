"""What all pictures share: where they go, their colours, an axis of days, and nothing to draw."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes

RESULTS = "results"
# Of the Okabe-Ito palette: told apart by everyone, blue and orange also in grey print.
BLUE, ORANGE, GREY = "#0072B2", "#D55E00", "#8C8C8C"
COLORS = (BLUE, ORANGE, "#009E73", "#CC79A7", "#E69F00")


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
