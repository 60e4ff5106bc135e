"""uv's lock file, or the reason why there is none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mlscaffold.lock import lock
from tests.support import OFFLINE, snapshot

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def project(work: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a project that needs nothing, on a machine without a network."""
    for name, value in OFFLINE.items():
        monkeypatch.setenv(name, value)
    (work / "pyproject.toml").write_text(
        '[project]\nname = "x"\nversion = "1"\nrequires-python = ">=3.11"\n', encoding="utf-8"
    )
    return work


def test_what_cannot_be_fetched_is_told_and_leaves_nothing(project: Path) -> None:
    """Where uv is told to stay off the network, that is said; no half of a lock file stays."""
    with (project / "pyproject.toml").open("a", encoding="utf-8") as file:
        file.write('dependencies = ["numpy"]\n')
    before = snapshot(project)
    assert lock(project) == (
        "uv is kept off the network (UV_OFFLINE), and its cache lacks some of the packages"
    )
    assert snapshot(project) == before


def test_a_host_that_cannot_be_reached_is_told(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Uv's sentence, and the cause that it names."""
    monkeypatch.delenv("UV_OFFLINE")
    for name, value in {
        "UV_DEFAULT_INDEX": "http://127.0.0.1:9/simple",
        "UV_HTTP_RETRIES": "0",
        "NO_PROXY": "127.0.0.1",
    }.items():
        monkeypatch.setenv(name, value)
    with (project / "pyproject.toml").open("a", encoding="utf-8") as file:
        file.write('dependencies = ["numpy"]\n')
    reason = lock(project)
    assert reason is not None
    assert "Failed to fetch: http://127.0.0.1:9/simple/numpy/" in reason


def test_a_broken_project_is_told(project: Path) -> None:
    """A fault in `pyproject.toml` is uv's to find; its first line is the reason."""
    (project / "pyproject.toml").write_text("[project", encoding="utf-8")
    reason = lock(project)
    assert reason is not None
    assert reason.startswith("Failed to parse")
    assert not (project / "uv.lock").exists()


def test_a_project_is_locked(project: Path) -> None:
    """With everything at hand there is a lock file and no reason."""
    assert lock(project) is None
    assert 'name = "x"' in (project / "uv.lock").read_text(encoding="utf-8")


def test_a_project_around_it_is_not_meant(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The project named is the one that is locked, wherever the user stands."""
    inner = project / "inner"
    inner.mkdir()
    (project / "pyproject.toml").rename(inner / "pyproject.toml")
    monkeypatch.chdir(project)
    assert lock(inner) is None
    assert (inner / "uv.lock").exists()


def test_a_workspace_around_the_project_is_told(project: Path) -> None:
    """Uv would write the lock file there, into what is none of ours."""
    (project / "inner").mkdir()
    (project / "pyproject.toml").rename(project / "inner" / "pyproject.toml")
    (project / "pyproject.toml").write_text(
        '[tool.uv.workspace]\nmembers = ["*"]\n', encoding="utf-8"
    )
    before = snapshot(project)
    reason = lock(project / "inner")
    assert reason == (
        f"the project is a member of uv's workspace in '{project}', which has the lock"
    )
    assert snapshot(project) == before
