"""A repository that git does not open, or in which something is under way."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from mlscaffold.errors import BadInputError, UnreadyError
from mlscaffold.updating import adopt, status
from tests.support import git, make, run
from tests.upgrades import commit, made_before, refusal, update

if TYPE_CHECKING:
    from pathlib import Path


def test_a_folder_that_is_not_there_is_bad_input(work: Path) -> None:
    """As everywhere; and so is none at all, which an empty variable of a script gives."""
    make("pipeline", work / "x")
    for words in (("update",), ("status",), ("adopt", "pipeline")):
        assert run(*words, "nowhere").code == 2
        outcome = run(*words, "", cwd=work / "x")
        assert outcome.err.startswith("error: The PATH is empty.\n")
        assert outcome.code == 2


@pytest.mark.parametrize("base", ["nonsense", ""])
def test_a_base_that_is_no_commit_is_bad_input(base: str, work: Path) -> None:
    """It was typed wrong."""
    make("pipeline", work / "x")
    problem = refusal(base=base)
    assert isinstance(problem, BadInputError)
    assert str(problem) == f"--base '{base}' is no commit."


def test_a_repository_of_somebody_else_is_refused(
    work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the very command that git wants; a setting of the repository's own would not help."""
    folder = make("pipeline", work / "x").path
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    for path in (folder, folder / "src"):
        for refuse in (
            lambda path=path: update(path),
            lambda path=path: status.read(path),
            lambda path=path: adopt.plan(adopt.Request("pipeline", path)),
        ):
            with pytest.raises(UnreadyError, match=f"git does not trust '{path}'") as caught:
                refuse()
            command = f"git config --global --add safe.directory {folder.resolve().as_posix()}"
            assert caught.value.hint == f"If it is yours: {command}"
    subprocess.run(command.split(), check=True)
    assert update().state == "current"


def test_a_git_that_has_crashed_is_named(older: Path) -> None:
    """Its lock is the owner's to remove."""
    folder = made_before(older, "pipeline")
    lock = folder / ".git" / "index.lock"
    lock.touch()
    with pytest.raises(UnreadyError, match="Another git is at work in") as caught:
        update()
    assert caught.value.hint.endswith(f"remove the file '{lock}'.")
    lock.unlink()
    assert update().state == "merged"


def test_patches_under_way_are_no_rebase(work: Path) -> None:
    """`git am` leaves its files where a rebase does."""
    folder = make("pipeline", work / "x").path
    (folder / "README.md").write_text("# Mine\n", encoding="utf-8")
    commit(folder)
    git(folder, "format-patch", "--quiet", "-1", "--output-directory", str(work))
    git(folder, "rm", "--quiet", "README.md")
    commit(folder)
    patch = next(work.glob("*.patch"))
    subprocess.run(["git", "am", "--quiet", str(patch)], cwd=folder, check=False)
    problem = refusal()
    assert str(problem).startswith("An application of patches is under way in")
    assert problem.hint == "End it first, or: git am --abort"
    git(folder, "am", "--abort")
    assert update().state == "current"
