"""Asking a person, at a real pseudo-terminal: keys go in, questions and a project come out."""

from __future__ import annotations

import json
import os
import socket
from typing import TYPE_CHECKING

import pytest
import yaml

from mlscaffold import catalog
from tests.support import PATIENCE, TEMPLATES, Terminal, snapshot

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(os.name == "nt", reason="pseudo-terminals are a POSIX matter")

DOWN, UP, ENTER, CTRL_C, CTRL_D = "\x1b[B", "\x1b[A", "\r", "\x03", "\x04"
WIPE = "\x15"
PICK = "What do you want to build?"
HELP = {question.key: question.help for question in catalog.questionnaire()}


def answers(project: Path) -> dict[str, str]:
    """Return what a project remembers."""
    text = (project / ".mlscaffold.yml").read_text(encoding="utf-8")
    return dict(yaml.safe_load(text))


def asked(terminal: Terminal) -> list[str]:
    """Return the keys of the questions that were shown."""
    return [key for key, words in HELP.items() if words in terminal.shown]


# Whoever does not want to go on


@pytest.mark.parametrize("key", [CTRL_C, CTRL_D])
def test_leaving_at_the_pick(key: str, work: Path) -> None:
    """Exit code 130, nothing on the disk."""
    with Terminal("new") as terminal:
        terminal.expect(PICK)
        terminal.send(key if key == CTRL_C else CTRL_C)
        assert terminal.end() == 130
        assert terminal.shown.endswith("Interrupted; nothing was left behind.\n")
    assert snapshot(work) == {}


@pytest.mark.parametrize("key", [CTRL_C, CTRL_D])
@pytest.mark.parametrize("stage", ["project_name", "problem", "data", "csv", "target"])
def test_leaving_at_a_question(stage: str, key: str, work: Path) -> None:
    """At whichever question: exit code 130, nothing on the disk."""
    (work / "x.csv").touch()
    before = snapshot(work)
    keys = {
        "project_name": "Late" + ENTER,
        "problem": ENTER,
        "data": DOWN + ENTER,
        "csv": "x.csv" + ENTER,
    }
    if stage == "data":
        key = CTRL_C  # a list of choices does not know the end of a file
    with Terminal("new", "experiment", "--no-lock") as terminal:
        for name, typed in keys.items():
            terminal.expect(HELP[name])
            if name == stage:
                break
            terminal.send(typed)
        else:
            terminal.expect(HELP[stage])
        terminal.send(key)
        assert terminal.end() == 130
        assert "Interrupted; nothing was left behind." in terminal.shown
    assert snapshot(work) == before


def test_a_bad_answer_is_told_before_the_next_question(work: Path) -> None:
    """The validator's sentence shows below the line, which can be mended."""
    with Terminal("new", "pipeline", "--no-lock") as terminal:
        terminal.expect(HELP["project_name"])
        terminal.send("numpy" + ENTER)
        terminal.expect("is a package that projects of this kind import")
        terminal.send(WIPE + "Late Or Not" + ENTER)
        terminal.expect(HELP["problem"])
        terminal.send(ENTER)
        assert terminal.end() == 0
    assert answers(work / "late-or-not")["project_name"] == "Late Or Not"


# Whoever does


def test_a_template_is_picked_with_the_arrow_keys(work: Path) -> None:
    """Each with what it is and what it proves; then at most five questions, then a project."""
    with Terminal("new", "--no-lock") as terminal:
        terminal.expect(PICK)
        for template in catalog.templates():
            terminal.expect(template.summary)
            terminal.expect(template.proves[:40])
        terminal.send(DOWN + DOWN + DOWN + UP + ENTER)
        terminal.expect(HELP["project_name"])
        terminal.send("Late Or Not" + ENTER)
        terminal.expect(HELP["problem"])
        terminal.send("Who? {{ 7*7 }} ä🚀" + ENTER)
        terminal.expect("Created pipeline in ")
        assert terminal.end() == 0
        assert asked(terminal) == ["project_name", "problem"]
    said = answers(work / "late-or-not")
    assert (said["template"], said["problem"]) == ("pipeline", "Who? {{ 7*7 }} ä🚀")


