"""git in real repositories, under configurations that would rather have it otherwise."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mlscaffold import repository
from mlscaffold.errors import RepositoryError
from mlscaffold.repository import Repository
from tests.support import committed, contents, git, identify, subjects

if TYPE_CHECKING:
    from collections.abc import Callable

TRAILERS = {"Mlscaffold-Template": "service", "Mlscaffold-Version": "0.1.0"}
FILES = {
    ".gitattributes": b"* text=auto eol=lf\n*.png binary\n",
    ".gitignore": b"data/\n",
    "a.txt": b"one\ntwo\n",
    "data/x.csv": b"1,2\n",
    "figure.png": b"\x89PNG\r\n\x1a\n\0",
    "name with [brackets] \xc3\xa4.txt".encode("latin-1").decode(): b"#\n",
}
HOOKS = (
    *("pre-commit", "prepare-commit-msg", "commit-msg", "post-commit", "post-index-change"),
    *("reference-transaction", "fsmonitor-watchman", "post-rewrite", "pre-auto-gc"),
)


def write(folder: Path) -> Path:
    """Write a small project into a new folder."""
    for name, data in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return folder


def script(path: Path, text: str) -> Path:
    """Write a program."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


def gpg(home: Path) -> str:
    """Configure signing by a program that waits for a passphrase which never comes."""
    program = script(home / "gpg", f"touch '{home}/marker'; sleep 100")
    return f"[commit]\n\tgpgSign = true\n[tag]\n\tgpgSign = true\n[gpg]\n\tprogram = {program}\n"


def hooks(home: Path) -> str:
    """Configure hooks that leave a mark and fail."""
    for name in HOOKS:
        script(home / "hooks" / name, f"touch '{home}/marker'; exit 1")
    return f"[core]\n\thooksPath = {home}/hooks\n\tfsmonitor = {home}/hooks/fsmonitor-watchman\n"


def template_hooks(home: Path) -> str:
    """Configure a folder from which `git init` copies hooks and excludes."""
    for name in HOOKS:
        script(home / "template" / "hooks" / name, f"touch '{home}/marker'; exit 1")
    (home / "template" / "info").mkdir()
    (home / "template" / "info" / "exclude").write_text("*\n", encoding="utf-8")
    return f"[init]\n\ttemplateDir = {home}/template\n"


def excludes(home: Path) -> str:
    """Configure git to ignore everything."""
    (home / "ignore").write_text("*\n", encoding="utf-8")
    return f"[core]\n\texcludesFile = {home}/ignore\n"


def attributes(home: Path) -> str:
    """Configure git to write every line end as Windows does."""
    (home / "attributes").write_text("* text eol=crlf\n", encoding="utf-8")
    return f"[core]\n\tattributesFile = {home}/attributes\n"


def message_template(home: Path) -> str:
    """Configure a text to start every message from, and an editor that fails."""
    (home / "message").write_text("Ticket: \n", encoding="utf-8")
    return (
        f"[commit]\n\ttemplate = {home}/message\n\tverbose = true\n\tcleanup = scissors\n"
        "[core]\n\teditor = false\n\tcommentChar = S\n"
    )


CONFIGURATIONS: dict[str, Callable[[Path], str]] = {
    "plain": lambda _: "",
    "signing": gpg,
    "hooks": hooks,
    "template-hooks": template_hooks,
    "autocrlf": lambda _: "[core]\n\tautocrlf = true\n\tsafecrlf = true\n\teol = crlf\n",
    "autocrlf-input": lambda _: "[core]\n\tautocrlf = input\n\tsafecrlf = true\n",
    "excludes": excludes,
    "attributes": attributes,
    "message-template": message_template,
    "comment-strip": lambda _: "[commit]\n\tcleanup = strip\n[core]\n\tcommentChar = M\n",
    "trailers": lambda _: (
        "[trailer]\n\tseparators = =\n\tifMissing = doNothing\n\twhere = start\n"
        '[trailer "Mlscaffold-Template"]\n\tcommand = echo no\n'
    ),
    "many-files": lambda _: "[feature]\n\tmanyFiles = true\n[core]\n\tuntrackedCache = true\n",
    "status": lambda _: "[status]\n\tshort = true\n\tbranch = true\n\tshowUntrackedFiles = no\n",
    "colour": lambda _: "[color]\n\tui = always\n[core]\n\tpager = false\n\tquotePath = false\n",
    "split-index": lambda _: "[core]\n\tsplitIndex = true\n\tfsyncMethod = batch\n",
}


