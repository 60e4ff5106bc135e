"""A submission, held against the sample that the competition gives: what Kaggle would refuse."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from ..errors import UserError

EVEN = 0.5
"""The probability from which on the positive class is the likelier one."""


def read(path: Path) -> pd.DataFrame:
    """Read a submission with its identifiers as they are written.

    Raises:
        UserError: the file is not there, or no table.
    """
    try:
        frame = pd.read_csv(path, encoding="utf-8-sig")
        if len(frame.columns):
            first = str(frame.columns[0])
            frame[first] = pd.read_csv(path, dtype={first: str}, encoding="utf-8-sig")[first]
    except FileNotFoundError as error:
        raise UserError(
            f"There is no file {path.as_posix()!r}.", "Run the train command.", 2
        ) from error
    except (ValueError, UnicodeDecodeError) as error:
        raise UserError(f"{path.as_posix()!r} is no table of CSV.", "Make it again.", 2) from error
    return frame


def adapt(
    submission: pd.DataFrame, sample: pd.DataFrame, classes: Sequence[str]
) -> tuple[pd.DataFrame, list[str]]:
    """Return the submission as the sample wants it, and what was changed.

    One answer under another name gets the sample's name. Where the sample holds labels, a
    probability becomes the likelier of the run's two classes: the competition counts right answers.
    """
    notes: list[str] = []
    adapted = submission.copy()
    if len(adapted.columns) == len(sample.columns) == 2 and list(adapted) != list(sample):
        notes.append(f"the columns {_listed(adapted)} are sent as {_listed(sample)}")
        adapted.columns = sample.columns
    if list(adapted) != list(sample) or len(sample.columns) != 2:
        return adapted, notes
    answer = sample.columns[1]
    labels = _labels(sample[answer], classes)
    values = adapted[answer]
    if len(labels) == 2 and pd.api.types.is_float_dtype(values) and values.between(0, 1).all():
        adapted[answer] = np.where(values >= EVEN, labels[1], labels[0])
        notes.append(
            f"the sample holds labels, {labels[0]} or {labels[1]}: "
            f"a probability of {EVEN} or more is sent as {labels[1]}"
        )
    return adapted, notes


def faults(
    submission: pd.DataFrame, sample: pd.DataFrame, classes: Sequence[str] = ()
) -> list[str]:
    """Return what is wrong with the submission, one sentence for each fault.

    `classes` are those of the training data. With two of them an answer is a probability, whatever
    the sample's are, unless those are labels.
    """
    if list(submission) != list(sample):
        return [_columns(submission, sample)]
    return [*_rows(submission, sample), *_answers(submission, sample, classes)]


def _labels(wanted: pd.Series, classes: Sequence[str]) -> Sequence[float | str]:
    """Return the label of each class where the sample's answers are labels, else none.

    Text is, and so are the numbers that two classes are called by. A column of zeros alone, or of
    ones, stands for probabilities where these are the classes: many samples are filled so.
    """
    if _is_text(wanted):
        return classes
    there = set(wanted.dropna())
    if len(classes) != 2 or not there:
        return []
    if there == {0, 1}:
        return [0, 1]
    numbers = pd.to_numeric(pd.Series(list(classes)), errors="coerce").tolist()
    return numbers if there <= set(numbers) and set(numbers) != {0, 1} else []


def _is_text(column: pd.Series) -> bool:
    """Tell whether the column holds names of classes; True and False are names."""
    return pd.api.types.is_bool_dtype(column) or not pd.api.types.is_numeric_dtype(column)


def _columns(submission: pd.DataFrame, sample: pd.DataFrame) -> str:
    wanted, there = list(sample), list(submission)
    if len(wanted) == len(there) and set(wanted) == set(there):
        return f"The columns are {_listed(submission)}, in another order than {_listed(sample)}."
    return f"The columns are {_listed(submission)}; the sample has {_listed(sample)}."


def _rows(submission: pd.DataFrame, sample: pd.DataFrame) -> Iterator[str]:
    name = sample.columns[0]
    ids, wanted = submission[name].astype(str), sample[name].astype(str)
    if len(ids) != len(wanted):
        yield f"There are {len(ids):,} rows; the sample has {len(wanted):,}."
    repeated = ids[ids.duplicated()]
    if len(repeated):
        yield f"The {name} {repeated.iloc[0]} is there more than once ({len(repeated):,} repeats)."
    for them, others, words in (
        (wanted, ids, "of the sample are missing"),
        (ids, wanted, "are not in the sample"),
    ):
        odd = them[~them.isin(others)]
        if len(odd):
            yield f"{len(odd):,} values of {name} {words}, for example {odd.iloc[0]}."
            return
    if len(ids) == len(wanted) and not (ids.to_numpy() == wanted.to_numpy()).all():
        place = int(np.argmax(ids.to_numpy() != wanted.to_numpy()))
        yield (
            f"The rows are in another order than the sample's: row {place + 1} is "
            f"{ids.iloc[place]}, not {wanted.iloc[place]}."
        )


def _answers(
    submission: pd.DataFrame, sample: pd.DataFrame, classes: Sequence[str]
) -> Iterator[str]:
    for name in sample.columns[1:]:
        values, wanted = submission[name], sample[name]
        missing = values.isna()
        if missing.any():
            yield f"{name} is missing in {_rows_of(missing)}."
        if _is_text(wanted):
            yield from _strangers(values, name, classes)
            yield from _strangers(wanted, f"{name} of the sample", classes)
            continue
        if not pd.api.types.is_numeric_dtype(values):
            numbers = pd.to_numeric(values, errors="coerce")
            odd = values[numbers.isna() & values.notna()]
            if len(odd):
                yield f"{name} holds {odd.iloc[0]!s:.40}, which is no number."
            continue
        infinite = np.isinf(values.to_numpy(dtype=float, na_value=np.nan))
        if infinite.any():
            yield f"{name} is infinite in {_rows_of(infinite)}."
        fractions = wanted.between(0, 1).all() and (wanted % 1 != 0).any()
        probability = len(classes) == 2 and not _labels(wanted, classes)
        outside = ~values.between(0, 1) & values.notna() & ~infinite
        if (probability or fractions) and outside.any():
            yield (
                f"{name} is {values[outside].iloc[0]:g} in row {_first(outside)}; "
                "a probability lies between 0 and 1."
            )


def _strangers(answers: pd.Series, name: str, classes: Sequence[str]) -> Iterator[str]:
    odd = answers[answers.notna() & ~answers.astype(str).isin(classes)]
    if len(odd):
        yield f"{name} holds {odd.iloc[0]!s:.40}, which is no class of the training data."


def _first(odd: pd.Series | np.ndarray) -> int:
    return int(np.argmax(np.asarray(odd))) + 1


def _rows_of(odd: pd.Series | np.ndarray) -> str:
    return f"{int(odd.sum()):,} rows, the first of them row {_first(odd)}"


def _listed(frame: pd.DataFrame) -> str:
    return ", ".join(map(str, frame.columns))
