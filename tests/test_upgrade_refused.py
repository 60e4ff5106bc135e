"""What `update` refuses, with the way out, and without a trace."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from mlscaffold import __version__
from mlscaffold.errors import (
    BadInputError,
    HistoryError,
    InvalidAnswerError,
    ScaffoldError,
    UnknownNameError,
    UnreadyError,
)
from tests import previous
from tests.previous import run_at
from tests.support import git, make, run
from tests.upgrades import commit, made_before, package, refusal, update

if TYPE_CHECKING:
    from pathlib import Path

OLD = previous.VERSION


def test_what_is_no_project_is_refused(work: Path) -> None:
    """A folder that is not there, one without a repository, one without commits, one of others."""
    problem = refusal("nowhere")
    assert str(problem) == f"There is no folder '{work / 'nowhere'}'."
    (work / "x").mkdir()
    assert str(refusal()) == f"'{work / 'x'}' is not in a git repository with files in it."
    git(work / "x", "init", "--quiet")
    assert str(refusal()) == f"The repository '{work / 'x'}' has no commit yet."
    git(work / "x", "commit", "--quiet", "--allow-empty", "--message=Start")
    problem = refusal()
    assert isinstance(problem, HistoryError)
    assert str(problem) == f"'{work / 'x'}' was not made by mlscaffold: it has no .mlscaffold.yml."
    assert problem.hint == "To bring the files of a template into it: mlscaffold adopt TEMPLATE"


def test_a_part_of_a_larger_repository_is_refused(work: Path) -> None:
    """A project that was made with --no-git has no scaffold commit of its own."""
    make("pipeline", work / "x", git=False)
    git(work, "init", "--quiet")
    commit(work)
    problem = refusal()
    assert isinstance(problem, UnreadyError)
    assert str(problem) == (
        f"'{work / 'x'}' is a part of the git repository '{work}', which is larger."
    )


def test_a_folder_within_the_project_stands_for_it(older: Path) -> None:
    """As it does for git."""
    folder = made_before(older, "pipeline")
    assert update(folder / "src").path == folder


def test_changes_that_are_not_committed_are_refused(work: Path) -> None:
    """Staged or not; what git does not know is no matter."""
    make("pipeline", work / "x")
    (work / "x" / "new.txt").write_text("x\n", encoding="utf-8")
    assert update().state == "current"
    (work / "x" / "README.md").write_text("mine\n", encoding="utf-8")
    (work / "x" / "config.toml").unlink()
    problem = refusal(answers={"license": "none"})
    assert (
        str(problem) == ("There are changes that are not committed: 'README.md' and 1 more.")
        or str(problem) == "There are changes that are not committed: 'config.toml' and 1 more."
    )
    assert problem.hint == "Commit them, or put them aside: git stash"


@pytest.mark.parametrize("ignored", [False, True])
def test_what_git_does_not_know_is_never_overwritten(
    ignored: bool,  # noqa: FBT001
    older: Path,
) -> None:
    """Not even a file that git ignores, which git itself would overwrite without a word."""
    folder = made_before(older, "pipeline")
    new = package(folder, previous.NEW["pipeline"])
    if ignored:
        (folder / ".gitignore").write_text("drill.py\n", encoding="utf-8")
        commit(folder)
    new.write_text("mine\n", encoding="utf-8")
    problem = refusal()
    assert str(problem) == (
        "'src/x/drill.py' is not in git, and the template brings a file to its place."
    )
    assert new.read_text(encoding="utf-8") == "mine\n"


def test_what_the_owner_took_out_of_git_alone_stays_where_it_is(older: Path) -> None:
    """It is deleted there, and the template's changes of it do not touch the file that is left."""
    folder = made_before(older, "pipeline")
    edited = package(folder, previous.EDITED["pipeline"])
    git(folder, "rm", "--quiet", "--cached", str(edited))
    (folder / ".gitignore").write_text("pipeline.py\n", encoding="utf-8")
    commit(folder)
    edited.write_text("mine\n", encoding="utf-8")
    result = update()
    assert (result.state, result.left_out) == ("merged", ("src/x/pipeline.py",))
    assert edited.read_text(encoding="utf-8") == "mine\n"


def test_a_merge_under_way_is_refused(work: Path) -> None:
    """And so is whatever else is not finished."""
    make("pipeline", work / "x")
    git(work / "x", "switch", "--quiet", "--create", "other")
    git(work / "x", "commit", "--quiet", "--allow-empty", "--message=Other")
    git(work / "x", "switch", "--quiet", "main")
    words = ("merge", "--quiet", "--no-commit", "--no-ff", "other")
    subprocess.run(["git", *words], cwd=work / "x", capture_output=True, check=True)
    problem = refusal()
    assert str(problem) == f"A merge is under way in '{work / 'x'}'."
    assert problem.hint == "End it first, or: git merge --abort"


