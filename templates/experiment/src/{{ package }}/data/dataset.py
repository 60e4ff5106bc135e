"""The tables of an experiment, checked: features, target, identifiers, groups."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from ..config import Config, Data
from ..errors import UserError
from . import added, dates, sample, table, task
from .columns import Columns, build, infer, unreadable
from .task import Target

ROW = "row"
"""Stands for the identifier where the data have none: the row's number in the file, from 0."""

MOST_REASONS = 12


@dataclass(frozen=True)
class Dataset:
    """The rows to learn from, in the order of the file; `notes` say what was done to them.

    `features` has shape (rows, features); `ids`, `groups` and `times` have shape (rows,). A later
    row has a larger number in `times`. `texts` are the columns that the table has as text: in the
    rows to predict they are text, too.
    """

    features: pd.DataFrame
    target: Target
    ids: pd.Series
    groups: pd.Series | None
    columns: Columns
    dropped_rows: int
    notes: tuple[str, ...]
    times: pd.Series | None = None
    texts: frozenset[str] = frozenset()

    def fingerprint(self) -> str:
        """Return the SHA-256 of the features, by name and by value, row by row."""
        rows = pd.util.hash_pandas_object(self.features, index=False)
        names = "\x1f".join(map(str, self.features))
        return hashlib.sha256(names.encode() + b"\x1e" + rows.to_numpy().tobytes()).hexdigest()


@dataclass(frozen=True)
class Unseen:
    """The rows to predict, and their answers where those are known.

    `notes` say what is missing because it is none of what the training rows have there.
    """

    features: pd.DataFrame
    ids: pd.Series
    truth: np.ndarray | None
    notes: tuple[str, ...] = ()


def settle(root: Path, config: Config) -> Config:
    """Return the settings with the target that the tables mean, where they name none.

    It is the sample submission's answer, the one column that the training table has and the test
    table lacks, or the last one. The sample also says what names a row.

    Raises:
        UserError: a table is not there.
    """
    if not (config.data.id and config.data.target):
        identifier, target = sample.meant(root, config)
        named = replace(
            config.data, id=config.data.id or identifier, target=config.data.target or target
        )
        config = replace(config, data=named)
    data = config.data
    if data.target:
        return config
    names = table.header(root, data.train)
    if data.test:
        there = set(table.header(root, data.test))
        names = [name for name in names if name not in there]
        if len(names) != 1:
            raise UserError(
                f"{data.train!r} has {len(names)} columns that {data.test!r} lacks, "
                "so it does not say which one is to be predicted.",
                "Name it in data.target of config.toml.",
                2,
            )
    return replace(config, data=replace(data, target=names[-1]))


def load(root: Path, config: Config) -> Dataset:
    """Read and check the training table.

    Raises:
        UserError: the table cannot be learned from; the sentence says why.
    """
    config = settle(root, config)
    data = config.data
    categories = (name for name, use in config.columns.items() if use == "category")
    frame = table.read(root, data.train, codes={data.target, data.id, data.group, *categories})
    texts = _texts(frame)
    table.require(frame, data.target, name=data.train, setting="data.target")
    for setting, column in (
        ("data.id", data.id),
        ("data.group", data.group),
        ("data.time", data.time),
        *(("data.ignore", name) for name in data.ignore),
    ):
        if column:
            table.require(frame, column, name=data.train, setting=setting)

    rows = len(frame)
    if frame[data.target].isna().any():
        frame = frame[frame[data.target].notna()]
    if frame.empty:
        raise UserError(
            f"The target {data.target!r} is missing in every row.", "Name another column.", 2
        )
    target = task.encode(frame[data.target], config.validation.task)
    frame = added.add(frame, target=data.target, name=data.train)
    for name in config.columns:
        table.require(frame, name, name=data.train, setting="columns")
    columns = infer(frame, {data.target, data.id, data.group, *data.ignore}, config.columns)
    if not columns.used:
        raise UserError(
            f"{data.train!r} has no column to learn from.",
            _reasons(columns) or "Give it more columns than the target.",
            2,
        )
    groups = None
    if data.group:
        _require_whole(frame[data.group], "group")
        groups = frame[data.group].astype(str)
    return Dataset(
        features=build(frame, columns),
        target=target,
        ids=_ids(frame, data.id, data.train),
        groups=groups,
        columns=columns,
        dropped_rows=rows - len(frame),
        notes=_notes(frame, target, columns, data, rows - len(frame)),
        times=_times(frame[data.time]) if data.time else None,
        texts=texts,
    )


