"""The folder a project goes into: judged before anything is written, filled in one step.

A project is made in a staging folder on the same disk and moved into place when it is complete, so
that a failure, a Ctrl-C or a kill leaves the destination as it was.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mlscaffold.errors import DestinationError, InvalidNameError

if TYPE_CHECKING:
    from collections.abc import Iterator

STAGING_PREFIX = ".mlscaffold-unfinished-"
WELCOME = re.compile(r"(README|LICEN[CS]E|COPYING)(\..*)?|\.gitignore|\.git", re.IGNORECASE)
"""What a freshly cloned, empty GitHub repository may hold."""


@dataclass(frozen=True)
class Destination:
    """A folder that can take a project; `kept` are the owner's files that lie there already."""

    path: Path
    exists: bool
    has_git: bool
    kept: tuple[str, ...]


def inspect(path: Path) -> Destination:
    """Return what is at a path, if a project can go there.

    Raises:
        InvalidNameError: the path has no last part that could be a folder's name.
        DestinationError: something is there that a project could overwrite or be mixed with.
    """
    path = absolute(path)
    if not path.name:
        raise InvalidNameError(f"'{path}' is not a folder for a project.", "Give another PATH.")
    if not os.path.lexists(path):
        _require_folder_above(path)
        return Destination(path, exists=False, has_git=False, kept=())
    if not path.is_dir():
        raise DestinationError(f"'{path}' is a file.", "Give a PATH where nothing is yet.")
    names = sorted(entry.name for entry in path.iterdir())
    strangers = [n for n in names if not (is_welcome(n) or n.startswith(STAGING_PREFIX))]
    if strangers:
        more = f" and {len(strangers) - 1} more" if len(strangers) > 1 else ""
        raise DestinationError(
            f"The folder '{path}' is not empty: it holds '{strangers[0]}'{more}.",
            "Give a PATH where nothing is yet; a README, a LICENSE and a .git may be there.",
        )
    kept = tuple(n for n in names if n != ".git" and not n.startswith(STAGING_PREFIX))
    return Destination(path, exists=True, has_git=".git" in names, kept=kept)


def absolute(path: Path) -> Path:
    """Return the path from the root, without `..`; a link in it stays a link."""
    return Path(os.path.abspath(path.expanduser()))  # noqa: PTH100  resolve() follows links


def is_welcome(name: str) -> bool:
    """Tell whether a file of that name may be there before a project comes."""
    return WELCOME.fullmatch(name) is not None


def nearest_folder(path: Path) -> Path:
    """Return the folder itself, or the nearest one above it that exists."""
    return next(folder for folder in (path, *path.parents) if folder.is_dir())


@contextmanager
def staging(destination: Destination) -> Iterator[Path]:
    """Yield an empty folder on the destination's disk; it is gone afterwards, whatever happens."""
    made = [] if destination.exists else _make_parents(destination.path.parent)
    try:
        above = destination.path if destination.exists else destination.path.parent
        folder = Path(tempfile.mkdtemp(prefix=STAGING_PREFIX, dir=above))
        try:
            project = folder / destination.path.name
            project.mkdir()
            yield project
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    finally:
        for parent in reversed(made):
            if not any(parent.iterdir()):
                parent.rmdir()


def place(project: Path, destination: Destination) -> None:
    """Move a finished project into its destination: all of it, or nothing.

    The owner's files that are there already stay as they are.
    """
    if not destination.exists:
        project.rename(destination.path)
        return
    moved: list[Path] = []
    try:
        for entry in sorted(project.iterdir()):
            target = destination.path / entry.name
            if entry.name in destination.kept:
                continue
            entry.rename(target)
            moved.append(target)
    except BaseException:
        for target in moved:
            target.rename(project / target.name)
        raise


def files(folder: Path) -> tuple[str, ...]:
    """Return the paths of all files under a folder but git's own, as POSIX paths, sorted."""
    found = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return tuple(sorted(path.as_posix() for path in found if path.parts[0] != ".git"))


def _require_folder_above(path: Path) -> None:
    above = next(parent for parent in path.parents if os.path.lexists(parent))
    if not above.is_dir():
        raise DestinationError(
            f"'{path}' cannot be made: '{above}' is a file.", "Give another PATH."
        )


def _make_parents(parent: Path) -> list[Path]:
    missing = [folder for folder in (parent, *parent.parents) if not folder.exists()]
    missing.reverse()
    for folder in missing:
        folder.mkdir()
    return missing
