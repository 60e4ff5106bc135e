"""What git's trees and conflicts hold at a path, and how two of them differ."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping


class Entry(NamedTuple):
    """What a tree holds at a path: git's mode, and the hash of the content."""

    mode: str
    blob: str

    @property
    def kind(self) -> str:
        """Return what of git's mode tells a file, a link and a submodule apart."""
        return self.mode[:3]


class Stages(NamedTuple):
    """The three sides of a conflict, None where a side has no file."""

    base: Entry | None
    ours: Entry | None
    theirs: Entry | None


@dataclass(frozen=True)
class Difference:
    """Paths that differ between two commits, sorted."""

    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]


def coming(old: Mapping[str, Entry], new: Mapping[str, Entry]) -> dict[str, Entry | None]:
    """Return what a second tree has where it differs from a first, None for nothing."""
    return {path: new.get(path) for path in {*old, *new} if old.get(path) != new.get(path)}


def read_difference(listed: str) -> Difference:
    """Read what git prints of status letters and paths, each ended by a NUL."""
    words = listed.split("\0")
    pairs = sorted(zip(words[1::2], words[0::2], strict=False))
    return Difference(
        added=tuple(path for path, letter in pairs if letter == "A"),
        changed=tuple(path for path, letter in pairs if letter in "MTU"),
        removed=tuple(path for path, letter in pairs if letter == "D"),
    )
