"""What a pipeline publishes is what an experiment learns from, each made and run as a user would."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.templates import workshop
from tests.templates.workshop import NO_NETWORK

if TYPE_CHECKING:
    from pathlib import Path

QUESTION = (
    "SELECT date, carrier, origin, hour, distance, seats, late FROM flights "
    "WHERE late IS NOT NULL AND date < DATE '2013-01-03' ORDER BY date, carrier, flight, origin"
)


@pytest.mark.project
@pytest.mark.xdist_group("handover")
def test_an_experiment_learns_from_what_a_pipeline_publishes(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """Every row that was asked for is one that the models are judged by."""
    shell = workshop.install(tmp_path_factory.mktemp("user"))
    shell.must("mlscaffold", "new", "pipeline", "flights", "--yes")
    pipeline = shell.in_folder(shell.folder / "flights")
    pipeline.must("uv", "run", "flights", "run")
    pipeline.must("uv", "run", "flights", "query", QUESTION, "--output", "late.csv", **NO_NETWORK)
    table = pipeline.folder / "late.csv"
    rows = len(table.read_text(encoding="utf-8").splitlines()) - 1
    assert rows > 1000
    answers = ("--set", "data=csv", "--set", f"csv={table}", "--set", "target=late")
    shell.must("mlscaffold", "new", "experiment", "late", "--yes", *answers)
    experiment = shell.in_folder(shell.folder / "late")
    experiment.must("uv", "sync", "--locked")
    experiment.must("uv", "run", "late", "train", **NO_NETWORK)
    assert _rows(experiment.folder) == rows


def _rows(project: Path) -> int:
    document = json.loads((project / "results" / "summary.json").read_text(encoding="utf-8"))
    rows: int = document["run"]["rows"]
    return rows
