"""What the name of a column says about it."""

from __future__ import annotations

import re

ANSWERS = {"target", "label", "outcome", "truth", "answer"}
"""What columns with the answer are called in many tables."""
IDENTIFIERS = {"id", "key", "index", "uuid"}
"""What columns that name a row are called in many tables."""


def words(name: str) -> set[str]:
    """Return the words of a name, whether CamelCase or snake_case."""
    return set(re.findall(r"[^\W\d_]+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower()))
