"""All or nothing: what a run shows is first made aside, and then moved into place.

Whatever goes wrong while it is made, a full disk included, leaves the last run's results as they
were. What goes wrong while it is moved is undone. Only a kill cannot be: so the summary is moved
after the files that it names and before the documents, which the report command writes again.
"""

from __future__ import annotations

import contextlib
import shutil
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ..errors import UserError
from ..evidence import SUMMARY, Summary

RESULTS = SUMMARY.parent
UNFINISHED = ".unfinished-"
ABANDONED = 3600.0
"""Seconds after which an unfinished folder is no other run's that is still drawing."""


@contextmanager
def staged(root: Path, documents: Iterable[Path] = ()) -> Iterator[Path]:
    """Give a folder to write in as if it were `root`, and move what it holds there at the end.

    It starts with a copy of each of the documents that there is. Figures that the last summary
    names and the new one does not are deleted; no other file of `root` is.
    """
    (root / RESULTS).mkdir(exist_ok=True)
    for left in (root / RESULTS).glob(f"{UNFINISHED}*"):
        if time.time() - left.stat().st_mtime > ABANDONED:
            shutil.rmtree(left, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix=UNFINISHED, dir=root / RESULTS))
    new, old = folder / "new", folder / "old"
    try:
        (new / RESULTS).mkdir(parents=True)
        for document in documents:
            if (root / document).exists():
                shutil.copy(root / document, new / document)
        yield new
        _move(root, new, old)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _move(root: Path, new: Path, old: Path) -> None:
    """Put the new files into the project, the stale figures out of it; undo both on an error."""
    made = sorted((path.relative_to(new) for path in new.rglob("*") if path.is_file()), key=_turn)
    stale = _stale(root, new)
    for path in (*made, *stale):
        if (root / path).exists():
            (old / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(root / path, old / path)
    try:
        for path in made:
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (new / path).replace(root / path)
        for path in stale:
            (root / path).unlink()
    except BaseException:
        for path in (*stale, *reversed(made)):
            with contextlib.suppress(OSError):  # the first error is the one to tell
                if (old / path).exists():
                    (old / path).replace(root / path)
                elif not (new / path).exists():
                    (root / path).unlink()
        raise


def _turn(path: Path) -> tuple[int, Path]:
    """Return when a file is moved: the results, their summary, the documents."""
    if path == SUMMARY:
        return 1, path
    return (0 if path.is_relative_to(RESULTS) else 2), path


def _stale(root: Path, new: Path) -> list[Path]:
    """Return the figures of the last summary that are there and that the new one lacks."""
    after = Summary.read(new)
    if after is None:
        return []
    before = None
    with contextlib.suppress(UserError):  # a broken summary names no figure; it is replaced
        before = Summary.read(root)
    gone = {figure.path for figure in before.figures} if before else set()
    paths = [Path(path) for path in sorted(gone - {figure.path for figure in after.figures})]
    return [path for path in paths if path.parent == RESULTS and (root / path).is_file()]
