"""What the pipeline remembers between runs: which file holds which days, and what was made of it.

A partition is a function of the raw files that hold rows of its day and of the rules: what decides
in the contract, the SQL files and the small tables. Its fingerprint is taken over all of them, so
that a partition whose fingerprint would be another one now is stale.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from . import transform
from .contract import Contract
from .errors import UserError
from .evidence import write
from .extract import RawFile
from .found import Found

FILE = "state.json"
SCHEMA = 1


@dataclass(frozen=True)
class FileState:
    """A raw file of the main table: what it is, what was found in it, and by which rules."""

    sha256: str
    bytes: int
    found: Found
    rules: str


@dataclass(frozen=True)
class Partition:
    """A published partition: its one Parquet file, and what it was made of.

    `sources` counts the good records of each raw file; they are the rows and the duplicates.
    """

    rows: int
    duplicates: int
    bytes: int
    sha256: str
    sources: dict[str, int]
    fingerprint: str

    @property
    def is_balanced(self) -> bool:
        """Whether no good record was lost and none came from nowhere."""
        return sum(self.sources.values()) == self.rows + self.duplicates


@dataclass(frozen=True)
class State:
    """All that is remembered: raw files by name, partitions by day, the drill of these rules.

    `shape` is the fingerprint of what the tables of the warehouse look like.
    """

    files: dict[str, FileState] = field(default_factory=dict)
    partitions: dict[str, Partition] = field(default_factory=dict)
    tables: dict[str, Found] = field(default_factory=dict)
    drill: dict[str, Any] = field(default_factory=dict)
    shape: str = ""

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Return the state in the folder; an empty one where nothing was run yet.

        Raises:
            UserError: the file is there and is no state of this schema.
        """
        path = folder / FILE
        if not path.exists():
            return cls()
        try:
            return cls.parse(json.loads(path.read_text(encoding="utf-8")))
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise UserError(
                f"{folder.name}/{FILE} is damaged.",
                "Delete it, and the next run makes everything anew from the raw files.",
            ) from error

    @classmethod
    def parse(cls, document: dict[str, Any]) -> Self:
        """Return the state that a JSON document holds."""
        if document["schema"] != SCHEMA:
            raise ValueError(document["schema"])
        return cls(
            files={
                name: FileState(**entry | {"found": _found(entry["found"])})
                for name, entry in document["files"].items()
            },
            partitions={day: Partition(**entry) for day, entry in document["partitions"].items()},
            tables={name: _found(entry) for name, entry in document["tables"].items()},
            drill=dict(document["drill"]),
            shape=document.get("shape", ""),
        )

    def document(self) -> dict[str, Any]:
        """Return the state as a JSON document."""
        return {"schema": SCHEMA, **dataclasses.asdict(self)}

    def sources(self) -> dict[str, dict[str, int]]:
        """Return for each day the raw files that hold rows of it, with the number of rows."""
        days: dict[str, dict[str, int]] = {}
        for name in sorted(self.files):
            for day, rows in self.files[name].found.days.items():
                days.setdefault(day, {})[name] = rows
        return days

    def fingerprint(self, rules: str, sources: Iterable[str]) -> str:
        """Return what identifies a partition made by these rules of these files."""
        return _digest([rules, *(self.files[name].sha256 for name in sources)])


def store(folder: Path, document: dict[str, Any]) -> None:
    """Put the state into the folder, in one step."""
    write(folder / FILE, json.dumps(document, ensure_ascii=False) + "\n")


def rules(contract: Contract, tables: dict[str, list[RawFile]]) -> str:
    """Return a fingerprint of all that decides what a raw file of the main table becomes."""
    small = [
        f"{name} {file.sha256}"
        for name, raw in sorted(tables.items())
        if name != contract.main.name
        for file in raw
    ]
    return _digest([*_agreed(contract), *small])


def shape(contract: Contract) -> str:
    """Return a fingerprint of all that decides what the tables of the warehouse look like."""
    parts = [f"{kind}/{name}.sql" for kind in ("marts", "views") for name in transform.names(kind)]
    return _digest([*_agreed(contract), *(f"{part} {transform.text(part)}" for part in parts)])


def _agreed(contract: Contract) -> list[str]:
    """Return what decides in the contract, and the SQL that makes the data set's rows.

    Left out is what readers are told, which the descriptor follows by itself, and `max_age_days`,
    which refuses no run. How many rows and how much quarantine a run bears stays: only a file that
    is read is held to it. The order of a table's fields stays too: that of the reasons follows it,
    and so do the columns where the SQL says `*`.
    """
    document = dataclasses.asdict(contract)
    tables, dataset = document["tables"], document["dataset"]
    del document["version"], dataset["title"], dataset["max_age_days"]
    for part in (*tables, *(rule for table in tables for rule in table["rules"])):
        del part["description"]
    for column in (each for part in (*tables, dataset) for each in part["fields"].values()):
        del column["description"], column["unit"]
    tables = sorted(tables, key=lambda table: str(table["name"]))
    return [json.dumps(document | {"tables": tables}), transform.text("enriched.sql")]


def _found(entry: dict[str, Any]) -> Found:
    return Found(**entry | {"extra": tuple(entry["extra"])})


def _digest(parts: Iterable[str]) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part.encode() + b"\0")
    return digest.hexdigest()
