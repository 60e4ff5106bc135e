"""An answer of the warehouse: as it is given, and its first rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

Row = tuple[object, ...]


@dataclass(frozen=True)
class Answer:
    """The first rows of the answer, and whether there are more."""

    columns: list[str]
    rows: list[Row]
    more: bool


@dataclass(frozen=True)
class Rows:
    """An answer that is still being given: `fetch` returns so many rows more, none at its end."""

    columns: list[str]
    fetch: Callable[[int], list[Row]]

    def first(self, limit: int) -> Answer:
        """Return so many rows of one that was asked for one more."""
        rows = self.fetch(limit + 1)
        return Answer(self.columns, rows[:limit], len(rows) > limit)