@pytest.mark.parametrize("name", CONFIGURATIONS)
def test_no_configuration_changes_a_commit(name: str, home: Path, work: Path) -> None:
    """The commit holds every file byte for byte and bears its trailers; afterwards all is clean."""
    identify(home, more=CONFIGURATIONS[name](home))
    write(work / "staged")
    made = Repository.create(work / "staged", branch="main")
    commit = made.commit("Start", trailers=TRAILERS)
    (work / "staged").rename(work / "project")
    project = work / "project"

    identify(home)
    assert commit == git(project, "rev-parse", "HEAD")
    assert committed(project, "HEAD") == FILES
    assert contents(project) == FILES
    assert git(project, "log", "-1", "--format=%B").strip() == (
        "Start\n\nMlscaffold-Template: service\nMlscaffold-Version: 0.1.0"
    )
    assert git(project, "log", "-1", "--format=%(trailers:unfold)").strip() == (
        "Mlscaffold-Template: service\nMlscaffold-Version: 0.1.0"
    )
    assert git(project, "log", "-1", "--format=%an %ae %cn %ce %G?") == (
        "Ada Lovelace ada@example.org Ada Lovelace ada@example.org N"
    )
    assert git(project, "status", "--porcelain") == ""
    assert not (home / "marker").exists()
    assert not list((project / ".git").glob("hooks/*"))


@pytest.mark.parametrize("name", ["autocrlf", "autocrlf-input", "attributes", "many-files"])
def test_the_user_finds_a_clean_work_tree(name: str, home: Path, work: Path) -> None:
    """There are no changes and no warnings under the configuration the project was made under."""
    identify(home, more=CONFIGURATIONS[name](home))
    write(work / "staged")
    Repository.create(work / "staged", branch="main").commit("Start")
    (work / "staged").rename(work / "project")
    assert git(work / "project", "status", "--porcelain") == ""


def test_the_user_can_exclude_files(work: Path) -> None:
    """Advice has them written into a file that plain `git init` makes, in a folder of its own."""
    write(work / "project")
    Repository.create(work / "project", branch="main").commit("Start")
    with (work / "project" / ".git" / "info" / "exclude").open("r+", encoding="utf-8") as stream:
        assert stream.read().startswith("# ")
        stream.write("notes.txt\n")
    (work / "project" / "notes.txt").write_text("mine\n", encoding="utf-8")
    assert git(work / "project", "status", "--porcelain") == ""


def test_signing_does_not_wait_for_a_passphrase(home: Path, work: Path) -> None:
    """The program that would ask is never started."""
    identify(home, more=gpg(home))
    write(work)
    Repository.create(work, branch="main").commit("Start")
    assert not (home / "marker").exists()


