"""The tables of an experiment, checked: features, target, identifiers, groups."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from .. import features
from ..config import Config
from ..errors import UserError
from ..features import Columns
from . import table, task
from .task import Target

ROW = "row"
"""Stands for the identifier where the data have none: the row's number in the file, from 0."""


@dataclass(frozen=True)
class Dataset:
    """The rows to learn from, in the order of the file; `notes` say what was done to them.

    `features` has shape (rows, features); `ids` and `groups` have shape (rows,).
    """

    features: pd.DataFrame
    target: Target
    ids: pd.Series
    groups: pd.Series | None
    columns: Columns
    dropped_rows: int
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Unseen:
    """The rows to predict, and their answers where those are known."""

    features: pd.DataFrame
    ids: pd.Series
    truth: np.ndarray | None


def load(root: Path, config: Config) -> Dataset:
    """Read and check the training table.

    Raises:
        UserError: the table cannot be learned from; the sentence says why.
    """
    data = config.data
    frame = table.read(root, data.train)
    table.require(frame, data.target, name=data.train, setting="data.target")
    for setting, column in (("data.id", data.id), ("data.group", data.group)):
        if column:
            table.require(frame, column, name=data.train, setting=setting)
    for column in data.ignore:
        table.require(frame, column, name=data.train, setting="data.ignore")

    answered = frame[data.target].notna()
    dropped_rows = int((~answered).sum())
    frame = frame[answered]
    if frame.empty:
        raise UserError(
            f"The target {data.target!r} is missing in every row.", "Name another column.", 2
        )
    target = task.encode(frame[data.target], config.validation.task)
    columns = features.infer(frame, {data.target, data.id, data.group, *data.ignore})
    if not columns.used:
        raise UserError(
            f"{data.train!r} has no column to learn from.",
            _reasons(columns) or "Give it more columns than the target.",
            2,
        )
    groups = None
    if data.group:
        if frame[data.group].isna().any():
            raise UserError(
                f"The group column {data.group!r} has missing values.", "Fill them in.", 2
            )
        groups = frame[data.group].astype(str)
    return Dataset(
        features=features.build(frame, columns),
        target=target,
        ids=_ids(frame, data.id, data.train),
        groups=groups,
        columns=columns,
        dropped_rows=dropped_rows,
        notes=_notes(frame, target, columns, data.target, dropped_rows),
    )


def load_unseen(root: Path, config: Config, train: Dataset) -> Unseen | None:
    """Read and check the table to predict, or return None where the settings name none.

    Raises:
        UserError: the table lacks a column that the training table has, or an answer.
    """
    data = config.data
    if not data.test:
        return None
    frame = table.read(root, data.test)
    for column in [*([data.id] if data.id else []), *train.columns.used]:
        table.require(frame, column, name=data.test, setting="a column of the training data")
    ids = _ids(frame, data.id, data.test)
    truth = None
    if data.truth:
        answers = table.read(root, data.truth)
        for setting, column in (("data.id", data.id), ("data.target", data.target)):
            table.require(answers, column, name=data.truth, setting=setting)
        answered = answers.dropna(subset=[data.target])[[data.id, data.target]].drop_duplicates()
        _ids(answered, data.id, data.truth)
        known: pd.Series = answered.set_index(data.id)[data.target]
        lacking = ids[~ids.isin(known.index)]
        if len(lacking):
            raise UserError(
                f"{data.truth!r} has no answer for {data.id} {lacking.iloc[0]!s}.",
                'Complete the file, or set data.truth to "".',
                2,
            )
        truth = task.align(known.reindex(ids), train.target)
        if train.target.task is task.Task.BINARY and len(np.unique(truth)) < 2:
            raise UserError(
                f"{data.truth!r} has one answer for all rows, {known.iloc[0]!s}: "
                "how well they are told apart cannot be measured.",
                'Give rows of both classes, or set data.truth to "".',
                2,
            )
    return Unseen(features.build(frame, train.columns), ids, truth)


def _ids(frame: pd.DataFrame, column: str, name: str) -> pd.Series:
    if not column:
        return pd.Series(frame.index, index=frame.index, name=ROW)
    repeated = frame[column][frame[column].duplicated()]
    if len(repeated):
        raise UserError(
            f"{name!r} has the {column} {repeated.iloc[0]!s} more than once.",
            "Drop the repeated rows, or name another column in data.id.",
            2,
        )
    return frame[column]


def _notes(
    frame: pd.DataFrame, target: Target, columns: Columns, name: str, dropped_rows: int
) -> tuple[str, ...]:
    answer = f"{target.task} target {name!r}"
    if target.task is task.Task.BINARY:
        share = target.answers.mean()
        answer += f", positive class {target.classes[1]!r} in {share:.1%} of the rows"
    elif target.classes:
        answer += f" with {len(target.classes)} classes"
    notes = [f"data: {len(frame):,} rows, {len(columns.used)} columns to learn from, {answer}"]
    if dropped_rows:
        words = "; words such as NA or None count as none" if target.classes else ""
        notes.append(f"data: {dropped_rows:,} rows without a target are left out{words}")
    for column, odd in columns.odd.items():
        if odd:
            notes.append(f"data: {column!r}: {odd:,} values are no numbers and count as missing")
    if columns.dropped:
        notes.append(f"data: columns left out: {_reasons(columns)}")
    return tuple(notes)


def _reasons(columns: Columns) -> str:
    return "; ".join(f"{name!r}: {reason}" for name, reason in columns.dropped.items())
