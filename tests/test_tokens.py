"""Where the token is found, whom it is for, and that it does not show itself."""

from __future__ import annotations

import base64
import json
import os
from typing import TYPE_CHECKING

import pytest

from mlscaffold import console
from mlscaffold.errors import CredentialError
from mlscaffold.publishing import hosts, tokens
from mlscaffold.publishing.tokens import Token

if TYPE_CHECKING:
    from pathlib import Path

PUBLIC = hosts.parse("github.com")
COMPANY = hosts.parse("git.example.org")
posix = pytest.mark.skipif(os.name == "nt", reason="the stand-in for gh is a script")


@pytest.fixture(autouse=True)
def _no_gh(work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep a gh of this machine out of the test."""
    (work / "bin").mkdir()
    monkeypatch.setenv("PATH", str(work / "bin"))


def write_gh(work: Path, text: str) -> None:
    """Lay a program into the PATH that stands in for gh."""
    gh = work / "bin" / "gh"
    gh.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    gh.chmod(0o755)


@pytest.mark.parametrize(
    ("host", "variables", "source"),
    [
        (PUBLIC, {"GH_TOKEN": "one", "GITHUB_TOKEN": "two"}, "GH_TOKEN"),
        (PUBLIC, {"GH_TOKEN": " ", "GITHUB_TOKEN": "two\n"}, "GITHUB_TOKEN"),
        (COMPANY, {"GH_ENTERPRISE_TOKEN": "one", "GH_TOKEN": "two"}, "GH_ENTERPRISE_TOKEN"),
        (COMPANY, {"GITHUB_ENTERPRISE_TOKEN": "three"}, "GITHUB_ENTERPRISE_TOKEN"),
        (hosts.parse("octo.ghe.com"), {"GH_TOKEN": "one"}, "GH_TOKEN"),
    ],
)
def test_the_environment_comes_first(
    host: hosts.Host, variables: dict[str, str], source: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the order, and for the hosts, that gh keeps to."""
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    found = tokens.find(host)
    assert (found.source, found.reveal()) == (source, variables[source].strip())


def test_a_token_is_for_one_host_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """That of github.com goes to no company's server, and the error says so."""
    monkeypatch.setenv("GITHUB_TOKEN", "public-token")
    with pytest.raises(CredentialError) as caught:
        tokens.find(COMPANY)
    assert str(caught.value) == (
        "There is no token for git.example.org: GITHUB_TOKEN is for github.com alone."
    )
    assert "set GH_ENTERPRISE_TOKEN to it" in caught.value.hint


def test_without_a_token_it_is_said_how_to_get_one() -> None:
    """A form that is filled in, the permissions by name, the variable, and gh."""
    with pytest.raises(CredentialError) as caught:
        tokens.find(PUBLIC)
    assert str(caught.value) == (
        "There is no token for github.com: neither GH_TOKEN nor GITHUB_TOKEN is set."
    )
    for word in ("personal-access-tokens/new?", "Administration", "Contents", "Workflows"):
        assert word in caught.value.hint
    assert caught.value.hint.endswith("set GH_TOKEN to it. Or log in: gh auth login.")


@posix
def test_gh_is_asked_for_the_token_of_the_host(work: Path) -> None:
    """With the host's name, and only where the environment has none."""
    write_gh(work, f'echo "$@" > {work}/asked; echo from-gh')
    found = tokens.find(COMPANY)
    assert (found.source, found.reveal()) == ("gh", "from-gh")
    asked = (work / "asked").read_text(encoding="utf-8")
    assert asked == "auth token --hostname git.example.org\n"


@posix
def test_a_gh_that_is_not_logged_in_has_none(work: Path) -> None:
    """What it says is not taken for a token."""
    write_gh(work, "echo no oauth token found; exit 1")
    with pytest.raises(CredentialError, match="There is no token"):
        tokens.find(PUBLIC)


@pytest.mark.parametrize("value", ["two words", "line\nbreak", "ключ", "a\x00b"])
def test_what_can_be_no_token_is_not_sent(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A line break in a header would be another header; and the value is not repeated."""
    monkeypatch.setattr(os, "environ", {"GH_TOKEN": value, "PATH": ""})
    with pytest.raises(CredentialError, match="What GH_TOKEN holds is no token") as caught:
        tokens.find(PUBLIC)
    assert value not in str(caught.value) + caught.value.hint


def test_a_token_does_not_show_itself(capsys: pytest.CaptureFixture[str]) -> None:
    """Not in text, in a debugger, or in JSON."""
    token = Token("s3cret", source="GH_TOKEN")
    console.document({"token": token})
    shown = f"{token} {token!r} {[token]} {capsys.readouterr().out}"
    assert "s3cret" not in shown
    assert json.dumps(str(token)) == '"<the token of GH_TOKEN>"'


def test_git_is_sent_it_as_a_password() -> None:
    """As GitHub documents it: a name that does not matter, and the token."""
    header = Token("s3cret", source="").basic()
    pair = base64.b64decode(header.rpartition(" ")[2]).decode()
    assert (header.partition(" ")[0], pair) == ("Authorization:", "x-access-token:s3cret")


@pytest.mark.parametrize(
    ("value", "told"),
    [
        *(("ghp_x", True), ("gho_x", True), ("0af3" * 10, True)),
        *(("github_pat_x", False), ("ghs_x", False)),
    ],
)
def test_github_tells_the_scopes_of_classic_tokens(value: str, *, told: bool) -> None:
    """Of fine-grained ones, and of those of apps, it does not."""
    assert Token(value, source="").has_scopes is told
