"""The descriptor of the published data set, as the Frictionless Data Package standard has it.

It holds nothing that changes from run to run (no time, no path of this machine), so the same
data give the same bytes.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .contract import Contract, Field

FILE = "datapackage.json"


@dataclass(frozen=True)
class Part:
    """One Parquet file of the data set; `path` is relative to the data set's folder."""

    path: str
    rows: int


def write(folder: Path, contract: Contract, columns: list[str], parts: list[Part]) -> None:
    """Write datapackage.json beside the parts it describes."""
    resource: dict[str, Any] = {
        "name": contract.dataset.table.replace("_", "-"),
        "title": contract.dataset.title,
        "path": [part.path for part in parts],
        "format": "parquet",
        "mediatype": "application/vnd.apache.parquet",
        "bytes": sum((folder / part.path).stat().st_size for part in parts),
        "rows": sum(part.rows for part in parts),
        "partitionedBy": [contract.dataset.partition],
        "parts": [
            {
                "path": part.path,
                "rows": part.rows,
                "bytes": (folder / part.path).stat().st_size,
                "hash": f"sha256:{_sha256(folder / part.path)}",
            }
            for part in parts
        ],
        "schema": {
            "fields": [_field(name, contract.published[name]) for name in columns],
            "primaryKey": list(contract.dataset.key),
        },
    }
    document = {
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": resource["name"],
        "title": contract.dataset.title,
        "version": contract.version,
        "resources": [resource],
    }
    text = json.dumps(document, indent=2, ensure_ascii=False)
    (folder / FILE).write_text(text + "\n", encoding="utf-8", newline="\n")


def _field(name: str, field: Field) -> dict[str, Any]:
    """Return the field as a Table Schema describes it; `unit` is an addition of ours."""
    constraints = {
        "required": field.required or None,
        "minimum": field.min,
        "maximum": field.max,
        "enum": list(field.values) or None,
        "pattern": field.pattern or None,
    }
    described = {
        "name": name,
        "type": field.type,
        "description": field.description,
        "unit": field.unit or None,
        "constraints": {key: value for key, value in constraints.items() if value is not None},
    }
    return {key: value for key, value in described.items() if value}


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