def test_a_detached_head_is_refused(work: Path) -> None:
    """The merge would be on no branch."""
    make("pipeline", work / "x")
    git(work / "x", "switch", "--quiet", "--detach")
    problem = refusal()
    assert str(problem) == f"No branch is checked out in '{work / 'x'}': HEAD is detached."


def test_a_shallow_clone_is_refused(work: Path) -> None:
    """With the command that makes it whole."""
    make("pipeline", work / "origin")
    (work / "origin" / "mine").write_text("x\n", encoding="utf-8")
    commit(work / "origin")
    git(work, "clone", "--quiet", "--depth=1", f"file://{work}/origin", "x")
    problem = refusal()
    assert str(problem) == (
        "The commit that the project was made with is not here: the clone is shallow."
    )
    assert problem.hint == "Fetch the rest of the history: git fetch --unshallow"
    git(work / "x", "fetch", "--quiet", "--unshallow")
    assert update().state == "current"


def squashed(work: Path) -> Path:
    """Return a project whose history was made one commit, with the owner's work in it."""
    make("pipeline", work / "x")
    (work / "x" / "README.md").write_text("# Mine\n", encoding="utf-8")
    git(work / "x", "commit", "--quiet", "--all", "--amend", "--no-edit")
    return work / "x"


def test_a_squashed_history_is_refused(work: Path) -> None:
    """It bears the trailers, and would lose the owner's work: its tree is not the one they name."""
    folder = squashed(work)
    head = git(folder, "rev-parse", "HEAD")
    problem = refusal(answers={"license": "none"})
    assert str(problem) == (
        f"Commit {head[:10]} holds more than the project as it was made "
        f"(pipeline of mlscaffold {__version__}): it was squashed or amended."
    )
    assert problem.hint == (
        "Starting from it would lose your changes in it. Instead: mlscaffold adopt pipeline"
    )
    assert str(refusal(base="HEAD")) == str(problem)


def test_a_forged_trailer_is_no_scaffold(work: Path) -> None:
    """Words in the middle of a message are words."""
    make("pipeline", work / "x")
    git(work / "x", "commit", "--quiet", "--allow-empty", "--message", FORGED)
    assert update().state == "current"


FORGED = f"""Talk about trailers

Mlscaffold-Template: service
Mlscaffold-Version: 99.0

is what one looks like in {__version__}.
"""


def test_a_base_can_be_named(work: Path) -> None:
    """A history that was made again holds the render in a commit that does not say so."""
    make("pipeline", work / "x", git=False)
    git(work / "x", "init", "--quiet", "--initial-branch=main")
    first = commit(work / "x", "Initial commit")
    (work / "x" / "mine.txt").write_text("mine\n", encoding="utf-8")
    commit(work / "x")
    problem = refusal()
    assert str(problem) == (
        "No commit says that it holds the project as it was made "
        f"(pipeline of mlscaffold {__version__})."
    )
    assert problem.hint == (
        "If one does, name it with --base REV; if none does: mlscaffold adopt pipeline"
    )
    assert update(base=first).state == "current"
    result = update(base=first, answers={"license": "none"})
    assert result.state == "merged"
    assert result.removed == ()  # of a base that is only said to be one, nothing is known
    assert result.left_out == ("LICENSE",)
    assert "as you said" in result.notes[0]
    assert update().state == "current"


def test_a_base_that_cannot_be_one_is_refused(work: Path) -> None:
    """It is no commit, is elsewhere, holds no record, or holds the owner's changes."""
    make("pipeline", work / "x", git=False)
    git(work / "x", "init", "--quiet", "--initial-branch=main")
    git(work / "x", "commit", "--quiet", "--allow-empty", "--message=Nothing")
    (work / "x" / "README.md").write_text("# Mine\n", encoding="utf-8")
    commit(work / "x")
    assert str(refusal(base="nonsense")) == "--base 'nonsense' is no commit."
    assert str(refusal(base="HEAD~1")) == (
        "--base 'HEAD~1' holds no .mlscaffold.yml that names a template and a version."
    )
    problem = refusal(base="HEAD", answers={"license": "none"})
    assert str(problem) == (
        "The commit named with --base holds changes of yours, as in 'README.md'."
    )
    git(work / "x", "switch", "--quiet", "--create", "other", "HEAD~1")
    assert str(refusal(base="main")) == "--base 'main' is not in the history of this branch."


