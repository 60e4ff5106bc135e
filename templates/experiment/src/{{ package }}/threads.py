"""How many threads may work on a table."""

from __future__ import annotations

from contextlib import AbstractContextManager
from functools import cache

from joblib import cpu_count
from threadpoolctl import ThreadpoolController

ROWS_WORTH_THREADS = 200_000
"""On fewer rows threads gain little, and cost much where they have to share the processors."""


def worth(rows: int) -> int:
    """Return one for few rows, else as many as there are processors."""
    return 1 if rows < ROWS_WORTH_THREADS else cpu_count()


def limited(rows: int) -> AbstractContextManager[object]:
    """Let NumPy and scikit-learn use as many threads as are worth it, while the block runs."""
    limits: AbstractContextManager[object] = _libraries().limit(limits=worth(rows))
    return limits


@cache
def _libraries() -> ThreadpoolController:
    """Return the libraries that have threads; looking for them takes as long as a small fit."""
    return ThreadpoolController()
