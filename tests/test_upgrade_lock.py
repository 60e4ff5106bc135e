"""The lock file after an update: made anew in the merge commit, never merged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests import previous
from tests.support import OFFLINE, git, make, subjects
from tests.upgrades import commit, made_before, update

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

OLD = previous.VERSION


def test_a_lock_file_that_cannot_be_made_stays(
    older: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the requirements have changed; without a network it stays, and that is said."""
    folder = made_before(older, "pipeline")
    (folder / "uv.lock").write_text("# old\n", encoding="utf-8")
    commit(folder)
    for name, value in OFFLINE.items():
        monkeypatch.setenv(name, value)
    result = update(lock=True)
    assert result.state == "merged"
    (note,) = result.notes
    assert note.startswith("uv.lock is as it was: ")
    assert note.endswith("Make and commit it when you can: uv lock")
    assert (folder / "uv.lock").read_text(encoding="utf-8") == "# old\n"
    assert git(folder, "status", "--porcelain") == ""


def test_a_lock_file_that_can_be_made_is_part_of_the_merge(
    work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To revert it brings the old one; one that was never there comes, a deleted one does not."""
    for name, value in OFFLINE.items():
        monkeypatch.setenv(name, value)
    folder = make("pipeline", work / "x").path
    text = (folder / "pyproject.toml").read_text(encoding="utf-8")
    for start, end in (("dependencies = [", "[project.scripts]"), ("[dependency-", "[build-")):
        text = text[: text.index(start)] + text[text.index(end) :]
    (folder / "pyproject.toml").write_text(text, encoding="utf-8")
    commit(folder)
    result = update(lock=True, answers={"license": "none"})
    assert (result.state, result.notes) == ("merged", ())
    assert subjects(folder)[-1] == "Update the template: license=none"
    assert git(folder, "rev-parse", "HEAD") == result.commits[-1]
    assert len(result.commits) == 2
    assert "uv.lock" in git(folder, "diff", "--name-only", "HEAD^1", "HEAD").splitlines()
    assert git(folder, "rev-parse", "HEAD^2^") == git(folder, "rev-list", "--max-parents=0", "HEAD")
    assert git(folder, "status", "--porcelain") == ""
    assert update(lock=True).state == "current"
    before = git(folder, "rev-parse", "HEAD^1^{tree}")
    git(folder, "revert", "--no-edit", "--mainline=1", "HEAD")
    assert git(folder, "rev-parse", "HEAD^{tree}") == before
    git(folder, "reset", "--quiet", "--hard", "HEAD^1")
    git(folder, "rm", "--quiet", "uv.lock")
    commit(folder)
    assert update(lock=True, answers={"license": "MIT"}).state == "merged"
    assert not (folder / "uv.lock").exists()


def test_conflicts_in_the_requirements_are_locked_by_the_owner(older: Path) -> None:
    """There is nothing to lock before they are solved."""
    folder = made_before(older, "pipeline")
    place = folder / "pyproject.toml"
    text = place.read_text(encoding="utf-8")
    place.write_text(text.replace('"pytest>=9.1,<10"', '"pytest"'), encoding="utf-8")
    commit(folder)
    result = update(lock=True)
    assert result.conflicts == ("pyproject.toml",)
    assert result.notes == ("When the merge is committed, lock anew: uv lock",)


def test_a_workspace_around_the_project_is_left_alone(older: Path) -> None:
    """Its lock file is not the project's; that none was made is a note."""
    folder = made_before(older, "pipeline")
    outer = folder.parent / "pyproject.toml"
    outer.write_text('[tool.uv.workspace]\nmembers = ["x"]\n', encoding="utf-8")
    result = update(lock=True)
    assert result.state == "merged"
    assert result.notes[0].startswith("uv.lock is left out: the project is a member of uv's")
    assert not (folder.parent / "uv.lock").exists()
    assert git(folder, "status", "--porcelain") == ""
