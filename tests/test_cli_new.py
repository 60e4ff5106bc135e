"""`mlscaffold new` as a process: its words, its exit codes, and the disk afterwards."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from tests.support import (
    COMMAND,
    OFFLINE,
    PATIENCE,
    TEMPLATES,
    Outcome,
    Terminal,
    contents,
    copy_package,
    git,
    run,
    said,
    snapshot,
    subjects,
)

if TYPE_CHECKING:
    from pathlib import Path

STAGING = ".mlscaffold-unfinished-"
REPORT = "Nothing was left behind. This is a fault of mlscaffold: please report it."
ROOM = "Nothing was left behind; free some space or choose a folder you may write to."
ALL = "Known: experiment, pipeline, service."
ESCAPE = "\x1b["
posix = pytest.mark.skipif(os.name == "nt", reason="a matter of POSIX systems")


def refused(work: Path, code: int, message: str, hint: str, *words: str | Path) -> None:
    """Assert that `new` says exactly this, and that the disk is as it was."""
    before = snapshot(work)
    said(run("new", *words), code, message, hint)
    assert snapshot(work) == before


# What was typed cannot be meant: exit code 2


@pytest.mark.parametrize(
    ("name", "message", "hint"),
    [
        (
            "../x",
            "The project name '../x' is a path.",
            "Give the folder as PATH and the name as --set project_name=NAME.",
        ),
        (
            "",
            "The project name '' holds no letter that a Python package can have.",
            "Use at least one letter from a to z, or give the package: --set package=NAME.",
        ),
        (
            "🚀",
            "The project name '🚀' holds no letter that a Python package can have.",
            "Use at least one letter from a to z, or give the package: --set package=NAME.",
        ),
        *(
            (
                name,
                f"The package name '{shown}' {reason}.",
                "Choose another project name, or give the package: --set package=NAME.",
            )
            for name, shown, reason in [
                ("import", "import", "is a word of the Python language"),
                ("json", "json", "is a module of Python's standard library"),
                ("con", "con", "is a device on Windows"),
                ("numpy", "numpy", "is a package that projects of this kind import"),
                ("x" * 300, "x" * 64 + "…", "is longer than 64 characters"),
            ]
        ),
    ],
)
def test_a_name_that_gives_no_package(name: str, message: str, hint: str, work: Path) -> None:
    """As PATH's name or with `--set`, before anything is written."""
    refused(work, 2, message, hint, "service", "a/b", "--yes", "--set", f"project_name={name}")


@pytest.mark.parametrize("name", ["🚀", "import", "json", "con", "numpy", "x" * 200])
def test_a_path_whose_name_gives_no_package(name: str, work: Path) -> None:
    """The name follows from the path, and so does the refusal."""
    outcome = run("new", "service", name, "--yes")
    assert outcome.code == 2
    assert outcome.err.startswith("error: The p")
    assert outcome.out == ""
    assert snapshot(work) == {}


