"""What `drift` found last, beside the prediction log: the service shows it to Prometheus."""

from __future__ import annotations

from pathlib import Path

import msgspec
from msgspec import Struct

from . import evidence

FILE = "drift.json"


class Scores(Struct, frozen=True):
    """How far each column has moved, as a population stability index, in the rows since then.

    `beyond` are those that have moved too far, and not by chance: few rows differ from any others.
    """

    since: str
    rows: int
    psi: dict[str, float]
    beyond: list[str]


def write(folder: Path, scores: Scores) -> Path:
    """Write the scores, whole or not at all."""
    path = folder / FILE
    evidence.write(path, msgspec.json.format(msgspec.json.encode(scores), indent=2).decode() + "\n")
    return path


def read(folder: Path) -> Scores | None:
    """Return the scores, or None where there are none that can be read."""
    try:
        return msgspec.json.decode((folder / FILE).read_bytes(), type=Scores)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return None
