"""A file of the owner's where the template has a folder, a link where it has a file: theirs stays.

git would lay the owner's beside, under a name that it does not track, and the command that ends the
merge would leave it out.
"""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest

from mlscaffold import catalog
from tests import previous
from tests.support import committed, git, make
from tests.upgrades import commit, made_before, package, update

if TYPE_CHECKING:
    from pathlib import Path

KUBERNETES = {"deploy": "compose,kubernetes"}
posix = pytest.mark.skipif(os.name == "nt", reason="links there need a right of their own")


def test_a_file_where_the_template_has_a_folder(work: Path) -> None:
    """All that would be in the folder is left out, and said in one line."""
    folder = make("service", work / "x").path
    (folder / "deploy").write_text("mine\n", encoding="utf-8")
    commit(folder)
    result = update(answers=KUBERNETES)
    assert (result.state, result.conflicts) == ("merged", ())
    assert (folder / "deploy").read_text(encoding="utf-8") == "mine\n"
    assert "deploy/kubernetes/base/deployment.yaml" in result.left_out
    (note,) = result.notes
    assert note == (
        f"'deploy' is yours, and the template has another kind of thing there, "
        f"'{min(path for path in result.left_out if path.startswith('deploy/'))}': yours stays, "
        "and the template's is left out."
    )
    assert git(folder, "status", "--porcelain") == ""
    assert update().state == "current"


def test_a_folder_where_the_template_has_a_file(older: Path) -> None:
    """The other way round."""
    folder = made_before(older, "pipeline")
    mine = package(folder, previous.NEW["pipeline"]) / "mine.py"
    mine.parent.mkdir()
    mine.write_text("mine = 1\n", encoding="utf-8")
    commit(folder)
    result = update()
    assert (result.state, result.left_out) == ("merged", ("src/x/drill.py",))
    assert mine.read_text(encoding="utf-8") == "mine = 1\n"
    assert "'src/x/drill.py/mine.py' is yours" in result.notes[0]


def test_what_bars_the_template_s_may_be_in_conflict(tmp_path: Path) -> None:
    """A folder of the template's has become a file, and its owner has edited what was in it."""
    templates = tmp_path / "edited"
    shutil.copytree(catalog.root(), templates)
    place = templates / "pipeline" / previous.NEW["pipeline"]
    place.unlink()
    place.mkdir()
    (place / "part.py").write_text("part = 1\n", encoding="utf-8")
    older = previous.release(tmp_path / "installed", templates, previous.VERSION)
    folder = made_before(older, "pipeline")
    (folder / "src/x/drill.py/part.py").write_text("part = 2\n", encoding="utf-8")
    commit(folder)
    result = update()
    assert result.conflicts == ("src/x/drill.py/part.py",)
    (note,) = result.notes
    assert note == (
        "'src/x/drill.py/part.py' is in conflict, and where the template has another kind of "
        "thing, 'src/x/drill.py': that is left out."
    )


@posix
def test_a_link_where_the_template_has_a_file(older: Path) -> None:
    """The owner keeps the file elsewhere; what the template has changed in it does not come."""
    folder = made_before(older, "pipeline")
    place = package(folder, previous.EDITED["pipeline"])
    place.rename(folder / "mine.py")
    place.symlink_to("../../mine.py")
    commit(folder)
    result = update()
    assert (result.state, result.left_out) == ("merged", ("src/x/pipeline.py",))
    assert place.is_symlink()
    assert previous.OLD_LINE in (folder / "mine.py").read_text(encoding="utf-8")
    assert "'src/x/pipeline.py' is yours" in result.notes[0]
    assert update().state == "current"


@posix
def test_the_command_that_ends_a_merge_loses_none_of_it(older: Path) -> None:
    """Where there are conflicts besides, and the owner types what is proposed."""
    folder = made_before(older, "service")
    edited = package(folder, previous.EDITED["service"])
    text = edited.read_text(encoding="utf-8").replace(previous.OLD_LINE, '"""Mine."""')
    edited.write_text(text, encoding="utf-8")
    (folder / "deploy").symlink_to("elsewhere")
    commit(folder)
    result = update(answers=KUBERNETES)
    assert result.conflicts == ("src/x/server.py",)
    git(folder, "commit", "--quiet", "--all", "--no-edit")
    assert git(folder, "status", "--porcelain") == ""
    assert committed(folder, "HEAD")["deploy"] == b"elsewhere"
    assert b'"""Mine."""' in committed(folder, "HEAD")["src/x/server.py"]


def test_what_stays_in_a_package_of_the_old_name_is_said(work: Path) -> None:
    """Another answer moves what is the template's; what its owner has added is theirs to move."""
    folder = make("pipeline", work / "x").path
    (folder / "src" / "x" / "own.py").write_text("mine = 1\n", encoding="utf-8")
    commit(folder)
    result = update(answers={"package": "y"})
    assert result.state == "merged"
    assert result.notes[0] == (
        "'src/x/own.py' you have added to the package, which is 'src/y' now: move what belongs to "
        "it, with git mv, and its imports with it."
    )
    assert (folder / "src" / "x" / "own.py").exists()
    assert update().notes == ()
