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

from .. import evidence
from ..config import Validation
from ..data.dataset import Dataset
from ..errors import UserError
from .split import NEVER, TIME, kept_together, scheme, split

FOLDS = Path("results/folds.csv")
FREEZE = Path("results/folds.json")


@dataclass(frozen=True)
class Freeze:
    """What the folds were made from, and which they are.

    `fingerprint` is the SHA-256 of ids, target, groups and times; `assignment` that of each row's
    fold.
    """

    scheme: str
    folds: int
    seed: int
    rows: int
    fingerprint: str
    repeats: int = 1
    assignment: str = ""

    @property
    def in_time(self) -> bool:
        """Tell whether each fold learns from what came before it alone."""
        return self.scheme.startswith(TIME)


@dataclass(frozen=True)
class Part:
    """One fold of one repeat: the positions of the rows to learn from, and of those to judge by."""

    repeat: int
    learned: np.ndarray
    judged: np.ndarray


@dataclass(frozen=True)
class Folds:
    """The fold of each row in each repeat, shape (repeats, rows), counted from 0.

    `split.NEVER` marks a row that no fold judges: folds by time have nothing to learn from before
    the first of them.
    """

    of_row: np.ndarray
    freeze: Freeze

    def parts(self) -> Iterator[Part]:
        """Yield every fold of every repeat."""
        for repeat, of_row in enumerate(self.of_row):
            for fold in range(self.freeze.folds):
                learned = of_row < fold if self.freeze.in_time else of_row != fold
                yield Part(repeat, np.flatnonzero(learned), np.flatnonzero(of_row == fold))

    def __iter__(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Yield the positions of the rows to learn from, and of those to judge by."""
        return ((part.learned, part.judged) for part in self.parts())


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


def fingerprint(data: Dataset) -> str:
    """Return a hash of what the folds depend on: each row's id, target, group and time.

    Features are not part of it, so a new feature keeps the folds that older scores were made on.
    """
    digest = hashlib.sha256()
    labels = np.array(data.target.classes, dtype=object)
    answers = labels[data.target.answers] if data.target.classes else data.target.answers
    for part in (data.ids, answers, data.groups, data.times):
        digest.update("\x1f".join(map(str, () if part is None else part)).encode() + b"\x1e")
    return digest.hexdigest()


def _freeze(data: Dataset, settings: Validation) -> Freeze:
    return Freeze(
        scheme=scheme(data, settings),
        folds=settings.folds,
        seed=settings.seed,
        rows=len(data.features),
        fingerprint=fingerprint(data),
        repeats=settings.repeats,
    )


def _digest(of_row: np.ndarray) -> str:
    return hashlib.sha256(",".join(map(str, of_row.ravel().tolist())).encode()).hexdigest()


def _thawed(root: Path, wanted: Freeze, groups: pd.Series | None) -> Folds:
    try:
        found = Freeze(**json.loads((root / FREEZE).read_text(encoding="utf-8")))
        table = pd.read_csv(root / FOLDS)
        rows = table["row"].to_numpy(dtype=int)
        of_row = table[_columns(wanted.repeats)].to_numpy(dtype=int).T
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
            what = "the ids, the target, the groups or the times of the rows have changed"
        else:
            what = f"{field.name} was {before!r} and is now {now!r}"
        raise UserError(f"The frozen folds are of other data: {what}.", hint)
    whole = np.array_equal(rows, np.arange(wanted.rows))
    if not whole or any(set(each) - {NEVER} != set(range(wanted.folds)) for each in of_row):
        raise UserError(f"{FOLDS.as_posix()} does not give each row its fold.", hint)
    if _digest(of_row) != found.assignment:
        raise UserError(f"The folds in {FOLDS.as_posix()} are not those that were frozen.", hint)
    if groups is not None and not kept_together(of_row, groups):
        raise UserError(f"{FOLDS.as_posix()} has a group in more than one fold.", hint)
    return Folds(of_row, found)


def _write(root: Path, folds: Folds) -> None:
    rows = pd.DataFrame(folds.of_row.T, columns=_columns(len(folds.of_row)))
    rows.insert(0, "row", np.arange(len(rows)))
    (root / FOLDS).parent.mkdir(parents=True, exist_ok=True)
    evidence.write(root / FOLDS, rows.to_csv(index=False, lineterminator="\n"))
    text = json.dumps(dataclasses.asdict(folds.freeze), indent=2, ensure_ascii=False)
    evidence.write(root / FREEZE, text + "\n")


def _columns(repeats: int) -> list[str]:
    """Return the names of the file's columns: that of the first repeat has no number."""
    return ["fold", *(f"fold {repeat}" for repeat in range(2, repeats + 1))]
