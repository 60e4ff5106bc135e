"""The folds, frozen to a file before any model sees the data.

Every model, today's and next month's, is judged on the same split, so their scores compare. The
file bears a fingerprint of the rows; a table that has changed since is refused, not re-split.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.model_selection import GroupKFold, KFold, StratifiedGroupKFold, StratifiedKFold

from ..config import Validation
from ..data.dataset import Dataset
from ..errors import UserError

FOLDS = Path("results/folds.csv")
FREEZE = Path("results/folds.json")


@dataclass(frozen=True)
class Freeze:
    """What the folds were made from, and which they are.

    `fingerprint` is the SHA-256 of ids, target and groups; `assignment` that of each row's fold.
    """

    scheme: str
    folds: int
    seed: int
    rows: int
    fingerprint: str
    assignment: str = ""


@dataclass(frozen=True)
class Folds:
    """The fold of each row, shape (rows,), counted from 0."""

    of_row: np.ndarray
    freeze: Freeze

    def __iter__(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Yield the positions of the rows to learn from, and of those to judge by."""
        for fold in range(self.freeze.folds):
            yield np.flatnonzero(self.of_row != fold), np.flatnonzero(self.of_row == fold)


def frozen(root: Path, data: Dataset, settings: Validation) -> Folds:
    """Return the folds that the project has, or make and freeze them.

    Raises:
        UserError: the data or the settings are no longer those the folds were made from, or the
            rows are too few for so many folds.
    """
    if (root / FREEZE).exists():
        return _thawed(root, _freeze(data, settings), data.groups)
    folds = fresh(data, settings)
    _write(root, folds)
    return folds


def fresh(data: Dataset, settings: Validation) -> Folds:
    """Return new folds, and keep them nowhere.

    Raises:
        UserError: the rows are too few for so many folds.
    """
    of_row = split(data, settings)
    return Folds(of_row, dataclasses.replace(_freeze(data, settings), assignment=_digest(of_row)))


def split(data: Dataset, settings: Validation) -> np.ndarray:
    """Return the fold of each row, shape (rows,): stratified by class, groups kept together.

    Raises:
        UserError: a class, or the table, has too few rows or groups for so many folds.
    """
    _check_rows(data, settings.folds)
    target, groups = data.target, data.groups
    options = {"n_splits": settings.folds, "shuffle": True, "random_state": settings.seed}
    if target.task.classifies:
        splitter = StratifiedKFold if groups is None else StratifiedGroupKFold
    else:
        splitter = KFold if groups is None else GroupKFold
    of_row = np.empty(len(target.answers), dtype=int)
    parts = splitter(**options).split(data.features, target.answers, groups)
    for fold, (_, judged) in enumerate(parts):
        of_row[judged] = fold
    if target.task.classifies:
        _check_classes(data, of_row, settings.folds)
    return of_row


def fingerprint(data: Dataset) -> str:
    """Return a hash of what the folds depend on: each row's id, target and group, in order.

    Features are not part of it, so a new feature keeps the folds that older scores were made on.
    """
    digest = hashlib.sha256()
    labels = np.array(data.target.classes, dtype=object)
    answers = labels[data.target.answers] if data.target.classes else data.target.answers
    for part in (data.ids, answers, data.groups):
        if part is not None:
            digest.update("\x1f".join(map(str, part)).encode())
        digest.update(b"\x1e")
    return digest.hexdigest()


def _freeze(data: Dataset, settings: Validation) -> Freeze:
    return Freeze(
        scheme=_scheme(data),
        folds=settings.folds,
        seed=settings.seed,
        rows=len(data.features),
        fingerprint=fingerprint(data),
    )


def _scheme(data: Dataset) -> str:
    kind = "stratified" if data.target.task.classifies else "shuffled"
    return kind if data.groups is None else f"{kind}, by {data.groups.name}"


def _digest(of_row: np.ndarray) -> str:
    return hashlib.sha256(",".join(map(str, of_row.tolist())).encode()).hexdigest()


def _thawed(root: Path, wanted: Freeze, groups: pd.Series | None) -> Folds:
    try:
        found = Freeze(**json.loads((root / FREEZE).read_text(encoding="utf-8")))
        table = pd.read_csv(root / FOLDS)
        rows, of_row = (table[name].to_numpy(dtype=int) for name in ("row", "fold"))
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise UserError(
            f"{FREEZE.as_posix()} and {FOLDS.as_posix()} are not the frozen folds.",
            "Get both back from git, or delete both to freeze new folds.",
        ) from error
    hint = (
        f"Put back what was changed, or delete {FREEZE.as_posix()} to freeze new folds: "
        "scores from before do not compare with scores on them."
    )
    for field in dataclasses.fields(Freeze):
        before, now = getattr(found, field.name), getattr(wanted, field.name)
        if before == now or field.name == "assignment":
            continue
        if field.name == "fingerprint":
            what = "the ids, the target or the groups of the rows have changed since"
        else:
            what = f"{field.name} was {before!r} and is now {now!r}"
        raise UserError(f"The frozen folds are of other data: {what}.", hint)
    whole = np.array_equal(rows, np.arange(wanted.rows))
    if not whole or set(of_row) != set(range(wanted.folds)):
        raise UserError(f"{FOLDS.as_posix()} does not give each row its fold.", hint)
    if _digest(of_row) != found.assignment:
        raise UserError(f"The folds in {FOLDS.as_posix()} are not those that were frozen.", hint)
    if groups is not None and pd.Series(of_row).groupby(groups.to_numpy()).nunique().max() > 1:
        raise UserError(f"{FOLDS.as_posix()} has a group in more than one fold.", hint)
    return Folds(of_row, found)


def _write(root: Path, folds: Folds) -> None:
    rows = pd.DataFrame({"row": np.arange(len(folds.of_row)), "fold": folds.of_row})
    (root / FOLDS).parent.mkdir(parents=True, exist_ok=True)
    rows.to_csv(root / FOLDS, index=False, lineterminator="\n")
    text = json.dumps(dataclasses.asdict(folds.freeze), indent=2, ensure_ascii=False)
    (root / FREEZE).write_text(text + "\n", encoding="utf-8", newline="\n")


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
    """Refuse folds in which a class cannot be learned or judged: groups can cause that."""
    table = np.zeros((folds, len(data.target.classes)), dtype=int)
    np.add.at(table, (of_row, data.target.answers), 1)
    if (table == 0).any():
        fold, code = map(int, np.argwhere(table == 0)[0])
        raise UserError(
            f"Fold {fold} has no row of the class {data.target.classes[code]!r}.",
            "Lower validation.folds, or name smaller groups in data.group.",
            2,
        )
