"""`update`, `status` and `adopt` as processes: their words, their exit codes, interruptions."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path

import pytest

from mlscaffold import __version__
from tests import previous
from tests.previous import run_at
from tests.support import COMMAND, OFFLINE, PATIENCE, contents, git, make, run, said
from tests.templates import listing

OLD = previous.VERSION
FILES = len(listing.written("pipeline"))
posix = pytest.mark.skipif(os.name == "nt", reason="a matter of POSIX systems")


@pytest.fixture
def project(older: Path, work: Path) -> Path:
    """Return a pipeline of the version before, in which its owner has worked."""
    outcome = run_at(older, "new", "pipeline", "x", "--yes", "--no-lock")
    assert outcome.code == 0, outcome.err
    with (work / "x" / "README.md").open("a", encoding="utf-8") as stream:
        stream.write("Mine.\n")
    git(work / "x", "commit", "--quiet", "--all", "--message=Mine")
    return work / "x"


def clash(project: Path) -> None:
    """Change the line that the template changes."""
    place = project / "src" / "x" / "pipeline.py"
    text = place.read_text(encoding="utf-8").replace(previous.OLD_LINE, '"""Mine."""')
    place.write_text(text, encoding="utf-8")
    git(project, "commit", "--quiet", "--all", "--message=Clash")


# update


def test_an_update_says_what_it_brought(project: Path) -> None:
    """A letter and a path a line on stdout, the rest on stderr, exit code 0."""
    outcome = run("update", "--no-lock", cwd=project)
    assert outcome.code == 0
    assert outcome.err == f"Updated pipeline {OLD} → {__version__} in {project}\n"
    assert outcome.out.splitlines() == [
        *("A src/x/drill.py", "M .mlscaffold.yml", "M pyproject.toml", "M src/x/pipeline.py"),
        "D NOTES.md",
    ]
    outcome = run("update", "x", cwd=project.parent)
    assert (outcome.code, outcome.out) == (0, "")
    assert outcome.err == f"Up to date: pipeline {__version__}\n"


def test_what_stays_is_not_what_stays_away(project: Path) -> None:
    """Who has deleted or moved a file does not have it, as they want it or otherwise."""
    git(project, "mv", "src/x/pipeline.py", "src/x/mine.py")
    git(project, "commit", "--quiet", "--message=Move")
    outcome = run("update", "--dry-run", cwd=project)
    assert "Left out, as you have deleted or moved them: src/x/pipeline.py\n" in outcome.err
    outcome = run("update", "--no-lock", cwd=project)
    assert outcome.out.splitlines()[-1] == "- src/x/pipeline.py"
    assert "= stays" not in outcome.err
    assert outcome.err.splitlines()[-1] == (
        "- stays away: you have deleted or moved it, or have something else in its place."
    )


def test_conflicts_are_listed_with_the_three_next_commands(project: Path) -> None:
    """Exit code 1; the commands do what is said of them."""
    clash(project)
    before = contents(project)
    outcome = run("update", "--no-lock", cwd=project)
    assert outcome.code == 1
    assert outcome.err.splitlines() == [
        f"1 conflict: pipeline {OLD} → {__version__} in {project}",
        "",
        "Next: edit the files in conflict, then",
        "  git diff                    shows the conflicts",
        "  git commit --all --no-edit  ends the update",
        "  git merge --abort           takes all of it back",
    ]
    assert outcome.out.splitlines()[-1] == "C src/x/pipeline.py"
    assert "<<<<<<< HEAD" in git(project, "diff").replace("++", "")
    git(project, "merge", "--abort")
    assert contents(project) == before
    run("update", "--no-lock", cwd=project)
    git(project, "commit", "--quiet", "--all", "--no-edit")
    assert run("update", "--no-lock", cwd=project).err.startswith("Up to date")


def test_a_dry_run_prints_a_patch(project: Path) -> None:
    """Stdout can be piped into a pager, or into `git apply`."""
    before = contents(project)
    outcome = run("update", "--dry-run", cwd=project)
    assert outcome.code == 0
    assert outcome.err == (f"Would update pipeline {OLD} → {__version__}; nothing was changed.\n")
    assert contents(project) == before
    (project.parent / "patch").write_text(outcome.out, encoding="utf-8", newline="\n")
    git(project, "apply", "--index", str(project.parent / "patch"))
    after = contents(project)
    git(project, "reset", "--quiet", "--hard")
    assert run("update", "--no-lock", cwd=project).code == 0
    assert contents(project) == after


def test_a_dry_run_with_conflicts_says_so(project: Path) -> None:
    """With the exit code of the update that it stands for."""
    clash(project)
    outcome = run("update", "--dry-run", cwd=project)
    assert outcome.code == 1
    assert "+<<<<<<< HEAD" in outcome.out
    assert outcome.err.splitlines()[-1] == "1 conflict: src/x/pipeline.py"


def test_an_update_is_json_when_asked(project: Path) -> None:
    """All that is known of it, and nothing else on stdout."""
    outcome = run("update", "--no-lock", "--json", cwd=project)
    result = json.loads(outcome.out)
    assert (result["state"], result["before"], result["version"]) == ("merged", OLD, __version__)
    assert result["added"] == ["src/x/drill.py"]
    assert result["commits"][-1] == git(project, "rev-parse", "HEAD")
    assert result["dry_run"] is False


@pytest.mark.parametrize(
    "words",
    [
        ("update", "x"),
        ("adopt", "pipeline", "y", "--yes"),
        ("new", "pipeline", "z", "--yes"),
    ],
)
def test_json_says_that_it_was_a_dry_run(words: tuple[str, ...], project: Path, work: Path) -> None:
    """A program may have lost what it asked for."""
    git(work, "init", "--quiet", "y")
    git(work / "y", "commit", "--quiet", "--allow-empty", "--message=Start")
    before = contents(work)
    assert json.loads(run(*words, "--json", "--dry-run").out)["dry_run"] is True
    assert contents(work) == before
    assert project.exists()


def test_a_refusal_is_one_sentence_and_a_hint(project: Path) -> None:
    """And exit code 1, or 2 for what cannot be meant."""
    (project / "README.md").write_text("x", encoding="utf-8")
    said(
        run("update", cwd=project),
        1,
        "There are changes that are not committed: 'README.md'.",
        "Commit them, or put them aside: git stash",
    )
    git(project, "checkout", "--quiet", "README.md")
    said(
        run("update", "--set", "license", cwd=project),
        2,
        "'license' is no answer.",
        "Write --set KEY=VALUE.",
    )


# Interruptions


def state(project: Path) -> tuple[object, ...]:
    """Return what an interruption must leave, or `git merge --abort` bring back."""
    return contents(project), git(project, "rev-parse", "HEAD"), git(project, "status", "--short")


@posix
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL], ids=["interrupt", "kill"])
def test_whoever_stops_an_update_loses_nothing(number: signal.Signals, project: Path) -> None:
    """At any moment: the project is as it was, or `git merge --abort` makes it so."""
    clash(project)
    before = state(project)
    chance = random.Random(7)  # noqa: S311
    began = time.perf_counter()
    assert run("update", "--no-lock", cwd=project).code == 1
    took = time.perf_counter() - began
    git(project, "merge", "--abort")
    ends = []
    for _ in range(15):
        process = subprocess.Popen(
            [*COMMAND, "update", "--no-lock"],
            cwd=project,
            env={**os.environ, **OFFLINE},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        time.sleep(chance.uniform(0.2, 1.1) * took)
        os.killpg(process.pid, number)
        _, errors = process.communicate(timeout=PATIENCE)
        _wait_for_git(project)
        if number == signal.SIGINT and process.returncode == 130:
            assert state(project) == before
            assert errors.decode() == "Interrupted; nothing was left behind.\n"
        if (project / ".git" / "MERGE_HEAD").exists():
            ends.append("merging")
            git(project, "merge", "--abort")
        else:
            ends.append("as it was")
        assert state(project) == before
        assert git(project, "fsck", "--no-dangling") == ""
    assert "as it was" in ends


def _wait_for_git(project: Path) -> None:
    """Wait for the git that outlives its caller to end what it began."""
    deadline = time.monotonic() + PATIENCE
    time.sleep(0.2)
    while (project / ".git" / "index.lock").exists() or _is_worked_in(project):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def _is_worked_in(folder: Path) -> bool:
    """Tell whether a process has its place there, as far as this system shows it."""
    for place in Path("/proc").glob("[0-9]*/cwd"):
        with suppress(OSError):  # it has ended meanwhile, or is somebody else's
            if place.readlink().is_relative_to(folder):
                return True
    return False


# status


def test_status_says_what_has_become_of_the_project(project: Path) -> None:
    """Template, version, a newer one, answers, and files, also those not committed yet."""
    (project / "config.toml").unlink()
    record = project / ".mlscaffold.yml"
    text = record.read_text(encoding="utf-8")
    record.write_text(text.replace("license: MIT", "license: none"), encoding="utf-8")
    git(project, "commit", "--quiet", "--all", "--message=More")
    outcome = run("status", cwd=project)
    assert outcome.code == 0
    assert outcome.out.splitlines() == [
        f"pipeline {OLD} in {project}",
        "answer changed: license 'MIT' → 'none'",
        "changed: .mlscaffold.yml",
        "changed: README.md",
        "deleted: config.toml",
        f"{FILES - 3} files as the template made them",
    ]
    assert outcome.err == (
        f"mlscaffold {__version__} has a newer version: mlscaffold update --dry-run\n"
    )
    result = json.loads(run("status", "--json", cwd=project).out)
    assert (result["template"], result["version"], result["newer"]) == ("pipeline", OLD, True)
    assert (result["changed"], result["deleted"]) == (
        [".mlscaffold.yml", "README.md"],
        ["config.toml"],
    )
    assert result["changed_answers"] == {"license": {"before": "MIT", "now": "none"}}


def test_status_of_a_project_of_today(work: Path) -> None:
    """There is nothing to say on stderr."""
    make("service", work / "x")
    outcome = run("status", "x")
    assert outcome.err == ""
    assert outcome.out.splitlines()[0] == f"service {__version__} in {work / 'x'}"


# adopt


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("template: pipeline", "template: nope", ".mlscaffold.yml says that the project is of"),
        ("license: MIT", "license: GPL", "The project's answer license=GPL holds no longer"),
    ],
)
def test_status_says_that_an_update_would_refuse(
    old: str, new: str, problem: str, project: Path
) -> None:
    """It advises nothing that does not work."""
    record = project / ".mlscaffold.yml"
    text = record.read_text(encoding="utf-8")
    assert old in text
    record.write_text(text.replace(old, new), encoding="utf-8")
    git(project, "commit", "--quiet", "--all", "--message=Record")
    outcome = run("status", cwd=project)
    assert outcome.code == 0
    assert outcome.err.startswith(f"mlscaffold update would refuse: {problem}")
    assert len(outcome.err.splitlines()) == 1


def test_adopt_says_what_came_and_what_stayed(work: Path) -> None:
    """And shows it before it does it."""
    git(work, "init", "--quiet", "--initial-branch=main", "x")
    (work / "x" / "README.md").write_text("# Mine\n", encoding="utf-8")
    git(work / "x", "add", "--all")
    git(work / "x", "commit", "--quiet", "--message=Start")
    before = contents(work / "x")
    shown = run("adopt", "pipeline", "x", "--yes", "--no-lock", "--dry-run")
    assert contents(work / "x") == before
    assert shown.code == 0
    outcome = run("adopt", "pipeline", "x", "--yes", "--no-lock")
    assert outcome.code == 0
    assert outcome.out == shown.out
    assert "= README.md" in outcome.out.splitlines()
    assert "A pyproject.toml" in outcome.out.splitlines()
    assert outcome.err.splitlines() == [
        f"Adopted pipeline in {work / 'x'}",
        f"{FILES - 1} files added (A), 1 as you have them (=).",
    ]
    outcome = run("adopt", "pipeline", "x", "--yes", "--json")
    said(
        outcome,
        1,
        "The project has been made from the template 'pipeline' already.",
        "To bring it up to date: mlscaffold update",
    )
