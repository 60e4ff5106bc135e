"""What the model was asked and what it answered, sampled, for `drift` to look at later.

It is off unless PREDICTION_LOG names a folder, since rows can be about people: whoever switches it
on decides how long they are kept. A line is one row with its prediction; a day has one file, in
UTC. Nothing in it can be traced to a request or a client.
"""

from __future__ import annotations

import logging
import os
import random
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

import msgspec
from msgspec import Struct

from .gather import Gatherer

WRITE_SECONDS = 1.0
LINES_HELD = 20_000
DAY_BYTES = 256 * 1024 * 1024
"""A file that has grown so large takes no more: a log must not fill the disk."""

logger = logging.getLogger(__name__)


class Entry(Struct):
    """One row, when it was asked, and what which model answered."""

    asked_at: str
    model: str
    row: Mapping[str, Any]
    prediction: Mapping[str, Any]


class Journal:
    """Keeps a share of the rows, chosen by chance; `with` it, a thread writes them into files."""

    def __init__(self, folder: Path, share: float) -> None:
        self._folder = folder
        self._share = share
        self._chance = random.Random()  # noqa: S311  a sample, no secret
        self._encode = msgspec.json.Encoder().encode
        self._failing = False
        self._gatherer = Gatherer(
            self._append, name="journal", seconds=WRITE_SECONDS, held=LINES_HELD
        )
        self.write = self._gatherer.write

    def __enter__(self) -> Journal:
        """Begin to write."""
        self._gatherer.__enter__()
        return self

    def __exit__(self, *raised: object) -> None:
        """Write what is left."""
        self._gatherer.__exit__(*raised)

    def keep(
        self,
        model: str,
        rows: Sequence[Mapping[str, Any]],
        predictions: Sequence[Mapping[str, Any]],
    ) -> None:
        """Take a sample of rows and the predictions that were made of them."""
        at = datetime.now(UTC).isoformat(timespec="seconds")
        for row, prediction in zip(rows, predictions, strict=True):
            if self._chance.random() < self._share:
                self._gatherer.put(self._encode(Entry(at, model, row, prediction)))

    def _append(self, lines: list[bytes], lost: int) -> None:
        """Append to the file of the day; a disk that refuses costs the sample and no answer."""
        path = self._folder / f"{datetime.now(UTC):%Y-%m-%d}.jsonl"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with path.open("a+b") as file:
                if file.tell() < DAY_BYTES:
                    if not _ends(file):  # the disk was full in the middle of a line
                        lines = [b"", *lines]
                    file.write(b"\n".join([*lines, b""]))
                else:
                    lost += len(lines)
        except OSError as error:
            if not self._failing:
                logger.warning("the prediction log cannot be written", extra={"error": str(error)})
            self._failing = True
            lost += len(lines)
        else:
            if self._failing:
                logger.info("the prediction log is written again")
            self._failing = False
        if lost:
            logger.warning("predictions not logged", extra={"rows": lost})


def _ends(file: BinaryIO) -> bool:
    """Tell whether what was written last is a whole line."""
    if not file.tell():
        return True
    file.seek(-1, os.SEEK_END)
    return file.read(1) == b"\n"
