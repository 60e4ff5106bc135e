"""Lines that are gathered at once, and written a few times a second by a thread of their own.

One by one, the lines of requests would cost as much as the predictions, and a disk or a reader that
is slow would stop the service. A process that is killed loses what it gathered since the last time;
more lines than can be held are lost and counted.
"""

from __future__ import annotations

import threading
from collections.abc import Callable


class Gatherer:
    """Takes lines from any thread; `with` it, its own thread hands them to `write`."""

    def __init__(
        self, write: Callable[[list[bytes], int], object], *, name: str, seconds: float, held: int
    ) -> None:
        """Let `write` have the lines of so many seconds, and how many more were lost."""
        self._write = write
        self._seconds = seconds
        self._held = held
        self._lines: list[bytes] = []
        self._lost = 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def __enter__(self) -> Gatherer:
        """Begin to write."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Write what is left; give up on whatever does not take it."""
        self._stop.set()
        self._thread.join(timeout=1)

    def put(self, line: bytes) -> None:
        """Take a line, without its end."""
        if len(self._lines) < self._held:
            self._lines.append(line)
        else:
            self._lost += 1

    def write(self) -> None:
        """Hand over the lines gathered since the last time."""
        lines, self._lines = self._lines, []
        lost, self._lost = self._lost, 0
        if lines or lost:
            self._write(lines, lost)

    def _run(self) -> None:
        while not self._stop.wait(self._seconds):
            self.write()
        self.write()
