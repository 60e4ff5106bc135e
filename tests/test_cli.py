"""The command line but for `new`: help, list, show, completion, and the border."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from mlscaffold import __version__, catalog
from tests.support import COMMAND, TEMPLATES, Terminal, run, said

if TYPE_CHECKING:
    from pathlib import Path

SHELLS = ("bash", "zsh", "fish")
posix = pytest.mark.skipif(os.name == "nt", reason="a matter of POSIX systems")


def test_an_unknown_template_cannot_be_shown() -> None:
    """The near miss and the list help out."""
    said(
        run("show", "experimant"),
        2,
        "There is no template 'experimant'.",
        "Did you mean 'experiment'? Known: experiment, pipeline, service.",
    )


@pytest.mark.parametrize("words", [("nwe",), ("show",), ("list", "x"), ("--nonsense",)])
def test_a_malformed_command_is_bad_input(words: tuple[str, ...]) -> None:
    """Exit code 2, words on stderr alone."""
    outcome = run(*words)
    assert outcome.code == 2
    assert "Error: " in outcome.err
    assert outcome.out == ""


@posix
def test_a_reader_that_closes_its_pipe_is_no_bug() -> None:
    """`mlscaffold show service | head -1` shows no traceback, and has done what it was to do."""
    read, write = os.pipe()
    os.close(read)
    ended = subprocess.run(
        [*COMMAND, "show", "service"],
        stdout=write,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        check=False,
    )
    os.close(write)
    assert (ended.returncode, ended.stderr) == (0, "")


def test_the_version_is_told() -> None:
    """One line, for people and programs."""
    assert run("--version").out == f"mlscaffold {__version__}\n"


def test_python_runs_the_package() -> None:
    """`python -m mlscaffold` is the command under the same name."""
    ended = subprocess.run(
        [sys.executable, "-m", "mlscaffold", "--version"], capture_output=True, check=True
    )
    assert ended.stdout.decode().split() == ["mlscaffold", __version__]


@pytest.mark.parametrize(
    "words",
    [(), ("new",), ("list",), ("show",), ("publish",), ("update",), ("status",), ("adopt",)],
)
def test_help_has_a_sentence_and_an_example(words: tuple[str, ...]) -> None:
    """Examples stand on lines of their own, as they are typed."""
    outcome = run(*words, "--help")
    assert outcome.code == 0
    lines = outcome.out.splitlines()
    assert lines[0].startswith("Usage: mlscaffold ")
    at = next(n for n, line in enumerate(lines) if line.strip() in {"Example:", "Examples:"})
    assert lines[at + 1].strip().startswith("mlscaffold ")
    assert "\\b" not in outcome.out


def test_list_has_a_line_for_each_template() -> None:
    """Data on stdout, what to do next on stderr, no colour in a pipe."""
    outcome = run("list")
    assert outcome.code == 0
    assert [line.split()[0] for line in outcome.out.splitlines()] == TEMPLATES
    assert "mlscaffold show TEMPLATE" in outcome.err
    assert "\x1b" not in outcome.out


def test_list_is_json_when_asked() -> None:
    """All that is known of each template."""
    outcome = run("list", "--json")
    entries = json.loads(outcome.out)
    assert outcome.err == ""
    assert [entry["id"] for entry in entries] == TEMPLATES
    assert all(entry["skills"] and entry["stages"] and entry["proves"] for entry in entries)


@pytest.mark.parametrize("name", TEMPLATES)
def test_show_tells_what_a_template_asks_contains_and_teaches(name: str) -> None:
    """Every question, part, stage and skill is there."""
    template = catalog.template(name)
    shown = run("show", name).out
    for words in (template.contains, template.skills, template.stages, template.questions):
        assert all(word in shown for word in words)
    assert all(question.help in shown for question in catalog.questions(template))


@pytest.mark.parametrize("name", TEMPLATES)
def test_show_is_json_when_asked(name: str) -> None:
    """The template and its questions, each with its choices."""
    outcome = run("show", name, "--json")
    shown = json.loads(outcome.out)
    assert outcome.err == ""
    assert shown["template"]["id"] == name
    questions = {question["key"]: question for question in shown["questions"]}
    assert "MIT" in questions["license"]["choices"]


@posix
@pytest.mark.parametrize("words", [("list",), ("show", "service")])
def test_a_terminal_gets_bold_names(words: tuple[str, ...]) -> None:
    """Where there is somebody to look at it."""
    with Terminal(*words) as terminal:
        assert terminal.end() == 0
        assert "\x1b[1m" in terminal.raw


@posix
def test_no_colour_is_no_colour(monkeypatch: pytest.MonkeyPatch) -> None:
    """NO_COLOR is honoured."""
    monkeypatch.setenv("NO_COLOR", "1")
    with Terminal("list") as terminal:
        assert terminal.end() == 0
        assert "\x1b[" not in terminal.raw


# Completion


def proposals(line: str, word: str) -> list[str]:
    """Return what fish would be told to propose for a word after a line."""
    outcome = run(
        env={"_MLSCAFFOLD_COMPLETE": "fish_complete", "COMP_WORDS": line, "COMP_CWORD": word}
    )
    assert outcome.code == 0
    lines = outcome.out.strip().splitlines()
    return [line.partition(",")[2].partition("\t")[0] for line in lines]


@pytest.mark.parametrize("shell", SHELLS)
def test_a_shell_s_completion_is_printed(shell: str) -> None:
    """The script that the README tells to install; the shell itself takes it, if it is here."""
    if shell == "bash" and not shutil.which("bash"):
        pytest.skip("click asks bash for its version")
    outcome = run(env={"_MLSCAFFOLD_COMPLETE": f"{shell}_source"})
    assert outcome.code == 0
    assert f"_MLSCAFFOLD_COMPLETE={shell}_complete" in outcome.out
    if shutil.which(shell):
        checked = subprocess.run([shell, "-n"], input=outcome.out, text=True, check=False)
        assert checked.returncode == 0


@pytest.mark.parametrize(
    ("line", "word", "proposed"),
    [
        ("mlscaffold ", "", ["adopt", "list", "new", "publish", "show", "status", "update"]),
        ("mlscaffold new", "", ["experiment", "service", "pipeline"]),
        ("mlscaffold new", "s", ["service"]),
        ("mlscaffold show", "p", ["pipeline"]),
        ("mlscaffold new experiment x --set", "d", ["data=", "description="]),
        (
            "mlscaffold new experiment x --set",
            "data=",
            ["data=sample", "data=csv", "data=kaggle", "data=openml"],
        ),
        ("mlscaffold new experiment x --set", "license=B", ["license=BSD-3-Clause"]),
        ("mlscaffold new service x --set", "cs", []),
        ("mlscaffold new nonsense x --set", "", []),
        ("mlscaffold new --set", "d", []),
    ],
)
def test_the_shell_proposes(line: str, word: str, proposed: list[str]) -> None:
    """Commands, templates, and the keys and choices of the template that is named."""
    assert proposals(line, word) == proposed


@pytest.mark.skipif(not shutil.which("bash"), reason="there is no bash")
def test_bash_completes_a_template(work: Path) -> None:
    """The script at work in a real bash."""
    source = run(env={"_MLSCAFFOLD_COMPLETE": "bash_source"}).out
    command = work / "mlscaffold"
    words = " ".join(f"'{word}'" for word in COMMAND)
    command.write_text(f'#!/bin/sh\nexec {words} "$@"\n', encoding="utf-8")
    command.chmod(0o755)
    script = (
        f"{source}\nCOMP_WORDS=(mlscaffold new pi); COMP_CWORD=2\n"
        "_mlscaffold_completion mlscaffold\n"
        'echo "${COMPREPLY[@]}"\n'
    )
    ended = subprocess.run(
        ["bash", "--norc", "-c", script],
        env={**os.environ, "PATH": f"{work}:{os.environ['PATH']}"},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert ended.stdout == "pipeline\n", ended.stderr
