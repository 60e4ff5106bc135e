"""The near miss: what somebody who wrote an unknown word probably meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def hint(word: str, known: Iterable[str], *, most: int = 12) -> str:
    """Return the closest known word as a question, or the known words as a list."""
    words = list(known)
    by_lowercase = {name.lower(): name for name in words}
    close = difflib.get_close_matches(word.lower(), by_lowercase, n=1)
    if close:
        return f"Did you mean {by_lowercase[close[0]]!r}?"
    more = "" if len(words) <= most else f" and {len(words) - most} more"
    return f"There are: {', '.join(map(repr, words[:most]))}{more}."
