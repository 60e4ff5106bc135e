"""What kind of answer the target asks for: one of two, one of several, or a number."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import pandas as pd

from ..errors import UserError
from . import table

MOST_NUMERIC_CLASSES = 10
"""Whole numbers with at most this many different values are taken for classes."""
SHARE_OF_DIFFERENT = 0.5
"""A text target with a larger share of different values has no classes to learn."""
FEW_ROWS = 20
"""In fewer rows than these, many different values say nothing."""


class Task(StrEnum):
    """The three tasks of tabular learning."""

    BINARY = "binary"
    MULTICLASS = "multiclass"
    REGRESSION = "regression"

    @property
    def classifies(self) -> bool:
        """Tell whether the answer is a class."""
        return self is not Task.REGRESSION


@dataclass(frozen=True)
class Target:
    """What is to be predicted, row by row.

    `answers` has shape (rows,): the class's index in `classes`, or the number itself where there
    are no classes. Of two classes the second is the positive one.
    """

    task: Task
    answers: np.ndarray
    classes: tuple[str, ...]


def detect(column: pd.Series) -> Task:
    """Return the task of a target column that has no missing value and at least two values."""
    distinct = column.nunique()
    if distinct == 2:
        return Task.BINARY
    if not _is_number(column):
        return Task.MULTICLASS
    whole = bool((column % 1 == 0).all())
    return Task.MULTICLASS if whole and distinct <= MOST_NUMERIC_CLASSES else Task.REGRESSION


def encode(column: pd.Series, setting: str) -> Target:
    """Return the target column as a `Target`; `setting` is a task or "auto".

    Raises:
        UserError: there is nothing to learn, or the column does not fit the task.
    """
    name, distinct = str(column.name), column.nunique()
    if distinct < 2:
        raise UserError(
            f"The target {name!r} has only one value: {column.iloc[0]!s}.",
            "There is nothing to predict: name another column in data.target.",
            2,
        )
    task = detect(column) if setting == "auto" else Task(setting)
    if task is Task.REGRESSION:
        numbers = table.numbers(column)
        if numbers.isna().any():
            raise UserError(
                f"The target {name!r} is no number in every row, for example "
                f"{str(column[numbers.isna()].iloc[0])!r}.",
                "Set validation.task to 'binary' or 'multiclass', or mend the values.",
                2,
            )
        return Target(task, numbers.to_numpy(), ())
    if task is Task.BINARY and distinct != 2:
        raise UserError(
            f"The target {name!r} has {distinct} values, and a binary task has two.",
            "Set validation.task to 'auto'.",
            2,
        )
    many = distinct > SHARE_OF_DIFFERENT * len(column) and len(column) >= FEW_ROWS
    if many and not _is_number(column):
        raise UserError(
            f"The target {name!r} is text with {distinct:,} different values in {len(column):,} "
            f"rows, for example {column.iloc[0]!s:.40}.",
            "If it is meant as a number, mend how it is written; else name another column.",
            2,
        )
    codes, classes = pd.factorize(_labels(column), sort=True)
    return Target(task, codes, tuple(str(label) for label in classes))


def align(column: pd.Series, target: Target) -> np.ndarray:
    """Return other answers to the same question in the encoding of `target`.

    Raises:
        UserError: an answer is none that the training data have.
    """
    if not target.task.classifies:
        numbers = pd.to_numeric(column, errors="coerce")
        unknown = column[numbers.isna()]
        values = numbers.to_numpy(dtype=float)
    else:
        labels = _labels(column).astype(str)
        index = {label: code for code, label in enumerate(target.classes)}
        unknown = labels[~labels.isin(index)]
        values = labels.map(index).to_numpy()
    if len(unknown):
        raise UserError(
            f"data.truth has the answer {unknown.iloc[0]!s}, which the training data do not have.",
            'Mend the file, or set data.truth to "".',
            2,
        )
    return values


def _is_number(column: pd.Series) -> bool:
    numeric = pd.api.types.is_numeric_dtype(column)
    return bool(numeric and not pd.api.types.is_bool_dtype(column))


def _labels(column: pd.Series) -> pd.Series:
    """Return labels that sort, and that a missing value elsewhere does not change (1 to 1.0)."""
    if not _is_number(column):
        return column.astype(str)
    return column.astype("int64") if bool((column % 1 == 0).all()) else column
