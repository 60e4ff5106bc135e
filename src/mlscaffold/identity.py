"""Who makes the commits: what git knows of its user, else what the answers say."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mlscaffold import repository

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


@dataclass(frozen=True)
class Configuration:
    """What the user's git configuration says about the user; empty where it says nothing."""

    name: str
    email: str
    github_owner: str
    branch: str
    has_identity: bool
    """Whether git can put names and addresses on a commit: the author's and the committer's."""


def configuration(folder: Path) -> Configuration:
    """Return the user's configuration as git sees it in a folder; empty when there is no git."""
    if shutil.which("git") is None:
        return Configuration("", "", "", "", has_identity=False)
    pattern = r"^((user|author|committer)\.(name|email)|github\.user|init\.defaultbranch)$"
    listed = repository.ask(folder, "config", "--null", "--get-regexp", pattern).output
    entries = [entry.partition("\n") for entry in listed.split("\0")]
    found = {key: value for key, _, value in entries}
    name, email = _person("author", found)
    return Configuration(
        name=name,
        email=email or os.environ.get("EMAIL", ""),
        github_owner=found.get("github.user", ""),
        branch=found.get("init.defaultbranch", "") or "main",
        has_identity=all((name, email, *_person("committer", found))),
    )


def of_answers(answers: Mapping[str, str]) -> tuple[str, str]:
    """Return a name and an address for commits where git knows none."""
    return answers["author"], answers["email"] or f"{answers['package']}@localhost"


def _person(role: str, found: Mapping[str, str]) -> tuple[str, str]:
    """Return the name and the address that git would take for an author or a committer."""
    environment = os.environ
    name = (
        environment.get(f"GIT_{role.upper()}_NAME")
        or found.get(f"{role}.name")
        or found.get("user.name", "")
    )
    email = (
        environment.get(f"GIT_{role.upper()}_EMAIL")
        or found.get(f"{role}.email")
        or found.get("user.email", "")
    )
    return name, email
