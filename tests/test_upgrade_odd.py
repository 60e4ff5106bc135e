"""Repositories that are not like the others."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from mlscaffold import __version__
from mlscaffold.errors import UnreadyError
from mlscaffold.updating import upgrade
from tests import previous
from tests.support import committed, contents, git, run
from tests.upgrades import commit, made_before, package, recorded, refusal, rendered, update

if TYPE_CHECKING:
    from pathlib import Path

OLD = previous.VERSION


@pytest.mark.parametrize("options", ["-X theirs", "-s ours", "--squash"])
def test_the_owner_s_options_for_merges_stay_out(options: str, older: Path) -> None:
    """They would take a side where both have changed a line, or leave no merge commit."""
    folder = made_before(older, "pipeline")
    file = package(folder, previous.EDITED["pipeline"])
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace(previous.OLD_LINE, '"""Mine."""'), encoding="utf-8")
    commit(folder)
    git(folder, "config", "branch.main.mergeOptions", options)
    assert update().conflicts == (file.relative_to(folder).as_posix(),)
    assert '"""Mine."""' in file.read_text(encoding="utf-8")


@pytest.mark.parametrize("how", ["a tag", "a command"])
def test_options_for_merges_stay_out_wherever_they_are_from(
    how: str, older: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A tag that is called like the branch makes its short name another; `git -c` outranks."""
    folder = made_before(older, "pipeline")
    if how == "a tag":
        git(folder, "tag", "main")
        git(folder, "config", "branch.main.mergeOptions", "-s ours")
    else:  # as git tells an alias that runs us
        monkeypatch.setenv("GIT_CONFIG_PARAMETERS", "'branch.main.mergeOptions'='-s ours'")
    assert update().state == "merged"
    assert package(folder, previous.NEW["pipeline"]).exists()


def test_a_merge_that_takes_nothing_in_is_none(older: Path) -> None:
    """A driver of the owner's that keeps even the record is named, and all is as it was."""
    folder = made_before(older, "pipeline")
    driven(folder, ".mlscaffold.yml")
    record = folder / ".mlscaffold.yml"
    record.write_text(record.read_text(encoding="utf-8") + "# mine\n", encoding="utf-8")
    commit(folder)
    problem = refusal()
    assert str(problem).startswith(f"git merged, and .mlscaffold.yml is of version {OLD} still")


def driven(folder: Path, name: str) -> None:
    """Have a driver of the owner's merge a file: it keeps what is there."""
    with (folder / ".gitattributes").open("a", encoding="utf-8") as stream:
        stream.write(f"{name} merge=keep\n")
    git(folder, "config", "merge.keep.driver", "true")


def test_what_a_driver_keeps_is_listed_and_foretold(older: Path) -> None:
    """The dry run merges as the update does, and the template's change is left out in both."""
    folder = made_before(older, "pipeline")
    file = package(folder, previous.EDITED["pipeline"])
    name = file.relative_to(folder).as_posix()
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace(previous.OLD_LINE, '"""Mine."""'), encoding="utf-8")
    driven(folder, name)
    commit(folder)
    tried = upgrade.preview(upgrade.plan(upgrade.Request(path=folder, lock=False)))
    result = update()
    assert (tried.state, tried.left_out) == (result.state, result.left_out) == ("merged", (name,))


def test_line_ends_are_the_owner_s(home: Path, older: Path) -> None:
    """Who has git write them as Windows does has a clean work tree before and after."""
    folder = made_before(older, "pipeline")
    (folder / ".gitattributes").unlink()
    commit(folder)
    with (home / ".gitconfig").open("a", encoding="utf-8") as stream:
        stream.write("[core]\n\tautocrlf = true\n\tsafecrlf = true\n")
    git(folder, "rm", "--quiet", "-r", "--cached", ".")
    git(folder, "reset", "--quiet", "--hard")
    assert b"\r\n" in (folder / "README.md").read_bytes()
    assert update().state == "merged"
    assert b"\r\n" in package(folder, previous.NEW["pipeline"]).read_bytes()
    assert git(folder, "status", "--porcelain") == ""
    assert update().state == "current"


