"""What the tests of `publish` do, and look at."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from mlscaffold.publishing import publish
from mlscaffold.publishing.request import Request
from tests.support import git, snapshot

if TYPE_CHECKING:
    from pathlib import Path

    from mlscaffold.errors import (
        ScaffoldError,
    )
    from mlscaffold.publishing.publication import Publication
    from tests.github import GitHub

WORKFLOW = ".github/workflows/ci.yml"


def flights(work: Path) -> Path:
    """Return a repository of two commits that nobody has published."""
    folder = work / "flights"
    folder.mkdir()
    git(folder, "init", "--quiet", "--initial-branch=main")
    commit(folder, "README.md", "# Flights\n")
    commit(folder, WORKFLOW, "on: push\n")
    return folder


def commit(folder: Path, name: str, content: str | bytes) -> None:
    """Commit a file of some content."""
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    git(folder, "add", "--force", name)
    git(folder, "commit", "--quiet", f"--message={name}")


def request(github: GitHub, project: Path, **changes: Any) -> Request:
    """Return what a user asks for who wants no more than to publish."""
    asked = Request(path=project, visibility="private", host=github.address)
    return replace(asked, **changes)


def go(github: GitHub, project: Path, **changes: Any) -> Publication:
    """Publish."""
    return publish.carry_out(publish.plan(request(github, project, **changes)))


def is_published(github: GitHub, project: Path, name: str = "flights") -> bool:
    """Tell whether GitHub has what the repository has, and the branch follows it."""
    there = github.branches("ada", name)
    return (
        there == {"main": git(project, "rev-parse", "HEAD")}
        and git(project, "rev-parse", "@{upstream}") == there["main"]
        and git(project, "remote", "get-url", "origin") == f"{github.page('ada', name)}.git"
    )


def changes(github: GitHub, *, since: int = 0) -> list[str]:
    """Return what was asked of GitHub that could change something there."""
    asked = github.seen[since:]
    harmless = ("GET", "git-upload-pack")
    return [s.route for s in asked if s.method != "GET" and not s.route.endswith(harmless)]


def refused(
    github: GitHub, project: Path, error: type[ScaffoldError], message: str, **wishes: Any
) -> ScaffoldError:
    """Assert a refusal before anything is created, here or there; return it."""
    before, requests = snapshot(project), len(github.seen)
    known = {key: dict(entry.about) for key, entry in github.repositories.items()}
    with pytest.raises(error) as caught:
        go(github, project, **wishes)
    assert message in str(caught.value)
    assert github.token not in str(caught.value) + caught.value.hint
    assert snapshot(project) == before
    assert {key: entry.about for key, entry in github.repositories.items()} == known
    assert changes(github, since=requests) == []
    return caught.value
