"""The dataset card: what the training table holds, counted, between its owner's words about it.

No value is shown that could name somebody: none of a column that is not used, nor of whole numbers
that differ in every row, nor a category of few rows. What the card says is kept in
results/data.json, so that a card changed by hand is found even where the data are not.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from ..config import Config
from ..data.columns import Column
from ..data.dataset import Dataset
from ..data.task import Target
from ..errors import UserError
from ..evidence import write
from ..features import MISSING
from ..report import number
from .slices import plain

CARD = Path("DATASET_CARD.md")
FACTS = Path("results/data.json")
START, END = "<!-- data:start -->", "<!-- data:end -->"
NOTHING = "No run yet: the train command writes its counts here."
MOST_COLUMNS = 100
MOST_SHOWN = 3
FEWEST_ROWS = 10
"""A category of fewer rows is not shown: it could be a person."""


@dataclass(frozen=True)
class Facts:
    """What the card says: the files' SHA-256, counts, the target, and a line for each column."""

    files: dict[str, str]
    counts: dict[str, int]
    target: str
    answers: str
    columns: list[list[str]]


def publish(root: Path, facts: Facts) -> list[Path]:
    """Write down the facts and put them into the card if there is one; return both paths."""
    (root / FACTS).parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(dataclasses.asdict(facts), indent=2, ensure_ascii=False)
    if not (root / CARD).exists():
        write(root / FACTS, text + "\n")
        return [FACTS]
    card = _with_block(root / CARD, block(facts))  # refused before anything is written
    write(root / FACTS, text + "\n")
    write(root / CARD, card)
    return [FACTS, CARD]


def gather(root: Path, config: Config, data: Dataset) -> Facts:
    """Return the facts of the training table, and the hashes of all tables."""
    names = [name for name in (config.data.train, config.data.test, config.data.truth) if name]
    return Facts(
        files={name: _sha256(root / name) for name in names},
        counts={
            "rows": len(data.features),
            "rows without a target, left out": data.dropped_rows,
            "columns used": len(data.columns.used),
            "columns left out": len(data.columns.dropped),
        },
        target=f"{config.data.target} ({data.target.task})",
        answers=_answers(data.target),
        columns=[
            [each.name, str(each), number(each.missing), number(each.distinct), _values(each, data)]
            for each in data.columns.every[:MOST_COLUMNS]
        ],
    )


def read(root: Path) -> Facts | None:
    """Return the facts that the last run wrote down, or None where there was no run.

    Raises:
        UserError: the file is not what a run writes.
    """
    if not (root / FACTS).exists():
        return None
    try:
        return Facts(**json.loads((root / FACTS).read_text(encoding="utf-8")))
    except (ValueError, TypeError) as error:
        raise UserError(
            f"{FACTS.as_posix()} is not what a run writes.", "Run the train command again."
        ) from error


def block(facts: Facts | None) -> str:
    """Return what stands between the card's markers."""
    if facts is None:
        return NOTHING
    lines = ["| | |", "|---|---|"]
    lines += [f"| {name} | {number(count)} |" for name, count in facts.counts.items()]
    lines += [f"| target | {plain(facts.target)} |", f"| answers | {facts.answers} |"]
    lines += [f"| SHA-256 of {plain(name)} | `{sha}` |" for name, sha in facts.files.items()]
    lines += ["", "| column | used as | missing | distinct | values |", "|---|---|--:|--:|---|"]
    lines += [f"| {' | '.join(map(_cell, column))} |" for column in facts.columns]
    more = facts.counts["columns used"] + facts.counts["columns left out"] - len(facts.columns)
    if more:
        lines += ["", f"And {more:,} more columns."]
    return "\n".join(lines)


def is_current(document: Path, facts: Facts | None) -> bool:
    """Tell whether the card says exactly what was counted; without markers it says nothing."""
    text = document.read_text(encoding="utf-8")
    if START not in text and END not in text:
        return True
    return _with_block(document, block(facts)) == text


def _with_block(document: Path, new: str) -> str:
    """Return the document's text with another block; without markers, as it is.

    Raises:
        UserError: the markers are no pair, so that text of the owner's could be lost.
    """
    text = document.read_text(encoding="utf-8")
    if START not in text and END not in text:
        return text
    before, _, rest = text.partition(START)
    _, end, after = rest.partition(END)
    if not end or text.count(START) != 1 or text.count(END) != 1:
        raise UserError(
            f"The markers in {document.name} are not one pair in order.",
            f"Put back {START} and {END}, once each, or remove both.",
        )
    return f"{before}{START}\n{new}\n{END}{after}"


def _answers(target: Target) -> str:
    if not target.classes:
        return _range(pd.Series(target.answers))
    counts = np.bincount(target.answers, minlength=len(target.classes))
    shares = [
        f"{plain(target.classes[code])} {counts[code] / counts.sum():.1%}"
        for code in np.argsort(-counts, kind="stable")[:MOST_COLUMNS]
    ]
    return ", ".join(shares)


def _values(column: Column, data: Dataset) -> str:
    if column.use == "number":
        if column.differing == 1:
            return "whole numbers, each one different"  # they may name somebody
        return _range(data.features[column.name].dropna())
    if column.use == "category":
        values = data.features[column.name]
        counts = values[values != MISSING].value_counts()
        shown = counts[counts >= FEWEST_ROWS].head(MOST_SHOWN)
        return ", ".join(f"{label} {count / len(values):.1%}" for label, count in shown.items())
    return f"{column.first} to {column.last}" if column.use == "date" else ""


def _range(values: pd.Series) -> str:
    if values.empty:
        return ""
    low, middle, high = (number(float(each)) for each in np.quantile(values, [0, 0.5, 1]))
    return f"{low} to {high}, median {middle}"


def _cell(text: str) -> str:
    return plain(text) or " "


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
