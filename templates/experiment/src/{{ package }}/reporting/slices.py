"""Error analysis: the parts of the data in which the model helps least."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from .. import evidence
from ..data.dataset import Dataset
from ..features import MISSING
from ..report import number
from ..validation import metrics
from ..validation.crossval import Validated
from .figures import BLUE, GREY, finish, save

SLICES = Path("results/slices.png")
SHOWN = 8
SMALLEST_SHARE = 0.02
SMALLEST = 30
"""A slice with fewer rows than both of these says more about luck than about the model."""


@dataclass(frozen=True)
class Slice:
    """Some rows that share one feature's value or range, and the mean loss of their predictions.

    `baseline` is the mean loss that the dummy has there.
    """

    name: str
    rows: int
    metric: str
    loss: float
    baseline: float

    @property
    def excess(self) -> float:
        """Return by how much the model is worse than the dummy: negative where it is better."""
        return self.loss - self.baseline


def worst(data: Dataset, model: Validated, baseline: Validated, *, most: int = 3) -> list[Slice]:
    """Return the slices in which the model gains least over the baseline, one for each feature.

    The loss alone would name the slices whose answers are least certain, whatever the model does.
    """
    features = data.features[model.judged]
    metric, losses = _losses(data, model)
    _, of_baseline = _losses(data, baseline)
    smallest = max(SMALLEST, int(SMALLEST_SHARE * len(losses)))
    found = []
    for name in features:
        slices = [
            Slice(
                plain(f"{name} = {value}"),
                int(rows.sum()),
                metric,
                float(losses[rows].mean()),
                float(of_baseline[rows].mean()),
            )
            for value, rows in _parts(features[name])
            if rows.sum() >= smallest
        ]
        found += sorted(slices, key=lambda each: -each.excess)[:1]
    return sorted(found, key=lambda each: -each.excess)[:most]


def of_all(data: Dataset, model: Validated, baseline: Validated) -> Slice:
    """Return all judged rows as one slice, for the others to be compared with."""
    metric, losses = _losses(data, model)
    _, of_baseline = _losses(data, baseline)
    return Slice("all rows", len(losses), metric, float(losses.mean()), float(of_baseline.mean()))


def _losses(data: Dataset, model: Validated) -> tuple[str, np.ndarray]:
    """Return the loss's name, and that of each judged row: the mean over the repeats."""
    name, losses = metrics.losses(data.target.task, *model.pooled(data.target.answers))
    return name, losses.reshape(len(model.by_repeat), -1).mean(axis=0)


def draw(root: Path, found: list[Slice], everything: Slice, model: str) -> evidence.Figure:
    """Draw by how much the model beats the dummy in each slice, with the slice's rows."""
    shown = found[::-1]
    figure = Figure(figsize=(8, 1.7 + 0.4 * len(shown)), layout="constrained")
    axes = figure.subplots()
    bars = axes.barh(range(len(shown)), [-each.excess for each in shown], color=BLUE, alpha=0.75)
    axes.bar_label(bars, [number(-each.excess) for each in shown], padding=4)
    axes.axvline(0, color=GREY, linewidth=1)
    axes.axvline(-everything.excess, color=GREY, linestyle="--", linewidth=1.3, label="all rows")
    axes.margins(x=0.12)
    axes.set_yticks(
        range(len(shown)), [f"{each.name[:48]}  ({each.rows:,} rows)" for each in shown]
    )
    axes.set_xlabel(f"gain of {model} over the baseline in {found[0].metric}, out of fold")
    title = "Where does the model help least?"
    axes.set_title(title, loc="left", fontweight="bold")
    axes.legend(frameon=False, loc="lower right")
    finish(axes)
    save(figure, root / SLICES)
    alt = f"{found[0].metric} of {model} where it gains least over the baseline: " + "; ".join(
        f"{each.name} {number(each.loss)} (baseline {number(each.baseline)}, {each.rows:,} rows)"
        for each in found[:3]
    )
    return evidence.Figure(SLICES.as_posix(), title, f"{alt}.")


def _parts(column: pd.Series) -> Iterator[tuple[str, np.ndarray]]:
    """Yield each category, or each quarter of the numbers, with the mask of its rows."""
    if column.dtype == object:
        for value in sorted(column.unique()):
            yield value, (column == value).to_numpy()
        return
    yield MISSING, column.isna().to_numpy()
    edges = np.unique(column.quantile([0, 0.25, 0.5, 0.75, 1], interpolation="lower").to_numpy())
    if len(edges) == 2:  # of two values, each is a part
        for value in edges:
            yield number(value), (column == value).to_numpy()
        return
    last = len(edges) - 2
    for part, (low, high) in enumerate(pairwise(edges)):
        above = column >= low
        below = column <= high if part == last else column < high
        yield f"{number(low)} to {number(high)}", (above & below).to_numpy()


def plain(text: str) -> str:
    """Return the text, which comes from the data, as a cell of a Markdown table can hold it."""
    kept = sentence(text)
    return kept if len(kept) <= 60 else f"{kept[:59]}…"


def sentence(text: str) -> str:
    """Return the text in one line, whole, without what Markdown would take for more than text."""
    kept = "".join(
        each if each.isprintable() and each not in "|<>`*[]\\$" else " " for each in text
    )
    return " ".join(kept.split())
