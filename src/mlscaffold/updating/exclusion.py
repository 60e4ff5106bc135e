"""One update of a repository at a time: a lock that ends with the process that holds it."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from mlscaffold.errors import UnreadyError

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlscaffold.updating.checkout import Checkout

FILE = "mlscaffold.lock"
"""In git's own folder, where it stays: to remove it would let two hold it."""


@contextmanager
def exclusive(checkout: Checkout) -> Iterator[None]:
    """Let no other mlscaffold change the repository, in none of its work trees.

    Raises:
        UnreadyError: another one is at it.
    """
    common = Path(checkout.folder, checkout.run("rev-parse", "--git-common-dir"))
    with (common / FILE).open("a", encoding="utf-8") as file:
        try:
            _lock(file.fileno())
        except (BlockingIOError, PermissionError) as error:
            raise UnreadyError(
                f"Another mlscaffold is at work in '{checkout.folder}'.",
                "Wait until it has ended, and try again.",
            ) from error
        yield


def _lock(number: int) -> None:
    if sys.platform == "win32":
        msvcrt.locking(number, msvcrt.LK_NBLCK, 1)
    else:
        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
