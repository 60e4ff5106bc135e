"""The record of each run on the disk: its manifest, and its lineage.

It travels with the journal, so that whoever finishes a run that was killed writes its record too.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .evidence import write

FOLDER = "runs"
LINEAGE = "lineage.jsonl"


@dataclass(frozen=True)
class Record:
    """What is kept of a run: the manifest and the name of its file, and the OpenLineage events."""

    name: str
    manifest: dict[str, Any]
    events: list[dict[str, Any]]


def keep(state: Path, record: Record) -> None:
    """Write the manifest, and the events unless they are there; the same record may come twice."""
    folder = state / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    if record.events:
        _append(state / LINEAGE, record)
    write(folder / record.name, json.dumps(record.manifest, indent=1) + "\n")


def has(state: Path, name: str) -> bool:
    """Tell whether there is a manifest of that name."""
    return (state / FOLDER / name).exists()


def _append(lineage: Path, record: Record) -> None:
    """Put the events after those that are there, in the place of half a line.

    A full disk or a kill leaves one, and no reader would understand it, nor what follows on it.
    """
    run, end = record.manifest["run"].encode(), 0
    lineage.touch()
    with lineage.open("rb+") as stream:
        for line in stream:
            if line.endswith(b"\n"):
                end += len(line)
                if run in line and b'"COMPLETE"' in line:
                    return
        stream.seek(end)
        stream.truncate()
        stream.writelines(json.dumps(event).encode() + b"\n" for event in record.events)