@pytest.mark.parametrize(
    ("words", "message", "hint"),
    [
        (
            ("servise", "x", "--yes"),
            "There is no template 'servise'.",
            f"Did you mean 'service'? {ALL}",
        ),
        (
            ("x", "--yes", "--set", "template=pipline"),
            "The template is 'x' by name and 'pipline' in the answers.",
            "Leave one of them out.",
        ),
        (
            ("--yes", "--set", "template=pipline"),
            "There is no template 'pipline'.",
            f"Did you mean 'pipeline'? {ALL}",
        ),
        (
            ("pipeline", "x", "--yes", "--set", "licence=MIT"),
            "There is no answer 'licence'.",
            (
                "Did you mean 'license'? Known: author, description, email, engine, github_owner, "
                "license, orchestrator, package, problem, project_name, python, source, warehouse."
            ),
        ),
        (
            ("service", "x", "--yes", "--set", "license=GPL"),
            "There is no choice for license 'GPL'.",
            "Known: Apache-2.0, BSD-3-Clause, MIT, none.",
        ),
        (
            ("pipeline", "x", "--yes", "--set", "data=sample"),
            "'data' has no meaning for this pipeline.",
            (
                "With these answers it takes: author, description, email, engine, github_owner, "
                "license, orchestrator, package, problem, project_name, python, source, warehouse."
            ),
        ),
        (
            ("experiment", "x", "--yes", "--set", "csv=x.csv"),
            "'csv' has no meaning for this experiment.",
            (
                "With these answers it takes: author, data, description, email, github_owner, "
                "license, notebook, package, problem, project_name, python, tracking."
            ),
        ),
        (
            ("experiment", "x", "--yes", "--set", "data=csv"),
            "'csv' must be answered, and there is no terminal to ask at.",
            (
                "Give --set csv=VALUE. Where is the CSV file? A path is copied into data/, which "
                "git ignores; an http(s) address is downloaded."
            ),
        ),
        (
            (),
            "No template was named, and there is no terminal to ask at.",
            (
                "Write mlscaffold new TEMPLATE PATH, where TEMPLATE is one of: "
                "experiment, service, pipeline."
            ),
        ),
        (
            ("service",),
            "No PATH was given, and there is no terminal to ask at.",
            "Write mlscaffold new service PATH, or --set project_name=NAME.",
        ),
        (
            ("service", "", "--yes"),
            "The PATH is empty.",
            "Give a folder; '.' is the one you are in.",
        ),
        (
            ("service", "x"),
            "'problem' must be answered, and there is no terminal to ask at.",
            (
                "Give --set problem=VALUE, or --yes to accept the defaults. Who has the problem, "
                "and which decision does the result serve? One sentence; empty for later."
            ),
        ),
        (
            ("service", "x", "--yes", "--set", "license"),
            "'license' is no answer.",
            "Write --set KEY=VALUE.",
        ),
        (
            ("service", "x", "--yes", "--answers", "none.yml"),
            "The answers file 'none.yml' cannot be read: No such file or directory.",
            "An answers file is YAML, one 'key: value' a line.",
        ),
    ],
)
def test_bad_input(words: tuple[str, ...], message: str, hint: str, work: Path) -> None:
    """One sentence, one hint, exit code 2, nothing on stdout, nothing on the disk."""
    refused(work, 2, message, hint, *words)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: [", "The answers file 'a.yml' is not valid YAML."),
        ("- a", "The answers file 'a.yml' holds no mapping."),
        ("license: {a: b}", "The answer 'license' in 'a.yml' is not a plain value."),
    ],
)
def test_a_malformed_answers_file(text: str, message: str, work: Path) -> None:
    """The sentence names the file and what is wrong with it."""
    (work / "a.yml").write_text(text, encoding="utf-8")
    hint = "An answers file is YAML, one 'key: value' a line."
    refused(work, 2, message, hint, "service", "x", "--yes", "--answers", "a.yml")


def test_an_unknown_option_is_click_s_to_refuse(work: Path) -> None:
    """With its near miss, and the same exit code."""
    outcome = run("new", "service", "x", "--no-gti")
    assert outcome.code == 2
    assert "No such option '--no-gti'" in outcome.err
    assert "--no-git" in outcome.err
    assert snapshot(work) == {}


# What was typed is fine, but the world does not allow it: exit code 1


def test_a_folder_that_holds_files(work: Path) -> None:
    """Not one byte of it changes."""
    (work / "x").mkdir()
    (work / "x" / "thesis.tex").write_text("years of work", encoding="utf-8")
    refused(
        work,
        1,
        f"The folder '{work / 'x'}' is not empty: it holds 'thesis.tex'.",
        "Give a PATH where nothing is yet; a README, a LICENSE and a .git may be there.",
        *("service", "x", "--yes"),
    )


def test_a_file(work: Path) -> None:
    """A file is no folder."""
    (work / "x").write_text("years of work", encoding="utf-8")
    message = f"'{work / 'x'}' is a file."
    refused(work, 1, message, "Give a PATH where nothing is yet.", "service", "x", "--yes")


