"""What goes wrong while an update runs, and whoever else is at work meanwhile."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path

import pytest

from mlscaffold import __version__
from mlscaffold.errors import HalfwayError, ScaffoldError, UnreadyError
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
    with pytest.raises(HalfwayError, match="The branch has moved on meanwhile"):
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


def interrupt(monkeypatch: pytest.MonkeyPatch, place: Path, text: str) -> None:
    """Have the owner write a file while uv locks, and press Ctrl-C."""

    def slow(_project: Path) -> str:
        place.write_text(text, encoding="utf-8")
        raise KeyboardInterrupt

    monkeypatch.setattr(relock, "lock", slow)


def test_an_ignored_file_that_came_meanwhile_is_never_undone(
    older: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It lies where the update took a file of the template's away; git would write over it."""
    folder = made_before(older, "pipeline")
    (folder / ".git" / "info").mkdir(exist_ok=True)
    (folder / ".git" / "info" / "exclude").write_text(f"{previous.OLD_FILE}\n", encoding="utf-8")
    interrupt(monkeypatch, folder / previous.OLD_FILE, "typed\n")
    with pytest.raises(HalfwayError, match=r"What was merged stays: 'NOTES\.md'") as caught:
        update(lock=True)
    assert (folder / previous.OLD_FILE).read_text(encoding="utf-8") == "typed\n"
    merge = git(folder, "rev-parse", "HEAD")
    command = f"git revert -m 1 {merge[:10]}"
    assert caught.value.hint == f"To take the merge back, move that away, then: {command}"
    (folder / previous.OLD_FILE).unlink()
    git(folder, *command.split()[1:], "--no-edit")
    assert (folder / previous.OLD_FILE).exists()


def test_an_edit_made_meanwhile_keeps_the_merge(
    older: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a file that the merge has changed: the way back is said."""
    folder = made_before(older, "pipeline")
    edited = package(folder, previous.EDITED["pipeline"])
    interrupt(monkeypatch, edited, "# typed\n")
    with pytest.raises(HalfwayError, match="What was merged stays, for git would") as caught:
        update(lock=True)
    assert edited.read_text(encoding="utf-8") == "# typed\n"
    assert caught.value.exit_code == 130
    assert f"git revert -m 1 {git(folder, 'rev-parse', 'HEAD')[:10]}" in caught.value.hint


@pytest.mark.skipif(os.name == "nt", reason="links there need a right")
def test_data_are_not_written_through_a_link(older: Path) -> None:
    """One that leads nowhere yet, out of the project: it is the owner's, and is refused."""
    folder = made_before(older, "experiment")
    Path("d.csv").write_text("a,b\n", encoding="utf-8")
    (folder / "data").mkdir(exist_ok=True)
    (folder / "data" / "d.csv").symlink_to(folder.parent / "outside.csv")
    problem = refusal(answers={"data": "csv", "csv": "d.csv", "target": "b"})
    assert str(problem).endswith("would be copied to 'data/d.csv', where another file is.")
    assert not Path("outside.csv").exists()


def test_copied_data_are_taken_back_too(older: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the disk is full in the middle of the second."""
    folder = made_before(older, "experiment")
    Path("d.csv").write_text("a,b\n", encoding="utf-8")
    before = state(folder)

    def full(_source: Path, target: Path) -> None:
        target.write_text("a", encoding="utf-8")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(shutil, "copyfile", full)
    with pytest.raises(ScaffoldError, match="No space left"):
        update(answers={"data": "csv", "csv": "d.csv", "target": "b"})
    assert state(folder) == before
