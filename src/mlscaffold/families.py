"""Files of which a project has one, however it is called in full: its README and its licence."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

README, LICENSE = "readme", "license"
NAMES = re.compile(r"(readme|licen[cs]e|copying)(\.[^/]*)?", re.IGNORECASE)


def of(path: str) -> str | None:
    """Return which of the two a path at the top of a project is, or None."""
    found = NAMES.fullmatch(path)
    if found is None:
        return None
    return README if found[1].casefold() == README else LICENSE


def members(family: str, paths: Iterable[str]) -> list[str]:
    """Return which paths are of a family."""
    return [path for path in paths if of(path) == family]


def folded(path: str) -> str:
    """Return what two paths have in common that cannot both be in a project."""
    return of(path) or path.casefold()
