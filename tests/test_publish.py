"""The steps of publishing, against a GitHub on this machine: what is made, and going on."""

from __future__ import annotations

import os
import secrets
import shutil
from dataclasses import replace
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

import pytest

from mlscaffold.errors import (
    BadInputError,
    CredentialError,
    ForbiddenError,
    HostError,
    LimitError,
    MissingAnswerError,
    PublishError,
    RefusedError,
    RejectedError,
    RepositoryError,
    ScaffoldError,
    SecretError,
    TakenError,
    UnreachableError,
)
from mlscaffold.publishing import publish, refusals, remotes, tokens
from mlscaffold.publishing.hosts import parse
from mlscaffold.publishing.publish import Publication, Request
from mlscaffold.publishing.tokens import Token
from mlscaffold.repository import Answer
from tests.github import Fault, api
from tests.github.api import Response
from tests.support import git, snapshot

if TYPE_CHECKING:
    from pathlib import Path

    from tests.github import GitHub

posix = pytest.mark.skipif(os.name == "nt", reason="hooks are scripts of a POSIX shell")
CREATION = "/api/v3/user/repos"
WORKFLOW = ".github/workflows/ci.yml"


@pytest.fixture
def project(work: Path) -> Path:
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


# What is made


def test_a_repository_is_created_and_pushed(github: GitHub, project: Path) -> None:
    """Everything that no commit of somebody else's touches, in as few requests as it takes."""
    made = go(github, project, description="Late?", homepage="https://a.example", topics=("b", "c"))
    assert is_published(github, project)
    about = github.repositories["ada", "flights"].about
    assert about["private"] is True
    assert (about["description"], about["homepage"]) == ("Late?", "https://a.example")
    assert about["topics"] == ["b", "c"]
    assert made.url == github.page("ada", "flights")
    assert (made.owner, made.name, made.visibility, made.branch) == (
        "ada",
        "flights",
        "private",
        "main",
    )
    assert made.files == 2
    assert made.runs == f"{made.url}/actions"
    assert [seen.route for seen in github.seen if seen.route in api.FACTS] == [
        "GET /user",
        "GET /repos/{owner}/{repo}",
        "POST /user/repos",
        "PUT /repos/{owner}/{repo}/topics",
    ]


def test_a_repository_of_an_organisation(github: GitHub, project: Path) -> None:
    """It is made there, and not with the user; public this time."""
    made = go(github, project, owner="lab", name="study", visibility="public")
    assert made.url == github.page("lab", "study")
    assert github.repositories["lab", "study"].about["private"] is False
    assert ("ada", "study") not in github.repositories


def test_any_repository_can_be_published(github: GitHub, work: Path) -> None:
    """With odd names of files, an odd branch, links, submodules, and no README or workflow."""
    folder = work / "odd"
    folder.mkdir()
    git(folder, "init", "--quiet", "--initial-branch=feature/ünï")
    commit(folder, "a b/ünï 'quoted' \"file\".txt", b"\x00\xff" * 1000)
    git(folder, "update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},sub")
    git(folder, "update-index", "--add", "--cacheinfo", f"120000,{_blob(folder)},link")
    git(folder, "commit", "--quiet", "--message=modes")
    made = go(github, folder, allow_dirty=True)
    assert github.branches("ada", "odd") == {"feature/ünï": git(folder, "rev-parse", "HEAD")}
    assert made.runs == ""
    assert any("no README.md" in note for note in made.notes)


def _blob(folder: Path) -> str:
    (folder / "target").write_text("target", encoding="utf-8")
    return git(folder, "hash-object", "-w", "target")


def test_names_of_files_may_be_any_bytes(github: GitHub, project: Path) -> None:
    """As an old archive leaves them; Linux and git take such names."""
    raw = project / ".git" / "raw"
    raw.write_bytes(b"coffee")
    blob = git(project, "hash-object", "-w", ".git/raw")
    raw.write_bytes(b"100644 caf\xe9\0" + bytes.fromhex(blob))
    made = git(project, "hash-object", "-t", "tree", "-w", ".git/raw")
    git(project, "reset", "--quiet", git(project, "commit-tree", "-p", "HEAD", "-m", "x", made))
    assert go(github, project, allow_dirty=True).files == 3
    assert is_published(github, project)


