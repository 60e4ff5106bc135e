"""The ledger: one line of JSON for each run, and for each score that came back from outside.

It is only ever appended to, and committed, so it remembers what runs/ on this machine forgets. A
line is written by one call in append mode: two runs that end at once do not mix their lines. A
blank line says nothing, and every reader passes over it.
"""

from __future__ import annotations

import dataclasses
import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from errno import ENOSPC
from pathlib import Path
from typing import Any

LEDGER = Path("results/ledger.jsonl")


@dataclass(frozen=True)
class Entry:
    """A run in one line.

    `cv` is the chosen model's mean over the folds and `std` its spread; `low` and `high` bound it
    with 95 % confidence, found by resampling rows. `test` is the score on test rows whose answers
    are known. Runs compare when they have the same `metric` and the same `folds`, the hash of the
    frozen assignment.
    """

    id: str
    started: str
    experiment: str
    full: bool
    model: str
    metric: str
    higher_is_better: bool
    cv: float
    std: float | None
    low: float | None
    high: float | None
    test: float | None
    folds: str
    rows: int
    seconds: float
    commit: str | None
    dirty: bool | None
    note: str = ""


def append(root: Path, entry: Entry) -> Path:
    """Add a run and return the ledger's path."""
    return _append(root, {"kind": "run", **dataclasses.asdict(entry)})


def score(root: Path, name: str, *, public: float | None, private: float | None = None) -> Path:
    """Add what a leaderboard said of the run `name` and return the ledger's path."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    line = {"kind": "score", "id": name, "scored": now, "public": public, "private": private}
    return _append(root, line)


def odd(root: Path) -> list[int]:
    """Return the numbers of the lines that are none of the ledger's, such as a torn one."""
    path = root / LEDGER
    lines = path.read_bytes().split(b"\n") if path.exists() else []
    return [place for place, line in enumerate(lines, 1) if line.strip() and not _is_entry(line)]


def _append(root: Path, line: dict[str, Any]) -> Path:
    path = root / LEDGER
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(line, ensure_ascii=False, allow_nan=False) + "\n"
    if _torn(path):
        text = "\n" + text  # the killed run's half line must not swallow this one
    written = text.encode()
    flags = os.O_APPEND | os.O_CREAT | os.O_WRONLY | getattr(os, "O_BINARY", 0)
    descriptor = os.open(path, flags, 0o644)
    try:
        if os.write(descriptor, written) != len(written):
            raise OSError(ENOSPC, os.strerror(ENOSPC), str(path))
    finally:
        os.close(descriptor)
    return LEDGER


def _is_entry(line: bytes) -> bool:
    try:
        return {"kind", "id"} <= set(json.loads(line))
    except (ValueError, TypeError):
        return False


def _torn(path: Path) -> bool:
    """Tell whether the file ends in the middle of a line.

    A line that another run is writing just now looks like a torn one. What follows is then preceded
    by a blank line, not mixed into it, since appended texts come one after the other.
    """
    if not path.exists() or not path.stat().st_size:
        return False
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read() != b"\n"
