"""Folders for what is wanted for a moment."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from mlscaffold import interrupts

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def folder() -> Iterator[Path]:
    """Yield an empty folder that is gone afterwards, whatever happens."""
    made = None
    try:
        with interrupts.held_back():
            made = tempfile.TemporaryDirectory(prefix="mlscaffold-")
        yield Path(made.name)
    finally:
        if made is not None:
            with interrupts.held_back():
                made.cleanup()
