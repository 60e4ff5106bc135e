"""The steps of `update`: what it refuses, what it brings, what it leaves alone."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

from mlscaffold import __version__, catalog, generate
from mlscaffold.errors import (
    BadInputError,
    HistoryError,
    InvalidAnswerError,
    RepositoryError,
    ScaffoldError,
    UnknownNameError,
    UnreadyError,
)
from mlscaffold.updating import relock, upgrade
from tests import previous
from tests.previous import run_at
from tests.support import (
    OFFLINE,
    TEMPLATES,
    committed,
    contents,
    git,
    make,
    run,
    snapshot,
    subjects,
    write_bundle,
)

if TYPE_CHECKING:
    from mlscaffold.updating.upgrade import Update

OLD = previous.VERSION


@pytest.fixture(scope="session")
def older(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return where the version before is installed."""
    return previous.install(tmp_path_factory.mktemp("older"))


@pytest.fixture(scope="session")
def later(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return where a version to come is installed."""
    return previous.install_later(tmp_path_factory.mktemp("later"))


def update(path: Path | str = "x", **request: object) -> Update:
    """Update a project in this process, unlocked unless asked for."""
    given = {"lock": False, **request}
    return upgrade.apply(upgrade.plan(upgrade.Request(path=path, **given)))  # type: ignore[arg-type]


def refusal(path: Path | str = "x", **request: object) -> ScaffoldError:
    """Return the error that an update raises; assert that it changes nothing."""
    folder = Path(path)
    before = state(folder) if (folder / ".git").exists() else None
    with pytest.raises(ScaffoldError) as caught:
        update(path, **request)
    assert before is None or state(folder) == before
    return caught.value


def state(folder: Path) -> tuple[object, ...]:
    """Return what a refusal must leave as it was."""
    head = (folder / ".git" / "HEAD").read_text(encoding="utf-8")
    return contents(folder), head, git(folder, "for-each-ref"), git(folder, "status", "--porcelain")


def commit(folder: Path, message: str = "Work") -> str:
    """Commit all there is."""
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", f"--message={message}")
    return git(folder, "rev-parse", "HEAD")


def made_before(older: Path, template: str, *answers: str) -> Path:
    """Return a project that the version before has made."""
    words = [word for answer in answers for word in ("--set", answer)]
    outcome = run_at(older, "new", template, "x", "--yes", "--no-lock", *words)
    assert outcome.code == 0, outcome.err
    return Path("x").absolute()


def rendered(template: str, folder: Path, **answers: str) -> dict[str, bytes]:
    """Return what a project of today holds."""
    request = generate.Request(
        template=template, path=folder, answers=answers, git=False, lock=False
    )
    generate.create(generate.plan(request))
    return contents(folder)


def package(folder: Path, path: str) -> Path:
    """Return a file of a project by its path in the template."""
    return folder / path.replace("{{ package }}", "x").removesuffix(".jinja")


# What is brought


@pytest.mark.parametrize("template", TEMPLATES)
def test_an_update_right_after_new_changes_nothing(template: str, work: Path) -> None:
    """Not even a commit; nor does a second one."""
    make(template, Path("x"))
    before = snapshot(work / "x")
    result = update()
    assert (result.state, result.commits, result.version) == ("current", (), __version__)
    assert contents(work / "x") == {
        name: data for name, data in before.items() if not name.startswith(".git/") and data
    } | {name: b"" for name, data in before.items() if data == b""}
    assert len(subjects(work / "x")) == 1


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_project_of_the_version_before_becomes_one_of_today(
    template: str, older: Path, work: Path
) -> None:
    """Where its owner has changed nothing, it is what `new` makes today, with the same answers."""
    folder = made_before(older, template)
    result = update()
    assert result.state == "merged"
    assert (result.before, result.version) == (OLD, __version__)
    wanted = rendered(template, work / "today" / "x", **_answers(folder))
    assert contents(folder) == wanted
    assert result.added == (str(package(Path(), previous.NEW[template]).as_posix()),)
    assert result.removed == (previous.OLD_FILE,)
    assert {".mlscaffold.yml", "pyproject.toml"} < set(result.changed)
    assert git(folder, "status", "--porcelain") == ""
    assert subjects(folder)[-1] == f"Update the template from {OLD} to {__version__}"
    assert update().state == "current"


def _answers(folder: Path) -> dict[str, str]:
    record = yaml.safe_load((folder / ".mlscaffold.yml").read_text(encoding="utf-8"))
    return {key: value for key, value in record.items() if key not in {"template", "version"}}


def test_the_new_scaffold_commit_is_the_next_base(older: Path) -> None:
    """It holds the render alone, bears its trailers, and descends from the one before."""
    folder = made_before(older, "pipeline")
    first = git(folder, "rev-parse", "HEAD")
    package(folder, previous.EDITED["pipeline"]).write_text("# mine\n", encoding="utf-8")
    (folder / "mine.txt").write_text("mine\n", encoding="utf-8")
    commit(folder)
    result = update(answers={"license": "none"})
    (scaffold,) = result.commits  # there are conflicts, and so no merge commit
    assert git(folder, "rev-parse", f"{scaffold}^@") == first
    trailers = git(folder, "log", "-1", "--format=%(trailers)", scaffold).split("\n")
    tree = git(folder, "rev-parse", f"{scaffold}^{{tree}}")
    assert trailers[:3] == [
        "Mlscaffold-Template: pipeline",
        f"Mlscaffold-Version: {__version__}",
        f"Mlscaffold-Tree: {tree}",
    ]
    answers = _answers(folder) | {"license": "none"}
    assert committed(folder, scaffold) == rendered("pipeline", folder.parent / "y", **answers)


def test_the_owner_s_edits_stay(older: Path) -> None:
    """Beside what the template changes in the same file, and where it changes nothing."""
    folder = made_before(older, "pipeline")
    edited = package(folder, previous.EDITED["pipeline"])
    with edited.open("a", encoding="utf-8") as stream:
        stream.write("# mine at the end\n")
    (folder / "README.md").write_text("# All mine\n", encoding="utf-8")
    (folder / "ünï and more.txt").write_text("mine\n", encoding="utf-8")
    commit(folder)
    assert update().state == "merged"
    text = edited.read_text(encoding="utf-8")
    assert previous.OLD_LINE not in text
    assert text.endswith("# mine at the end\n")
    assert (folder / "README.md").read_text(encoding="utf-8") == "# All mine\n"
    assert (folder / "ünï and more.txt").read_text(encoding="utf-8") == "mine\n"


def test_the_owner_s_deletions_stay(older: Path) -> None:
    """Also of a file that the template changes, and of a folder that gets a new file."""
    folder = made_before(older, "experiment")
    edited = package(folder, previous.EDITED["experiment"])
    edited.unlink()
    shutil.rmtree(folder / "src" / "x" / "tracking")
    commit(folder)
    result = update()
    assert result.state == "merged"
    new = "src/x/tracking/leaderboard.py"
    assert result.left_out == ("src/x/tracking/leaderboard.py", "src/x/train.py")
    assert not edited.exists()
    assert not (folder / new).exists()
    assert update().state == "current"
    assert new in committed(folder, result.commits[0])


def test_a_file_that_the_template_removed_is_a_conflict_if_it_was_edited(older: Path) -> None:
    """The owner's file stays until the owner says."""
    folder = made_before(older, "pipeline")
    with (folder / previous.OLD_FILE).open("a", encoding="utf-8") as stream:
        stream.write("Mine.\n")
    head = commit(folder)
    before = contents(folder)
    result = update()
    assert (result.state, result.conflicts) == ("conflicts", (previous.OLD_FILE,))
    assert (folder / previous.OLD_FILE).read_text(encoding="utf-8").endswith("Mine.\n")
    assert result.commands == (*("git diff", "git commit --all --no-edit", "git merge --abort"),)
    git(folder, "merge", "--abort")
    assert contents(folder) == before
    assert git(folder, "rev-parse", "HEAD") == head


def test_conflicts_are_git_s_own(older: Path) -> None:
    """Markers that every editor knows; when they are solved, the next update has nothing to do."""
    folder = made_before(older, "service")
    edited = package(folder, previous.EDITED["service"])
    text = edited.read_text(encoding="utf-8").replace(previous.OLD_LINE, '"""Mine."""')
    edited.write_text(text, encoding="utf-8")
    commit(folder)
    result = update()
    assert result.conflicts == ("src/x/server.py",)
    lines = edited.read_text(encoding="utf-8").splitlines()
    assert lines[:3] == ["<<<<<<< HEAD", '"""Mine."""', "======="]
    assert f">>>>>>> mlscaffold/{__version__}" in lines
    edited.write_text(text, encoding="utf-8")
    git(folder, "commit", "--quiet", "--all", "--no-edit")
    assert update().state == "current"
    assert edited.read_text(encoding="utf-8") == text
    assert git(folder, "for-each-ref", "refs/mlscaffold") == ""


def test_an_answer_can_be_changed(work: Path) -> None:
    """A feature comes, and goes again; the project is then as if it had been made so."""
    make("service", Path("x"))
    (work / "x" / "mine.py").write_text("mine = 1\n", encoding="utf-8")
    commit(work / "x")
    start = contents(work / "x")
    result = update(answers={"deploy": "compose,kubernetes"})
    assert result.state == "merged"
    assert "deploy/kubernetes/base/deployment.yaml" in result.added
    assert subjects(work / "x")[-1] == "Update the template: deploy=compose,kubernetes"
    wanted = rendered("service", work / "y" / "x", deploy="compose,kubernetes")
    assert contents(work / "x") == wanted | {"mine.py": b"mine = 1\n"}
    assert update().state == "current"
    assert update(answers={"deploy": "compose"}).state == "merged"
    assert contents(work / "x") == start


def test_an_answer_changed_in_the_record_is_taken_in(work: Path) -> None:
    """Who edits .mlscaffold.yml means it; what else is written there stays."""
    make("pipeline", Path("x"))
    record = work / "x" / ".mlscaffold.yml"
    text = record.read_text(encoding="utf-8")
    record.write_text(text.replace("license: MIT", "license: Apache-2.0"), encoding="utf-8")
    commit(work / "x")
    result = update()
    assert (result.state, result.changed) == ("merged", ("LICENSE", "pyproject.toml"))
    assert "Apache License" in (work / "x" / "LICENSE").read_text(encoding="utf-8")
    assert update().state == "current"


def test_a_comment_in_the_record_is_never_lost(older: Path) -> None:
    """Where it stands beside what the update writes, it is a conflict like any other."""
    folder = made_before(older, "pipeline")
    record = folder / ".mlscaffold.yml"
    text = record.read_text(encoding="utf-8")
    record.write_text(f"{text.rstrip()} # mine\n", encoding="utf-8")
    commit(folder)
    assert update().conflicts == (".mlscaffold.yml",)
    assert "# mine" in record.read_text(encoding="utf-8")


def test_answers_to_new_questions_are_their_defaults(older: Path) -> None:
    """Or what is given."""
    folder = made_before(older, "experiment")
    assert "notebook" not in _answers(folder)
    assert update().answers["notebook"] == "marimo"
    assert _answers(folder)["notebook"] == "marimo"


def test_a_new_question_is_asked(older: Path) -> None:
    """Only that one, and only where there is somebody."""
    made_before(older, "service")

    class Person:
        asked: tuple[str, ...] = ()

        def pick(self, templates: object) -> str:
            raise AssertionError(templates)

        def answer(self, question: catalog.Question, default: str | None, check: object) -> str:
            self.asked += (question.key,)
            assert (default, callable(check)) == ("compose", True)
            return "compose,kubernetes"

    person = Person()
    result = update(prompter=person)
    assert person.asked == ("deploy",)
    assert "deploy/kubernetes/README.md" in result.added


def test_an_answer_without_meaning_is_dropped_when_another_changes(work: Path) -> None:
    """A target belongs to a CSV file, and to no sample."""
    (work / "d.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    make("experiment", Path("x"), data="csv", csv="d.csv", target="b")
    result = update(answers={"data": "sample"})
    assert "target" not in result.answers
    assert (work / "x" / "data" / "d.csv").exists()


def test_data_come_with_an_answer(work: Path) -> None:
    """The file is copied where git ignores it, as `new` does; another is never overwritten."""
    (work / "d.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    make("experiment", Path("x"))
    result = update(answers={"data": "csv", "csv": "d.csv", "target": "b"})
    assert result.state == "merged"
    assert result.answers["csv"] == "data/d.csv"
    assert (work / "x" / "data" / "d.csv").read_bytes() == (work / "d.csv").read_bytes()
    assert "git ignores it" in " ".join(result.notes)
    assert git(work / "x", "status", "--porcelain") == ""
    assert update().state == "current"
    (work / "e").mkdir()
    (work / "e" / "d.csv").write_text("a,b\n3,4\n", encoding="utf-8")
    problem = refusal(answers={"csv": "e/d.csv"})
    assert str(problem).endswith("would be copied to 'data/d.csv', where another file is.")


def test_a_model_stays_in_the_project(work: Path) -> None:
    """It is carried from one scaffold commit to the next; another takes its place when given."""
    bundle = write_bundle(work / "bundle")
    make("service", Path("x"), bundle=str(bundle))
    before = contents(work / "x")
    assert update().state == "current"
    result = update(answers={"license": "none"})
    assert result.removed == ("LICENSE",)
    assert {"model/1.10/model.onnx", "examples/request.json"} <= contents(work / "x").keys()
    signature = json.dumps({"schema": 1, "name": "churn", "version": "2.0"}).encode()
    newer = write_bundle(work / "newer", signature=signature, weights=b"another")
    result = update(answers={"bundle": str(newer)})
    assert result.answers["bundle"] == "model/2.0"
    assert (work / "x" / "model/2.0/model.onnx").read_bytes() == b"another"
    assert "model/1.10/model.onnx" in result.removed
    assert before["model/1.10/model.onnx"] == b"no model"


def test_another_package_name_takes_the_owner_s_edits_along(work: Path) -> None:
    """The folder moves, and what was written in its files moves with it."""
    make("pipeline", Path("late"))
    with (work / "late/src/late/strict.py").open("a", encoding="utf-8") as stream:
        stream.write("# mine\n")
    (work / "late/src/late/mine.py").write_text("mine = 1\n", encoding="utf-8")
    commit(work / "late")
    result = update("late", answers={"package": "later"})
    assert result.state == "merged"
    moved = (work / "late/src/later/strict.py").read_text(encoding="utf-8")
    assert moved.endswith("# mine\n")
    assert not (work / "late/src/late/strict.py").exists()
    assert (work / "late/src/late/mine.py").exists()


def test_a_rename_in_the_template_takes_the_owner_s_edits_along(later: Path) -> None:
    """By the written list; a file that its owner has deleted is deleted under its new name too."""
    make("pipeline", Path("x"))
    folder = Path("x").absolute()
    with (folder / "config.toml").open("a", encoding="utf-8") as stream:
        stream.write("# mine\n")
    commit(folder)
    shutil.copytree(folder, "y")
    Path("y/config.toml").unlink()
    commit(Path("y"))
    outcome = run_at(later, "update", "x", "--no-lock")
    assert outcome.code == 0, outcome.err
    assert (folder / "settings.toml").read_text(encoding="utf-8").endswith("# mine\n")
    assert not (folder / "config.toml").exists()
    assert run_at(later, "update", "x", "--no-lock").err.startswith("Up to date")
    outcome = run_at(later, "update", "y", "--no-lock")
    assert outcome.code == 0, outcome.err
    assert not Path("y/settings.toml").exists()
    assert "= settings.toml" in outcome.out


def test_an_update_that_was_reverted_can_be_made_again(older: Path) -> None:
    """The project is back at the version before, and says so."""
    folder = made_before(older, "pipeline")
    before = contents(folder)
    update()
    today = contents(folder)
    git(folder, "revert", "--mainline=1", "--no-edit", "HEAD")
    assert contents(folder) == before
    assert update().state == "merged"
    assert contents(folder) == today
    assert update().state == "current"


def test_an_answer_that_was_reverted_can_be_given_again(work: Path) -> None:
    """Without its having been given, nothing is merged."""
    make("pipeline", work / "x")
    given = {"license": "none"}
    before = contents(work / "x")
    assert update(answers=given).removed == ("LICENSE",)
    git(work / "x", "revert", "--mainline=1", "--no-edit", "HEAD")
    assert contents(work / "x") == before
    assert update().state == "current"
    result = update(answers=given)
    assert (result.state, result.removed) == ("merged", ("LICENSE",))
    assert update(answers=given).state == "current"


def test_an_answer_that_is_written_back_is_no_revert(work: Path) -> None:
    """The record says what it said once; the files do not, and follow."""
    make("pipeline", work / "x")
    assert update(answers={"license": "none"}).removed == ("LICENSE",)
    record = work / "x" / ".mlscaffold.yml"
    text = record.read_text(encoding="utf-8")
    record.write_text(text.replace("license: none", "license: MIT"), encoding="utf-8")
    commit(work / "x")
    result = update()
    assert (result.state, result.added) == ("merged", ("LICENSE",))


def test_an_update_that_was_squashed_is_taken_up_again(older: Path) -> None:
    """As a pull request is, when it is merged into one commit: no file changes."""
    folder = made_before(older, "pipeline")
    (folder / "mine.txt").write_text("mine\n", encoding="utf-8")
    commit(folder)
    git(folder, "switch", "--quiet", "--create", "update")
    update()
    updated = contents(folder)
    git(folder, "switch", "--quiet", "main")
    git(folder, "merge", "--quiet", "--squash", "update")
    text = git(folder, "log", "--format=%B", "update", "-2")
    git(folder, "commit", "--quiet", f"--message=Update (#1)\n\n{text}")
    result = update()
    assert (result.state, result.added, result.changed, result.removed) == ("merged", (), (), ())
    assert contents(folder) == updated
    assert update().state == "current"


def test_the_lock_file_is_made_anew_in_a_commit_of_its_own(
    older: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the requirements have changed; without a network it stays, and that is said."""
    folder = made_before(older, "pipeline")
    (folder / "uv.lock").write_text("# old\n", encoding="utf-8")
    commit(folder)
    for name, value in OFFLINE.items():
        monkeypatch.setenv(name, value)
    result = update(lock=True)
    assert result.state == "merged"
    (note,) = result.notes
    assert note.startswith("uv.lock is as it was: ")
    assert note.endswith("Make and commit it when you can: uv lock")
    assert (folder / "uv.lock").read_text(encoding="utf-8") == "# old\n"
    assert git(folder, "status", "--porcelain") == ""


def test_a_lock_file_that_can_be_made_is_a_commit_of_its_own(
    work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the merge; a lock file that was never there comes, one that was deleted does not."""
    for name, value in OFFLINE.items():
        monkeypatch.setenv(name, value)
    folder = make("pipeline", work / "x").path
    text = (folder / "pyproject.toml").read_text(encoding="utf-8")
    for start, end in (("dependencies = [", "[project.scripts]"), ("[dependency-", "[build-")):
        text = text[: text.index(start)] + text[text.index(end) :]
    (folder / "pyproject.toml").write_text(text, encoding="utf-8")
    commit(folder)
    result = update(lock=True, answers={"license": "none"})
    assert (result.state, result.notes) == ("merged", ())
    assert subjects(folder)[-1] == "Lock the dependencies"
    assert git(folder, "show", "--format=", "--name-only", "HEAD") == "uv.lock"
    assert len(result.commits) == 3
    assert git(folder, "status", "--porcelain") == ""
    assert update(lock=True).state == "current"
    git(folder, "rm", "--quiet", "uv.lock")
    commit(folder)
    assert update(lock=True, answers={"license": "MIT"}).state == "merged"
    assert not (folder / "uv.lock").exists()


def test_conflicts_in_the_requirements_are_locked_by_the_owner(older: Path) -> None:
    """There is nothing to lock before they are solved."""
    folder = made_before(older, "pipeline")
    place = folder / "pyproject.toml"
    text = place.read_text(encoding="utf-8")
    place.write_text(text.replace('"pytest>=9.1,<10"', '"pytest"'), encoding="utf-8")
    commit(folder)
    result = update(lock=True)
    assert result.conflicts == ("pyproject.toml",)
    assert result.notes == ("When the merge is committed, lock anew: uv lock",)


# What a dry run shows


def test_a_dry_run_shows_the_diff_and_touches_nothing(older: Path) -> None:
    """No file, no branch, no object in the repository."""
    folder = made_before(older, "service")
    edited = package(folder, previous.EDITED["service"])
    edited.write_text('"""Mine."""\n', encoding="utf-8")
    (folder / previous.OLD_FILE).unlink()
    commit(folder)
    before = snapshot(folder)
    result = upgrade.preview(upgrade.plan(upgrade.Request(path=folder)))
    assert {k: v for k, v in snapshot(folder).items() if k != ".git/index"} == {
        k: v for k, v in before.items() if k != ".git/index"
    }
    assert result.conflicts == ("src/x/server.py",)
    assert "+<<<<<<< HEAD\n" in result.diff
    assert f"+version: {__version__}" in result.diff
    assert (result.path, result.commits, result.commands) == (folder, (), ())


def test_the_dry_run_of_nothing_is_empty(work: Path) -> None:
    """Up to date, and no diff."""
    make("pipeline", work / "x")
    result = upgrade.preview(upgrade.plan(upgrade.Request(path=work / "x")))
    assert (result.state, result.diff) == ("current", "")


# What is refused


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


def test_a_failure_in_the_middle_leaves_the_project_as_it_was(older: Path) -> None:
    """A file of the owner's that cannot be read any more, after everything was merged."""
    folder = made_before(older, "experiment")
    Path("d.csv").write_text("a,b\n", encoding="utf-8")
    answers = {"data": "csv", "csv": "d.csv", "target": "b"}
    plan = upgrade.plan(upgrade.Request(path=folder, answers=answers, lock=False))
    Path("d.csv").unlink()
    before = state(folder)
    with pytest.raises(ScaffoldError, match="No such file"):
        upgrade.apply(plan)
    assert state(folder) == before


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


def test_what_is_typed_while_an_update_runs_stays(older: Path) -> None:
    """Between the first look at the project and the merge."""
    folder = made_before(older, "pipeline")
    plan = upgrade.plan(upgrade.Request(path=folder, lock=False))
    own = package(folder, previous.EDITED["pipeline"]), folder / "README.md"
    for file in own:
        with file.open("a", encoding="utf-8") as stream:
            stream.write("# typed meanwhile\n")
    place = package(folder, previous.NEW["pipeline"])
    before = state(folder)
    with pytest.raises(ScaffoldError):
        upgrade.apply(plan)
    assert state(folder) == before
    assert not place.exists()


def test_a_commit_of_the_owner_s_is_never_undone(
    older: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Made while uv locks, before a Ctrl-C: it stays, and what is under it."""
    folder = made_before(older, "pipeline")

    def slow(_project: Path) -> str:
        git(folder, "commit", "--quiet", "--allow-empty", "--message=Mine")
        raise KeyboardInterrupt

    monkeypatch.setattr(relock, "lock", slow)
    with pytest.raises(RepositoryError, match="The branch has moved on meanwhile"):
        update(lock=True)
    assert subjects(folder)[-2:] == [f"Update the template from {OLD} to {__version__}", "Mine"]
    assert git(folder, "status", "--porcelain") == ""


def test_an_interruption_after_the_merge_takes_it_back(
    older: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Unlike what was typed meanwhile elsewhere in the project."""
    folder = made_before(older, "pipeline")
    before = state(folder)

    def slow(_project: Path) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr(relock, "lock", slow)
    with pytest.raises(KeyboardInterrupt):
        update(lock=True)
    assert state(folder) == before


def test_two_updates_at_once_are_one(older: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second is refused, whether it comes during the first or was planned before it."""
    folder = made_before(older, "pipeline")
    plan = upgrade.plan(upgrade.Request(path=folder, lock=False))
    told: list[str] = []

    def slow(_project: Path) -> str:
        told.append(str(refusal()))
        return "there is no network"

    monkeypatch.setattr(relock, "lock", slow)
    assert update(lock=True).state == "merged"
    assert told == [f"Another mlscaffold is at work in '{folder}'."]
    after = state(folder)
    with pytest.raises(UnreadyError, match="There is a new commit in"):
        upgrade.apply(plan)
    assert state(folder) == after


# Repositories that are not like the others


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