def test_the_repository_of_an_outer_git_is_left_alone(
    work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Run from somebody's hook, where git names its own repository to all below it."""
    outer, inner = work / "outer", write(work / "inner")
    outer.mkdir()
    git(outer, "init", "--quiet")
    with monkeypatch.context() as patch:
        patch.setenv("GIT_DIR", str(outer / ".git"))
        patch.setenv("GIT_WORK_TREE", str(outer))
        patch.setenv("GIT_INDEX_FILE", str(outer / ".git" / "index"))
        patch.setenv("GIT_OBJECT_DIRECTORY", str(outer / ".git" / "objects"))
        patch.setenv("GIT_PREFIX", "deep/")
        Repository.create(inner, branch="main").commit("Start")
        assert os.environ["GIT_DIR"] == str(outer / ".git")
    assert committed(inner, "HEAD") == FILES
    assert not (outer / ".git" / "index").exists()
    assert not list((outer / ".git" / "objects").glob("??/*"))


def test_without_git_there_is_a_way_out(work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The hint names where git is had, and the flag that does without."""
    monkeypatch.setenv("PATH", str(work))
    with pytest.raises(RepositoryError) as caught:
        repository.require_git()
    assert str(caught.value) == "There is no git on the PATH."
    assert caught.value.hint == (
        "Install git (https://git-scm.com/downloads), or make the files alone with --no-git."
    )


def test_what_git_refuses_is_told_in_its_words(work: Path) -> None:
    """A lock that somebody holds is git's to explain."""
    write(work)
    made = Repository.create(work, branch="main")
    (work / ".git" / "index.lock").touch()
    with pytest.raises(RepositoryError) as caught:
        made.commit("Start")
    lock = work / ".git" / "index.lock"
    assert str(caught.value) == f"git refused: Unable to create '{lock}': File exists."


def test_an_identity_can_be_given_to_one_repository(home: Path, work: Path) -> None:
    """Nothing is written into the user's own configuration."""
    (home / ".gitconfig").unlink()
    write(work)
    made = Repository.create(work, branch="main")
    made.identify('Eve "E" O\'Neil', "eve@example.org")
    made.commit("Start")
    assert git(work, "log", "-1", "--format=%an <%ae>") == 'Eve "E" O\'Neil <eve@example.org>'
    assert not (home / ".gitconfig").exists()


@pytest.mark.parametrize("branch", ["main", "trunk", "feature/x", "ünï"])
def test_the_branch_is_the_one_asked_for(branch: str, work: Path) -> None:
    """HEAD names it, before and after the first commit."""
    write(work)
    Repository.create(work, branch=branch).commit("Start")
    assert git(work, "symbolic-ref", "HEAD") == f"refs/heads/{branch}"


def test_nothing_new_makes_no_commit(work: Path) -> None:
    """A second commit of the same files is none."""
    write(work)
    made = Repository.create(work, branch="main")
    assert made.commit("Start")
    assert made.commit("Again") is None
    assert subjects(work) == ["Start"]


def test_files_may_lie_beside_the_repository(work: Path) -> None:
    """What is committed is the staged folder; the repository's own work tree is not looked at."""
    target = work / "target"
    target.mkdir()
    git(target, "init", "--quiet")
    (target / "README.md").write_text("mine", encoding="utf-8")
    made = Repository(target, files=write(work / "staged"))
    assert made.head() is None
    made.commit("Start")
    assert committed(target, "HEAD") == FILES
    assert (target / "README.md").read_text(encoding="utf-8") == "mine"


def test_a_reset_takes_the_first_commit_back(work: Path) -> None:
    """The branch is unborn again and the index empty; the files stay."""
    write(work)
    made = Repository.create(work, branch="main")
    made.commit("Start")
    made.reset(None)
    assert made.head() is None
    assert git(work, "ls-files") == ""
    assert contents(work) == FILES


def test_a_reset_takes_later_commits_back(work: Path) -> None:
    """The branch and the index are at the commit named; the files stay."""
    write(work)
    made = Repository.create(work, branch="main")
    first = made.commit("Start")
    (work / "b.txt").write_text("b", encoding="utf-8")
    made.commit("Go on")
    made.reset(first)
    assert made.head() == first
    assert git(work, "status", "--porcelain") == "?? b.txt"


def test_the_enclosing_repository_is_the_nearest(work: Path) -> None:
    """A folder's own repository, then that of a folder above, whether they exist or not."""
    (work / "a" / "b").mkdir(parents=True)
    (work / "a" / ".git").write_text("gitdir: elsewhere\n", encoding="utf-8")
    assert repository.enclosing(work / "a" / "b" / "c" / "d") == work / "a"
    assert repository.enclosing(work / "b") is None


def test_a_link_does_not_lead_out_of_a_repository(work: Path) -> None:
    """What is made behind it lies in the work tree, or, the other way round, does not."""
    git(work, "init", "--quiet", "outer")
    (work / "outer" / "sub").mkdir()
    (work / "inwards").symlink_to(work / "outer" / "sub")
    (work / "outer" / "outwards").symlink_to(work)
    assert repository.enclosing(work / "inwards" / "x") == work / "outer"
    assert repository.enclosing(work / "outer" / "outwards" / "x") is None


def test_the_objects_are_such_as_github_takes(work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the user has git make by default."""
    monkeypatch.setenv("GIT_DEFAULT_HASH", "sha256")
    Repository.create(work, branch="main")
    assert git(work, "rev-parse", "--show-object-format") == "sha1"


def test_what_is_tracked_at_the_top(work: Path) -> None:
    """Names come whole, however strange; an unborn branch tracks nothing."""
    write(work)
    made = Repository.create(work, branch="main")
    assert repository.tracked_at_top(work) == ()
    made.commit("Start")
    top = {Path(name).parts[0] for name in FILES}
    assert set(repository.tracked_at_top(work)) == top


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX systems")
def test_a_git_that_is_told_to_end_ends_us_too(work: Path) -> None:
    """A terminal that is closed tells both, and git may be the first to hear of it."""
    git(work, "init", "--quiet")
    with pytest.raises(KeyboardInterrupt):
        repository.ask(work, "-c", "alias.wait=!kill -HUP $PPID; sleep 9", "wait")
