"""A folder for each run: its settings, its predictions row by row, its numbers. Git ignores it."""

from __future__ import annotations

import dataclasses
import json
import shutil
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd

from .. import config as settings
from ..evidence import Run

RUNS = Path("runs")


def start(root: Path) -> Path:
    """Make the folder of a run that starts now and return its path from `root`.

    Its name is the time to the microsecond, in UTC, so that folders sort as the runs went.
    """
    folder = RUNS / f"{datetime.now(UTC):%Y%m%d-%H%M%S-%f}"
    (root / folder).mkdir(parents=True)
    return folder


def keep(
    root: Path,
    folder: Path,
    *,
    experiment: str,
    tables: Mapping[str, pd.DataFrame],
    metrics: Mapping[str, float],
    run: Run,
) -> list[Path]:
    """Write what a run was and found into its folder; return the paths from `root`."""
    conf = Path(settings.EXPERIMENTS, f"{experiment}.toml")
    for path in (Path(settings.CONFIG), conf):
        shutil.copy(root / path, root / folder)
    names = []
    for name, table in tables.items():
        table.to_csv(root / folder / name, index=False, lineterminator="\n")
        names.append(name)
    document = {"experiment": experiment, "metrics": metrics, "run": dataclasses.asdict(run)}
    text = json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False)
    (root / folder / "metrics.json").write_text(text + "\n", encoding="utf-8", newline="\n")
    return [folder / name for name in (*names, "metrics.json")]
