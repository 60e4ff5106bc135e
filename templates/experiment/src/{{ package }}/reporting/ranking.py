"""How well the predictions answer, beyond one number: a picture for each task."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from sklearn.metrics import (
    average_precision_score,
    confusion_matrix,
    precision_recall_curve,
    roc_auc_score,
    roc_curve,
)

from .. import evidence
from ..data.task import Target
from ..report import number
from ..validation.choice import Verdict
from .figures import BLUE, GREY, finish, save
from .slices import plain

CURVES = Path("results/curves.png")
CONFUSION = Path("results/confusion.png")
RESIDUALS = Path("results/residuals.png")
MOST_CLASSES = 10
MOST_POINTS = 3000
LEAST_RECALL = 0.01
"""Below it the precision of a handful of rows jumps up and down."""


def curves(root: Path, verdict: Verdict, target: Target) -> evidence.Figure:
    """Draw ROC and precision-recall, out of fold, beside what the baseline would give."""
    best = verdict.best
    actual, predicted = best.pooled(target.answers)
    said = predicted[:, 1]
    share = float(actual.mean())
    false, true, _ = roc_curve(actual, said)
    precision, recall, _ = precision_recall_curve(actual, said)
    area, average = float(roc_auc_score(actual, said)), float(average_precision_score(actual, said))
    figure = Figure(figsize=(9, 4.4), layout="constrained")
    left, right = figure.subplots(1, 2)
    left.plot([0, 1], [0, 1], "--", color=GREY, linewidth=1, label=verdict.baseline.name)
    left.plot(false, true, color=BLUE, label=f"{best.name}: area {number(area)}, pooled")
    left.set(xlabel="share of the negative rows taken", ylabel="share of the positive rows found")
    right.axhline(share, linestyle="--", color=GREY, linewidth=1, label=verdict.baseline.name)
    enough = recall >= LEAST_RECALL
    name = f"{best.name}: average {number(average)}, pooled"
    right.plot(recall[enough], precision[enough], color=BLUE, label=name)
    right.set(
        xlabel="share of the positive rows found", ylabel="share that is right", ylim=(0, 1.02)
    )
    title = "What is found, and at what price?"
    figure.suptitle(title, x=0.01, ha="left", fontweight="bold")
    for axes, name, corner in (
        (left, "ROC", "lower right"),
        (right, "precision and recall", "upper right"),
    ):
        axes.set_title(name, loc="left")
        axes.legend(frameon=False, loc=corner)
        finish(axes)
    save(figure, root / CURVES)
    alt = (
        f"ROC curve with an area of {number(area)} and precision-recall curve with an average "
        f"precision of {number(average)} of {best.name}, out of fold, all folds pooled; "
        f"{share:.1%} of the rows are positive."
    )
    return evidence.Figure(CURVES.as_posix(), title, alt)


def confusion(root: Path, verdict: Verdict, target: Target) -> evidence.Figure:
    """Draw what each class is taken for; of many classes, those that are found worst."""
    best = verdict.best
    actual, predicted = best.pooled(target.answers)
    said = predicted.argmax(axis=1)
    codes = range(len(target.classes))
    shares = confusion_matrix(actual, said, labels=codes, normalize="true")
    shown = np.sort(np.argsort(np.diag(shares), kind="stable")[:MOST_CLASSES])
    names = [plain(target.classes[code])[:24] for code in shown]
    table = shares[np.ix_(shown, shown)]
    side = 2.6 + 0.6 * len(shown)
    figure = Figure(figsize=(side + 1, side), layout="constrained")
    axes = figure.subplots()
    axes.imshow(table, cmap="Blues", vmin=0, vmax=1)
    for (row, column), share in np.ndenumerate(table):
        color = "white" if share > 0.6 else "black"
        axes.annotate(f"{share:.0%}", (column, row), ha="center", va="center", color=color)
    axes.set_xticks(range(len(shown)), names, rotation=45, ha="right")
    axes.set_yticks(range(len(shown)), names)
    axes.set(xlabel="predicted class", ylabel="class of the rows")
    title = "What is each class taken for?"
    axes.set_title(title, loc="left", fontweight="bold")
    save(figure, root / CONFUSION)
    worst = int(np.diag(shares).argmin())
    alt = (
        f"Confusion matrix of {best.name}, out of fold, shares of each class's rows: "
        f"{plain(target.classes[worst])} is found least often, in {shares[worst, worst]:.0%}."
    )
    return evidence.Figure(CONFUSION.as_posix(), title, alt)


def residuals(root: Path, verdict: Verdict, target: Target) -> evidence.Figure:
    """Draw predicted against actual numbers, and how the errors are spread."""
    best = verdict.best
    actual, said = best.pooled(target.answers)
    errors = said - actual
    few = slice(None, None, max(1, len(actual) // MOST_POINTS))
    figure = Figure(figsize=(9, 4.4), layout="constrained")
    left, right = figure.subplots(1, 2)
    low, high = float(min(actual.min(), said.min())), float(max(actual.max(), said.max()))
    left.plot([low, high], [low, high], "--", color=GREY, linewidth=1, label="perfect")
    left.plot(actual[few], said[few], ".", color=BLUE, markersize=4, alpha=0.5, label=best.name)
    left.set(xlabel="actual", ylabel="predicted")
    left.legend(frameon=False, loc="upper left")
    right.axvline(0, linestyle="--", color=GREY, linewidth=1)
    right.hist(errors, bins=40, color=BLUE)
    right.set(xlabel="predicted minus actual", ylabel="predictions")
    title = "How far off are the predictions?"
    left.set_title(title, loc="left", fontweight="bold")
    for axes in (left, right):
        finish(axes)
    save(figure, root / RESIDUALS)
    half, nine = np.quantile(np.abs(errors), [0.5, 0.9])
    alt = (
        f"Predicted against actual numbers and a histogram of the errors of {best.name}, out of "
        f"fold: half of them are off by at most {number(float(half))}, nine of ten by at most "
        f"{number(float(nine))}."
    )
    return evidence.Figure(RESIDUALS.as_posix(), title, alt)
