"""Which of a template's files a project has nothing for."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mlscaffold.updating.entries import Entry

FAMILIES = re.compile(r"(readme|licen[cs]e|copying)(\..*)?", re.IGNORECASE)
"""Files of which a project has one, however it is called in full."""


def lacking(made: Mapping[str, Entry], head: Mapping[str, Entry]) -> tuple[str, ...]:
    """Return which of the template's files the owner's do not stand for or stand in the way of."""
    taken = {_folded(path) for path in head}
    above = {folder.casefold() for path in head for folder in _folders(path)}
    return tuple(
        sorted(
            path
            for path in made
            if _folded(path) not in taken
            and path.casefold() not in above
            and not any(folder.casefold() in taken for folder in _folders(path))
        )
    )


def _folded(path: str) -> str:
    """Return what two paths have in common that cannot both be in a project."""
    folder, _, name = path.rpartition("/")
    family = FAMILIES.fullmatch(name)
    if family and not folder:
        word = family[1].casefold()
        return "readme" if word == "readme" else "license"
    return path.casefold()


def _folders(path: str) -> list[str]:
    parts = path.split("/")
    return ["/".join(parts[:count]) for count in range(1, len(parts))]
