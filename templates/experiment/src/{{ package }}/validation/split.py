"""How rows are dealt to folds: by class, by group, by time.

Which scheme is right follows from the data. Rows of one group must not be on both sides, since one
would give the other away. Where a model is to predict what comes later, it must be judged by what
came later.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from sklearn.model_selection import GroupKFold, KFold, StratifiedGroupKFold, StratifiedKFold

from ..config import Validation
from ..data.dataset import Dataset
from ..errors import UserError

NEVER = -1
"""The fold of a row that is learned from and never judged."""
TIME = "by time"
BINS = 10
"""A number is stratified by its tenths."""


def scheme(data: Dataset, settings: Validation) -> str:
    """Return the scheme in words: what the settings say, or what follows from the data.

    Raises:
        UserError: folds by time are asked for, and no column has the time, or they are repeated.
    """
    kind: str = settings.scheme
    if kind == "auto":
        kind = "stratified" if data.target.task.classifies else "shuffled"
        kind = kind if data.times is None else "time"
    if kind != "time":
        return kind if data.groups is None else f"{kind}, by {data.groups.name}"
    if data.times is None:
        raise UserError(
            "validation.scheme is 'time', and no column is said to have the time.",
            "Name it in data.time.",
            2,
        )
    if settings.repeats > 1:
        raise UserError(
            f"validation.repeats is {settings.repeats}, and there is one order in time only.",
            "Set it to 1.",
            2,
        )
    return f"{TIME}, {data.times.name}"


def split(data: Dataset, settings: Validation) -> np.ndarray:
    """Return the fold of each row in each repeat, shape (repeats, rows).

    Raises:
        UserError: a class, or the table, has too few rows, groups or times for so many folds.
    """
    _check_rows(data, settings.folds)
    words = scheme(data, settings)
    if words.startswith(TIME):
        of_row = [_in_time(data, settings.folds)]
    else:
        seeds = range(settings.seed, settings.seed + settings.repeats)
        stratified = words.startswith("stratified")
        of_row = [_dealt(data, settings.folds, seed, stratified=stratified) for seed in seeds]
    if data.target.task.classifies:
        for each in of_row:
            _check_classes(data, each, settings.folds)
    return np.stack(of_row)


def kept_together(of_row: np.ndarray, groups: pd.Series) -> bool:
    """Tell whether each group is in one fold, in every repeat."""
    names = groups.to_numpy()
    return all(pd.Series(each).groupby(names).nunique().max() == 1 for each in of_row)


def _dealt(data: Dataset, folds: int, seed: int, *, stratified: bool) -> np.ndarray:
    options = {"n_splits": folds, "shuffle": True, "random_state": seed}
    answers = data.target.answers
    if stratified:
        splitter = StratifiedKFold if data.groups is None else StratifiedGroupKFold
        if not data.target.task.classifies:
            ranks = pd.Series(answers).rank(method="first", pct=True)
            answers = np.ceil(ranks.to_numpy() * min(BINS, len(answers) // folds)).astype(int)
    else:
        splitter = KFold if data.groups is None else GroupKFold
    of_row = np.empty(len(answers), dtype=int)
    parts = splitter(**options).split(data.features, answers, data.groups)
    for fold, (_, judged) in enumerate(parts):
        of_row[judged] = fold
    return of_row


def _in_time(data: Dataset, folds: int) -> np.ndarray:
    """Return folds of about the same size, one after the other; equal times are never parted.

    The rows before the first fold are only learned from, those of a fold by all later ones.
    """
    assert data.times is not None  # noqa: S101  scheme() has seen to it
    times = data.times.to_numpy()
    before = np.searchsorted(np.sort(times), times)
    of_row = before * (folds + 1) // len(times) - 1
    if len(np.unique(of_row)) <= folds:
        raise UserError(
            f"The times in {data.times.name!r} are too few, or too many are equal, for "
            f"{folds} folds.",
            "Lower validation.folds, or name a column with finer times in data.time.",
            2,
        )
    if data.groups is not None and not kept_together(of_row[None], data.groups):
        raise UserError(
            f"Groups of {data.groups.name!r} are older and newer than a cut in time.",
            'Set data.group to "" if rows of a group may be on both sides, or data.time to "".',
            2,
        )
    return np.asarray(of_row)


def _check_rows(data: Dataset, folds: int) -> None:
    target = data.target
    hint = "Lower validation.folds, or bring more rows."
    if target.task.classifies:
        counts = np.bincount(target.answers)
        rare = int(counts.argmin())
        if counts[rare] < folds:
            raise UserError(
                f"The class {target.classes[rare]!r} has {counts[rare]} rows, "
                f"too few for {folds} folds.",
                f"{hint[:-1]}, or merge rare classes; a number to predict is a regression "
                "(validation.task).",
                2,
            )
    elif len(target.answers) < 2 * folds:
        raise UserError(f"{len(target.answers)} rows are too few for {folds} folds.", hint, 2)
    if data.groups is not None and data.groups.nunique() < folds:
        raise UserError(f"{data.groups.nunique()} groups are too few for {folds} folds.", hint, 2)


def _check_classes(data: Dataset, of_row: np.ndarray, folds: int) -> None:
    """Refuse folds in which a class cannot be judged: groups and times can cause that."""
    judged = of_row != NEVER
    table = np.zeros((folds, len(data.target.classes)), dtype=int)
    np.add.at(table, (of_row[judged], data.target.answers[judged]), 1)
    if (table == 0).any():
        fold, code = map(int, np.argwhere(table == 0)[0])
        raise UserError(
            f"Fold {fold} has no row of the class {data.target.classes[code]!r}.",
            "Lower validation.folds, or name smaller groups in data.group.",
            2,
        )