def test_another_repository(work: Path) -> None:
    """Refused, with both ways out; files alone are fine."""
    git(work, "init", "--quiet")
    refused(
        work,
        1,
        f"'{work / 'a' / 'x'}' is inside the git repository '{work}'.",
        "Give a PATH outside of it, or add the files to that repository with --no-git.",
        *("service", "a/x", "--yes"),
    )
    assert run("new", "pipeline", "a/x", "--yes", "--no-git", "--no-lock").code == 0
    assert (work / "a" / "x" / "README.md").exists()
    assert not (work / "a" / "x" / ".git").exists()


def test_no_git(work: Path) -> None:
    """Refused, unless files alone are wanted."""
    nowhere = {"PATH": str(work)}
    said(
        run("new", "service", "x", "--yes", env=nowhere),
        1,
        "There is no git on the PATH.",
        "Install git (https://git-scm.com/downloads), or make the files alone with --no-git.",
    )
    assert snapshot(work) == {}
    outcome = run("new", "pipeline", "x", "--yes", "--no-git", "--no-lock", env=nowhere)
    assert (outcome.code, outcome.err.splitlines()[0]) == (0, f"Created pipeline in {work / 'x'}")


@posix
@pytest.mark.parametrize("closed", ["parent", "destination"])
def test_a_folder_that_may_not_be_written_to(closed: str, work: Path) -> None:
    """The system's reason, in one sentence, whether the folder is there already or above."""
    prefix: list[str] = []
    if os.geteuid() == 0:  # whom permissions do not stop, unless the capability is taken away
        if not shutil.which("setpriv"):
            pytest.skip("runs as root, and there is no setpriv to become less")
        prefix = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]
    folder = work / "closed"
    folder.mkdir(mode=0o555)
    path = "closed/a/x" if closed == "parent" else "closed"
    before = snapshot(work)
    outcome = run("new", "pipeline", path, "--yes", "--no-lock", prefix=prefix)
    assert outcome.code == 1
    assert outcome.err.startswith(f"error: The disk refused at '{folder}/")
    assert outcome.err.endswith(f": Permission denied.\nhint: {ROOM}\n")
    assert outcome.out == ""
    assert snapshot(work) == before


@posix
def test_a_folder_that_may_not_be_read(work: Path) -> None:
    """Whether it is empty cannot be told, so it is refused."""
    prefix: list[str] = []
    if os.geteuid() == 0:
        if not shutil.which("setpriv"):
            pytest.skip("runs as root, and there is no setpriv to become less")
        prefix = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]
    (work / "closed").mkdir(mode=0o000)
    outcome = run("new", "pipeline", "closed", "--yes", prefix=prefix)
    message = f"The disk refused at '{work / 'closed'}': Permission denied."
    said(outcome, 1, message, ROOM)


@posix
@pytest.mark.parametrize("words", [("new", "pipeline", "x", "--yes"), ("status",), ("publish",)])
def test_a_working_folder_that_is_gone(words: tuple[str, ...], work: Path) -> None:
    """The disk is not to blame, and no space is wanted."""
    gone = ["sh", "-c", 'mkdir gone; cd gone; rmdir ../gone; exec "$@"', "sh"]
    said(
        run(*words, prefix=gone),
        1,
        "The folder that you are in is not there any more.",
        "Go to one that is, with cd.",
    )
    whole = run("new", "pipeline", work / "x", "--yes", "--no-lock", prefix=gone)
    assert (whole.code, f"  cd {work / 'x'}" in whole.err.splitlines()) == (0, True)


def mounted(work: Path, options: str, *words: str) -> tuple[Outcome, list[str]]:
    """Run `new` on a small disk of its own; return how it ended and what was left there."""
    script = (
        f"mount -t tmpfs -o {options} tmpfs disk || exit 99; "
        'cd disk || exit 99; "$@"; code=$?; ls -A >../left; exit $code'
    )
    (work / "disk").mkdir()
    user = ["--map-root-user"] if os.geteuid() else []
    prefix = ["unshare", "--mount", *user, "sh", "-c", script, "sh"]
    if not shutil.which("unshare"):
        pytest.skip("there is no unshare to mount a disk with")
    outcome = run("new", *words, prefix=prefix)
    if not (work / "left").exists():
        pytest.skip(f"a disk cannot be mounted here: {outcome.err}")
    return outcome, (work / "left").read_text(encoding="utf-8").split()


