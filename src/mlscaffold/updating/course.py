"""What an update brings, path by path, before git merges it: all of it decided without a disk."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from mlscaffold.updating.checkout import Entry

LOCK = "uv.lock"
"""Never merged: it is made anew."""


@dataclass(frozen=True)
class Course:
    """What is merged, and how.

    `entries` are what the template makes, but for the paths `left_out`, which are as they were in
    the scaffold; `followed` maps the old path of a renamed file that is still the owner's to its
    new one.
    """

    entries: Mapping[str, Entry]
    left_out: tuple[str, ...]
    followed: Mapping[str, str]


def chart(
    *,
    base: Mapping[str, Entry],
    head: Mapping[str, Entry],
    made: Mapping[str, Entry],
    moves: Sequence[tuple[str, str]],
    kept: Collection[str],
    stated: bool,
) -> Course:
    """Return what of `made` is to be merged into `head`, whose scaffold is `base`.

    What the owner has deleted stays deleted, even where the template changes it, and so does what
    is new in a folder that the owner has deleted. What is `kept` stays the owner's. Of a `stated`
    base nobody knows what in it is the template's: nothing is removed because of it.
    """
    renamed = {old: new for old in base if (new := moved(old, moves)) != old}
    renamed = {
        old: new
        for old, new in renamed.items()
        if new in made and old not in made and new not in base
    }
    gone = _folders(base) - _folders(head)
    left = {LOCK}
    for path in base.keys() - head.keys():
        left |= {renamed.get(path, path)} - head.keys()
    for path in made.keys() - base.keys() - set(renamed.values()) - head.keys():
        if any(parent.as_posix() in gone for parent in PurePosixPath(path).parents):
            left.add(path)
    left |= {path for path in kept if path in head and head[path] != base.get(path)}
    if stated:
        left |= base.keys() - made.keys() - renamed.keys()
    left = {path for path in left if made.get(path) != base.get(path)}
    entries = {path: entry for path, entry in made.items() if path not in left}
    entries |= {path: base[path] for path in left if path in base}
    followed = {old: new for old, new in renamed.items() if (old in head) != (new in head)}
    return Course(entries, tuple(sorted(left)), followed)


def moved(path: str, moves: Iterable[tuple[str, str]]) -> str:
    """Return what a path is called after the moves, in their order; a folder's ends in a slash."""
    for old, new in moves:
        if path == old:
            path = new
        elif old.endswith("/") and path.startswith(old):
            path = new + path.removeprefix(old)
    return path


def _folders(paths: Iterable[str]) -> set[str]:
    return {
        parent.as_posix() for path in paths for parent in PurePosixPath(path).parents if parent.name
    }
