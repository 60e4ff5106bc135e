"""The descriptor of the published data set, as the Frictionless Data Package standard has it.

It holds nothing that changes from run to run (no time, no path of this machine), so the same
data give the same bytes.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from .contract import Contract, Field
from .extract import RawFile
from .state import Partition

FILE = "datapackage.json"


def write(
    path: Path,
    contract: Contract,
    columns: list[str],
    parts: dict[str, Partition],
    sources: list[RawFile],
) -> None:
    """Write the descriptor of these partitions, given by the path of their file.

    `columns` are those of the Parquet files and the partition; `sources` the raw files behind them.
    """
    resource: dict[str, Any] = {
        "name": contract.dataset.table.replace("_", "-"),
        "title": contract.dataset.title,
        "path": list(parts),
        "format": "parquet",
        "mediatype": "application/vnd.apache.parquet",
        "bytes": sum(part.bytes for part in parts.values()),
        "rows": sum(part.rows for part in parts.values()),
        "partitionedBy": [contract.dataset.partition],
        "parts": [
            {
                "path": name,
                "rows": part.rows,
                "bytes": part.bytes,
                "hash": f"sha256:{part.sha256}",
            }
            for name, part in parts.items()
        ],
        "schema": {
            # The partition is in the path of a file, and no column of it.
            "fieldsMatch": "superset",
            "fields": [_field(name, contract.published[name]) for name in columns],
            "primaryKey": list(contract.dataset.key),
        },
    }
    document = {
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": resource["name"],
        "title": contract.dataset.title,
        "version": contract.version,
        "sources": [{"title": file.name, "hash": f"sha256:{file.sha256}"} for file in sources],
        "resources": [resource],
    }
    text = json.dumps(document, indent=1, ensure_ascii=False)
    path.write_text(text + "\n", encoding="utf-8", newline="\n")


def columns(path: Path) -> dict[str, str]:
    """Return the type of each column that the descriptor names; of one that is no more, none."""
    try:
        (resource,) = json.loads(path.read_text(encoding="utf-8"))["resources"]
        return {field["name"]: field["type"] for field in resource["schema"]["fields"]}
    except (FileNotFoundError, KeyError, TypeError, ValueError):
        return {}


def tells(path: Path, contract: Contract) -> bool:
    """Tell whether the descriptor is there, and says of the data set what the contract says now."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        (resource,) = document["resources"]
        fields = resource["schema"]["fields"]
        now = [_field(field["name"], contract.published[field["name"]]) for field in fields]
        said = document["version"], document["title"], resource["title"]
        title = contract.dataset.title
        return said == (contract.version, title, title) and fields == now
    except (FileNotFoundError, KeyError, TypeError, ValueError):
        return False


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
