"""The record of each run: a manifest, and its lineage as OpenLineage events.

The manifest says which bytes came in, by which code and contract, what became of every record, and
how long each step took; of a run that was stopped, by what. `lineage.jsonl` says the same in the
format that catalogues read.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from . import findings, history, publish
from .config import Config
from .contract import Contract
from .errors import UserError
from .evidence import Run, Stopwatch
from .found import Found
from .history import Record
from .refresh import Refreshed
from .task import Task

SCHEMA = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent"
PRODUCER = f"urn:python:{__name__.partition('.')[0]}"
INTERRUPTED = "Query interrupted"  # what DuckDB makes of a Ctrl-C


@dataclass
class Course:
    """A run under way, and its record, however it ends.

    `seconds` has the steps up to now; `contract` comes when it is read, and `record` when the run
    is about to publish.
    """

    config: Config
    watch: Stopwatch
    seconds: dict[str, float]
    run: str = field(default_factory=lambda: str(uuid.uuid4()))
    contract: Contract | None = None
    record: Record | None = None

    def describe(self, task: Task, done: Refreshed) -> Record:
        """Return the manifest and the lineage of what was done.

        Raises:
            UserError: the row counts do not add up, which is a fault of the pipeline.
        """
        code, inputs = self._code(), _inputs(task, done)
        document = self._begun(code) | _made(task, done, inputs)
        events = [
            self._event("START", code.started, task.contract),
            self._event("COMPLETE", _now(), task.contract, inputs, done.columns),
        ]
        self.record = Record(self._name(code), document, events)
        return self.record

    def end(self, task: Task, done: Refreshed) -> None:
        """Keep the record of a run at its end, now with the times of all steps."""
        kept = done.record or self.describe(task, done)
        times = {"seconds": self._code().seconds, "steps": self.seconds}
        history.keep(self.config.state, replace(kept, manifest=kept.manifest | times))

    @contextmanager
    def followed(self) -> Iterator[None]:
        """Keep a record of what stops the run, as far as that can be; it is raised as it is.

        A run that was killed, or that its owner has interrupted, can leave none.
        """
        try:
            yield
        except Exception as error:
            if str(error) != INTERRUPTED:
                # Whatever stands against the record, such as the same full disk, is not the news.
                with suppress(Exception):
                    history.keep(self.config.state, self._stopped(error))
            raise

    def _stopped(self, error: Exception) -> Record:
        """Return the record of a run that the error has stopped."""
        # A user has seen the sentence; of anything else nobody knows what its words may hold.
        by = str(error) if isinstance(error, UserError) else f"Unexpected: {type(error).__name__}."
        code = self._code()
        document = self._begun(code)
        events: list[dict[str, Any]] = []
        if self.record and history.has(self.config.state, self.record.name):
            # Catalogues know what it has published, and that stands.
            document = self.record.manifest | {key: document[key] for key in ("seconds", "steps")}
        elif self.contract and not (self.record and publish.is_pending(self.config)):
            # What waits to be published is told by the run that finishes it.
            message = _facet("ErrorMessageRunFacet", "1-0-1") | {
                "message": by,
                "programmingLanguage": "Python",
            }
            failed = self._event("FAIL", _now(), self.contract)
            failed["run"]["facets"] = {"errorMessage": message}
            events = [self._event("START", code.started, self.contract), failed]
        return Record(self._name(code), document | {"failed": by}, events)

    def _code(self) -> Run:
        return self.watch.run(rows=0, seed=None, root=self.config.root)

    def _name(self, code: Run) -> str:
        moment = code.started.replace(":", "").replace("+0000", "Z")
        return f"{moment}-{self.run[:8]}.json"

    def _begun(self, code: Run) -> dict[str, Any]:
        """Return what is known of each run, of one that was stopped too."""
        return {
            "run": self.run,
            "command": self.watch.command,
            "started": code.started,
            "seconds": code.seconds,
            "steps": self.seconds,
            "code": {"git_commit": code.git_commit, "dirty": code.dirty, "python": code.python},
            "contract": {"version": self.contract.version} if self.contract else None,
        }

    def _event(
        self,
        kind: str,
        moment: str,
        contract: Contract,
        inputs: dict[str, str] | None = None,
        columns: Sequence[str] = (),
    ) -> dict[str, Any]:
        """Return a RunEvent; a data set's version is the hash of its bytes.

        `columns` are those that were published, none where nothing was.
        """
        data, namespace = self.config.data, self.config.project.name
        raw = [
            {"namespace": namespace, "name": f"{data.raw}/{name}", "facets": _version(sha)}
            for name, sha in sorted((inputs or {}).items())
        ]
        fields = [{"name": name, "type": contract.published[name].type} for name in columns]
        out: dict[str, Any] = {
            "namespace": namespace,
            "name": f"{data.published}/{contract.dataset.table}",
            "facets": {"schema": _facet("SchemaDatasetFacet", "1-1-1") | {"fields": fields}},
        }
        return {
            "eventType": kind,
            "eventTime": moment,
            "run": {"runId": self.run},
            "job": {"namespace": namespace, "name": contract.dataset.table},
            "inputs": raw,
            "outputs": [out] if columns else [],
            "producer": PRODUCER,
            "schemaURL": SCHEMA,
        }


def _made(task: Task, done: Refreshed, inputs: dict[str, str]) -> dict[str, Any]:
    """Return what came in, and what was made of it."""
    state = done.state
    return {
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
        "balance": _balance(task, done),
        "warnings": list(findings.warnings(task.contract, state)),
    }


def _balance(task: Task, done: Refreshed) -> dict[str, int]:
    """Return what became of all records of the main table.

    Raises:
        UserError: one of them is nowhere, or twice.
    """
    total = Found.total(entry.found for entry in done.state.files.values())
    parts = done.state.partitions.values()
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
            f"The balance of {task.contract.main.name} does not hold: {balance}.",
            "This is a fault of the pipeline and not of the data.",
        )
    return balance


def _inputs(task: Task, done: Refreshed) -> dict[str, str]:
    """Return the raw files that were read, with their hashes."""
    read = {name for files in done.found.values() for name in files}
    return {
        file.name: file.sha256
        for files in task.tables.values()
        for file in files
        if file.name in read
    }


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def _version(sha256: str) -> dict[str, Any]:
    return {"version": _facet("DatasetVersionDatasetFacet", "1-0-1") | {"datasetVersion": sha256}}


def _facet(name: str, version: str) -> dict[str, Any]:
    url = f"https://openlineage.io/spec/facets/{version}/{name}.json#/$defs/{name}"
    return {"_producer": PRODUCER, "_schemaURL": url}
