"""What keeps GitHub, a rule or a hook from taking what is published."""

from __future__ import annotations

import os
import shutil
import socketserver
import threading
from contextlib import suppress
from dataclasses import replace
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

import pytest

from mlscaffold.errors import (
    ForbiddenError,
    HostError,
    LimitError,
    RefusedError,
    RejectedError,
    RepositoryError,
    TakenError,
    UnreachableError,
)
from mlscaffold.publishing import publish, refusals, tokens, transport
from mlscaffold.publishing.hosts import parse
from mlscaffold.publishing.tokens import Token
from mlscaffold.repository import Answer
from tests.github import Fault, api
from tests.github.api import Response
from tests.support import git, snapshot

if TYPE_CHECKING:
    from pathlib import Path

    from tests.github import GitHub

from tests.publishes import commit, flights, go, is_published, request

posix = pytest.mark.skipif(os.name == "nt", reason="hooks are scripts of a POSIX shell")
CREATION = "/api/v3/user/repos"


@pytest.fixture
def project(work: Path) -> Path:
    """Return a repository of two commits that nobody has published."""
    return flights(work)


# Refused by GitHub when something is to be created


def limit(**headers: str) -> Response:
    """Return that a limit is reached."""
    return api.refusal(403, "API rate limit exceeded for user ID 1.", **headers)