@pytest.mark.parametrize("columns", [80, 40])
def test_a_narrow_terminal_shows_every_word(columns: int) -> None:
    """Lines are wrapped, not cut."""
    with Terminal("new", columns=columns) as terminal:
        terminal.expect(PICK)
        words = [
            word
            for template in catalog.templates()
            for word in f"{template.summary} {template.proves}".split()
        ]
        for word in words:
            terminal.expect(word)
        terminal.send(CTRL_C)
        assert terminal.end() == 130


def test_the_questions_come_in_their_order(work: Path) -> None:
    """The most that any template asks: five, each after the one it depends on."""
    (work / "x.csv").write_text("a,b\n", encoding="utf-8")
    with Terminal("new", "experiment", "--no-lock") as terminal:
        for key, typed in {
            "project_name": "Late" + ENTER,
            "problem": ENTER,
            "data": DOWN + ENTER,
            "csv": "none.csv" + ENTER,
        }.items():
            terminal.expect(HELP[key])
            terminal.send(typed)
        terminal.expect("There is no file 'none.csv'.")
        terminal.send(WIPE + "x.csv" + ENTER)
        terminal.expect(HELP["target"])
        terminal.send("b" + ENTER)
        assert terminal.end() == 0
        assert asked(terminal) == ["project_name", "problem", "data", "csv", "target"]
    assert answers(work / "late")["csv"] == "data/x.csv"


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_default_is_taken_by_enter(template: str, work: Path) -> None:
    """Nobody is asked more than the template's own questions, five at most."""
    conditions = {question.key: question.when for question in catalog.questionnaire()}
    questions = [
        key
        for key in catalog.template(template).questions
        if key != "project_name" and "data" not in conditions[key]
    ]
    with Terminal("new", template, "late", "--no-lock", "--no-git") as terminal:
        for key in questions:
            terminal.expect(HELP[key])
            terminal.send(ENTER)
        assert terminal.end() == 0
        assert len(asked(terminal)) <= 5
    assert answers(work / "late")["problem"] == ""


def test_what_was_said_is_not_asked_again(work: Path) -> None:
    """An answer on the command line takes its question away."""
    with Terminal(
        "new", "experiment", "late", "--no-lock", "--set", "problem=Who?", "--set", "data=sample"
    ) as terminal:
        assert terminal.end() == 0
        assert asked(terminal) == []
    assert answers(work / "late")["problem"] == "Who?"


def test_yes_asks_nothing(work: Path) -> None:
    """Also where somebody is there."""
    with Terminal("new", "pipeline", "late", "--no-lock", "--yes") as terminal:
        assert terminal.end() == 0
        assert asked(terminal) == []
    assert (work / "late").exists()


def test_questions_leave_stdout_to_data() -> None:
    """Asked on the terminal, answered in JSON to a pipe."""
    with Terminal("new", "pipeline", "late", "--no-lock", "--json", piped=True) as terminal:
        terminal.expect(HELP["problem"])
        terminal.send("Who?" + ENTER)
        assert terminal.end() == 0
        assert json.loads(terminal.output())["answers"]["problem"] == "Who?"


def test_an_interruption_while_it_works_leaves_nothing(work: Path) -> None:
    """Ctrl-C when all files are made and uv waits for an index that says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        environment = {
            "UV_OFFLINE": "0",
            "UV_DEFAULT_INDEX": f"http://127.0.0.1:{silent.getsockname()[1]}/simple",
        }
        words = ("new", "experiment", "a/late", "--yes")
        with Terminal(*words, environment=environment) as terminal:
            silent.settimeout(PATIENCE)
            connection, _ = silent.accept()
            with connection:
                terminal.send(CTRL_C)
                assert terminal.end() == 130
            assert "Interrupted; nothing was left behind." in terminal.shown
    assert snapshot(work) == {}