def test_a_base_of_another_version_is_refused(older: Path) -> None:
    """Nobody can tell the owner's lines in it from the template's, and these may be taken away."""
    folder = made_before(older, "pipeline")
    with package(folder, previous.EDITED["pipeline"]).open("a", encoding="utf-8") as stream:
        stream.write("# mine\n")
    git(folder, "commit", "--quiet", "--all", "--amend", "--message=All of it")
    problem = refusal(base="HEAD")
    assert str(problem) == (
        f"The commit named with --base is of mlscaffold {OLD}, and this is {__version__}: "
        "what in it is yours cannot be told."
    )
    assert problem.hint == (
        "Make it anew, which changes none of your files, then update: "
        f"uvx mlscaffold@{OLD} adopt pipeline"
    )
    outcome = run_at(older, "adopt", "pipeline", str(folder), "--yes", "--no-lock")
    assert outcome.code == 0, outcome.err
    assert update().state == "merged"
    text = package(folder, previous.EDITED["pipeline"]).read_text(encoding="utf-8")
    assert text.endswith("# mine\n")
    assert previous.OLD_LINE not in text


def test_a_newer_project_is_refused(later: Path) -> None:
    """Only the mlscaffold that made it knows what is in it."""
    outcome = run_at(later, "new", "pipeline", "x", "--yes", "--no-lock")
    assert outcome.code == 0, outcome.err
    problem = refusal()
    assert str(problem) == (
        f"The project is of mlscaffold {previous.LATER}, and this is {__version__}."
    )
    assert problem.hint == "Update mlscaffold first: uv tool upgrade mlscaffold"
    outcome = run("status", "x")
    assert outcome.code == 0
    assert outcome.err == (
        f"This is mlscaffold {__version__}, which is older than the project: "
        "uv tool upgrade mlscaffold\n"
    )


@pytest.mark.parametrize(
    ("given", "kind", "message"),
    [
        ({"licence": "MIT"}, UnknownNameError, "There is no answer 'licence'."),
        ({"license": "GPL"}, UnknownNameError, "There is no choice for license 'GPL'."),
        ({"data": "csv"}, InvalidAnswerError, "'data' has no meaning for this pipeline."),
        (
            {"template": "service"},
            BadInputError,
            "The template of a project is not an answer that can be changed.",
        ),
    ],
)
def test_an_answer_that_cannot_be_meant_is_bad_input(
    given: dict[str, str], kind: type[ScaffoldError], message: str, work: Path
) -> None:
    """As with `new`."""
    make("pipeline", work / "x")
    problem = refusal(answers=given)
    assert (type(problem), str(problem)) == (kind, message)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("license: MIT", "license: GPL", "The project's answer license=GPL holds no longer: There"),
        ("package: x", "package: 1x", "The project's answer package=1x holds no longer: "),
        ("email: ada@example.org", "email: ada", "The project's answer email=ada holds no longer"),
        ("template: pipeline", "template: service", ".mlscaffold.yml says that the project is of"),
        ("license: MIT", "license: [", "The answers file '.mlscaffold.yml' is not valid YAML."),
    ],
)
def test_a_record_that_makes_no_sense_is_refused(
    old: str, new: str, message: str, work: Path
) -> None:
    """With the way to put it right."""
    make("pipeline", work / "x")
    record = work / "x" / ".mlscaffold.yml"
    text = record.read_text(encoding="utf-8")
    assert old in text
    record.write_text(text.replace(old, new), encoding="utf-8")
    commit(work / "x")
    problem = refusal()
    assert str(problem).startswith(message)
    assert problem.hint
    assert problem.hint.count("Give another") <= 1


@pytest.mark.parametrize("how", ["assume-unchanged", "skip-worktree"])
def test_changes_that_are_hidden_from_git_are_refused(how: str, older: Path) -> None:
    """A merge that git gives up would reset them."""
    folder = made_before(older, "pipeline")
    edited = package(folder, previous.EDITED["pipeline"])
    name = edited.relative_to(folder).as_posix()
    git(folder, "update-index", f"--{how}", name)
    with edited.open("a", encoding="utf-8") as stream:
        stream.write("# for this machine alone\n")
    problem = refusal()
    assert str(problem) == f"git was told not to look at '{name}', which has changes."
    assert edited.read_text(encoding="utf-8").endswith("# for this machine alone\n")
    git(folder, "update-index", f"--no-{how}", name)
    git(folder, "restore", name)
    git(folder, "update-index", f"--{how}", name)
    assert update().state == "merged"
