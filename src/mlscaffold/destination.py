"""The folder a project goes into: judged before anything is written, filled in one step.

A project is made in a staging folder on the same disk and moved into place when it is complete, so
that a failure, a Ctrl-C or a kill leaves the destination as it was.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import tempfile
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mlscaffold import families, interrupts
from mlscaffold.errors import BadInputError, DestinationError, InvalidNameError

if TYPE_CHECKING:
    from collections.abc import Iterator

STAGING_PREFIX = ".mlscaffold-unfinished-"
PLAIN = re.compile(r"[\w\\/:.+@-]+")
"""What a shell on Windows takes as it is."""

LONGEST_NAME = 255
"""Bytes that a file system lets the name of one folder have."""

WELCOME = (".git", ".gitignore")
"""What a freshly cloned, empty GitHub repository may hold beside a README and a licence."""


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
    if len(os.fsencode(path.name)) > LONGEST_NAME:
        raise InvalidNameError(
            f"The folder's name '{path.name[:64]}…' is longer than {LONGEST_NAME} bytes.",
            "Give a shorter PATH.",
        )
    if not os.path.lexists(path):
        _require_folder_above(path)
        return Destination(path, exists=False, has_git=False, kept=())
    if not path.is_dir():
        raise DestinationError(f"'{path}' is a file.", "Give a PATH where nothing is yet.")
    names = sorted(entry.name for entry in path.iterdir())
    strangers = [name for name in names if not _is_welcome_entry(path / name)]
    if strangers:
        more = f" and {len(strangers) - 1} more" if len(strangers) > 1 else ""
        raise DestinationError(
            f"The folder '{path}' is not empty: it holds '{strangers[0]}'{more}.",
            "Give a PATH where nothing is yet; a README, a LICENSE and a .git may be there.",
        )
    kept = tuple(n for n in names if n != ".git" and not n.startswith(STAGING_PREFIX))
    return Destination(path, exists=True, has_git=".git" in names, kept=kept)


def absolute(path: Path) -> Path:
    """Return the path from the root, without `..`; a link in it stays a link.

    Raises:
        DestinationError: the folder that it starts from was removed.
    """
    # resolve() follows links; Path.expanduser() fails where a tilde stands for nobody's home.
    try:
        return Path(os.path.abspath(os.path.expanduser(path)))  # noqa: PTH100, PTH111
    except FileNotFoundError as error:
        raise DestinationError(
            "The folder that you are in is not there any more.", "Go to one that is, with cd."
        ) from error


def named(path: Path | str) -> Path:
    """Return the folder that somebody names, from the root.

    Raises:
        BadInputError: no name was given, as by a variable of a script that is empty.
    """
    if path == "":
        raise BadInputError("The PATH is empty.", "Give a folder; '.' is the one you are in.")
    return absolute(Path(path))


def is_welcome(name: str) -> bool:
    """Tell whether a file of that name may be there before a project comes."""
    return families.of(name) is not None or name.casefold() in WELCOME


def nearest_folder(path: Path) -> Path:
    """Return the folder itself, or the nearest one above it that exists."""
    return next(folder for folder in (path, *path.parents) if folder.is_dir())


@contextmanager
def staging(destination: Destination) -> Iterator[Path]:
    """Yield an empty folder on the destination's disk; it is gone afterwards, whatever happens."""
    made: list[Path] = []
    folder = None
    try:
        if not destination.exists:
            _make_parents(destination.path.parent, made)
        above = destination.path if destination.exists else destination.path.parent
        with interrupts.held_back():
            folder = Path(tempfile.mkdtemp(prefix=STAGING_PREFIX, dir=above))
        project = folder / destination.path.name
        project.mkdir()
        yield project
    finally:
        with interrupts.held_back():
            if folder is not None:
                shutil.rmtree(folder, ignore_errors=True)
            for parent in reversed(made):
                if not any(parent.iterdir()):
                    parent.rmdir()


def place(project: Path, destination: Destination) -> None:
    """Move a finished project into its destination: all of it, or nothing.

    The owner's files that are there already stay as they are. The repository goes first: whoever
    pulls the plug between two moves finds the whole project in it.

    Raises:
        DestinationError: something has come to the destination since it was inspected.
    """
    if not destination.exists:
        _require_absent(destination.path)
        try:
            project.rename(destination.path)
        except OSError:
            _require_absent(destination.path)
            raise
        return
    kept = {name.casefold() for name in destination.kept}
    moved: list[Path] = []
    try:
        for entry in sorted(project.iterdir(), key=lambda entry: (entry.name != ".git", entry)):
            target = destination.path / entry.name
            if entry.name.casefold() in kept and os.path.lexists(target):
                continue
            _require_absent(target)
            entry.rename(target)
            moved.append(target)
    except BaseException:
        with interrupts.held_back():
            for target in moved:
                target.rename(project / target.name)
        raise


def files(folder: Path) -> tuple[str, ...]:
    """Return the paths of all files under a folder but git's own, as POSIX paths, sorted."""
    found = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return tuple(sorted(path.as_posix() for path in found if path.parts[0] != ".git"))


def _require_absent(target: Path) -> None:
    if os.path.lexists(target):
        raise DestinationError(
            f"'{target}' has appeared meanwhile.",
            "Nothing was changed; give a PATH where nothing is yet.",
        )


def _require_folder_above(path: Path) -> None:
    above = next(parent for parent in path.parents if os.path.lexists(parent))
    if not above.is_dir():
        raise DestinationError(
            f"'{path}' cannot be made: '{above}' is a file.", "Give another PATH."
        )


def _is_welcome_entry(entry: Path) -> bool:
    if entry.name == ".git" or entry.name.startswith(STAGING_PREFIX):
        return True
    return is_welcome(entry.name) and entry.is_file()


def _make_parents(parent: Path, made: list[Path]) -> None:
    """Make a folder and those above it, noting each, so that a failure on the way undoes all."""
    for folder in reversed((parent, *parent.parents)):
        if not folder.exists():
            folder.mkdir()
            made.append(folder)


def typed(path: Path) -> str:
    """Return the path as one types it behind `cd`, from the folder one is in."""
    shown = str(path)
    with suppress(ValueError, FileNotFoundError):  # it is elsewhere, or that folder is gone
        shown = str(path.relative_to(Path.cwd()))
    if shown.startswith("-"):
        shown = os.path.join(".", shown)  # noqa: PTH118  a Path drops the dot
    return quoted(shown)


def quoted(word: str) -> str:
    """Return a word so that a shell takes it for one, and for no more than it says."""
    if os.name == "nt":  # where single quotes quote in one of two shells
        return word if PLAIN.fullmatch(word) else f'"{word}"'
    return shlex.quote(word)
