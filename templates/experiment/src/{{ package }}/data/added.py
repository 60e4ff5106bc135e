"""The owner's own features, added to a table and checked."""

from __future__ import annotations

import numpy as np
import pandas as pd

from .. import features
from ..errors import UserError

ROWS_CHECKED = 100


def add(frame: pd.DataFrame, *, target: str, name: str) -> pd.DataFrame:
    """Return the table `name` with the columns that `features.own` makes of it.

    Raises:
        UserError: what it makes does not fit the table, or looks at other rows than its own.
    """
    given = frame.drop(columns=target, errors="ignore")
    new = _made(given, name)
    if new.columns.empty:
        return frame
    new = new.rename(columns=str)
    taken = [*new.columns[new.columns.isin(frame.columns)], *new.columns[new.columns.duplicated()]]
    if taken:
        raise _refusal(f"makes {taken[0]!r}, which is there already.", "Give it another name.")
    if not new.index.equals(frame.index):
        raise _refusal(
            f"makes {len(new):,} rows of the {len(frame):,} in {name!r}, or others.",
            "Return one row for each row of the table, with its index.",
        )
    few = slice(None, None, max(1, len(frame) // ROWS_CHECKED))
    alone = _made(given.iloc[few].iloc[::2], name).rename(columns=str)
    together = new.iloc[few].iloc[::2]
    for column in new:
        if not _same(alone.get(column), together[column]):
            raise _refusal(
                f"makes {column!r} of more than the row itself: without some of the others it "
                "comes out different.",
                "Compute it from the row alone, or fit it in the pipelines of models/.",
            )
    return pd.concat([frame, new], axis=1)


def _made(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    try:
        made = features.own(frame.copy(deep=False))
    except KeyError as error:
        raise _refusal(
            f"asks for {error}, which {name!r} does not have.",
            "Use columns that both training and test rows have; the target is not among them.",
        ) from error
    if not isinstance(made, pd.DataFrame):
        raise _refusal(
            f"returns a {type(made).__name__}, and no table.",
            "Return pd.DataFrame({name: column, …}), with a name for each new column.",
        )
    return made


def _same(one: pd.Series | None, other: pd.Series) -> bool:
    if one is None or not one.index.equals(other.index):
        return False
    if pd.api.types.is_numeric_dtype(one) and pd.api.types.is_numeric_dtype(other):
        first, second = (each.to_numpy(dtype=float, na_value=np.nan) for each in (one, other))
        return np.allclose(first, second, rtol=1e-9, atol=0, equal_nan=True)
    texts = (each.dropna().astype(str) for each in (one, other))
    return one.isna().equals(other.isna()) and next(texts).equals(next(texts))


def _refusal(sentence: str, hint: str) -> UserError:
    return UserError(f"features.own {sentence}", hint, 2)
