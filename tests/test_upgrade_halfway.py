"""An update or an adoption that git gives up in the middle leaves all as it was."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from mlscaffold.errors import RepositoryError, ScaffoldError, UnreadyError
from mlscaffold.updating import adopt, worktree
from tests import previous
from tests.support import committed, git
from tests.upgrades import commit, made_before, package, refusal, state, update

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mlscaffold.updating.checkout import Checkout
    from mlscaffold.updating.entries import Difference

POSIX = pytest.mark.skipif(os.name == "nt", reason="filters of a POSIX shell")


@pytest.fixture
def plain(work: Path) -> Path:
    """Return a project that has nothing of a template's, but a file of the same name."""
    git(work, "init", "--quiet", "--initial-branch=main", "x")
    (work / "x" / "README.md").write_text("# Mine\n", encoding="utf-8")
    commit(work / "x")
    return work / "x"


def filtered(folder: Path, names: str, **commands: str) -> None:
    """Have a filter of the owner's stand before the files of some names."""
    with (folder / ".gitattributes").open("a", encoding="utf-8") as stream:
        stream.write(f"{names} filter=own\n")
    commit(folder)
    for key, command in commands.items():
        git(folder, "config", f"filter.own.{key}", command)


def adopted(folder: Path) -> adopt.Adoption:
    """Bring the files of the pipeline into a project."""
    return adopt.apply(adopt.plan(adopt.Request("pipeline", folder, lock=False)))


@POSIX
def test_a_filter_that_fails_leaves_all_as_it_was(older: Path) -> None:
    """As that of large files does without a network; once it is mended, the update goes through."""
    folder = made_before(older, "pipeline")
    filtered(folder, "pyproject.toml", clean="cat", smudge="false", required="true")
    assert str(refusal()).startswith("git refused: ")
    git(folder, "config", "filter.own.smudge", "cat")
    assert update().state == "merged"
    assert git(folder, "status", "--porcelain") == ""


@POSIX
def test_an_adoption_whose_filter_fails_leaves_all_as_it_was(plain: Path) -> None:
    """No file has come that would be in the way of the next try."""
    filtered(plain, "pyproject.toml", clean="cat", smudge="false", required="true")
    before = state(plain)
    with pytest.raises(ScaffoldError, match="git refused: "):
        adopted(plain)
    assert state(plain) == before
    git(plain, "config", "filter.own.smudge", "cat")
    assert "pyproject.toml" in adopted(plain).added


@POSIX
def test_what_is_typed_while_git_fails_stays(older: Path) -> None:
    """It is named, and all else is as it was."""
    folder = made_before(older, "pipeline")
    typing = "printf typed > .mlscaffold.yml; false"
    filtered(folder, "pyproject.toml", clean="cat", smudge=typing, required="true")
    with pytest.raises(RepositoryError, match=r"'\.mlscaffold\.yml' is not as it was") as caught:
        update()
    assert (folder / ".mlscaffold.yml").read_text(encoding="utf-8") == "typed"
    assert git(folder, "status", "--porcelain") == " M .mlscaffold.yml"
    assert caught.value.hint.startswith("Everything else is: ")


def test_what_is_typed_into_a_conflict_before_a_failure_stays(
    older: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No merge is under way any more, and the file is the one that is not as it was."""
    folder = made_before(older, "pipeline")
    file = package(folder, previous.EDITED["pipeline"])
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace(previous.OLD_LINE, '"""Mine."""'), encoding="utf-8")
    commit(folder)

    def fail(_checkout: Checkout, _revision: str) -> Difference:
        assert "<<<<<<<" in file.read_text(encoding="utf-8")
        file.write_text("typed\n", encoding="utf-8")
        raise RepositoryError("Something failed.", "")

    monkeypatch.setattr(worktree, "staged", fail)
    with pytest.raises(RepositoryError, match=r"'src/x/pipeline\.py' is not as it was"):
        update()
    assert file.read_text(encoding="utf-8") == "typed\n"
    assert git(folder, "status", "--porcelain") == " M src/x/pipeline.py"
    assert not (folder / ".git" / "MERGE_HEAD").exists()


@POSIX
def test_a_filter_of_the_owner_s_has_its_say_in_what_is_merged(older: Path) -> None:
    """What comes is stored as the owner's git would store it; the scaffold is the template's."""
    folder = made_before(older, "pipeline")
    edited = package(folder, previous.EDITED["pipeline"])
    name = edited.relative_to(folder).as_posix()
    os.utime(edited, (10**9, 10**9))  # git takes a file as old as that for what it has stored
    git(folder, "status")
    filtered(folder, name, clean="sed s/import/IMPORT/", smudge="cat")
    scaffold = update().commits[0]
    assert git(folder, "status", "--porcelain") == ""
    assert b"IMPORT" in committed(folder, "HEAD")[name]
    assert b"IMPORT" not in committed(folder, scaffold)[name]
    assert update().state == "current"


@POSIX
def test_a_file_that_could_not_be_taken_away_is_no_update(older: Path) -> None:
    """Git only warns of it, and then does not know the file that is there."""
    folder = made_before(older, "pipeline")
    again = f"git show HEAD:{previous.OLD_FILE} > {previous.OLD_FILE}; cat"
    filtered(folder, "pyproject.toml", clean="cat", smudge=again)
    assert str(refusal()) == f"git could not take '{previous.OLD_FILE}' away."


def forbid(place: Path) -> None:
    """Let nobody write to a folder."""
    place.chmod(0o555)
    if os.access(place, os.W_OK):
        pytest.skip("root may write everywhere, and so may all on Windows")


@pytest.fixture
def forbidden(older: Path) -> Iterator[Path]:
    """Return a project with a folder that its owner may not write to."""
    folder = made_before(older, "pipeline")
    place = package(folder, previous.EDITED["pipeline"]).parent
    forbid(place)
    yield folder
    place.chmod(0o755)


def test_a_folder_that_may_not_be_written_to_is_named(forbidden: Path) -> None:
    """Before anything is done: git would leave half of it."""
    problem = refusal()
    assert isinstance(problem, UnreadyError)
    assert str(problem) == "You may not write to 'src/x', where the template changes files."
    (forbidden / "src" / "x").chmod(0o755)
    assert update().state == "merged"


def test_an_adoption_into_a_folder_that_may_not_be_written_to(plain: Path) -> None:
    """It is refused alike."""
    (plain / "tests").mkdir()
    forbid(plain / "tests")
    before = state(plain)
    with pytest.raises(UnreadyError, match="You may not write to 'tests'"):
        adopted(plain)
    assert state(plain) == before
    (plain / "tests").chmod(0o755)
    assert "tests/test_cli.py" in adopted(plain).added
