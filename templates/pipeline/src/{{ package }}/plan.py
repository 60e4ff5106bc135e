"""What a run has to do: which raw files it reads, and which days it builds."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable
from dataclasses import dataclass
from pathlib import Path

from . import origins
from .extract import RawFile
from .state import Partition, State


@dataclass(frozen=True)
class Request:
    """What is asked for: all days, or those from `first` to `last` (ISO dates, both included).

    `force` builds them even where they are up to date; `replay` reads only the files that have
    rows in quarantine, and builds only the days that change by it. `corrected` is an edited copy of
    a file of the quarantine, whose rows come in before.
    """

    first: str = ""
    last: str = ""
    force: bool = False
    replay: bool = False
    corrected: Path | None = None

    def covers(self, day: str) -> bool:
        """Tell whether the day is asked for; ISO dates sort as days do."""
        return (not self.first or day >= self.first) and (not self.last or day <= self.last)


def unread(
    state: State,
    files: Iterable[RawFile],
    rules: Callable[[str], str],
    request: Request,
    mended: Container[str],
    is_kept: Callable[[str], bool],
) -> list[RawFile]:
    """Return the files that have to be read before it is known which days they hold.

    `rules` gives the fingerprint of all that decides what becomes of the rows of a file; `mended`
    has the files of which rows were mended, and a replay reads both even where no run was let
    through yet; `is_kept` tells whether records of the file are in quarantine, where a run that
    was stopped leaves them too: rows mended in one file do not wait for those of another.
    """
    if request.replay:
        return [
            file
            for file in files
            if (request.corrected is None and is_kept(file.name))
            or (
                state.files[file.name].found.quarantined
                if file.name in state.files
                else origins.are_of(file.name) or file.name in mended
            )
        ]
    return [
        file
        for file in files
        if file.name not in state.files
        or state.files[file.name].sha256 != file.sha256
        or state.files[file.name].rules != rules(file.name)
        or (state.files[file.name].found.quarantined and not is_kept(file.name))
    ]


def days(
    state: State,
    rules: str,
    request: Request,
    *,
    is_whole: Callable[[str, Partition], bool],
    touched: set[str],
) -> list[str]:
    """Return the days to build: those asked for that are missing or stale, or all with `force`.

    `is_whole` tells whether what was written for a day is there; `touched` are the days of the
    files that a replay has read.
    """
    sources = state.sources()
    wanted = []
    for day in sorted({*sources, *state.partitions}):
        if not request.covers(day) or (request.replay and day not in touched):
            continue
        partition = state.partitions.get(day)
        is_current = (
            partition is not None
            and day in sources
            and partition.sources == sources[day]
            and partition.fingerprint == state.fingerprint(rules, sources[day])
            and is_whole(day, partition)
        )
        if request.force or not is_current:
            wanted.append(day)
    return wanted


def missing(state: State, wanted: Iterable[str], loaded: set[str]) -> list[str]:
    """Return the files that hold rows of the days wanted and are not loaded yet."""
    sources = state.sources()
    return sorted({name for day in wanted for name in sources.get(day, {})} - loaded)
