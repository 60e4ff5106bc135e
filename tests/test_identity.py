"""Who makes the commits: what git knows of its user."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mlscaffold import identity
from mlscaffold.errors import RepositoryError
from mlscaffold.identity import Configuration
from mlscaffold.repository import Repository
from tests.support import identify

if TYPE_CHECKING:
    from pathlib import Path


def test_without_git_the_configuration_is_empty(
    work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files alone can be made on a machine that has no git."""
    monkeypatch.setenv("PATH", str(work))
    nobody = Configuration(name="", email="", github_owner="", branch="", has_identity=False)
    assert identity.configuration(work) == nobody


def test_the_configuration_is_the_user_s(home: Path, work: Path) -> None:
    """Name, address, GitHub name and the branch of new repositories come from git."""
    identify(home, more="[github]\n\tuser = ada\n[init]\n\tdefaultBranch = trunk\n")
    assert identity.configuration(work) == Configuration(
        name="Ada Lovelace",
        email="ada@example.org",
        github_owner="ada",
        branch="trunk",
        has_identity=True,
    )


@pytest.mark.parametrize(
    ("configured", "environment", "known"),
    [
        ("", {}, False),
        ("[user]\n\tname = Ada\n", {}, False),
        ("[user]\n\temail = a@b\n", {}, False),
        ("[user]\n\tname = Ada\n", {"EMAIL": "a@b"}, False),
        ("", {"GIT_AUTHOR_NAME": "Ada", "GIT_AUTHOR_EMAIL": "a@b"}, False),
        ("[user]\n\tname = Ada\n\temail = a@b\n", {"GIT_AUTHOR_NAME": "Eve"}, True),
        (
            "",
            {
                "GIT_AUTHOR_NAME": "Ada",
                "GIT_AUTHOR_EMAIL": "a@b",
                "GIT_COMMITTER_NAME": "Ada",
                "GIT_COMMITTER_EMAIL": "a@b",
            },
            True,
        ),
        (
            "[author]\n\tname = Ada\n\temail = a@b\n[committer]\n\tname = Ada\n\temail = a@b\n",
            {},
            True,
        ),
    ],
)
def test_an_identity_is_known_when_git_needs_no_more(
    configured: str,
    environment: dict[str, str],
    *,
    known: bool,
    home: Path,
    work: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Told or not, we are of one mind with git itself."""
    strict = f"{configured}[user]\n\tuseConfigOnly = true\n"
    (home / ".gitconfig").write_text(strict, encoding="utf-8")
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert identity.configuration(work).has_identity is known
    (work / "file").touch()
    made = Repository.create(work, branch="main")
    if known:
        assert made.commit("Start")
    else:
        with pytest.raises(RepositoryError, match="git refused: "):
            made.commit("Start")


def test_without_an_identity_the_answers_say_who_it_is() -> None:
    """An address is needed, and none is asked for."""
    answers = {"author": "Ada", "email": "", "package": "late"}
    assert identity.of_answers(answers) == ("Ada", "late@localhost")
    assert identity.of_answers(answers | {"email": "a@b"}) == ("Ada", "a@b")