def test_line_ends_that_are_committed_are_never_changed_silently(older: Path) -> None:
    """Who stores a file with those of Windows gets a conflict where the template changes it."""
    folder = made_before(older, "pipeline")
    (folder / ".gitattributes").write_text("* -text\n", encoding="utf-8")
    file = package(folder, previous.EDITED["pipeline"])
    file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    own = file.read_bytes()
    commit(folder)
    assert file.relative_to(folder).as_posix() in update().conflicts
    git(folder, "checkout", "--quiet", "--ours", "--", str(file))
    assert file.read_bytes() == own


def test_a_submodule_is_no_obstacle(older: Path, work: Path) -> None:
    """It stays at its commit."""
    git(work, "init", "--quiet", "inner")
    git(work / "inner", "commit", "--quiet", "--allow-empty", "--message=Inner")
    folder = made_before(older, "pipeline")
    words = ("-c", "protocol.file.allow=always", "submodule", "--quiet", "add")
    git(folder, *words, str(work / "inner"), "vendor/inner")
    commit(folder)
    before = git(folder, "ls-tree", "HEAD", "vendor/inner")
    (folder / "vendor" / "inner" / "dirty").write_text("x", encoding="utf-8")
    assert update().state == "merged"
    assert git(folder, "ls-tree", "HEAD", "vendor/inner") == before


def test_pointers_to_large_files_stay_pointers(home: Path, older: Path) -> None:
    """A filter of the owner's runs where git writes files, and nowhere else."""
    with (home / ".gitconfig").open("a", encoding="utf-8") as stream:
        stream.write('[filter "big"]\n\tclean = sed s/big/small/\n\tsmudge = sed s/small/big/\n')
    folder = made_before(older, "pipeline")
    with (folder / ".gitattributes").open("a", encoding="utf-8") as stream:
        stream.write("*.dat filter=big\n")
    (folder / "x.dat").write_text("big\n", encoding="utf-8")
    commit(folder)
    assert committed(folder, "HEAD")["x.dat"] == b"small\n"
    assert upgrade.preview(upgrade.plan(upgrade.Request(path=folder))).state == "merged"
    assert update().state == "merged"
    assert committed(folder, "HEAD")["x.dat"] == b"small\n"
    assert (folder / "x.dat").read_text(encoding="utf-8") == "big\n"
    assert git(folder, "status", "--porcelain") == ""


def test_thousands_of_files_are_no_obstacle(older: Path) -> None:
    """They are neither rendered nor read."""
    folder = made_before(older, "pipeline")
    for number in range(3000):
        place = folder / "data-of-mine" / f"{number % 30}" / f"{number}.txt"
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(f"{number}\n", encoding="utf-8")
    commit(folder)
    assert update().state == "merged"
    assert (folder / "data-of-mine" / "7" / "2347.txt").read_text(encoding="utf-8") == "2347\n"


def test_a_linked_work_tree_is_updated_alone(older: Path, work: Path) -> None:
    """`git worktree add` makes one; the other stays as it is."""
    folder = made_before(older, "pipeline")
    git(folder, "worktree", "add", "--quiet", "-b", "update", str(work / "linked"))
    before = contents(folder)
    assert update(work / "linked").state == "merged"
    assert contents(folder) == before
    assert not (work / "linked" / previous.OLD_FILE).exists()


def test_without_an_identity_the_commits_have_the_author_s(home: Path, older: Path) -> None:
    """Nothing is written into any configuration."""
    folder = made_before(older, "pipeline")
    (home / ".gitconfig").unlink()
    result = update()
    assert result.state == "merged"
    assert git(folder, "log", "-1", "--format=%an <%ae>") == "Ada Lovelace <ada@example.org>"
    assert not (home / ".gitconfig").exists()


@pytest.mark.skipif(os.name == "nt", reason="hooks there need a shell")
def test_hooks_and_signing_stay_out(home: Path, older: Path) -> None:
    """Nothing of the owner's blocks an update half-way."""
    folder = made_before(older, "pipeline")
    for name in ("pre-merge-commit", "pre-commit", "commit-msg", "post-checkout", "post-merge"):
        hook = folder / ".git" / "hooks" / name
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(f"#!/bin/sh\ntouch '{home}/marker'\nexit 1\n", encoding="utf-8")
        hook.chmod(0o755)
    with (home / ".gitconfig").open("a", encoding="utf-8") as stream:
        stream.write(
            "[commit]\n\tgpgSign = true\n[merge]\n\tff = only\n\trenames = true\n"
            "\tverifySignatures = true\n[pull]\n\ttwohead = ours\n[trailer]\n\tseparators = =\n"
            "[grep]\n\tpatternType = perl\n[log]\n\tshowSignature = true\n[color]\n\tui = always\n"
        )
    assert update().state == "merged"
    assert not (home / "marker").exists()
    assert run("status", "x").code == 0


