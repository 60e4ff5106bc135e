"""A folder for each run: its settings, its predictions row by row, its numbers. Git ignores it.

The numbers are written last and in one step, so a folder without them is of a run that was killed
or is still at work: whoever reads runs passes it over.
"""

from __future__ import annotations

import dataclasses
import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd

from .. import config as settings
from .. import evidence, nearest
from ..config import Config, Experiment
from ..errors import UserError
from ..evidence import Baseline, Headline, Run
from ..settings import read
from .ledger import Entry

RUNS = Path("runs")
NUMBERS = "metrics.json"
OUT_OF_FOLD = "out_of_fold.csv"
SUBMISSION = "submission.csv"


@dataclass(frozen=True)
class Record:
    """What a finished run was and found.

    `id` is the name of its folder. `best` is the model that was chosen, `weights` the share of each
    model in the blend, `test` the chosen one's score on test rows whose answers are known.
    `seconds` is the wall time of each model's cross-validation, `folds` the hash of the frozen
    folds, `features` that of what was learned from; `classes` are those of the target. `low` and
    `high` bound the headline with 95 % confidence. The seeds are those of `run` and of the
    experiment's file, a copy of which lies beside.
    """

    id: str
    experiment: str
    full: bool
    note: str
    best: str
    weights: dict[str, float]
    headline: Headline
    test: float | None
    metrics: dict[str, float]
    seconds: dict[str, float]
    folds: str
    features: str
    classes: tuple[str, ...]
    run: Run
    low: float | None = None
    high: float | None = None

    def path(self, name: str = "") -> Path:
        """Return the path of the run's folder, or of a file in it, from the project's folder."""
        return RUNS / self.id / name

    def entry(self) -> Entry:
        """Return the run in one line, as the ledger has it."""
        return Entry(
            id=self.id,
            started=self.run.started,
            experiment=self.experiment,
            full=self.full,
            model=self.best,
            metric=self.headline.metric,
            higher_is_better=self.headline.higher_is_better,
            cv=self.headline.value,
            std=self.headline.std,
            low=self.low,
            high=self.high,
            test=self.test,
            folds=self.folds,
            rows=self.run.rows,
            seconds=self.run.seconds,
            commit=self.run.git_commit,
            dirty=self.run.dirty,
            note=self.note,
        )


def start(root: Path, experiment: str) -> str:
    """Make the folder of a run that starts now and return the run's id.

    The id is the time to the microsecond, in UTC, so that folders sort as the runs went. The
    settings are copied now, since their owner may go on editing them while the models learn.
    """
    name = f"{datetime.now(UTC):%Y%m%d-%H%M%S-%f}"
    folder = root / RUNS / name
    folder.mkdir(parents=True)
    for path in (Path(settings.CONFIG), Path(settings.EXPERIMENTS, f"{experiment}.toml")):
        shutil.copy(root / path, folder)
    return name


def learned_with(root: Path, record: Record) -> tuple[Config, Experiment]:
    """Return the settings of a run from their copies, whatever became of the originals.

    Raises:
        UserError: a copy is gone, or holds what is not a setting any more.
    """
    path = record.path(f"{record.experiment}.toml")
    experiment = read(root / path, Experiment, name=path.as_posix())
    config = settings.read(root / record.path())
    return config, dataclasses.replace(experiment, name=record.experiment)


def finish(root: Path, record: Record, tables: Mapping[str, pd.DataFrame]) -> list[Path]:
    """Write the run's tables, then its numbers; return the paths from the project's folder."""
    for name, table in tables.items():
        table.to_csv(root / record.path(name), index=False, lineterminator="\n")
    document = dataclasses.asdict(record)
    text = json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False)
    evidence.write(root / record.path(NUMBERS), text + "\n")
    return [record.path(name) for name in (*tables, NUMBERS)]


def finished(root: Path) -> list[Record]:
    """Return all runs that came to their end, the oldest first."""
    found = (_read(path) for path in sorted((root / RUNS).glob(f"*/{NUMBERS}")))
    return [record for record in found if record is not None]


def last(root: Path) -> Record:
    """Return the run that was started last, of those that came to their end.

    Raises:
        UserError: there is none.
    """
    records = finished(root)
    if not records:
        raise UserError("There is no finished run yet.", "Run the train command first.")
    return records[-1]


def find(root: Path, name: str) -> Record:
    """Return the run whose id is, or contains, `name`; the leaderboard shows a part of the id.

    Raises:
        UserError: there is no such run, or more than one.
    """
    records = finished(root)
    matching = [record for record in records if name in record.id]
    if len(matching) == 1:
        return matching[0]
    ids = [record.id for record in matching or records]
    if matching:
        raise UserError(f"{len(ids)} runs are called {name!r}.", nearest.hint("", ids), 2)
    hint = nearest.hint(name, ids[::-1]) if ids else "Run the train command first."
    raise UserError(f"There is no finished run {name!r} in {RUNS.as_posix()}/.", hint, 2)


def _read(path: Path) -> Record | None:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        headline = document["headline"]
        parts = {
            "headline": Headline(**headline | {"baseline": Baseline(**headline["baseline"])}),
            "run": Run(**document["run"]),
            "classes": tuple(document["classes"]),
            "id": path.parent.name,  # wherever the folder was moved to
        }
        return Record(**document | parts)
    except (AttributeError, KeyError, TypeError, ValueError):
        return None  # of a version of this code that wrote other numbers