@pytest.mark.parametrize("size", ["24k", "64k", "200k"])
def test_a_full_disk(size: str, work: Path) -> None:
    """While rendering, or while git writes: one sentence, and nothing left but the free space."""
    options = f"size={size}"
    outcome, left = mounted(work, options, "pipeline", "a/x", "--yes", "--no-lock")
    assert outcome.code == 1
    first, hint = outcome.err.splitlines()
    assert first.startswith(("error: The disk refused", "error: git refused: "))
    assert "No space left on device" in first or "rite" in first
    assert hint.startswith("hint: ")
    assert left == []


def test_a_read_only_disk(work: Path) -> None:
    """Nothing can be left where nothing can be written."""
    outcome, left = mounted(work, "ro", "pipeline", "x", "--yes", "--no-lock")
    assert outcome.code == 1
    assert outcome.err.startswith("error: The disk refused at '")
    assert outcome.err.endswith(f": Read-only file system.\nhint: {ROOM}\n")
    assert left == []


def test_a_template_that_cannot_be_rendered(work: Path, tmp_path: Path) -> None:
    """A fault of ours is told as one, by file and line; parents that were made go again."""
    templates = copy_package(tmp_path / "broken")
    with (templates / "_shared" / "layouts" / "README.md.jinja").open("a") as file:
        file.write("{{ nonsense }}")
    outcome = run(
        *("new", "pipeline", "a/b/x", "--yes"), env={"PYTHONPATH": str(tmp_path / "broken")}
    )
    assert outcome.code == 1
    first, hint = outcome.err.splitlines()
    assert first.startswith(
        "error: The template 'pipeline' failed to render in pipeline/README.md.jinja:"
    )
    assert first.endswith(": 'nonsense' is undefined")
    assert hint == f"hint: {REPORT}"
    assert snapshot(work) == {}


def test_a_bug_shows_its_traceback_and_where_to_report_it(tmp_path: Path) -> None:
    """What nobody foresaw is not dressed up as a mistake of the user's."""
    templates = copy_package(tmp_path / "broken")
    (templates / "service" / "template.toml").write_text("title = 1\n", encoding="utf-8")
    outcome = run("list", env={"PYTHONPATH": str(tmp_path / "broken")})
    assert outcome.code == 1
    assert "Traceback (most recent call last):" in outcome.err
    assert "KeyError: 'summary'" in outcome.err
    assert outcome.err.endswith(
        "This is a bug in mlscaffold. Please report it with the lines above: "
        "https://github.com/mlscaffold/mlscaffold/issues\n"
    )


# What is made


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_project_is_made(template: str, work: Path) -> None:
    """Status on stderr, the tree on stdout, both plain when piped; then what to type next."""
    outcome = run("new", template, "late-or-not", "--yes", "--no-lock")
    assert outcome.code == 0
    status = outcome.err.splitlines()
    assert status[:3] == [f"Created {template} in {work / 'late-or-not'}", "", "Next:"]
    assert status[3] == "  cd late-or-not"
    assert status[4].startswith("  uv run late-or-not ")
    assert status[5:] == ["  uv run pytest"]
    assert "├── src/" in outcome.out.splitlines()
    assert outcome.out.splitlines()[-1].startswith("└── ")
    assert ESCAPE not in outcome.out + outcome.err
    assert git(work / "late-or-not", "status", "--porcelain") == ""


def test_without_a_network_there_is_one_commit_and_a_note(work: Path) -> None:
    """The project is whole but for its lock file."""
    outcome = run("new", "pipeline", "x", "--yes")
    assert outcome.code == 0
    note = outcome.err.splitlines()[1]
    assert note.startswith("note: uv.lock was left out: ")
    assert note.endswith(". Make and commit it when you can: uv lock")
    assert len(subjects(work / "x")) == 1


