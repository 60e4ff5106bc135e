"""Every template makes the files that are written down, and no other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mlscaffold import catalog
from tests.support import git
from tests.templates import listing, test_dagster
from tests.templates.test_project import CASES, FROM_AFAR
from tests.templates.variants import Variant

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("name", listing.LISTED)
def test_files_are_those_written_down(name: str, tmp_path: Path) -> None:
    """Neither a missing file nor an extra one goes unnoticed; `make lists` writes a new list."""
    made = set(listing.made(listing.LISTED[name], tmp_path))
    written = set(listing.written(name))
    assert {"missing": written - made, "extra": made - written} == {
        "missing": set(),
        "extra": set(),
    }


def test_every_template_is_listed() -> None:
    """A new template cannot be forgotten here."""
    assert {v.template for v in listing.LISTED.values()} == {t.id for t in catalog.templates()}


def test_no_list_is_left_over() -> None:
    """A list whose template is gone is gone too."""
    assert {path.stem for path in listing.LISTS.iterdir()} == set(listing.LISTED)


def test_every_test_of_a_project_is_run(tmp_path: Path) -> None:
    """A test that comes with an answer is part of a project that is really made and tried."""
    listed = {file for name in listing.LISTED for file in listing.written(name)}
    run = {test_dagster.MODULE}
    for case in (*CASES, *FROM_AFAR):
        answers = dict(case.answers)
        answers |= {"data": "csv"} if case.rule else {}
        answers |= {"bundle": "to be made"} if case.exported else {}
        folder = tmp_path / case.id
        folder.mkdir()
        run |= set(listing.made(Variant("", case.template, answers), folder))
    tests = {file for file in listed if file.startswith("tests/test_")}
    assert tests - run == set()


@pytest.mark.parametrize("template", [template.id for template in catalog.templates()])
def test_without_a_license_there_is_no_license_file(template: str, tmp_path: Path) -> None:
    """`license=none` takes LICENSE away and nothing else."""
    licensed = Variant("", template, {"license": "MIT"})
    unlicensed = Variant("", template, {"license": "none"})
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    difference = set(listing.made(licensed, tmp_path / "a")) ^ set(
        listing.made(unlicensed, tmp_path / "b")
    )
    assert difference == {"LICENSE"}


def test_git_leaves_raw_files_as_they_are(tmp_path: Path) -> None:
    """A pipeline knows them by their hashes; the ends of lines are part of what it has read."""
    project = Variant("", "pipeline", {}).make(tmp_path).path
    git(project, "init", "--quiet")
    raw = project / "data" / "raw" / "sales.csv"
    raw.parent.mkdir(parents=True)
    raw.write_bytes(b"id,amount\r\n1,2\r\n")
    git(project, "add", "--force", "data", ".gitattributes")
    raw.unlink()
    git(project, "checkout", "--quiet", "--", "data")
    assert raw.read_bytes() == b"id,amount\r\n1,2\r\n"
