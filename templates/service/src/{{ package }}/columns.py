"""What one column accepts, checked on all its values at once.

JSON has no NaN and no infinity, so a number that was decoded is a number.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

from .problems import Fault
from .signature import LARGEST, Input


class Column(ABC):
    """An input of the signature, made ready to check values quickly."""

    oddity: str
    """What `oddities` finds, as settings call it: range or category."""

    def __init__(self, column: Input) -> None:
        self.name = column.name
        self.datatype = column.datatype
        self.nullable = column.nullable

    @abstractmethod
    def as_in_training(self, values: list[Any]) -> bool:
        """Tell whether all values have the type and lie where the training's values lay.

        It may say no to values that are fine, never yes to values that are not: then `fault` and
        `oddities` look at them one by one.
        """

    @abstractmethod
    def fault(self, value: Any) -> str:  # noqa: ANN401  any JSON value
        """Return why the value cannot be one of this column, or an empty text."""

    @abstractmethod
    def oddities(self, values: list[Any]) -> list[Fault]:
        """Return a warning for each value, all without fault, that the training never saw."""


class Numbers(Column):
    """Integers or floating point numbers, with the range seen in training."""

    oddity = "range"

    def __init__(self, column: Input) -> None:
        super().__init__(column)
        self.low, self.high = column.bounds
        self._seen = column.range or column.bounds
        self.whole = column.datatype == "INT64"
        self._types = {int} if self.whole else {int, float}
        self._largest = LARGEST[column.datatype]

    def as_in_training(self, values: list[Any]) -> bool:
        """Tell whether all are numbers within the range."""
        return (
            set(map(type, values)) <= self._types
            and self.low <= min(values)
            and max(values) <= self.high
        )

    def fault(self, value: Any) -> str:  # noqa: ANN401  any JSON value
        """Return why the value is no number of this column; 3.0 is an integer, as JSON sees it."""
        expected = "an integer" if self.whole else "a number"
        if value is None and self.nullable:
            return ""
        if isinstance(value, bool) or not isinstance(value, int | float):
            return f"expected {expected}, got {json_type(value)}"
        if abs(value) > self._largest:
            return "is too large"
        if self.whole and value != int(value):
            return f"expected an integer, got {value}"
        return ""

    def oddities(self, values: list[Any]) -> list[Fault]:
        """Return a warning for each number out of range."""
        low, high = self._seen
        seen = f"the {low:.9g} to {high:.9g} seen in training"
        return [
            Fault(row, self.name, f"{value} is outside {seen}")
            for row, value in enumerate(values)
            if value is not None and not self.low <= value <= self.high
        ]


class Categories(Column):
    """Texts, of which the training saw some."""

    oddity = "category"

    def __init__(self, column: Input) -> None:
        super().__init__(column)
        self.known = frozenset(column.categories or ())

    def as_in_training(self, values: list[Any]) -> bool:
        """Tell whether all are known categories."""
        return set(map(type, values)) == {str} and self.known.issuperset(values)

    def fault(self, value: Any) -> str:  # noqa: ANN401  any JSON value
        """Return why the value is no text."""
        if value is None and self.nullable:
            return ""
        return "" if isinstance(value, str) else f"expected a string, got {json_type(value)}"

    def oddities(self, values: list[Any]) -> list[Fault]:
        """Return a warning for each unknown category."""
        return [
            Fault(row, self.name, f"{shorten(value)!r} was never seen in training")
            for row, value in enumerate(values)
            if value is not None and value not in self.known
        ]


def compile_column(column: Input) -> Column:
    """Return the checks for an input of the signature."""
    return Categories(column) if column.datatype == "BYTES" else Numbers(column)


def json_type(value: Any) -> str:  # noqa: ANN401  any JSON value
    """Return what JSON calls the type of a value."""
    names = {dict: "an object", list: "an array", str: "a string", bool: "a boolean"}
    return "null" if value is None else names.get(type(value), "a number")


def shorten(text: str) -> str:
    """Return the text as an answer may quote it: whoever sends a novel does not get it back."""
    return text if len(text) <= 40 else f"{text[:40]}…"
