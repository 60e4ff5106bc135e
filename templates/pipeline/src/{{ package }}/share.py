"""How much may be bad: the share of quarantined records, and the run that it stops."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from . import origins, quarantine
from .errors import UserError
from .found import Found
from .task import Task

NAMED = 3  # files, in an error


def refuse_too_many(
    task: Task,
    known: dict[str, dict[str, Found]],
    first: Iterable[str],
    staged: dict[str, Path | None],
) -> None:
    """Stop the run when the files of a table have more bad records than the contract bears.

    `known` has what was found in all of a table's files, now or before; `first` names the main
    table's that this run has read for themselves. All of a table's records count together, and
    once more those that no run has let through before, so that a broken delivery does not hide
    among years of good ones. A main table that was over the threshold before, as one is whose good
    files were taken back, may get better.

    What was set aside is kept then too: it is what the owner needs to see. Only rows that the owner
    has mended are taken back with the run, and the quarantine stays as it was.

    Raises:
        UserError: the share is over the threshold; what was published before stays.
    """
    main, bears = task.contract.main.name, task.contract.max_quarantined_share
    for table, files in known.items():
        read = {name: files[name] for name in (first if table == main else files)}
        counted = _new(task, read) if table == main else files
        if _share(counted.values()) <= bears:
            counted = files
            if _share(files.values()) <= max(bears, _share_before(task) if table == main else 0):
                continue
        total = Found.total(counted.values())
        folder, path = f"{task.config.data.quarantine}/{quarantine.RECORDS}", task.request.corrected
        hint = f"Their reasons, files and lines are in {folder}."
        if path is None:
            quarantine.keep(task.config, staged)
        else:
            hint = f"{folder} is as it was: mend more of it in {path.name}, and replay that again."
        raise UserError(
            f"{table}: {total.quarantined:,} of {total.records:,} "
            f"{'records' if counted is files else 'new records'} ({_share(counted.values()):.2%}) "
            f"break the contract, and it bears {bears:.2%}. {_worst(read)}Nothing was published.",
            hint,
        )


def _new(task: Task, read: dict[str, Found]) -> dict[str, Found]:
    """Return those of the files that no run has let through, and that mend no others."""
    return {
        name: found
        for name, found in read.items()
        if name not in task.before.files and not origins.are_of(name)
    }


def _share(files: Iterable[Found]) -> float:
    """Return the share of quarantined records among those of the files."""
    total = Found.total(files)
    return total.quarantined / total.records if total.records else 0.0


def _share_before(task: Task) -> float:
    """Return the main table's share before this run; another contract has borne nothing yet."""
    if task.before.shape != task.shape:
        return 0.0
    there = {file.name for file in task.main}
    return _share(entry.found for name, entry in task.before.files.items() if name in there)


def _worst(read: dict[str, Found]) -> str:
    """Return a sentence about the files with the largest shares, empty where none has any."""
    bad = {name: found for name, found in read.items() if found.quarantined}
    worst = sorted(bad, key=lambda name: (-_share([bad[name]]), name))[:NAMED]
    each = (f"{name} ({bad[name].quarantined:,} of {bad[name].records:,})" for name in worst)
    return f"Worst of the files read: {', '.join(each)}. " if bad else ""