DATE = "Sat, 21 Nov 2026 12:00:00 GMT"
NOON = int(parsedate_to_datetime(DATE).timestamp())
LACKS = api.refusal(
    403,
    "Resource not accessible by personal access token",
    X_Accepted_GitHub_Permissions="administration=write",
)
REFUSALS: dict[str, tuple[Response, type[RefusedError], str, str]] = {
    "rate limit": (
        limit(X_RateLimit_Remaining="0", X_RateLimit_Reset=str(NOON + 830), Date=DATE),
        LimitError,
        "the token's rate limit is used up.",
        "Wait 14 minutes, then publish again",
    ),
    "secondary rate limit, with its wait": (
        api.refusal(403, "You have exceeded a secondary rate limit.", Retry_After="42"),
        LimitError,
        "its secondary rate limit is reached.",
        "Wait 42 seconds, then publish again",
    ),
    "secondary rate limit, without": (
        api.refusal(429, "You have exceeded a secondary rate limit."),
        LimitError,
        "its secondary rate limit is reached.",
        "Wait 60 seconds, then publish again",
    ),
    "a missing permission": (
        LACKS,
        ForbiddenError,
        ("The token in GH_ENTERPRISE_TOKEN may not create ada/flights: Resource not accessible by "
        "personal access token. It would need: administration=write."),
        "Administration, Contents and Workflows",
    ),
    "a wait that is no number of ours": (
        api.refusal(429, "You have exceeded a secondary rate limit.", Retry_After="\xb2"),
        LimitError,
        "its secondary rate limit is reached.",
        "Wait 60 seconds, then publish again",
    ),
    "a wait without end": (
        api.refusal(429, "You have exceeded a secondary rate limit.", Retry_After="99999999999"),
        LimitError,
        "its secondary rate limit is reached.",
        "Wait a day or longer, then publish again",
    ),
    "an answer without end": (
        Response(200, b" " * transport.MOST + b"{}"),
        HostError,
        "answers, but not as GitHub does.",
        "--host",
    ),
    "an end of the limit without end": (
        limit(X_RateLimit_Remaining="0", X_RateLimit_Reset="9" * 5000, Date="Mon, 1 Jan 0001"),
        LimitError,
        "the token's rate limit is used up.",
        "Wait 60 seconds, then publish again",
    ),
    "words about organizations": (
        api.refusal(403, "Ask your organization."),
        ForbiddenError,
        "The token in GH_ENTERPRISE_TOKEN may not create ada/flights: Ask your organization.",
        "Make a fine-grained token",
    ),
    "words about what exists": (
        api.refusal(422, "The parent that already exists is locked."),
        HostError,
        "refused to create ada/flights: The parent that already exists is locked.",
        "Mend what it says",
    ),
    "nested without end": (
        Response(200, b"[" * 100_000),
        HostError,
        "answers, but not as GitHub does.",
        "--host",
    ),
    "not found": (
        api.refusal(404, "Not Found"),
        ForbiddenError,
        "may not create ada/flights: Not Found.",
        "Make a fine-grained token",
    ),
    "single sign-on": (
        api.refusal(
            403,
            "Resource protected by organization SAML enforcement.",
            X_GitHub_SSO="required; url=https://sso.example/authorise",
        ),
        ForbiddenError,
        "wants the token in GH_ENTERPRISE_TOKEN to be authorised first.",
        "https://sso.example/authorise",
    ),
    "a name that is taken": (
        api.refusal(
            422, "Repository creation failed.", "name already exists on this account"
        ),
        TakenError,
        "refused to create ada/flights: the name is taken.",
        "--name",
    ),
    "another objection": (
        api.refusal(422, "Validation Failed", "Visibility can't be private."),
        HostError,
        "refused to create ada/flights: Validation Failed. Visibility can't be private.",
        "Mend what it says",
    ),
    "a fault of its own": (
        Response(502, None),
        UnreachableError,
        "it has a fault of its own (status 502).",
        "Wait a little",
    ),
    "a page that is no API": (
        Response(200, b"<html>Please log in</html>", {"Content-Type": "text/html"}),
        HostError,
        "answers, but not as GitHub does.",
        "--host",
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", REFUSALS)
def test_github_refuses_to_create(kind: str, github: GitHub, project: Path) -> None:
    """Each has a sentence of its own and a way out; afterwards the same command succeeds."""
    response, error, message, hint = REFUSALS[kind]
    github.faults.append(Fault("POST", CREATION, response))
    before = snapshot(project)
    with pytest.raises(error) as caught:
        go(github, project)
    assert message in str(caught.value)
    assert hint in caught.value.hint
    assert type(caught.value) is error
    assert snapshot(project) == before
    go(github, project)
    assert is_published(github, project)


@pytest.mark.parametrize("kind", ["rate limit", "a missing permission", "a fault of its own"])
def test_github_refuses_to_set_the_topics(kind: str, github: GitHub, project: Path) -> None:
    """What was pushed stays; the rest is made up for."""
    response, error, *_ = REFUSALS[kind]
    github.faults.append(Fault("PUT", ".*/topics", response))
    with pytest.raises(error):
        go(github, project, topics=("a",))
    assert is_published(github, project)
    go(github, project, topics=("a",))
    assert github.repositories["ada", "flights"].about["topics"] == ["a"]


@pytest.mark.parametrize("body", [{}, {"login": None}, {"name": "flights"}, [], "words"])
@pytest.mark.parametrize("path", ["/api/v3/user", "/api/v3/repos/ada/flights", CREATION])
def test_an_answer_that_is_not_githubs(path: str, body: Any, github: GitHub, project: Path) -> None:
    """Some other service is there, or something stands between; nothing more is sent to it."""
    method = "POST" if path == CREATION else "GET"
    github.faults.append(Fault(method, path, Response(200, body)))
    with pytest.raises(HostError, match="answers, but not as GitHub does"):
        go(github, project)
    assert github.faults == []
    assert github.repositories == {}


@pytest.mark.parametrize("beginning", [b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\n\r\n"])
def test_an_answer_that_drips(
    beginning: bytes, github: GitHub, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A byte now and then keeps no limit of a socket's; in the head of an answer as in its body."""
    monkeypatch.setattr(transport, "PATIENCE", 0.5)
    waits = threading.Event()

    class Drip(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            self.request.sendall(beginning)
            with suppress(OSError):
                while not waits.wait(0.05):
                    self.request.sendall(b"X")

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Drip) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            with pytest.raises(UnreachableError, match="it has not answered in"):
                go(github, project, host=f"http://127.0.0.1:{server.server_address[1]}")
        finally:
            waits.set()
            server.shutdown()
            thread.join()


def test_a_host_that_does_not_encrypt(github: GitHub, project: Path) -> None:
    """On this machine it may: the way is to say so."""
    with pytest.raises(UnreachableError, match="cannot be reached") as caught:
        go(github, project, host=github.name)
    assert caught.value.hint == f"If it does not encrypt, write {github.address} for the host."


@pytest.mark.parametrize("visibility", ["private", "public"])
def test_another_visibility_than_was_asked_for(
    visibility: str, github: GitHub, project: Path
) -> None:
    """What everybody may see is not filled with what was to be private, nor the other way."""
    other = api.Response(201, github.add("ada", "x", private=visibility == "public").about)
    github.faults.append(Fault("POST", CREATION, other))
    before = snapshot(project)
    with pytest.raises(HostError, match=f"was made, and is not {visibility}, as was asked for"):
        go(github, project, visibility=visibility)
    assert github.branches("ada", "x") == {}
    assert snapshot(project) == before


TAKEN = api.refusal(422, "Repository creation failed.", "name already exists on this account")


def test_somebody_was_quicker_and_it_was_us(github: GitHub, project: Path) -> None:
    """What another run of the same command has just made is gone on with."""
    github.faults.append(Fault("POST", CREATION, TAKEN, done=True))
    go(github, project, topics=("a",))
    assert is_published(github, project)
    assert github.repositories["ada", "flights"].about["topics"] == ["a"]


def test_somebody_was_quicker_and_filled_it(github: GitHub, project: Path, work: Path) -> None:
    """With other commits: they are not ours to go on from."""
    plan = publish.plan(request(github, project))
    other = work / "other"
    shutil.copytree(project, other)
    git(other, "commit", "--quiet", "--amend", "--message=theirs")
    go(github, other, name="flights")
    before = snapshot(project)
    with pytest.raises(TakenError, match="its branch 'main' has commits that are not in yours"):
        publish.carry_out(plan)
    assert snapshot(project) == before


def test_an_organisation_that_forbids(github: GitHub, project: Path) -> None:
    """In its own words, and with the way to publish at all."""
    before = snapshot(project)
    with pytest.raises(ForbiddenError, match="does not let you create fort/flights") as caught:
        go(github, project, owner="fort")
    assert "You need admin access to the organization" in str(caught.value)
    assert "leave --owner out" in caught.value.hint
    assert snapshot(project) == before


def test_a_token_that_may_not_act_for_an_organisation(github: GitHub, project: Path) -> None:
    """That is no rule of the organisation's, and another token does."""
    github.faults.append(Fault("POST", "/api/v3/orgs/lab/repos", LACKS))
    with pytest.raises(ForbiddenError, match="may not create lab/flights") as caught:
        go(github, project, owner="lab")
    assert "Administration, Contents and Workflows" in caught.value.hint


def test_topics_that_are_none(github: GitHub, project: Path) -> None:
    """No service but another answers so."""
    github.add("ada", "flights", private=True, topics=[{}])
    with pytest.raises(HostError, match="answers, but not as GitHub does"):
        go(github, project)


# Refused by the repository when it is pushed to

RULES = {
    "a rule": (
        "echo 'error: GH013: Repository rule violations found for refs/heads/main.' >&2; exit 1",
        RejectedError,
        "by a rule of its own: GH013: Repository rule violations found for refs/heads/main.",
    ),
    "a rule without words": ("exit 1", RejectedError, "by a rule of its own: pre-receive hook"),
    "a private address": (
        "echo 'error: GH007: Your push would publish a private email address.' >&2; exit 1",
        RejectedError,
        "it would show an e-mail address that you keep private.",
    ),
}


@posix
@pytest.mark.parametrize("kind", RULES)
def test_a_rule_refuses_the_push(kind: str, github: GitHub, project: Path) -> None:
    """In the rule's words; when it is mended, the same command goes on."""
    hook, error, message = RULES[kind]
    github.hook = hook
    with pytest.raises(error) as caught:
        go(github, project)
    assert message in str(caught.value)
    assert github.branches("ada", "flights") == {}
    (github.repositories["ada", "flights"].folder / "hooks" / "pre-receive").unlink()
    go(github, project)
    assert is_published(github, project)


@posix
def test_after_a_rule_another_name_may_be_taken(github: GitHub, project: Path) -> None:
    """A push that was refused leaves nothing here that would stand in the way."""
    github.hook = "exit 1"
    before = snapshot(project)
    with pytest.raises(RejectedError):
        go(github, project)
    assert snapshot(project) == before
    github.hook = ""
    go(github, project, name="other")
    assert is_published(github, project, "other")


@posix
@pytest.mark.parametrize("first", ["error: No.", "Dear Ada,"])
def test_all_that_a_rule_says_is_shown(first: str, github: GitHub, project: Path) -> None:
    """What is to be done stands in its further lines; none of them steers the terminal."""
    words = f"{first}\\n- model.bin\\n\\n\\033[31m  ask Eve\\n"
    github.hook = f"printf '{words}' >&2; exit 1"
    with pytest.raises(RejectedError) as caught:
        go(github, project)
    sentence, *lines = str(caught.value).splitlines()
    assert "by a rule of its own: " in sentence
    assert [line.replace("[31m", "") for line in lines][-2:] == ["  - model.bin", "    ask Eve"]
    assert first in str(caught.value).replace("its own: No.", "error: No.")
    assert "\033" not in str(caught.value)


@posix
def test_somebody_else_pushes_meanwhile(github: GitHub, project: Path, work: Path) -> None:
    """What they pushed is not overwritten."""
    other = work / "other"
    shutil.copytree(project, other)
    commit(other, "other.txt", "theirs")
    plan = publish.plan(request(github, project))
    go(github, other, name="flights")
    git(project, "commit", "--quiet", "--amend", "--message=mine")
    plan = replace(
        plan,
        local=replace(plan.local, commit=git(project, "rev-parse", "HEAD")),
        target=replace(plan.target, existing=publish.NOTHING),
    )
    with pytest.raises(RejectedError, match="somebody else has pushed to it meanwhile"):
        publish.carry_out(plan)
    assert github.branches("ada", "flights") == {"main": git(other, "rev-parse", "HEAD")}


@posix
@pytest.mark.parametrize("shut", [True, False])
def test_the_user_s_own_gate(*, shut: bool, github: GitHub, project: Path) -> None:
    """A pre-push hook runs as it does whenever they push, and may refuse."""
    hook = project / ".git" / "hooks" / "pre-push"
    hook.parent.mkdir(exist_ok=True)
    words = "echo tests fail >&2; echo mytool: not found >&2; env | grep -i basic"
    hook.write_text(f"#!/bin/sh\n{words}\nexit {int(shut)}\n", encoding="utf-8")
    hook.chmod(0o755)
    if not shut:
        go(github, project)
        assert is_published(github, project)
        return
    with pytest.raises(RejectedError, match="git did not push") as caught:
        go(github, project)
    assert "pre-push hook" in caught.value.hint
    said = str(caught.value)
    assert "\n  tests fail\n  mytool: not found" in said
    pair = tokens.find(parse(github.address)).basic().rpartition(" ")[2]
    assert "Basic ****" in said
    assert pair not in said
    hook.unlink()
    go(github, project)
    assert is_published(github, project)


SAID = {
    "! [remote rejected]": (
        (
            "!\tabc:refs/heads/main\t[remote rejected] (refusing to allow a Personal Access Token "
            "to create or update workflow `.github/workflows/ci.yml` without `workflow` scope)"
        ),
        ForbiddenError,
        "may not push a file in .github/workflows",
    ),
    "without `workflows` permission": (
        (
            "!\tabc:refs/heads/main\t[remote rejected] (refusing to allow a GitHub App to create "
            "or update workflow `.github/workflows/ci.yml` without `workflows` permission)"
        ),
        ForbiddenError,
        "may not push a file in .github/workflows",
    ),
    "GH001": (
        (
            "remote: error: GH001: Large files detected. You may want to try Git LFS.\n"
            "!\tabc:refs/heads/main\t[remote rejected] (pre-receive hook declined)"
        ),
        RejectedError,
        "by a rule of its own: GH001: Large files detected",
    ),
    "locked out": (
        "fatal: could not read Username for 'https://x': terminal prompts disabled",
        ForbiddenError,
        "git may not do at PAGE what it has to",
    ),
    "write access": (
        (
            "remote: Write access to repository not granted.\n"
            "fatal: unable to access 'https://x/': The requested URL returned error: 403"
        ),
        ForbiddenError,
        "git may not do at PAGE what it has to",
    ),
    "not found": (
        "remote: Repository not found.\nfatal: repository 'https://x/' not found",
        ForbiddenError,
        "no repository at PAGE",
    ),
    "no route": (
        "fatal: unable to access 'https://x/': Could not resolve host: x",
        UnreachableError,
        "git could not speak with PAGE: Could not resolve host: x.",
    ),
    "a certificate, by GnuTLS": (
        (
            "fatal: unable to access 'https://x/': server certificate verification failed. "
            "CAfile: none CRLfile: none"
        ),
        UnreachableError,
        "The certificate of github.com is not trusted: server certificate verification failed.",
    ),
    "a certificate, by OpenSSL": (
        "fatal: unable to access 'https://x/': SSL certificate problem: self-signed certificate",
        UnreachableError,
        "The certificate of github.com is not trusted: SSL certificate problem: self-signed",
    ),
    "a fault of its own": (
        "fatal: unable to access 'https://x/': The requested URL returned error: 500",
        UnreachableError,
        "git could not speak with PAGE: The requested URL returned error: 500.",
    ),
}


@pytest.mark.parametrize("said", ["fatal: bad config line 3", "mytool: not found"])
def test_what_git_says_and_nobody_knows(said: str) -> None:
    """It is told as it is; nobody's hook, rule or token is blamed."""
    host, answer = parse("github.com"), Answer(128, "", said)
    reason = said.removeprefix("fatal: ")
    refusal = refusals.of_look(host, "PAGE", answer)
    assert str(refusal) == f"git could not look at PAGE: {reason}."
    assert (type(refusal), refusal.exit_code) == (RepositoryError, 1)
    refusal = refusals.of_push(host, "PAGE", answer)
    assert str(refusal) == f"git could not push to PAGE: {reason}."
    assert (type(refusal), refusal.exit_code) == (RepositoryError, 1)


@pytest.mark.parametrize("kind", SAID)
def test_what_git_says_is_understood(kind: str) -> None:
    """Its words, and GitHub's by its mouth."""
    said, error, message = SAID[kind]
    refusal = refusals.of_push(parse("github.com"), "PAGE", Answer(1, "", said))
    assert type(refusal) is error
    assert message in str(refusal)


def test_a_fault_of_githubs_is_not_the_networks() -> None:
    """A push to which it answers 500 wants no look at the network."""
    said = SAID["a fault of its own"][0]
    refusal = refusals.of_push(parse("github.com"), "PAGE", Answer(1, "", said))
    assert refusal.hint == f"Wait a little, then {refusals.AGAIN}"


def test_a_token_of_one_word_is_enough(
    github: GitHub, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also a fine-grained one, of which GitHub tells nothing."""
    github.token, github.scopes = "github_pat_of_a_test_0123456789", None
    monkeypatch.setenv("GH_ENTERPRISE_TOKEN", github.token)
    assert isinstance(tokens.find(parse(github.address)), Token)
    go(github, project)
    assert is_published(github, project)
