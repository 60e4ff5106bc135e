"""The one figure: whether the probabilities hold, and whether they tell late from on time."""

from __future__ import annotations

from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score, roc_curve

from .. import evidence
from .model import Forecast

PATH = Path("results/calibration_and_roc.png")
GROUPS = 10
BLUE, ORANGE, GREY = "#0072B2", "#D55E00", "#767676"  # of Okabe and Ito: told apart by everyone


def draw(forecast: Forecast, root: Path, title: str) -> evidence.Figure:
    """Draw calibration beside the ROC curve into `root` and return what the picture shows."""
    with mpl.rc_context({"axes.spines.top": False, "axes.spines.right": False}):
        figure = Figure(figsize=(9.6, 4.6), layout="constrained")
        left, right = figure.subplots(1, 2)
        predicted, observed = _draw_calibration(left, forecast)
        _draw_roc(right, forecast)
        (root / PATH).parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(root / PATH, dpi=150, metadata={"Software": None})
    areas = [roc_auc_score(forecast.late, scores) for scores in (forecast.model, forecast.rule)]
    alt = (
        f"Left: of flights given a probability of {predicted[0]:.0%} to {predicted[-1]:.0%}, "
        f"{observed[0]:.0%} to {observed[-1]:.0%} were late. Right: ROC curves, with "
        f"{areas[0]:.3f} of the area under that of the model, {areas[1]:.3f} under that of the "
        "late rate of the hour."
    )
    return evidence.Figure(PATH.as_posix(), title, alt)


def _draw_calibration(
    axes: Axes, forecast: Forecast
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Draw predicted against observed shares, of shape (groups,), and return both."""
    groups = np.array_split(np.argsort(forecast.model, kind="stable"), GROUPS)
    predicted = np.array([forecast.model[group].mean() for group in groups])
    observed = np.array([forecast.late[group].mean() for group in groups])
    limit = 1.08 * max(predicted.max(), observed.max())
    axes.plot([0, limit], [0, limit], color=GREY, linestyle="--", linewidth=1)
    axes.annotate("perfectly calibrated", (limit * 0.8, limit * 0.82), color=GREY, ha="right")
    axes.plot(predicted, observed, color=BLUE, marker="o", linewidth=2)
    axes.axhline(forecast.late.mean(), color=ORANGE, linewidth=1.2, linestyle=":")
    axes.annotate(
        f"all flights: {forecast.late.mean():.0%}",
        (limit, forecast.late.mean()),
        color=ORANGE,
        ha="right",
        va="bottom",
    )
    axes.set(
        title="Calibration, by tenths of the flights",
        xlabel="predicted probability of late",
        ylabel="observed share of late",
        xlim=(0, limit),
        ylim=(0, limit),
    )
    axes.xaxis.set_major_formatter("{x:.0%}")
    axes.yaxis.set_major_formatter("{x:.0%}")
    return predicted, observed


def _draw_roc(axes: Axes, forecast: Forecast) -> None:
    curves = (
        ("this model", forecast.model, BLUE, "-"),
        ("late rate of the hour", forecast.rule, ORANGE, ":"),
        ("dummy", forecast.dummy, GREY, "--"),
    )
    for name, probabilities, colour, line in curves:
        wrong, right, _ = roc_curve(forecast.late, probabilities)
        area = roc_auc_score(forecast.late, probabilities)
        axes.plot(
            wrong, right, color=colour, linestyle=line, linewidth=2, label=f"{name}: {area:.3f}"
        )
    axes.set(
        title="ROC: late from on time",
        xlabel="share of punctual flights flagged",
        ylabel="share of late flights flagged",
        xlim=(0, 1),
        ylim=(0, 1),
    )
    axes.legend(title="area under the curve", loc="lower right", frameon=False)
