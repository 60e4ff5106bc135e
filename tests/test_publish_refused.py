"""What publishing refuses before anything is created, here and there."""

from __future__ import annotations

import os
import secrets
import shlex
import subprocess
from typing import TYPE_CHECKING

import pytest

from mlscaffold.errors import (
    BadInputError,
    CredentialError,
    ForbiddenError,
    HostError,
    MissingAnswerError,
    PublishError,
    RepositoryError,
    SecretError,
    TakenError,
)
from mlscaffold.publishing import local, publish
from tests.github import Fault, api
from tests.github.api import Response
from tests.support import git

if TYPE_CHECKING:
    from pathlib import Path

    from tests.github import GitHub

from tests.publishes import commit, flights, go, is_published, refused, request

posix = pytest.mark.skipif(os.name == "nt", reason="hooks are scripts of a POSIX shell")


@pytest.fixture
def project(work: Path) -> Path:
    """Return a repository of two commits that nobody has published."""
    return flights(work)


# Refused before anything is created: here


def test_a_folder_that_is_not_there(github: GitHub, work: Path) -> None:
    """What was typed cannot be meant."""
    with pytest.raises(BadInputError, match="There is no folder"):
        go(github, work / "nowhere")


def test_a_folder_without_a_repository(github: GitHub, work: Path) -> None:
    """Nothing is made of it unasked."""
    (work / "x").mkdir()
    error = refused(github, work / "x", PublishError, "is not in a git repository")
    assert "git init" in error.hint


def test_a_bare_repository(github: GitHub, project: Path, work: Path) -> None:
    """It has no files, and the way is a clone that has."""
    git(work, "clone", "--quiet", "--bare", str(project), "bare.git")
    error = refused(github, work / "bare.git", PublishError, "is bare: it has no files")
    assert "git clone" in error.hint
    git(work, "clone", "--quiet", str(work / "bare.git"), "copy")
    go(github, work / "copy", remote="github")
    assert ("ada", "copy") in github.repositories


