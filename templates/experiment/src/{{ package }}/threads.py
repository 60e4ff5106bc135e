"""How many threads may work on a table."""

from __future__ import annotations

from joblib import cpu_count

ROWS_WORTH_THREADS = 200_000
"""On fewer rows threads gain little, and cost much where they have to share the processors."""


def worth(rows: int) -> int:
    """Return one for few rows, else as many as there are processors."""
    return 1 if rows < ROWS_WORTH_THREADS else cpu_count()
