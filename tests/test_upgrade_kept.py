"""From the templates as they really were to those of today, with an owner who has worked since."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mlscaffold import __version__
from mlscaffold.updating import upgrade
from tests import kept as kept_version
from tests.previous import run_at
from tests.support import TEMPLATES, git, run
from tests.upgrades import commit, recorded, rendered, update


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_project_of_that_version_becomes_one_of_today(
    template: str, kept: Path, work: Path
) -> None:
    """It is what `new` makes today of the same answers, but for what is the owner's."""
    outcome = run_at(kept, "new", template, "x", "--yes", "--no-lock")
    assert outcome.code == 0, outcome.err
    folder = Path("x").absolute()
    kept_version.work_on(folder)
    commit(folder)
    result = update()
    assert (result.state, result.before) == ("merged", kept_version.VERSION)
    assert result.version == __version__
    assert len(result.changed) > 20, "a version in which much has changed"
    kept_version.require_today(folder, rendered(template, work / "today" / "x", **recorded(folder)))
    assert git(folder, "status", "--porcelain") == ""
    assert update().state == "current"


def test_a_later_answer_comes_with_it(kept: Path) -> None:
    """A feature that the version did not have yet is turned on in the same update."""
    outcome = run_at(kept, "new", "pipeline", "x", "--yes", "--no-lock")
    assert outcome.code == 0, outcome.err
    result = update(answers={"warehouse": "postgres"})
    assert result.state == "merged"
    assert result.answers["warehouse"] == "postgres"
    assert "compose.yaml" in result.added
    plan = upgrade.plan(upgrade.Request(path="x", answers={"warehouse": "duckdb"}, lock=False))
    assert "compose.yaml" in upgrade.preview(plan).removed


def test_status_knows_that_there_is_a_newer_one(kept: Path) -> None:
    """Before and after."""
    outcome = run_at(kept, "new", "service", "x", "--yes", "--no-lock")
    assert outcome.code == 0, outcome.err
    before = json.loads(run("status", "x", "--json").out)
    assert (before["version"], before["newer"]) == (kept_version.VERSION, True)
    update()
    after = json.loads(run("status", "x", "--json").out)
    assert (after["version"], after["newer"]) == (__version__, False)
    assert after["changed"] == after["deleted"] == []
