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
    lineage = state / LINEAGE
    # A manifest is written after its events.
    if not (folder / record.name).exists() and not _has(lineage, record.manifest["run"]):
        with lineage.open("a", encoding="utf-8", newline="\n") as stream:
            stream.writelines(json.dumps(event) + "\n" for event in record.events)
    write(folder / record.name, json.dumps(record.manifest, indent=1) + "\n")


def _has(lineage: Path, run: str) -> bool:
    """Tell whether the events of that run were written, all of them."""
    if not lineage.exists():
        return False
    with lineage.open(encoding="utf-8") as stream:
        return any(run in line and '"COMPLETE"' in line for line in stream)