def test_with_all_at_hand_there_are_two_commits(work: Path, tmp_path: Path) -> None:
    """The second holds the lock file alone; without dependencies it needs no network."""
    templates = copy_package(tmp_path / "small")
    (templates / "pipeline" / "pyproject.toml.jinja").write_text(
        '[project]\nname = "{{ distribution }}"\nversion = "1"\nrequires-python = ">=3.11"\n',
        encoding="utf-8",
    )
    outcome = run(
        *("new", "pipeline", "x", "--yes", "--json"),
        env={"PYTHONPATH": str(tmp_path / "small")},
    )
    assert outcome.code == 0
    project = json.loads(outcome.out)
    assert project["notes"] == []
    assert project["commits"] == git(work / "x", "log", "--reverse", "--format=%H").split()
    assert subjects(work / "x")[1] == "Lock the dependencies"
    changed = git(work / "x", "diff", "--name-status", "HEAD~1", "HEAD")
    assert changed == "A\tuv.lock"
    assert git(work / "x", "log", "-1", "--format=%(trailers)").strip() == ""
    assert git(work / "x", "status", "--porcelain") == ""


def test_answers_come_from_a_file_and_from_options(work: Path) -> None:
    """An option wins over the file; another project's answers are a file like any other."""
    run(
        *("new", "service", "old-one", "--yes", "--no-git", "--no-lock"),
        *("--set", "license=none", "--set", "author=Eve", "--set", "problem=Who? {{ 7*7 }}"),
    )
    outcome = run(
        *("new", "service", "second", "--yes", "--no-git", "--no-lock", "--json"),
        *("--answers", "old-one/.mlscaffold.yml", "--set", "author=Ada"),
    )
    assert outcome.code == 0
    answers = json.loads(outcome.out)["answers"]
    assert answers["author"] == "Ada"
    assert answers["license"] == "none"
    assert answers["problem"] == "Who? {{ 7*7 }}"
    assert not (work / "second" / "LICENSE").exists()
    assert not [name for name, text in contents(work / "second").items() if b"old-one" in text]


@pytest.mark.parametrize("words", [("--json",), ("--json", "--dry-run")])
def test_json_is_all_there_is_on_stdout(words: tuple[str, ...], work: Path) -> None:
    """A program may read it as it stands."""
    outcome = run("new", "pipeline", "a/x", "--yes", "--no-lock", *words)
    project = json.loads(outcome.out)
    assert outcome.err == ""
    assert project["path"] == str(work / "a" / "x")
    assert project["template"] == "pipeline"
    assert "README.md" in project["files"]
    assert project["commands"] == ["cd a/x", "uv run x run", "uv run pytest"]
    assert len(project["commits"]) == ("--dry-run" not in words)


def test_a_dry_run_writes_nothing(work: Path) -> None:
    """The tree is that of the real run; not even PATH's parents are made."""
    dry = run("new", "pipeline", "a/b/x", "--yes", "--no-lock", "--dry-run")
    assert (dry.code, snapshot(work)) == (0, {})
    where = work / "a" / "b" / "x"
    assert dry.err == f"Would create pipeline in {where}; nothing was written.\n"
    assert run("new", "pipeline", "a/b/x", "--yes", "--no-lock").out == dry.out


def test_no_git_makes_files_alone(work: Path) -> None:
    """No repository, and nobody's identity is asked for."""
    assert run("new", "pipeline", "x", "--yes", "--no-lock", "--no-git").code == 0
    assert not (work / "x" / ".git").exists()


def test_a_freshly_cloned_repository_is_filled(work: Path) -> None:
    """`new .` in it; what to type next leaves out the folder one stands in."""
    git(work, "init", "--quiet", "--bare", "origin.git")
    subprocess.run(["git", "clone", "-q", "origin.git", "x"], capture_output=True, check=True)
    outcome = run("new", "pipeline", ".", "--yes", "--no-lock", cwd=work / "x")
    assert outcome.code == 0
    assert outcome.err.splitlines()[3] == "  uv run x run"
    assert git(work / "x", "status", "--porcelain") == ""
    assert git(work / "x", "remote") == "origin"