def test_the_owner_s_filters_do_not_change_what_is_rendered(older: Path) -> None:
    """Not even one whose attributes are in git's own folder: the scaffold is the template's."""
    folder = made_before(older, "pipeline")
    git(folder, "config", "filter.strip.clean", "sed -e s/pipeline/PIPE/")
    (folder / ".git" / "info").mkdir(exist_ok=True)
    attributes = folder / ".git" / "info" / "attributes"
    attributes.write_text("*.md filter=strip\n", encoding="utf-8")
    with (folder / "README.md").open("a", encoding="utf-8") as stream:
        stream.write("Mine.\n")
    commit(folder)
    assert "PIPE" in git(folder, "show", "HEAD:README.md")
    scaffold = update().commits[0]
    today = rendered("pipeline", folder.parent / "today" / "x", **recorded(folder))
    assert committed(folder, scaffold) == today
    assert update().state == "current"


@pytest.mark.parametrize("mode", ["--cone", "--no-cone"])
def test_a_sparse_checkout_stays_one(mode: str, older: Path) -> None:
    """What it leaves out is merged where git keeps it, and nowhere else."""
    folder = made_before(older, "pipeline")
    git(folder, "sparse-checkout", "set", mode, "src", "tests")
    assert not (folder / ".github").exists()
    plan = upgrade.plan(upgrade.Request(path=folder, lock=False))
    assert upgrade.preview(plan).state == "merged"
    assert update().state == "merged"
    assert not (folder / ".github").exists()
    assert git(folder, "status", "--porcelain") == ""
    assert f"version: {__version__}" in git(folder, "show", "HEAD:.mlscaffold.yml")
    assert package(folder, previous.NEW["pipeline"]).exists()


def test_a_dry_run_in_a_partial_clone_fetches_what_it_needs(older: Path, work: Path) -> None:
    """As the update itself does."""
    origin = made_before(older, "pipeline").rename(work / "origin")
    edited = package(origin, previous.EDITED["pipeline"])
    edited.write_text(edited.read_text(encoding="utf-8") + "# mine\n", encoding="utf-8")
    commit(origin)
    git(origin, "config", "uploadpack.allowFilter", "true")
    git(work, "clone", "--quiet", "--filter=blob:none", f"file://{origin}", "x")
    before = contents(work / "x")
    result = upgrade.preview(upgrade.plan(upgrade.Request(path=work / "x")))
    assert (result.state, contents(work / "x")) == ("merged", before)
    assert update().state == "merged"


@pytest.mark.parametrize("name", ["a\nb", "a\u2028b"])
@pytest.mark.skipif(os.name == "nt", reason="no such names there")
def test_a_folder_with_a_line_break_in_its_name(name: str, older: Path, work: Path) -> None:
    """It is a folder like any other."""
    folder = made_before(older, "pipeline").rename(work / name)
    plan = upgrade.plan(upgrade.Request(path=folder, lock=False))
    assert upgrade.preview(plan).state == "merged"
    assert update(folder).state == "merged"


def test_a_branch_may_have_any_name(older: Path) -> None:
    """Its options for merges stay out all the same."""
    folder = made_before(older, "pipeline")
    git(folder, "switch", "--quiet", "--create", "a=b.c")
    git(folder, "config", "branch.a=b.c.mergeOptions", "--squash")
    assert update().state == "merged"


@pytest.mark.skipif(os.name == "nt", reason="links there need a right")
def test_a_link_that_git_does_not_look_at_is_compared(older: Path) -> None:
    """As it was committed it is no change."""
    folder = made_before(older, "pipeline")
    (folder / "link").symlink_to("README.md")
    commit(folder)
    git(folder, "update-index", "--assume-unchanged", "link")
    assert update().state == "merged"
    (folder / "link").unlink()
    (folder / "link").symlink_to("elsewhere")
    with pytest.raises(UnreadyError, match="git was told not to look at 'link'"):
        update(answers={"license": "none"})