def test_a_preview_asks_and_makes_nothing(github: GitHub, project: Path) -> None:
    """It says in words what would be done."""
    before = snapshot(project)
    shown = publish.preview(publish.plan(request(github, project, topics=("a",))))
    assert shown.steps == (
        f"create the private repository {github.page('ada', 'flights')}",
        "name it 'origin' here",
        f"push main, {git(project, 'rev-parse', 'HEAD')[:10]}: 2 files, 0.0 MB",
        "topics: a",
    )
    assert snapshot(project) == before
    assert github.repositories == {}
    assert changes(github) == []


def test_one_file_is_no_files(github: GitHub, project: Path) -> None:
    """The words count."""
    go(github, project)
    commit(project, "later.txt", "later")
    shown = publish.preview(publish.plan(request(github, project)))
    assert any(step.endswith(": 1 file, 0.0 MB") for step in shown.steps)


def test_what_the_owner_must_still_write_is_suggested(github: GitHub, project: Path) -> None:
    """It is no reason to refuse."""
    commit(project, "README.md", "TODO(owner): why\nTODO(owner): who\n")
    made = go(github, project)
    assert made.notes == (
        "README.md is marked TODO(owner) in 2 places: only you can write what belongs there.",
    )


def test_links_to_another_owner_are_told(github: GitHub, project: Path) -> None:
    """A project that was made for somebody else says so in its metadata."""
    commit(project, ".mlscaffold.yml", "template: pipeline\ngithub_owner: eve\npackage: flights\n")
    made = go(github, project)
    assert "The project's own links name 'eve' as its owner, and not 'ada'." in made.notes
    assert made.topics == ("python", "sql")


# Going on


def test_publishing_again_changes_nothing(github: GitHub, project: Path) -> None:
    """Nothing is created, pushed or described a second time."""
    go(github, project, topics=("a",))
    before, count = snapshot(project), len(github.seen)
    again = go(github, project)
    assert again.topics == ("a",)
    assert snapshot(project) == before
    assert changes(github, since=count) == []


def test_later_commits_are_pushed_too(github: GitHub, project: Path) -> None:
    """An earlier publish of our own is gone on from; only what is new is looked at."""
    go(github, project)
    commit(project, "later.txt", "later")
    assert go(github, project).files == 1
    assert is_published(github, project)


def test_branches_of_others_do_not_stand_in_the_way(
    github: GitHub, project: Path, work: Path
) -> None:
    """A robot has pushed one that nobody here knows: ours is pushed, and theirs stays."""
    made = go(github, project)
    robot = work / "robot"
    git(work, "clone", "--quiet", str(github.repositories["ada", "flights"].folder), "robot")
    git(robot, "switch", "--quiet", "--create", "dependabot/pip/x")
    commit(robot, "bump.txt", "newer")
    git(robot, "push", "--quiet", "origin", "HEAD")
    commit(project, "later.txt", "later")
    assert go(github, project).files == 1
    git(project, "switch", "--quiet", "--create", "feature")
    commit(project, "idea.txt", "idea")
    assert go(github, project).url == made.url
    assert github.branches("ada", "flights") == {
        "main": git(project, "rev-parse", "main"),
        "feature": git(project, "rev-parse", "feature"),
        "dependabot/pip/x": git(robot, "rev-parse", "HEAD"),
    }


def test_what_is_described_over_there_stays(github: GitHub, project: Path) -> None:
    """Until something else is asked for in so many words."""
    go(github, project, description="First", topics=("a",))
    about = github.repositories["ada", "flights"].about
    about["description"] = "Changed on the web"
    commit(project, "pyproject.toml", '[project]\ndescription = "From the project"\n')
    go(github, project)
    assert (about["description"], about["topics"]) == ("Changed on the web", ["a"])
    go(github, project, description="Asked for", topics=("b",))
    assert (about["description"], about["topics"]) == ("Asked for", ["b"])
    go(github, project, description="", topics=("",))
    assert (about["description"], about["topics"]) == ("", [])


