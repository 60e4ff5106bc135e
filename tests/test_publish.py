"""The steps of publishing, against a GitHub on this machine: what is made, and going on."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import tempfile
from typing import TYPE_CHECKING, Any

import pytest

from mlscaffold.errors import DiskError, RepositoryError, UnreachableError
from mlscaffold.publishing import publish, refusals, remotes
from tests.github import Fault, api
from tests.support import git, snapshot

if TYPE_CHECKING:
    from pathlib import Path

    from tests.github import GitHub

from tests.publishes import changes, commit, flights, go, is_published, request

posix = pytest.mark.skipif(os.name == "nt", reason="hooks are scripts of a POSIX shell")


@pytest.fixture
def project(work: Path) -> Path:
    """Return a repository of two commits that nobody has published."""
    return flights(work)


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
        "GET /repos/{owner}/{repo}/branches/{branch}",
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


def test_a_readme_is_one_however_it_is_called(github: GitHub, project: Path) -> None:
    """GitHub shows README.rst as well."""
    git(project, "mv", "README.md", "ReadMe.rst")
    git(project, "commit", "--quiet", "--message=Rename")
    assert go(github, project).notes == ()


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
        f"push main, {git(project, 'rev-parse', 'HEAD')[:10]}: 2 files, 0.0 MB",
        "name it 'origin' here",
        "have main follow origin/main",
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


def test_the_main_branch_that_stays_at_home_is_told(github: GitHub, project: Path) -> None:
    """The first branch that comes is the default; a tag of a branch's name changes nothing."""
    git(project, "config", "core.warnAmbiguousRefs", "false")
    git(project, "tag", "main")
    git(project, "switch", "--quiet", "--create", "feature/x")
    git(project, "tag", "feature/x")
    commit(project, "idea.txt", "idea")
    shown = publish.preview(publish.plan(request(github, project)))
    (note,) = (note for note in shown.notes if "becomes the default branch" in note)
    assert note.startswith("'feature/x' alone is pushed")
    assert "'main' stays here" in note
    git(project, "switch", "--quiet", "main")
    assert not any("default branch" in note for note in go(github, project).notes)
    git(project, "switch", "--quiet", "feature/x")
    assert not any("default branch" in note for note in go(github, project).notes)
    assert github.branches("ada", "flights") == {
        "main": git(project, "rev-parse", "refs/heads/main"),
        "feature/x": git(project, "rev-parse", "refs/heads/feature/x"),
    }


def test_publishing_again_changes_nothing(github: GitHub, project: Path) -> None:
    """Nothing is created, pushed or described a second time."""
    made = go(github, project, topics=("a",))
    before, count = snapshot(project), len(github.seen)
    shown = publish.preview(publish.plan(request(github, project)))
    again = go(github, project)
    assert again.topics == ("a",)
    assert (made.state, shown.state, again.state) == ("published", "current", "current")
    assert shown.steps == again.steps == ()
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


def test_a_branch_that_follows_another_still_does(github: GitHub, project: Path) -> None:
    """To publish once more, somewhere else, moves nothing that `git pull` relies on."""
    go(github, project)
    shown = publish.preview(publish.plan(request(github, project, name="b", remote="github")))
    assert not any("follow" in step for step in shown.steps)
    go(github, project, name="b", remote="github")
    assert git(project, "rev-parse", "--abbrev-ref", "@{upstream}") == "origin/main"
    assert git(project, "rev-parse", "github/main") == git(project, "rev-parse", "HEAD")
    git(project, "config", "remote.github.url", str(github.repositories["ada", "b"].folder))
    git(project, "fetch", "--quiet", "github")


@pytest.fixture
def certificate(github: GitHub, tmp_path: Path) -> Path:
    """Return the certificate with which GitHub speaks https from now on, as a proxy's may be."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl, which makes a certificate, is not installed")
    file, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-noenc", "-days", "1"),
            *("-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"),
            *("-out", file, "-keyout", key),
        ],
        check=True,
        capture_output=True,
    )
    github.encrypt(file, key)
    return file


def test_a_certificate_of_a_company(
    certificate: Path, github: GitHub, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the hint says is enough, for the API and for git; what git was told itself stands."""
    with pytest.raises(UnreachableError, match=r"The certificate of .* is not trusted") as caught:
        go(github, project)
    assert "name its certificates in SSL_CERT_FILE" in caught.value.hint
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    go(github, project)
    assert is_published(github, project)
    other = certificate.with_name("other.pem")
    other.write_text("", encoding="utf-8")
    git(project, "config", "http.sslCAInfo", str(other))
    with pytest.raises(UnreachableError, match=r"The certificate of .* is not trusted") as again:
        go(github, project)
    assert again.value.hint == caught.value.hint
    monkeypatch.setenv("GIT_SSL_CAINFO", str(certificate))
    go(github, project)


def test_a_push_option_of_another_host(github: GitHub, project: Path) -> None:
    """GitLab knows some; GitHub refuses a push that has one."""
    git(project, "config", "--global", "push.pushOption", "ci.skip")
    go(github, project)
    assert is_published(github, project)