@posix
@pytest.mark.parametrize("coding", ["ascii", "cp1252"])
def test_any_stream_takes_any_character(coding: str) -> None:
    """The tree is drawn in UTF-8, whatever the locale or the code page."""
    outcome = run(
        *("new", "pipeline", "x", "--yes", "--no-lock", "--dry-run"),
        env={"PYTHONIOENCODING": coding},
    )
    assert (outcome.code, outcome.out[0]) == (0, "├")


@posix
def test_a_terminal_gets_colours() -> None:
    """The status is green where it can be."""
    with Terminal("new", "pipeline", "x", "--yes", "--no-lock") as terminal:
        assert terminal.end() == 0
        assert f"{ESCAPE}32m{ESCAPE}1mCreated " in terminal.raw


@posix
def test_a_terminal_gets_no_colours_where_none_are_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    """NO_COLOR is honoured."""
    monkeypatch.setenv("NO_COLOR", "1")
    with Terminal("new", "pipeline", "x", "--yes", "--no-lock") as terminal:
        assert terminal.end() == 0
        assert ESCAPE not in terminal.raw


@posix
def test_an_error_at_a_terminal_is_red() -> None:
    """So that it is seen."""
    with Terminal("new", "nonsense", "x", "--yes") as terminal:
        assert terminal.end() == 2
        assert f"{ESCAPE}31m{ESCAPE}1merror: " in terminal.raw


# Whoever stops it in the middle


def start(*words: str) -> subprocess.Popen[bytes]:
    """Start `new` and let go of it."""
    return subprocess.Popen(
        [*COMMAND, "new", *words],
        env={**os.environ, **OFFLINE},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


@posix
def test_ten_kills_leave_all_or_nothing(work: Path) -> None:
    """At any moment the destination does not exist or is complete; the next run works."""
    begun = time.monotonic()
    assert run("new", "pipeline", "x", "--yes", "--no-lock").code == 0
    whole = time.monotonic() - begun
    complete = contents(work / "x")
    shutil.rmtree(work / "x")
    moments = random.Random(2)  # noqa: S311  chance, not secrecy
    for tenth in range(10):
        with start("pipeline", "x", "--yes", "--no-lock") as process:
            time.sleep(whole * (tenth + moments.random()) / 10)
            process.kill()
        if (work / "x").exists():
            assert contents(work / "x") == complete
            assert git(work / "x", "fsck", "--strict") == ""
            assert git(work / "x", "status", "--porcelain") == ""
            shutil.rmtree(work / "x")
        assert all(path.name.startswith(STAGING) for path in work.iterdir())
    assert run("new", "pipeline", "x", "--yes", "--no-lock").code == 0
    assert contents(work / "x") == complete


@posix
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("group", [True, False])
def test_interruptions_leave_nothing(work: Path, number: int, *, group: bool) -> None:
    """Ctrl-C, which git gets too, or a signal to us alone: exit code 130 and a clean disk."""
    moments = random.Random(3)  # noqa: S311
    for _ in range(4):
        with start("pipeline", "a/x", "--yes", "--no-lock") as process:
            until = time.monotonic() + PATIENCE
            while not list(work.glob(f"a/{STAGING}*")) and time.monotonic() < until:
                time.sleep(0.001)
            time.sleep(moments.random() * 0.25)
            if group:
                os.killpg(process.pid, number)
            else:
                process.send_signal(number)
            _, errors = process.communicate(timeout=PATIENCE)
        if process.returncode == 0:  # it was done before
            shutil.rmtree(work / "a")
            continue
        assert process.returncode == 130, errors.decode()
        assert errors.decode() == "Interrupted; nothing was left behind.\n"
        assert snapshot(work) == {}


def test_the_interpreter_is_the_one_under_test() -> None:
    """The processes above run the package that the other tests import."""
    assert COMMAND[0] == sys.executable
