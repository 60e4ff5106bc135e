"""An update after another one that was reverted, squashed or written back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests import previous
from tests.support import contents, git, make
from tests.upgrades import commit, made_before, update

if TYPE_CHECKING:
    from pathlib import Path

OLD = previous.VERSION


def test_an_update_that_was_reverted_can_be_made_again(older: Path) -> None:
    """The project is back at the version before, and says so."""
    folder = made_before(older, "pipeline")
    before = contents(folder)
    update()
    today = contents(folder)
    git(folder, "revert", "--mainline=1", "--no-edit", "HEAD")
    assert contents(folder) == before
    assert update().state == "merged"
    assert contents(folder) == today
    assert update().state == "current"


def test_an_answer_that_was_reverted_can_be_given_again(work: Path) -> None:
    """Without its having been given, nothing is merged."""
    make("pipeline", work / "x")
    given = {"license": "none"}
    before = contents(work / "x")
    assert update(answers=given).removed == ("LICENSE",)
    git(work / "x", "revert", "--mainline=1", "--no-edit", "HEAD")
    assert contents(work / "x") == before
    assert update().state == "current"
    result = update(answers=given)
    assert (result.state, result.removed) == ("merged", ("LICENSE",))
    assert update(answers=given).state == "current"


def test_an_answer_that_is_written_back_is_no_revert(work: Path) -> None:
    """The record says what it said once; the files do not, and follow."""
    make("pipeline", work / "x")
    assert update(answers={"license": "none"}).removed == ("LICENSE",)
    record = work / "x" / ".mlscaffold.yml"
    text = record.read_text(encoding="utf-8")
    record.write_text(text.replace("license: none", "license: MIT"), encoding="utf-8")
    commit(work / "x")
    result = update()
    assert (result.state, result.added) == ("merged", ("LICENSE",))


def test_an_update_that_was_squashed_is_taken_up_again(older: Path) -> None:
    """As a pull request is, when it is merged into one commit: no file changes."""
    folder = made_before(older, "pipeline")
    (folder / "mine.txt").write_text("mine\n", encoding="utf-8")
    commit(folder)
    git(folder, "switch", "--quiet", "--create", "update")
    update()
    updated = contents(folder)
    git(folder, "switch", "--quiet", "main")
    git(folder, "merge", "--quiet", "--squash", "update")
    text = git(folder, "log", "--format=%B", "update", "-2")
    git(folder, "commit", "--quiet", f"--message=Update (#1)\n\n{text}")
    result = update()
    assert (result.state, result.added, result.changed, result.removed) == ("merged", (), (), ())
    assert contents(folder) == updated
    assert update().state == "current"