def test_an_alias_of_git_with_settings(
    github: GitHub, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What `git -c` hands on is not what a push with a token is told."""
    setting = f"'http.{github.page('ada', 'flights')}.git.extraheader'=''"
    monkeypatch.setenv("GIT_CONFIG_PARAMETERS", setting)
    go(github, project)
    assert is_published(github, project)
    assert os.environ["GIT_CONFIG_PARAMETERS"] == setting


@pytest.mark.parametrize("way", ["insteadOf", "pushInsteadOf"])
def test_a_rule_for_the_very_address(way: str, github: GitHub, project: Path, work: Path) -> None:
    """It leads the user's own git to a mirror that has everything, and not this push."""
    mirror = work / "mirror.git"
    git(work, "clone", "--quiet", "--bare", str(project), str(mirror))
    rule = f"url.{mirror}.{way}"
    git(project, "config", "--global", rule, f"{github.page('ada', 'flights')}.git")
    github.add("ada", "flights", private=True)
    go(github, project)
    assert github.branches("ada", "flights") == {"main": git(project, "rev-parse", "HEAD")}


@pytest.mark.parametrize("way", ["insteadOf", "pushInsteadOf"])
def test_only_github_says_that_it_has_the_branch(
    way: str, github: GitHub, project: Path, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wherever git has been: nothing is called published that is not there."""
    monkeypatch.setattr(publish, "PAUSE", 0)
    mirror = work / "mirror.git"
    git(work, "clone", "--quiet", "--bare", str(project), str(mirror))
    rule = f"url.{mirror}.{way}"
    git(project, "config", "--global", rule, f"{github.page('ada', 'flights')}.git/")
    github.add("ada", "flights", private=True)
    before = snapshot(project)
    with pytest.raises(RepositoryError, match="git says that it pushed, and the branch 'main' of"):
        go(github, project)
    assert snapshot(project) == before
    git(project, "config", "--global", "--unset", rule)
    go(github, project)
    assert is_published(github, project)


def test_github_may_take_a_moment(
    github: GitHub, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was pushed a moment ago need not be shown yet."""
    monkeypatch.setattr(publish, "PAUSE", 0)
    missing = Fault("GET", ".*/branches/main", api.refusal(404, "Branch not found"))
    github.faults += [missing, missing]
    go(github, project)
    assert github.faults == []
    assert is_published(github, project)


def test_a_locked_configuration(
    github: GitHub, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was pushed stays; what is missing is said, and made up for."""
    monkeypatch.setattr(remotes, "PAUSE", 0)
    lock = project / ".git" / "config.lock"
    lock.touch()
    with pytest.raises(RepositoryError, match="refused to name the remote 'origin'") as caught:
        go(github, project)
    assert "delete the file config.lock" in caught.value.hint
    assert refusals.AGAIN in caught.value.hint
    assert github.branches("ada", "flights")
    lock.unlink()
    git(project, "remote", "add", "origin", f"{github.page('ada', 'flights')}.git")
    lock.touch()
    (note,) = (note for note in go(github, project).notes if "did not take down" in note)
    assert "could not lock config file .git/config" in note
    assert note.endswith("git branch --set-upstream-to=origin/main")
    lock.unlink()
    assert go(github, project).notes == ()
    assert is_published(github, project)


def test_a_lock_that_another_git_holds_for_a_moment(
    github: GitHub, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is waited for."""
    lock = project / ".git" / "config.lock"
    lock.touch()
    monkeypatch.setattr("time.sleep", lambda _: lock.unlink(missing_ok=True))
    go(github, project)
    assert is_published(github, project)


def test_a_full_disk(github: GitHub, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is one sentence, and what is said of what was left behind is true."""
    github.add("ada", "flights", private=True)
    plan = publish.plan(request(github, project))

    def full(*_: Any, **__: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(tempfile, "TemporaryFile", full)
        with pytest.raises(DiskError, match="No space left on device") as caught:
            publish.plan(request(github, project))
        assert caught.value.hint.startswith("Nothing was left behind")
        patch.setattr("git.cmd.safer_popen", full)
        with pytest.raises(DiskError, match="No space left on device") as caught:
            publish.carry_out(plan)
        assert caught.value.hint.startswith("What is on GitHub stays there; free some space")
    go(github, project)
    assert is_published(github, project)


@pytest.mark.parametrize("kind", ["https", "git@", "ssh://", "gh:", "gh:, to push"])
def test_a_remote_that_is_there_already_is_used(kind: str, github: GitHub, project: Path) -> None:
    """However it is written; it stays as it is, and the push needs no key."""
    github.add("ada", "flights", private=True)
    host = github.name.partition(":")[0]
    address = {
        "https": f"{github.page('ada', 'flights')}",
        "git@": f"git@{host}:ada/flights.git",
        "ssh://": f"ssh://git@{host}/ada/flights.git",
        "gh:": "gh:flights",
        "gh:, to push": "gh:flights",
    }[kind]
    git(project, "config", "--global", f"url.{github.address}/ada/.insteadOf", "gh:")
    git(project, "remote", "add", "origin", address)
    if kind == "gh:, to push":
        git(project, "config", "remote.origin.pushurl", address)
    go(github, project)
    assert git(project, "config", "remote.origin.url") == address
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
