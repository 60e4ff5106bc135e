"""One writer at a time: a lock that the operating system lets go when its holder dies."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .errors import UserError

if sys.platform == "win32":
    import msvcrt

    def _take(handle: int) -> None:
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _take(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


@contextmanager
def single_writer(path: Path) -> Iterator[None]:
    """Hold the lock file at `path` for as long as the block runs.

    The file stays afterwards: removing it would let a third process lock a file that a second
    one has just opened.

    Raises:
        UserError: another process holds it, or it cannot be opened.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    except OSError as error:
        raise UserError(
            f"The lock {path.parent.name}/{path.name} cannot be opened: {error.strerror}.",
            f"The folder {path.parent.name!r} should be writable.",
        ) from error
    try:
        try:
            _take(handle)
        except OSError:
            raise UserError(
                "Another run of this pipeline is at work.",
                "Wait until it ends; two writers would overwrite each other.",
            ) from None
        yield
    finally:
        os.close(handle)
