"""What is released holds what is here: templates are data, and data gets forgotten."""

from __future__ import annotations

import tarfile
import zipfile
from typing import TYPE_CHECKING

import pytest
from uv import find_uv_bin

from tests.support import ROOT
from tests.templates.workshop import ENVIRONMENT, Terminal

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.project, pytest.mark.xdist_group("wheel")]


@pytest.fixture(scope="session")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the source distribution, and the wheel out of it."""
    folder = tmp_path_factory.mktemp("dist")
    Terminal(ROOT, ENVIRONMENT).must(find_uv_bin(), "build", "--quiet", "--out-dir", folder)
    return folder


def test_wheel_holds_every_tracked_file_and_no_other(dist: Path) -> None:
    """The package and the templates, byte for byte; no cache, no test."""
    expected = {
        **_tracked("src/mlscaffold", "mlscaffold"),
        **_tracked("templates", "mlscaffold/templates"),
    }
    (path,) = dist.glob("*.whl")
    with zipfile.ZipFile(path) as wheel:
        found = {name: wheel.read(name) for name in wheel.namelist() if ".dist-info/" not in name}
    assert set(found) == set(expected)
    assert found == expected


def test_source_distribution_can_be_worked_on(dist: Path) -> None:
    """It holds what `make test` and `make demo` need."""
    (path,) = dist.glob("*.tar.gz")
    with tarfile.open(path) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    needed = {"Makefile", "constraints.txt", "pyproject.toml", "README.md", "scripts/demo.py"}
    assert needed <= names
    assert set(_tracked("tests", "tests")) <= names


def _tracked(folder: str, prefix: str) -> dict[str, bytes]:
    """Return the bytes of the files that git knows under a folder, by their name in the wheel."""
    listed = Terminal(ROOT, ENVIRONMENT).must("git", "ls-files", "-z", "--", folder).output
    return {
        f"{prefix}/{name.removeprefix(folder + '/')}": (ROOT / name).read_bytes()
        for name in listed.split("\0")
        if name
    }
