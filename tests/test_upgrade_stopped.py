"""What goes wrong while an update runs, and whoever else is at work meanwhile."""

from __future__ import annotations

from pathlib import Path

import pytest

from mlscaffold import __version__
from mlscaffold.errors import RepositoryError, ScaffoldError, UnreadyError
from mlscaffold.updating import relock, upgrade
from tests import previous
from tests.support import git, subjects
from tests.upgrades import made_before, package, refusal, state, update

OLD = previous.VERSION


def test_a_failure_in_the_middle_leaves_the_project_as_it_was(older: Path) -> None:
    """A file of the owner's that cannot be read any more, after everything was merged."""
    folder = made_before(older, "experiment")
    Path("d.csv").write_text("a,b\n", encoding="utf-8")
    answers = {"data": "csv", "csv": "d.csv", "target": "b"}
    plan = upgrade.plan(upgrade.Request(path=folder, answers=answers, lock=False))
    Path("d.csv").unlink()
    before = state(folder)
    with pytest.raises(ScaffoldError, match="No such file"):
        upgrade.apply(plan)
    assert state(folder) == before


def test_what_is_typed_while_an_update_runs_stays(older: Path) -> None:
    """Between the first look at the project and the merge."""
    folder = made_before(older, "pipeline")
    plan = upgrade.plan(upgrade.Request(path=folder, lock=False))
    own = package(folder, previous.EDITED["pipeline"]), folder / "README.md"
    for file in own:
        with file.open("a", encoding="utf-8") as stream:
            stream.write("# typed meanwhile\n")
    place = package(folder, previous.NEW["pipeline"])
    before = state(folder)
    with pytest.raises(ScaffoldError):
        upgrade.apply(plan)
    assert state(folder) == before
    assert not place.exists()


def test_a_commit_of_the_owner_s_is_never_undone(
    older: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Made while uv locks, before a Ctrl-C: it stays, and what is under it."""
    folder = made_before(older, "pipeline")

    def slow(_project: Path) -> str:
        git(folder, "commit", "--quiet", "--allow-empty", "--message=Mine")
        raise KeyboardInterrupt

    monkeypatch.setattr(relock, "lock", slow)
    with pytest.raises(RepositoryError, match="The branch has moved on meanwhile"):
        update(lock=True)
    assert subjects(folder)[-2:] == [f"Update the template from {OLD} to {__version__}", "Mine"]
    assert git(folder, "status", "--porcelain") == ""


def test_an_interruption_after_the_merge_takes_it_back(
    older: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Unlike what was typed meanwhile elsewhere in the project."""
    folder = made_before(older, "pipeline")
    before = state(folder)

    def slow(_project: Path) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr(relock, "lock", slow)
    with pytest.raises(KeyboardInterrupt):
        update(lock=True)
    assert state(folder) == before


def test_two_updates_at_once_are_one(older: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second is refused, whether it comes during the first or was planned before it."""
    folder = made_before(older, "pipeline")
    plan = upgrade.plan(upgrade.Request(path=folder, lock=False))
    told: list[str] = []

    def slow(_project: Path) -> str:
        told.append(str(refusal()))
        return "there is no network"

    monkeypatch.setattr(relock, "lock", slow)
    assert update(lock=True).state == "merged"
    assert told == [f"Another mlscaffold is at work in '{folder}'."]
    after = state(folder)
    with pytest.raises(UnreadyError, match="There is a new commit in"):
        upgrade.apply(plan)
    assert state(folder) == after
