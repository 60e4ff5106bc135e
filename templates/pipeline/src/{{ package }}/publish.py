"""What readers use, changed so that a run may be killed anywhere.

Everything is built in the staging folder first. Then one small file, the journal, says what is to
move where; from that moment on the run counts, and whoever comes next finishes it. Each partition
is one file, and a rename replaces it: a reader finds the old one or the new one, whole.
"""

from __future__ import annotations

import dataclasses
import errno
import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import datapackage, state, warehouse
from .config import Config
from .contract import Contract
from .errors import UserError
from .evidence import write

JOURNAL = "journal.json"
STAGING = "staging"


@dataclass(frozen=True)
class Journal:
    """What is left to be done: files to move and to remove, the warehouse, the new state.

    All paths are relative to the project's folder.
    """

    moves: dict[str, str]
    removals: list[str]
    change: warehouse.Change
    state: dict[str, Any]


def staging(config: Config) -> Path:
    """Return an empty staging folder."""
    folder = config.state / STAGING
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def unknown_files(config: Config, contract: Contract, known: set[str]) -> list[str]:
    """Return the partitions' files that nothing remembers, as after the state was deleted.

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
    expected = {*known, (dataset / datapackage.FILE).relative_to(config.root).as_posix()}
    names = [path.relative_to(config.root).as_posix() for path in files]
    return [name for name in names if name not in expected]


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
        journal = Journal(change=change, **document)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise UserError(
            f"{JOURNAL} in {config.data.state} is damaged.",
            "Delete it and state.json, and the next run makes everything anew.",
        ) from error
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
    warehouse.load(config, contract, journal.change)
    state.store(config.state, journal.state)
    path.unlink()
    shutil.rmtree(config.state / STAGING, ignore_errors=True)


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
            partial = target.with_name(f".{target.name}.unfinished")
            shutil.copyfile(source, partial)
            partial.replace(target)
            source.unlink()
    elif not target.exists():
        raise UserError(
            f"The staged file {source.name} is gone.",
            f"Delete {JOURNAL} and state.json, and the next run makes everything anew.",
        )


def _remove_if_empty(folder: Path) -> None:
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()
