"""What readers use, changed so that a run may be killed anywhere.

Everything is built in the staging folder first. Then one small file, the journal, says what is to
move where; from that moment on the run counts, and whoever comes next finishes it. Each partition
is one file, and a rename replaces it: a reader finds the old one or the new one, whole.
"""

from __future__ import annotations

import dataclasses
import errno
import hashlib
import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import datapackage, history, warehouse
from . import state as states
from .config import Config
from .contract import Contract
from .errors import UserError
from .evidence import write
from .history import Record
from .state import State

JOURNAL = "journal.json"
STAGING = "staging"
UNFINISHED = ".unfinished"
GONE = f"Delete {JOURNAL} and state.json, and the next run makes everything anew."


@dataclass(frozen=True)
class Journal:
    """What is left to be done: files to move and to remove, the warehouse, the state, the record.

    All paths are relative to the project's folder. `is_everything` tells that the change makes a
    whole warehouse of an empty one.
    """

    moves: dict[str, str]
    removals: list[str]
    change: warehouse.Change
    is_everything: bool
    state: dict[str, Any]
    record: Record | None = None


def staging(config: Config) -> Path:
    """Return an empty staging folder."""
    folder = config.state / STAGING
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def unknown_files(config: Config, contract: Contract, known: set[str]) -> list[str]:
    """Return the partitions' files that nothing remembers, as after the state was deleted.

    Whatever looks like no partition is its owner's, and stays.

    Raises:
        UserError: the folder was not made by this pipeline.
    """
    dataset = config.published / contract.dataset.table
    if not dataset.exists():
        return []
    files = sorted(path for path in dataset.rglob("*") if path.is_file())
    if files and not (dataset / datapackage.FILE).exists() and not known:
        raise UserError(
            f"The folder {config.data.published}/{dataset.name} was not made by this pipeline.",
            "Move it away, or publish elsewhere: `published` in config.toml.",
            2,
        )
    ours = [path for path in files if _is_part(contract, path.relative_to(dataset))]
    names = [path.relative_to(config.root).as_posix() for path in ours]
    return [name for name in names if name not in known]


def _is_part(contract: Contract, path: Path) -> bool:
    """Tell whether readers would take the file for a part of the data set, or it was to be one."""
    folder, *rest = path.parts
    return (
        folder.startswith(f"{contract.dataset.partition}=")
        and len(rest) == 1
        and (path.suffix == ".parquet" or path.suffix == UNFINISHED)
    )


def digest(path: Path) -> str:
    """Return the SHA-256 of the file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def compare(config: Config, contract: Contract, known: State) -> None:
    """Compare the hashes of what is published with those that were remembered.

    Raises:
        UserError: a partition's file is not what a run has written.
    """
    dataset = config.published / contract.dataset.table
    for day, partition in known.partitions.items():
        path = dataset / contract.dataset.part(day)
        if not path.exists() or digest(path) != partition.sha256:
            state = "not what was written" if path.exists() else "gone"
            raise UserError(
                f"{path.relative_to(config.root).as_posix()} is {state}.",
                "Delete it, if it is there: `run` makes it anew from the raw files.",
            )


def commit(config: Config, contract: Contract, journal: Journal) -> None:
    """Write the journal, and do what it says.

    Raises:
        UserError: a file or the warehouse cannot be replaced; the next run goes on from there.
    """
    write(config.state / JOURNAL, json.dumps(dataclasses.asdict(journal)) + "\n")
    finish(config, contract)


def is_pending(config: Config) -> bool:
    """Tell whether a run has left a journal behind."""
    return (config.state / JOURNAL).exists()


def finish(config: Config, contract: Contract) -> None:
    """Do what the journal of this or of a killed run says.

    Every step may be done twice, so it does not matter where the run before was killed.
    """
    path = config.state / JOURNAL
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        change = warehouse.Change(**document.pop("change"))
        change = dataclasses.replace(change, days=tuple(change.days))
        record = document.pop("record", None)
        journal = Journal(change=change, record=record and Record(**record), **document)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise UserError(
            f"{JOURNAL} in {config.data.state} is damaged.",
            "Delete it and state.json, and the next run makes everything anew.",
        ) from error
    _refuse_without_staged(config, journal)
    try:
        for source, target in journal.moves.items():
            _move(config.root / source, config.root / target)
        for name in journal.removals:
            (config.root / name).unlink(missing_ok=True)
            _remove_if_empty((config.root / name).parent)
    except PermissionError as error:
        raise UserError(
            f"A published file cannot be replaced: {error.strerror}.",
            "Close the programs that have it open, and run again: the run goes on from there.",
        ) from error
    # A part alone would pass for the whole; where the rest was lost, the next run loads everything.
    if journal.is_everything or warehouse.is_loaded(config):
        warehouse.load(config, contract, journal.change)
    states.store(config.state, journal.state)
    if journal.record is not None:
        history.keep(config.state, journal.record)
    path.unlink()
    shutil.rmtree(config.state / STAGING, ignore_errors=True)


def _refuse_without_staged(config: Config, journal: Journal) -> None:
    """Look whether the staging folder is still there, and the marts in it, which nothing moves.

    Raises:
        UserError: somebody has deleted them.
    """
    staged = [
        config.state / STAGING,
        *(config.root / each for each in journal.change.marts.values()),
    ]
    for path in staged:
        if not path.exists():
            raise UserError(
                f"{path.relative_to(config.root).as_posix()}, which a run was to publish, is gone.",
                GONE,
            )


def _move(source: Path, target: Path) -> None:
    """Put the staged file into its place, unless that was done before."""
    if source.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            source.replace(target)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            # The folders lie on two disks, as volumes of a container do.
            partial = target.with_name(f".{target.name}{UNFINISHED}")
            shutil.copyfile(source, partial)
            partial.replace(target)
            source.unlink()
    elif not target.exists():
        raise UserError(f"The staged file {source.name} is gone.", GONE)


def _remove_if_empty(folder: Path) -> None:
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()
