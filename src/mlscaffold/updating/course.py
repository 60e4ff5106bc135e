"""What an update brings, path by path, before git merges it: all of it decided without a disk."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from mlscaffold.updating.entries import Entry

LOCK = "uv.lock"
"""Never merged: it is made anew."""


@dataclass(frozen=True)
class Course:
    """What is merged, and how.

    `entries` are what the template makes, but for the paths `left_out`, which are as they were in
    the scaffold; `followed` maps the old path of a renamed file that is still the owner's to its
    new one. `barred` maps those paths left out that cannot come to the owner's that bars them.
    """

    entries: Mapping[str, Entry]
    left_out: tuple[str, ...]
    followed: Mapping[str, str]
    barred: Mapping[str, str] = field(default_factory=dict)


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
    is new in a folder that the owner has deleted. What is `kept` stays the owner's, and so does
    what is of another kind than the template's, as a file where that has a folder: git would lay
    it aside under another name, where it is soon lost. Of a `stated` base nobody knows what in it
    is the template's: nothing is removed because of it.
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
        left |= {renamed.get(path, path)} & made.keys() - head.keys()
    for path in made.keys() - base.keys() - set(renamed.values()) - head.keys():
        if any(folder in gone for folder in _above(path)):
            left.add(path)
    left |= {path for path in kept if path in head and head[path] != base.get(path)}
    if stated:
        left |= (base.keys() & head.keys()) - made.keys() - renamed.keys()
    barred = _barred(base, head, made, renamed, staying=left)
    left |= barred.keys() | {old for old, new in renamed.items() if new in barred}
    left = {path for path in left if made.get(path) != base.get(path)}
    entries = {path: entry for path, entry in made.items() if path not in left}
    entries |= {path: base[path] for path in left if path in base}
    followed = {
        old: new
        for old, new in renamed.items()
        if (old in head) != (new in head) and new not in barred
    }
    return Course(entries, tuple(sorted(left)), followed, barred)


def _barred(
    base: Mapping[str, Entry],
    head: Mapping[str, Entry],
    made: Mapping[str, Entry],
    renamed: Mapping[str, str],
    *,
    staying: Collection[str],
) -> dict[str, str]:
    """Return which new or changed paths cannot be where the owner has something of another kind.

    What the template takes away, and its owner has not touched, is in nobody's way; unless it is
    among those `staying` nevertheless.
    """
    own = {
        path: entry
        for path, entry in head.items()
        if path in made or path in staying or base.get(path) != entry
    }
    within = {folder: path for path in sorted(own) for folder in _above(path)}
    before = {new: old for old, new in renamed.items()}
    found = {}
    for path, entry in made.items():
        if base.get(path) == entry:
            continue
        above = [folder for folder in _above(path) if folder in own]
        if above or path in within:
            found[path] = above[0] if above else within[path]
            continue
        place = path if path in own else before.get(path, path)
        edited = place in own and own[place] != base.get(place)
        if edited and own[place].kind != entry.kind:
            found[path] = place
    return found


def moved(path: str, moves: Iterable[tuple[str, str]]) -> str:
    """Return what a path is called after the moves, in their order; a folder's ends in a slash."""
    for old, new in moves:
        if path == old:
            path = new
        elif old.endswith("/") and path.startswith(old):
            path = new + path.removeprefix(old)
    return path


def _folders(paths: Iterable[str]) -> set[str]:
    return {folder for path in paths for folder in _above(path)}


def _above(path: str) -> list[str]:
    """Return the folders that a path is in."""
    return [parent.as_posix() for parent in PurePosixPath(path).parents if parent.name]