def test_a_repository_of_somebody_else(
    github: GitHub, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The hint can be typed as it stands, whatever the folder is called."""
    folder = project.rename(project.with_name("late flights"))
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    error = refused(github, folder, PublishError, "git does not trust")
    words = shlex.split(error.hint.removeprefix("If it is yours: "))
    assert words[-1] == folder.resolve().as_posix()
    git(project.parent, *words[1:])
    assert publish.plan(request(github, folder)).local.branch == "main"


def test_a_part_of_a_repository(github: GitHub, project: Path) -> None:
    """All of the outer one would be published."""
    part = project / ".github"
    with pytest.raises(PublishError, match="is a part of the repository"):
        go(github, part)


def test_a_repository_without_a_commit(github: GitHub, work: Path) -> None:
    """There is nothing to push."""
    git(work, "init", "--quiet")
    error = refused(github, work, PublishError, "has no commit yet")
    assert "git commit" in error.hint


def test_a_detached_head(github: GitHub, project: Path) -> None:
    """A commit that no branch names would get lost."""
    git(project, "switch", "--quiet", "--detach")
    error = refused(github, project, PublishError, "HEAD is detached")
    assert "git switch" in error.hint


def test_a_shallow_clone(github: GitHub, project: Path, work: Path) -> None:
    """GitHub would not take it."""
    git(work, "clone", "--quiet", "--depth=1", project.as_uri(), "shallow")
    error = refused(github, work / "shallow", PublishError, "is shallow")
    assert error.hint == "Fetch it first: git fetch --unshallow"


def test_a_repository_of_other_hashes(github: GitHub, work: Path) -> None:
    """GitHub could make the repository, and never take what is in it."""
    folder = work / "flights"
    git(work, "init", "--quiet", "--initial-branch=main", "--object-format=sha256", "flights")
    commit(folder, "README.md", "# Flights\n")
    error = refused(github, folder, PublishError, "names its objects by SHA-256, and GitHub takes")
    assert "git fast-export" in error.hint
    git(work, "init", "--quiet", "--initial-branch=main", "--object-format=sha1", "copy")
    (work / "stream").write_text(git(folder, "fast-export", "--all") + "\n", encoding="utf-8")
    with (work / "stream").open("rb") as stream:
        subprocess.run(
            ["git", "-C", "copy", "fast-import", "--quiet"], cwd=work, stdin=stream, check=True
        )
    git(work / "copy", "reset", "--quiet", "--hard", "main")
    go(github, work / "copy", name="flights")
    assert is_published(github, work / "copy")


@pytest.mark.parametrize("change", ["edited", "staged", "untracked", "hidden"])
def test_changes_that_no_commit_holds(change: str, github: GitHub, project: Path) -> None:
    """They would be missing over there; unless that is fine."""
    name = "new.txt" if change in {"untracked", "hidden"} else "README.md"
    if change == "hidden":
        git(project, "config", "status.showUntrackedFiles", "no")
    (project / name).write_text("changed", encoding="utf-8")
    if change == "staged":
        git(project, "add", name)
    error = refused(github, project, PublishError, f"no commit holds: '{name}'.")
    assert "--allow-dirty" in error.hint
    go(github, project, allow_dirty=True)
    assert is_published(github, project)


def test_a_file_that_is_too_large(
    github: GitHub, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also one that a later commit deleted: the history is pushed."""
    monkeypatch.setattr("mlscaffold.publishing.preflight.LIMIT", 1 << 20)
    commit(project, "big.bin", os.urandom((1 << 20) + 1))
    error = refused(github, project, PublishError, "'big.bin' (1 MB): GitHub takes no file over")
    assert "--amend" in error.hint
    git(project, "rm", "--quiet", "big.bin")
    git(project, "commit", "--quiet", "--message=gone")
    error = refused(github, project, PublishError, "'big.bin' (1 MB)")
    assert "git filter-repo" in error.hint


def test_a_large_file_is_told(
    github: GitHub, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """GitHub takes it, and warns."""
    monkeypatch.setattr("mlscaffold.publishing.preflight.WARNING", 1 << 20)
    commit(project, "big.bin", os.urandom((1 << 20) + 1))
    assert "'big.bin' (1 MB) is large: GitHub takes it with a warning." in go(github, project).notes


def test_a_secret(github: GitHub, project: Path) -> None:
    """By file and line and masked; also one of the past; unless it is none."""
    secret = (
        f"hf_{'Qd' * 3}{os.urandom(14).hex().translate(str.maketrans('0123456789', 'GHJKLMNPQR'))}"
    )
    commit(project, ".env", f"A=1\nHF_TOKEN={secret}\n")
    error = refused(github, project, SecretError, "holds a secret: .env:2 (huggingface access")
    assert secret not in str(error) + error.hint
    assert "hf_Q****" in str(error)
    git(project, "rm", "--quiet", ".env")
    git(project, "commit", "--quiet", "--message=gone")
    error = refused(github, project, PublishError, ".env:2")
    assert "git filter-repo" in error.hint
    go(github, project, allow_secrets=True)
    assert is_published(github, project)


def test_the_token_in_a_file(github: GitHub, project: Path) -> None:
    """The one that publishes is found wherever it stands."""
    commit(project, "notes.md", f"my token: {github.token}\n")
    error = refused(github, project, SecretError, "holds a secret: notes.md:1")
    assert github.token[:8] not in str(error)


@pytest.mark.parametrize("place", ["message", "author"])
def test_a_secret_in_a_commit_itself(place: str, github: GitHub, project: Path) -> None:
    """A push sends messages and names too; what is there already is not looked at again."""
    go(github, project)
    if place == "message":
        git(project, "commit", "--quiet", "--allow-empty", f"--message=Log in\n\n{github.token}")
    else:
        person = f"Ada <{github.token}@example.org>"
        git(project, "commit", "--quiet", "--allow-empty", "--message=x", f"--author={person}")
    head = git(project, "rev-parse", "HEAD")[:10]
    error = refused(github, project, SecretError, f"holds a secret: the message of commit {head}:")
    assert "git commit --amend" in error.hint


@pytest.mark.parametrize("thing", ["file", "moved file", "branch"])
def test_a_secret_in_a_name(thing: str, github: GitHub, project: Path) -> None:
    """A push sends names too, also of files that a commit has only moved; none is shown."""
    if thing == "branch":
        git(project, "switch", "--quiet", "--create", f"try-{github.token}")
        way = "git branch --move NEW"
    elif thing == "file":
        commit(project, f"{github.token}.txt", f"also in it: {github.token}")
        way = "git rm --cached"
    else:
        git(project, "mv", "README.md", github.token)
        git(project, "commit", "--quiet", "--message=move")
        git(project, "mv", github.token, "README.md")
        git(project, "commit", "--quiet", "--message=back")
        way = "git filter-repo"
    kind = thing.removeprefix("moved ")
    error = refused(github, project, SecretError, f"the name of the {kind} '")
    assert way in error.hint


@pytest.mark.parametrize("veil", ["replace", "graft"])
def test_a_secret_behind_another_history(veil: str, github: GitHub, project: Path) -> None:
    """What stands in for an object here is not what a push sends."""
    before = git(project, "rev-parse", "HEAD")
    commit(project, "k.py", f'TOKEN = "{github.token}"\n')
    leaked = git(project, "rev-parse", "HEAD")
    if veil == "replace":
        (project / "clean").write_text("TOKEN = None\n", encoding="utf-8")
        clean = git(project, "hash-object", "-w", "clean")
        git(project, "replace", git(project, "rev-parse", "HEAD:k.py"), clean)
        git(project, "checkout-index", "--force", "k.py")
    else:
        git(project, "rm", "--quiet", "k.py")
        git(project, "commit", "--quiet", "--message=gone")
        head = git(project, "rev-parse", "HEAD")
        git(project, "config", "advice.graftFileDeprecated", "false")
        grafts = project / ".git" / "info" / "grafts"
        grafts.parent.mkdir(exist_ok=True)
        grafts.write_text(f"{head} {before}\n", encoding="utf-8")
        assert leaked not in git(project, "rev-list", "HEAD")
    refused(github, project, SecretError, "holds a secret: k.py:1", allow_dirty=True)


def test_nobody_to_ask_who_may_see_it(github: GitHub, project: Path) -> None:
    """It is never decided silently."""
    error = refused(github, project, MissingAnswerError, "Who may see", visibility=None)
    assert error.hint == "Give --public or --private."
    assert error.exit_code == 2


@pytest.mark.parametrize(
    "address", ["https://gitlab.example/ada/flights", "/srv/flights.git", "git@x:ada/flights.git"]
)
def test_a_remote_that_points_elsewhere(address: str, github: GitHub, project: Path) -> None:
    """It is not changed; another name is free."""
    git(project, "remote", "add", "origin", address)
    error = refused(github, project, PublishError, f"The remote 'origin' points to {address}")
    assert error.hint == ("To publish here as well, give this one another name: --remote github.")
    go(github, project, remote="github")
    assert git(project, "remote", "get-url", "origin") == address
    assert github.branches("ada", "flights") == {"main": git(project, "rev-parse", "HEAD")}


def test_a_remote_of_another_repository_here(github: GitHub, project: Path) -> None:
    """The hint says how that one is meant; a credential in it is not shown."""
    address = github.page("lab", "other").replace("//", "//ada:s3cret@")
    git(project, "remote", "add", "origin", address)
    error = refused(github, project, PublishError, f"points to {github.page('lab', 'other')}")
    assert "--owner lab --name other" in error.hint
    assert "s3cret" not in str(error) + error.hint


def test_a_short_form_that_stands_for_something_else(github: GitHub, project: Path) -> None:
    """What git makes of it counts; it is shown as it is written."""
    git(project, "config", "url.https://gitlab.example/ada/.insteadOf", "gl:")
    git(project, "remote", "add", "origin", "gl:flights")
    refused(github, project, PublishError, "The remote 'origin' points to gl:flights, and not to")


def test_a_push_address_that_points_elsewhere(github: GitHub, project: Path) -> None:
    """What `git push` would do later counts too."""
    git(project, "remote", "add", "origin", f"{github.page('ada', 'flights')}.git")
    git(project, "remote", "set-url", "--push", "origin", "no_push")
    refused(github, project, PublishError, "points to no_push")


def test_a_git_that_is_too_old(
    github: GitHub, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would not read the token from the environment."""
    monkeypatch.setattr(local, "OLDEST", (99, 0))
    refused(github, project, RepositoryError, "is too old to be given a token safely")


# Refused before anything is created: there


def test_a_token_that_github_does_not_know(
    github: GitHub, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says in which variable it was found, and not what it is."""
    monkeypatch.setenv("GH_ENTERPRISE_TOKEN", "ghp_wrong")
    error = refused(
        github, project, CredentialError, "does not know the token in GH_ENTERPRISE_TOKEN"
    )
    assert "ghp_wrong" not in str(error) + error.hint


@pytest.mark.parametrize(
    ("scopes", "visibility", "lacks"),
    [
        ("", "public", "repo"),
        ("gist, workflow", "private", "repo"),
        ("public_repo, workflow", "private", "repo"),
        ("public_repo", "public", "workflow"),
        ("repo, read:org", "private", "workflow"),
    ],
)
def test_a_classic_token_without_a_scope(
    scopes: str, visibility: str, lacks: str, github: GitHub, project: Path
) -> None:
    """GitHub tells the scopes, so nothing has to be tried."""
    github.scopes = scopes
    message = f"lacks the scope '{lacks}'"
    error = refused(github, project, ForbiddenError, message, visibility=visibility)
    assert error.hint.startswith(f"Tick '{lacks}' where you made the token")


@pytest.mark.parametrize("copy", ["before", "after", "known", "deleted"])
def test_a_workflow_whose_content_stands_elsewhere_too(
    copy: str, github: GitHub, project: Path
) -> None:
    """Its path counts, in any commit, and not which of the same files git names first."""
    github.scopes = "repo"
    git(project, "reset", "--quiet", "--hard", "HEAD~1")
    commit(project, "z.yml" if copy == "after" else ".a/ci.yml", "on: push\n")
    if copy == "known":
        go(github, project)
    commit(project, ".github/workflows/ci.yml", "on: push\n")
    if copy == "deleted":
        git(project, "rm", "--quiet", ".github/workflows/ci.yml")
        git(project, "commit", "--quiet", "--message=gone")
    refused(github, project, ForbiddenError, "lacks the scope 'workflow'")


def test_a_workflow_that_goes_needs_no_scope(github: GitHub, project: Path) -> None:
    """Nor does one that is there already."""
    go(github, project)
    github.scopes = "repo"
    commit(project, "README.md", "later")
    go(github, project)
    git(project, "rm", "--quiet", ".github/workflows/ci.yml")
    git(project, "commit", "--quiet", "--message=gone")
    go(github, project)
    assert is_published(github, project)


def test_without_workflows_no_scope_for_them_is_needed(github: GitHub, work: Path) -> None:
    """The smallest token does."""
    git(work, "init", "--quiet", "--initial-branch=main")
    commit(work, "README.md", "x")
    github.scopes = "public_repo"
    go(github, work, visibility="public", name="x", allow_dirty=True)
    assert ("ada", "x") in github.repositories


@pytest.mark.parametrize("owner", ["nobody", "eve"])
def test_an_owner_that_is_no_organisation(owner: str, github: GitHub, project: Path) -> None:
    """The name was mistyped, or is another user's: nobody publishes under that."""
    error = refused(
        github, project, PublishError, f"There is no organisation '{owner}'", owner=owner
    )
    assert error.hint == "Leave --owner out to publish as 'ada', or give an organisation."


def test_a_repository_with_other_commits(github: GitHub, project: Path) -> None:
    """It is left as it is, and so is ours; nothing is forced."""
    go(github, project)
    git(project, "commit", "--quiet", "--amend", "--message=rewritten")
    error = refused(github, project, TakenError, "its branch 'main' has commits that are not in")
    assert "--name" in error.hint
    assert "git pull" in error.hint


def test_a_repository_with_commits_from_elsewhere(
    github: GitHub, project: Path, work: Path
) -> None:
    """One that was made on the web with a README, for example."""
    other = work / "other" / "flights"
    other.mkdir(parents=True)
    git(other, "init", "--quiet", "--initial-branch=trunk")
    commit(other, "README.md", "made on the web")
    go(github, other)
    refused(github, project, TakenError, "its branch 'trunk' has commits")


def test_a_repository_that_others_may_see(github: GitHub, project: Path) -> None:
    """What was asked to be private never becomes public, nor the other way round."""
    github.add("ada", "flights", private=False)
    error = refused(github, project, TakenError, "exists and is public, and --private was asked")
    assert "Give --public" in error.hint
    go(github, project, visibility="public")
    assert is_published(github, project)


def test_a_repository_that_is_not_ours(github: GitHub, project: Path) -> None:
    """The organisation's, which its member may only read."""
    github.add("lab", "flights", private=True, permissions={"pull": True, "push": False})
    refused(github, project, TakenError, "may not push to it", owner="lab")


def test_a_repository_that_is_archived(github: GitHub, project: Path) -> None:
    """Nobody can push to it; whatever git would say of it is not asked."""
    github.add("ada", "flights", private=True, archived=True)
    github.faults.append(Fault("GET", "/ada/.*", api.refusal(404, "Not Found")))
    refused(github, project, TakenError, "is archived")


def test_a_repository_that_was_renamed(github: GitHub, project: Path) -> None:
    """GitHub's redirect is followed on the same host, and its news are told."""
    github.add("ada", "new-name", private=True)
    github.renamed["ada", "flights"] = ("ada", "new-name")
    error = refused(github, project, TakenError, "is now called 'ada/new-name'")
    assert "--name new-name" in error.hint


def test_a_redirect_to_another_host(github: GitHub, project: Path, tmp_path: Path) -> None:
    """It is not followed: the token is for one host alone."""
    with type(github)(tmp_path / "thief", token=secrets.token_hex()) as thief:
        there = Response(302, None, {"Location": f"{thief.address}/api/v3/user"})
        github.faults.append(Fault("GET", "/api/v3/user", there))
        refused(github, project, HostError, "sends us on to '127.0.0.1'")
        assert thief.seen == []


@pytest.mark.parametrize("place", ["/api/v3/repositories/1", "../../repositories/1"])
def test_a_redirect_may_leave_out_the_host(place: str, github: GitHub, project: Path) -> None:
    """It is the same, so the token goes along."""
    path = "/api/v3/repos/ada/flights"
    github.faults.append(Fault("GET", path, Response(307, None, {"Location": place})))
    go(github, project)
    assert github.seen[2].route == "/api/v3/repositories/1"
    assert github.seen[2].authorization
    assert is_published(github, project)


@pytest.mark.parametrize("place", ["https://[", "//evil.example/x", "file:///x", "http://a\x7fb"])
def test_an_odd_redirect(place: str, github: GitHub, project: Path) -> None:
    """It leads nowhere that the token may go."""
    github.faults.append(Fault("GET", "/api/v3/user", Response(302, None, {"Location": place})))
    refused(github, project, HostError, "sends us on to")


@posix
def test_git_does_not_follow_a_redirect(github: GitHub, project: Path, tmp_path: Path) -> None:
    """Neither does git take the token anywhere else."""
    with type(github)(tmp_path / "thief", token=secrets.token_hex()) as thief:
        path = "/ada/flights.git/info/refs?service=git-receive-pack"
        there = Response(302, None, {"Location": thief.address + path})
        github.faults.append(Fault("GET", path.replace("?", r"\?"), there))
        with pytest.raises(HostError, match="sends git on to another address"):
            go(github, project)
        assert thief.seen == []
    go(github, project)
    assert is_published(github, project)
