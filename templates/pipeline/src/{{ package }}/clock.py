"""The steps of a run: announced with their times, and what goes wrong in them in our words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter

import duckdb

from . import database
from .errors import UserError

UNCHANGED = "What was published before is as it was."
PUBLISHED = "The new data are published, and only their report is missing: mend this and run again."
GOES_ON = "Nothing is lost: the next run goes on from there."
AFTERWARDS = {"publish": GOES_ON, "drill": PUBLISHED, "report": PUBLISHED}
DISK = "Is the disk full, or the folder not writable?"
ANNOUNCED_EVERY = 2.0  # seconds

Announce = Callable[[str], None]


@dataclass
class Clock:
    """Announces each step with its time, and remembers the times for the manifest."""

    announce: Announce
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Time the step; translate what DuckDB or the disk may still say."""
        start = perf_counter()
        readers = AFTERWARDS.get(name, UNCHANGED)
        with in_words(f"The step {name!r}", readers):
            yield
        self.seconds[name] = round(perf_counter() - start, 3)
        self.announce(f"{name:<10} {self.seconds[name]:6.2f} s")

    def progress(self) -> Callable[[int, int], None]:
        """Return a function that tells of long work how far it is, now and then."""
        last = perf_counter()

        def tell(done: int, whole: int) -> None:
            nonlocal last
            if perf_counter() - last > ANNOUNCED_EVERY:
                last = perf_counter()
                self.announce(f"  {done:,} of {whole:,} partitions")

        return tell


@contextmanager
def in_words(work: str, readers: str) -> Iterator[None]:
    """Say in a sentence what DuckDB or the disk has against the work, and what readers find.

    Raises:
        UserError: there was something.
    """
    try:
        yield
    except duckdb.Error as error:
        disk = f"{DISK} " if isinstance(error, duckdb.IOException) else ""
        raise UserError(f"{work} failed: {database.reason(error)}", disk + readers) from error
    except OSError as error:
        where = f"{Path(error.filename).name}: " if isinstance(error.filename, str) else ""
        raise UserError(
            f"{work} failed: {where}{error.strerror or error}.",
            f"{DISK} {readers}",
        ) from error