def load_unseen(root: Path, config: Config, train: Dataset) -> Unseen | None:
    """Read and check the table to predict, or return None where the settings name none.

    Text in the training table is text here and in the truth: 01 stays 01 where no A1 is beside it.

    Raises:
        UserError: the table lacks a column that the training table has, or an answer.
    """
    data = settle(root, config).data
    if not data.test:
        return None
    frame = table.read(root, data.test, texts=train.texts, codes={data.id})
    texts = train.texts | _texts(frame)
    frame = added.add(frame, target=data.target, name=data.test)
    for column in [*([data.id] if data.id else []), *train.columns.used]:
        table.require(frame, column, name=data.test, setting="a column of the training data")
    ids = _ids(frame, data.id, data.test)
    truth = None
    if data.truth:
        answers = table.read(root, data.truth, texts=texts)
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
    odd = unreadable(frame, train.columns)
    notes = [f"data: {data.test!r}: {sentence}" for sentence in _odd(train.columns, odd)]
    return Unseen(build(frame, train.columns), ids, truth, tuple(notes))


def _texts(frame: pd.DataFrame) -> frozenset[str]:
    return frozenset(
        str(name) for name, column in frame.items() if pd.api.types.is_string_dtype(column)
    )


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


def _times(column: pd.Series) -> pd.Series:
    """Return the moments as numbers that grow; a number is taken as it is."""
    _require_whole(column, "time")
    numbers = table.numbers(column)
    if numbers.notna().all():
        return numbers
    format_ = dates.detect(column)
    moments = None if format_ is None else dates.read(column, format_)
    if moments is None or moments.isna().any():
        odd = column.iloc[0] if moments is None else column[moments.isna()].iloc[0]
        raise UserError(
            f"The time column {column.name!r} is no date in every row, for example {odd!s:.40}.",
            "Write all dates as year-month-day, or name another column in data.time.",
            2,
        )
    return moments.astype("int64").astype(float)


def _require_whole(column: pd.Series, part: str) -> None:
    if column.isna().any():
        raise UserError(
            f"The {part} column {column.name!r} has missing values.", "Fill them in.", 2
        )


def _repeated(frame: pd.DataFrame, data: Data) -> int:
    """Return how many rows are the same as one before them, whatever they are called."""
    rows = frame.drop(columns=data.id) if data.id else frame
    return int(pd.util.hash_pandas_object(rows, index=False).duplicated().sum())


def _notes(
    frame: pd.DataFrame, target: Target, columns: Columns, data: Data, dropped_rows: int
) -> tuple[str, ...]:
    answer = f"{target.task} target {data.target!r}"
    if target.task is task.Task.BINARY:
        share = target.answers.mean()
        answer += f", positive class {target.classes[1]!r} in {share:.1%} of the rows"
    elif target.classes:
        answer += f" with {len(target.classes)} classes"
    notes = [f"data: {len(frame):,} rows, {len(columns.used)} columns to learn from, {answer}"]
    if dropped_rows:
        none = "words such as NA or None count" if target.classes else "an infinite one counts"
        words = f"; {none} as none"
        notes.append(f"data: rows without a target, left out: {dropped_rows:,}{words}")
    if repeated := _repeated(frame, data):
        notes.append(f"data: {repeated:,} rows repeat another row in every column, and are kept")
    notes += [f"data: {sentence}" for sentence in _odd(columns, columns.odd)]
    if columns.dropped:
        notes.append(f"data: columns left out: {_reasons(columns)}")
    return tuple(notes)


def _odd(columns: Columns, counts: Mapping[str, int]) -> Iterator[str]:
    """Yield which columns have values that are none of what the others are."""
    for column in columns.every:
        if count := counts.get(column.name):
            format_ = f" ({dates.words(column.format)})" if column.format else ""
            yield (
                f"{column.name!r}: {count:,} values are no {column.use}s{format_} "
                "and count as missing"
            )


def _reasons(columns: Columns) -> str:
    reasons = [f"{name!r}: {reason}" for name, reason in columns.dropped.items()]
    more = len(reasons) - MOST_REASONS
    return "; ".join([*reasons[:MOST_REASONS], *([f"and {more:,} more"] if more > 0 else [])])
