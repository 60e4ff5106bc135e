"""What a run works on: configuration, contract, raw files, what is asked for, what was before."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from . import plan, quarantine
from .config import Config
from .contract import Contract
from .extract import RawFile
from .plan import Request
from .state import Partition, State


@dataclass(frozen=True)
class Task:
    """What a run works on.

    `rules` is the fingerprint of all that decides what becomes of a row, `shape` that of all that
    decides what the warehouse's tables look like; `mended` are the lines of raw files whose owner
    has given others in their place.
    """

    config: Config
    contract: Contract
    tables: dict[str, list[RawFile]]
    rules: str
    shape: str
    mended: dict[str, frozenset[int]]
    request: Request
    before: State

    @property
    def main(self) -> list[RawFile]:
        """The raw files of the main table."""
        return self.tables[self.contract.main.name]

    @property
    def dataset(self) -> Path:
        """The folder of the published data set."""
        return self.config.published / self.contract.dataset.table

    def rules_for(self, name: str) -> str:
        """Return the fingerprint of all that decides what becomes of the rows of that file."""
        lines = self.mended.get(name)
        if not lines:
            return self.rules
        return hashlib.sha256(f"{self.rules} {sorted(lines)}".encode()).hexdigest()

    def wanted(self, state: State, touched: set[str]) -> list[str]:
        """Return the days to build, given what is known of the raw files."""
        return plan.days(
            state,
            self.rules,
            self.request,
            is_whole=self._is_whole,
            touched=touched,
        )

    def unread(self, state: State) -> list[RawFile]:
        """Return the raw files to be read first, given what is known of them."""
        return plan.unread(
            state, self.main, self.rules_for, self.request, self.mended, self._is_kept
        )

    def _is_kept(self, name: str) -> bool:
        return (self.config.quarantine / quarantine.record_file(name)).exists()

    def _is_whole(self, day: str, partition: Partition) -> bool:
        """Tell whether the day's file is there with its size, and its duplicates are."""
        path = self.dataset / self.contract.dataset.part(day)
        repeated = self.config.quarantine / quarantine.duplicate_file(day)
        return (
            path.is_file()
            and path.stat().st_size == partition.bytes
            and (not partition.duplicates or repeated.exists())
        )

    def within(self, path: Path) -> str:
        """Return the path relative to the project's folder."""
        return path.relative_to(self.config.root).as_posix()
