"""A project's life: made with a version of before, worked on, published, updated, published again."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

import pytest

from tests import kept
from tests.github import GitHub
from tests.support import TEMPLATES, contents, git
from tests.templates import workshop

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FEATURES = {
    "experiment": ("--set", "tracking=mlflow"),
    "service": (),
    "pipeline": ("--set", "warehouse=postgres"),
}
"""What is turned on in the same update; a service needs other libraries than before anyway."""

pytestmark = [pytest.mark.project, pytest.mark.xdist_group("life")]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GitHub]:
    """Return a GitHub on this machine."""
    with GitHub(tmp_path_factory.mktemp("server"), token=secrets.token_hex()) as github:
        yield github


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory, server: GitHub) -> workshop.Terminal:
    """Return a terminal in which today's wheel is installed."""
    installed = workshop.install(tmp_path_factory.mktemp("owner"))
    known = {"GH_HOST": server.address, "GH_ENTERPRISE_TOKEN": server.token}
    return workshop.Terminal(installed.folder, {**installed.environment, **known})


@pytest.mark.parametrize("template", TEMPLATES)
def test_made_published_and_updated(
    template: str, shell: workshop.Terminal, server: GitHub, kept_there: Path
) -> None:
    """From the version that is kept as a fixture to today's, with a lock file of each."""
    name = f"my-{template}"
    folder = shell.folder / name
    shell.must("mlscaffold", "new", template, name, "--yes", PYTHONPATH=str(kept_there))
    here = shell.in_folder(folder)
    assert f"version: {kept.VERSION}" in (folder / ".mlscaffold.yml").read_text(encoding="utf-8")
    old_lock = (folder / "uv.lock").read_bytes()
    kept.work_on(folder)
    here.must("git", "add", "--all")
    here.must("git", "commit", "--quiet", "--message=Work")

    shell.must("mlscaffold", "publish", name, "--private")
    assert server.branches("ada", name) == {"main": git(folder, "rev-parse", "HEAD")}

    shown = here.must("mlscaffold", "update", "--dry-run").output
    assert f"Would update {template} {kept.VERSION}" in shown
    assert (folder / "uv.lock").read_bytes() == old_lock
    here.must("mlscaffold", "update", *FEATURES[template])
    assert git(folder, "log", "-1", "--format=%s").startswith("Update the template from ")
    assert (folder / "uv.lock").read_bytes() != old_lock
    here.must("uv", "lock", "--check")
    assert git(folder, "status", "--porcelain") == ""
    assert "Up to date" in here.must("mlscaffold", "update").output

    shell.must("mlscaffold", "new", template, f"today/{name}", "--yes", "--no-lock", *FEATURES[template])
    kept.require_today(folder, contents(shell.folder / "today" / name))

    shell.must("mlscaffold", "publish", name, "--private")
    assert server.branches("ada", name) == {"main": git(folder, "rev-parse", "HEAD")}


@pytest.fixture(scope="module")
def kept_there(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return where the version of before is installed."""
    return kept.install(tmp_path_factory.mktemp("kept"))