@pytest.mark.parametrize("kind", ["https", "git@", "ssh://"])
def test_a_remote_that_is_there_already_is_used(kind: str, github: GitHub, project: Path) -> None:
    """However it is written; it stays as it is, and the push needs no key."""
    github.add("ada", "flights", private=True)
    host = github.name.partition(":")[0]
    address = {
        "https": f"{github.page('ada', 'flights')}",
        "git@": f"git@{host}:ada/flights.git",
        "ssh://": f"ssh://git@{host}/ada/flights.git",
    }[kind]
    git(project, "remote", "add", "origin", address)
    go(github, project)
    assert git(project, "remote", "get-url", "origin") == address
    assert github.branches("ada", "flights") == {"main": git(project, "rev-parse", "HEAD")}
    assert git(project, "rev-parse", "origin/main") == git(project, "rev-parse", "HEAD")


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
@pytest.mark.parametrize("done", [False, True])
def test_the_network_goes_at_any_request(
    method: str, *, done: bool, github: GitHub, project: Path
) -> None:
    """Whether GitHub still carried it out or not: the same command completes it."""
    wishes = {"description": "Late?", "topics": ("a",)}
    if method == "PATCH":
        github.add("ada", "flights", private=True)
    github.faults.append(Fault(method, "/api/v3/.*", done=done))
    with pytest.raises(UnreachableError, match="cannot be reached") as caught:
        go(github, project, **wishes)
    assert caught.value.hint == f"Look at your network, then {refusals.AGAIN}"
    go(github, project, **wishes)
    assert is_published(github, project)
    about = github.repositories["ada", "flights"].about
    assert (about["description"], about["topics"]) == ("Late?", ["a"])


@pytest.mark.parametrize("path", [r".*service=git-receive-pack", ".*/git-receive-pack"])
def test_the_network_goes_before_the_push_arrives(path: str, github: GitHub, project: Path) -> None:
    """The repository is there and empty, and the next time it is filled."""
    method = "POST" if path.endswith("/git-receive-pack") else "GET"
    github.faults += [Fault(method, path)] * 2  # git tries a second time
    with pytest.raises(UnreachableError, match="git could not speak with") as caught:
        go(github, project)
    assert refusals.AGAIN in caught.value.hint
    assert github.branches("ada", "flights") == {}
    github.faults.clear()
    go(github, project)
    assert is_published(github, project)


def test_the_network_goes_after_the_push_arrived(github: GitHub, project: Path) -> None:
    """Nobody heard that it did, so it is asked for; and nothing is amiss."""
    github.faults.append(Fault("POST", ".*/git-receive-pack", done=True))
    go(github, project)
    assert github.faults == []
    assert is_published(github, project)


def test_a_host_that_is_gone(github: GitHub, project: Path) -> None:
    """Before anything: one sentence, and nothing is touched."""
    github.stop()
    before = snapshot(project)
    with pytest.raises(
        UnreachableError, match=f"{github.name} cannot be reached: Connection refused"
    ):
        go(github, project)
    assert snapshot(project) == before


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
    assert "--remote github" in error.hint
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


def test_a_push_address_that_points_elsewhere(github: GitHub, project: Path) -> None:
    """What `git push` would do later counts too."""
    git(project, "remote", "add", "origin", f"{github.page('ada', 'flights')}.git")
    git(project, "remote", "set-url", "--push", "origin", "no_push")
    refused(github, project, PublishError, "points to no_push")


def test_a_git_that_is_too_old(
    github: GitHub, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would not read the token from the environment."""
    monkeypatch.setattr(remotes, "OLDEST", (99, 0))
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
    refused(github, project, ForbiddenError, message, visibility=visibility)


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
    """Nobody can push to it."""
    github.add("ada", "flights", private=True, archived=True)
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


def test_an_organisation_that_forbids(github: GitHub, project: Path) -> None:
    """In its own words, and with the way to publish at all."""
    before = snapshot(project)
    with pytest.raises(ForbiddenError, match="does not let you create fort/flights") as caught:
        go(github, project, owner="fort")
    assert "You need admin access to the organization" in str(caught.value)
    assert "leave --owner out" in caught.value.hint
    assert snapshot(project) == before


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
    "a fault of its own": (
        "fatal: unable to access 'https://x/': The requested URL returned error: 500",
        UnreachableError,
        "git could not speak with PAGE: The requested URL returned error: 500.",
    ),
}


@pytest.mark.parametrize("kind", SAID)
def test_what_git_says_is_understood(kind: str) -> None:
    """Its words, and GitHub's by its mouth."""
    said, error, message = SAID[kind]
    refusal = refusals.of_git(parse("github.com"), "PAGE", Answer(1, "", said))
    assert type(refusal) is error
    assert message in str(refusal)


def test_a_fault_of_githubs_is_not_the_networks() -> None:
    """A push to which it answers 500 wants no look at the network."""
    said = SAID["a fault of its own"][0]
    refusal = refusals.of_git(parse("github.com"), "PAGE", Answer(1, "", said))
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
