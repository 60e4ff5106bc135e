"""The record of each run: a manifest, and its lineage as OpenLineage events.

The manifest says which bytes came in, by which code and contract, what became of every record, and
how long each step took. `lineage.jsonl` says the same in the format that catalogues read.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from . import findings, history
from .errors import UserError
from .evidence import Stopwatch
from .found import Found
from .history import Record
from .refresh import Refreshed
from .task import Task

SCHEMA = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent"
PRODUCER = "https://openlineage.io"


def record(task: Task, done: Refreshed, watch: Stopwatch, seconds: dict[str, float]) -> Record:
    """Return the run's manifest and its lineage; `seconds` has the steps up to now.

    Raises:
        UserError: the row counts do not add up, which is a fault of the pipeline.
    """
    state, name = done.state, task.contract.main.name
    code = watch.run(rows=0, seed=None, root=task.config.root)
    total = Found.total(entry.found for entry in state.files.values())
    parts = state.partitions.values()
    balance = {
        "in": total.records,
        "published": sum(part.rows for part in parts),
        "duplicates": sum(part.duplicates for part in parts),
        "quarantined": total.quarantined,
        "corrected": total.corrected,
        "not built yet": total.good - sum(sum(part.sources.values()) for part in parts),
    }
    if balance["in"] != sum(balance.values()) - balance["in"]:
        raise UserError(
            f"The balance of {name} does not hold: {balance}.",
            "This is a fault of the pipeline and not of the data.",
        )
    run = str(uuid.uuid4())
    read = {n for files in done.found.values() for n in files}
    inputs = {
        file.name: file.sha256
        for files in task.tables.values()
        for file in files
        if file.name in read
    }
    document = {
        "run": run,
        "command": watch.command,
        "started": code.started,
        "seconds": code.seconds,
        "steps": seconds,
        "code": {"git_commit": code.git_commit, "dirty": code.dirty, "python": code.python},
        "contract": {"version": task.contract.version, "rules": task.rules},
        "inputs": inputs,
        "read": {
            table: {
                n: {"records": f.records, "quarantined": f.quarantined} for n, f in files.items()
            }
            for table, files in done.found.items()
        },
        "built": {
            day: {
                "rows": state.partitions[day].rows,
                "duplicates": state.partitions[day].duplicates,
                "sha256": state.partitions[day].sha256,
            }
            if day in state.partitions
            else None
            for day in done.days
        },
        "balance": balance,
        "warnings": list(findings.warnings(task.contract, state)),
    }
    moment = code.started.replace(":", "").replace("+0000", "Z")
    ended = datetime.now(UTC).isoformat(timespec="milliseconds")
    events = [
        _event(task, "START", code.started, run, {}, ()),
        _event(task, "COMPLETE", ended, run, inputs, done.columns),
    ]
    return Record(f"{moment}-{run[:8]}.json", document, events)


def end(task: Task, done: Refreshed, watch: Stopwatch, seconds: dict[str, float]) -> None:
    """Keep the record of a run at its end, now with the times of all steps."""
    kept = done.record or record(task, done, watch, seconds)
    code = watch.run(rows=0, seed=None, root=task.config.root)
    manifest = kept.manifest | {"seconds": code.seconds, "steps": seconds}
    history.keep(task.config.state, replace(kept, manifest=manifest))


def _event(
    task: Task, kind: str, moment: str, run: str, inputs: dict[str, str], columns: Sequence[str]
) -> dict[str, Any]:
    """Return a RunEvent; a data set's version is the hash of its bytes.

    `columns` are those that were published, none where nothing was.
    """
    namespace = task.config.project.name
    raw = [
        {"namespace": namespace, "name": f"{task.config.data.raw}/{name}", "facets": _version(sha)}
        for name, sha in sorted(inputs.items())
    ]
    described = task.contract.published
    fields = [{"name": name, "type": described[name].type} for name in columns]
    out: dict[str, Any] = {
        "namespace": namespace,
        "name": f"{task.config.data.published}/{task.contract.dataset.table}",
        "facets": {"schema": _facet("SchemaDatasetFacet", "1-1-1") | {"fields": fields}},
    }
    return {
        "eventType": kind,
        "eventTime": moment,
        "run": {"runId": run},
        "job": {"namespace": namespace, "name": task.contract.dataset.table},
        "inputs": raw,
        "outputs": [out] if columns else [],
        "producer": PRODUCER,
        "schemaURL": SCHEMA,
    }


def _version(sha256: str) -> dict[str, Any]:
    return {"version": _facet("DatasetVersionDatasetFacet", "1-0-1") | {"datasetVersion": sha256}}


def _facet(name: str, version: str) -> dict[str, Any]:
    url = f"https://openlineage.io/spec/facets/{version}/{name}.json#/$defs/{name}"
    return {"_producer": PRODUCER, "_schemaURL": url}
