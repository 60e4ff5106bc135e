"""Your own features: the one place for them.

`own` is given the table as it was read, without the target, and returns new columns for the same
rows. They are then treated like the columns of the file: numbers, categories and dates are told
apart, shown by `train`, and can be set right in [columns] of config.toml. For example, the share
of its rooms that a household has for each of its people:

    def own(frame: pd.DataFrame) -> pd.DataFrame:
        return pd.DataFrame({"rooms each": frame["rooms"] / frame["people"]})

A feature of a row may use that row alone. A mean over all rows, say, would let rows that judge a
model tell something to rows that it learns from; that has to be fitted inside the fold, in the
pipelines of models/. `train` checks this: it makes the features of a few rows again without the
others, and refuses those that come out different.
"""

from __future__ import annotations

import pandas as pd

MISSING = "(missing)"
"""What stands for a missing category."""


def own(frame: pd.DataFrame) -> pd.DataFrame:
    """Return new columns, one row for each row of the table and in its order."""
    return pd.DataFrame(index=frame.index)
