"""Which of a template's files a project has nothing for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlscaffold.families import folded

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mlscaffold.updating.entries import Entry


def lacking(made: Mapping[str, Entry], head: Mapping[str, Entry]) -> tuple[str, ...]:
    """Return which of the template's files the owner's do not stand for or stand in the way of."""
    taken = {folded(path) for path in head}
    above = {folder.casefold() for path in head for folder in _folders(path)}
    return tuple(
        sorted(
            path
            for path in made
            if folded(path) not in taken
            and path.casefold() not in above
            and not any(folder.casefold() in taken for folder in _folders(path))
        )
    )


def _folders(path: str) -> list[str]:
    parts = path.split("/")
    return ["/".join(parts[:count]) for count in range(1, len(parts))]
