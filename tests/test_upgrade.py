"""The steps of `update`: what it brings, and what it leaves alone."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from mlscaffold import __version__, catalog
from mlscaffold.updating import upgrade
from tests import previous
from tests.previous import run_at
from tests.support import (
    TEMPLATES,
    committed,
    contents,
    git,
    make,
    snapshot,
    subjects,
    write_bundle,
)
from tests.upgrades import commit, made_before, package, recorded, refusal, rendered, update

OLD = previous.VERSION


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
    wanted = rendered(template, work / "today" / "x", **recorded(folder))
    assert contents(folder) == wanted
    assert result.added == (str(package(Path(), previous.NEW[template]).as_posix()),)
    assert result.removed == (previous.OLD_FILE,)
    assert {".mlscaffold.yml", "pyproject.toml"} < set(result.changed)
    assert git(folder, "status", "--porcelain") == ""
    assert subjects(folder)[-1] == f"Update the template from {OLD} to {__version__}"
    assert update().state == "current"


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
    answers = recorded(folder) | {"license": "none"}
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
    assert "notebook" not in recorded(folder)
    assert update().answers["notebook"] == "marimo"
    assert recorded(folder)["notebook"] == "marimo"


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
    assert "- settings.toml" in outcome.out


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
