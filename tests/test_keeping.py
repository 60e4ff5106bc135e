"""What of the owner's stays where `new` fills a folder that is there."""

from __future__ import annotations

import shlex
import subprocess
import tomllib
from pathlib import Path

import pytest

from mlscaffold import families, generate, keeping
from tests.support import contents, git, make


@pytest.mark.parametrize("name", ["LICENSE", "licence.txt", "COPYING"])
def test_a_project_with_a_licence_declares_no_other(name: str, work: Path) -> None:
    """Neither beside it nor in a file that names one; and it is said."""
    (work / name).write_text("GNU General Public License\n", encoding="utf-8")
    project = make("service", Path(), git=False)
    made = contents(work)
    assert families.members(families.LICENSE, made) == [name]
    assert made[name] == b"GNU General Public License\n"
    assert "license" not in tomllib.loads(made["pyproject.toml"].decode())["project"]
    assert b"licenses" not in made["Dockerfile"]
    [note] = project.notes
    assert note.startswith(f"{name} is the project's licence: the template's was left out")


def test_a_licence_that_was_asked_for_is_declared(work: Path) -> None:
    """The owner may mean both; only they can tell whether one contradicts the other."""
    (work / "LICENSE").write_text("GNU General Public License\n", encoding="utf-8")
    project = make("pipeline", Path(), git=False, license="Apache-2.0")
    settings = tomllib.loads((work / "pyproject.toml").read_text(encoding="utf-8"))
    assert settings["project"]["license"] == "Apache-2.0"
    assert (work / "LICENSE").read_bytes() == b"GNU General Public License\n"
    [note] = project.notes
    assert note.startswith("pyproject.toml says Apache-2.0, as the answer to license does, and ")


def test_a_readme_of_another_kind_is_beside_the_template_s(work: Path) -> None:
    """Without README.md the project could not be installed."""
    (work / "README.rst").write_text("mine\n", encoding="utf-8")
    project = make("pipeline", Path(), git=False)
    assert (work / "README.rst").read_bytes() == b"mine\n"
    assert (work / "README.md").exists()
    [note] = project.notes
    assert note.startswith("README.rst is not README.md, which the project needs")


def test_the_way_back_is_one_that_git_knows(work: Path) -> None:
    """It names what the template has, and nothing that a shell would take for something else."""
    kept = [".gitignore", "COPYING", "README.md", "README.rst", "license"]
    for name in kept:
        (work / name).write_text("mine\n", encoding="utf-8")
    project = make("pipeline", Path())
    stayed, command = next(n for n in project.notes if "stayed" in n).split(" To take ")
    assert stayed == ".gitignore, COPYING, README.md, README.rst, license stayed as it was."
    words = shlex.split(command.partition(": ")[2])
    assert words[4:] == [".gitignore", "README.md"]
    subprocess.run(words, cwd=work, check=True)
    assert git(work, "diff", "--name-only", "HEAD").split() == [".gitignore", "README.md"]


def test_where_the_template_has_nothing_alike_no_way_back_is_named() -> None:
    """There is nothing to take."""
    assert keeping.way_back(["COPYING"], made=["a"], commit="1" * 40) == "COPYING stayed as it was."


def test_a_preview_shows_what_stays(work: Path) -> None:
    """The list is that of the files that are there afterwards."""
    (work / "COPYING").touch()
    plan = generate.plan(generate.Request(template="pipeline", path=Path(), git=False, lock=False))
    assert generate.preview(plan).files == generate.create(plan).files


@pytest.mark.parametrize(
    ("path", "family"),
    [
        ("ReadMe", "readme"),
        ("README.de.md", "readme"),
        ("licence.txt", "license"),
        ("COPYING", "license"),
        ("LICENSES", None),
        ("docs/README.md", None),
        ("readme.d/x", None),
    ],
)
def test_families(path: str, family: str | None) -> None:
    """However a file is called in full; in a folder it is one like others."""
    assert families.of(path) == family
