"""Generated projects, from the built wheel to their results, each in a clone of its repository.

The fixtures are the steps of a project's first day and run each command once, whatever it ends
with; the tests look at what came of it.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.templates import linters, picture, readme, tables, workshop
from tests.templates.workshop import NO_NETWORK, Outcome, Terminal

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

pytestmark = [pytest.mark.project]

SCHEMA = Path(__file__).with_name("summary.schema.json")
HOME = f"{Path.home()}{os.sep}"
MAY_CHANGE = re.compile(r"README\.md|[A-Z_]+_CARD\.md|(results|model|data|submissions?)/.*")
"""What the main command may write into a repository: results, and documents that show them."""


@dataclass(frozen=True)
class Case:
    """A project to make; `rule` turns a table into the target of an experiment of one's own."""

    id: str
    template: str
    rule: Callable[[float, Random], str] | None = None
    metric: str | None = None


@dataclass(frozen=True)
class Project:
    """A project's repository as `new` made it, and a terminal in a clone of it elsewhere."""

    case: Case
    created: dict[str, Any]
    origin: Terminal
    clone: Terminal

    @property
    def readme(self) -> str:
        """The README as it is now."""
        return (self.clone.folder / "README.md").read_text(encoding="utf-8")

    @property
    def first_commands(self) -> tuple[tuple[str, ...], ...]:
        """What the README says to type first."""
        return next(b.commands for b in readme.blocks(self.readme) if b.section == "Run it")

    def summary(self) -> dict[str, Any]:
        """Return results/summary.json."""
        text = (self.clone.folder / "results" / "summary.json").read_text(encoding="utf-8")
        document: dict[str, Any] = json.loads(text)
        return document


CASES = [
    Case("experiment", "experiment"),
    Case("experiment-binary", "experiment", tables.churn),
    Case("experiment-multiclass", "experiment", tables.grade),
    Case("experiment-regression", "experiment", tables.price),
    Case("service", "service"),
    Case("pipeline", "pipeline"),
]
IN_PARALLEL = [
    pytest.param(case, id=case.id, marks=pytest.mark.xdist_group(case.id)) for case in CASES
]


@pytest.fixture(scope="session")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Terminal:
    """Return a terminal in which the wheel's mlscaffold can be typed."""
    return workshop.install(tmp_path_factory.mktemp("user"))


@pytest.fixture(scope="session", params=IN_PARALLEL)
def project(
    request: pytest.FixtureRequest, shell: Terminal, tmp_path_factory: pytest.TempPathFactory
) -> Project:
    """Make a project with every default, clone it, and install what its lock file says."""
    case: Case = request.param
    folder = tmp_path_factory.mktemp(case.id)
    terminal = shell.in_folder(folder)
    answers: list[str] = []
    if case.rule is not None:
        tables.write(folder / "my table.csv", "the target", case.rule)
        given = {"data": "csv", "csv": folder / "my table.csv", "target": "the target"}
        answers = [word for key, value in given.items() for word in ("--set", f"{key}={value}")]
    name = f"late-{case.id}"
    created = terminal.must("mlscaffold", "new", case.template, name, "--yes", "--json", *answers)
    document = json.loads(created.output[created.output.index("{") :])
    terminal.must("git", "clone", "--quiet", name, "elsewhere")
    if case.rule is not None:  # the owner's data is the owner's to carry along: git ignores it
        shutil.copytree(folder / name / "data", folder / "elsewhere" / "data", dirs_exist_ok=True)
    clone = terminal.in_folder(folder / "elsewhere")
    clone.must("uv", "sync", "--locked")
    return Project(case, document, terminal.in_folder(folder / name), clone)


@pytest.fixture(scope="session")
def before(project: Project) -> dict[str, Outcome]:
    """Run what a developer runs before the first run: the linters, the types, the tests."""
    commands = [*readme.section(project.readme, "Development"), ("uv", "run", "pytest")]
    return {" ".join(words): project.clone.run(*words) for words in commands}


@pytest.fixture(scope="session")
def ran(project: Project, before: dict[str, Outcome]) -> dict[str, Outcome]:
    """Run what the README shows first under "Run it", with no network, after `before`."""
    assert before
    commands = project.first_commands
    return {" ".join(words): project.clone.run(*words, **NO_NETWORK) for words in commands}


def test_new_makes_two_commits(project: Project) -> None:
    """The render, with its trailers, and the lock file; nothing is left over."""
    log = project.origin.must("git", "log", "--reverse", "--format=%(trailers:only,unfold)%x00")
    first, second = (entry.strip() for entry in log.output.split("\0")[:-1])
    assert first.splitlines() == [
        f"Mlscaffold-Template: {project.case.template}",
        f"Mlscaffold-Version: {project.created['version']}",
    ]
    assert second == ""
    last = project.origin.must("git", "show", "--name-only", "--format=", "HEAD")
    assert last.output.split() == ["uv.lock"]
    assert project.origin.must("git", "status", "--porcelain").output == ""


def test_readme_shows_how_to_run_and_to_develop(project: Project) -> None:
    """The main command first and the tests last; the linter, the formatter, the types."""
    run = project.first_commands
    shown = {words[:3] for words in readme.section(project.readme, "Development")}
    assert {("uv", "run", "ruff"), ("uv", "run", "mypy")} <= shown
    assert project.created["commands"][-2:] == [" ".join(run[0]), "uv run pytest"]
    assert run[-1] == ("uv", "run", "pytest")


def test_everything_passes_before_the_first_run(before: dict[str, Outcome]) -> None:
    """A fresh clone passes its own linters, types and tests."""
    for outcome in before.values():
        assert outcome, str(outcome)


@pytest.mark.parametrize("command", ["ruff check", "ruff format --check", "mypy", "pytest"])
def test_the_workflow_checks_what_a_developer_checks(project: Project, command: str) -> None:
    """The first push is judged by the commands that passed here."""
    workflow = project.clone.folder / ".github" / "workflows" / "ci.yml"
    assert f"run: uv run {command}\n" in workflow.read_text(encoding="utf-8")


def test_hooks_are_installed(before: dict[str, Outcome], project: Project) -> None:
    """`pre-commit install`, as the README shows it, leaves a hook."""
    assert "uv run pre-commit install" in before
    assert (project.clone.folder / ".git" / "hooks" / "pre-commit").exists()


@pytest.mark.usefixtures("before")
def test_formatter_left_everything_as_it_was(project: Project) -> None:
    """The first commit is in the form that the project's own tools give it."""
    changed = project.clone.must("git", "diff", "--name-only", "--", "*.py", "*.toml", "uv.lock")
    assert changed.output == ""


def test_everything_runs_offline(ran: dict[str, Outcome]) -> None:
    """The commands of the README pass without network, and the tests pass after the run."""
    for outcome in ran.values():
        assert outcome, str(outcome)


@pytest.mark.usefixtures("ran")
def test_results_are_there(project: Project) -> None:
    """results/summary.json is what version 1 of its schema says."""
    verdict = linters.own_schema(SCHEMA, project.clone.folder / "results" / "summary.json")
    assert verdict, verdict.words


def test_results_say_where_they_come_from(ran: dict[str, Outcome], project: Project) -> None:
    """The evidence names the command, the clean commit and the project that it is of."""
    summary = project.summary()
    head = project.clone.must("git", "rev-parse", "HEAD").output.strip()
    assert summary["run"]["command"] == next(iter(ran))
    assert summary["run"]["git_commit"] == head
    assert summary["run"]["dirty"] is False
    assert summary["project"] == {
        "name": project.created["answers"]["project_name"],
        "template": project.case.template,
        "problem": "",
    }


@pytest.mark.usefixtures("ran")
def test_the_result_beats_its_baseline(project: Project) -> None:
    """The headline is worth showing."""
    headline = project.summary()["headline"]
    gain = headline["value"] - headline["baseline"]["value"]
    assert gain > 0 if headline["higher_is_better"] else gain < 0, headline


@pytest.mark.usefixtures("ran")
def test_figures_are_pictures(project: Project) -> None:
    """Each figure is a whole picture of a size that a README can show, and not an empty one."""
    for figure in project.summary()["figures"]:
        path = project.clone.folder / figure["path"]
        shown = picture.read(path)
        assert 500 <= shown.width <= 4000, (figure, shown)
        assert 300 <= shown.height <= 4000, (figure, shown)
        assert shown.changes > shown.height / 20, (figure, shown)
        assert path.stat().st_size < 500_000, figure


@pytest.mark.usefixtures("ran")
def test_readme_shows_the_results(project: Project) -> None:
    """The block between the markers holds the headline, the baseline and the figures."""
    summary = project.summary()
    _, _, rest = project.readme.partition("<!-- results:start -->")
    block, _, _ = rest.partition("<!-- results:end -->")
    assert summary["headline"]["metric"] in block
    assert summary["headline"]["baseline"]["name"] in block
    assert all(f"]({figure['path']})" in block for figure in summary["figures"])


@pytest.mark.usefixtures("ran")
def test_only_results_changed(project: Project) -> None:
    """The run writes its results and the documents that show them, and nothing else."""
    status = project.clone.must("git", "status", "--porcelain", "--untracked-files=all").output
    changed = [line[3:].strip('"') for line in status.splitlines()]
    assert "README.md" in changed
    assert "results/summary.json" in changed
    assert [file for file in changed if not MAY_CHANGE.fullmatch(file)] == []


@pytest.mark.usefixtures("ran")
def test_results_tell_nothing_about_this_machine(project: Project) -> None:
    """No path of the machine is in what its owner will push."""
    pushed = project.clone.must("git", "ls-files", "--cached", "--others", "--exclude-standard")
    here = (str(project.clone.folder), HOME)
    for file in set(pushed.output.splitlines()) - {"Dockerfile"}:  # whose paths are the image's
        data = (project.clone.folder / file.strip('"')).read_bytes()
        assert not any(path.encode() in data for path in here), file


@pytest.mark.usefixtures("ran")
def test_links_lead_somewhere_after_the_run(project: Project) -> None:
    """Every relative link and picture of the README is there now."""
    targets = re.findall(r"\]\((?!https?:|#|mailto:)([^)#\s]+)", project.readme)
    assert targets
    assert [path for path in targets if not (project.clone.folder / path).exists()] == []


@pytest.mark.usefixtures("ran")
def test_a_second_run_gives_the_same_results(project: Project) -> None:
    """What can be measured again has the same value; only time and memory may differ."""
    once = project.summary()
    main, *_ = project.first_commands
    project.clone.must(*main, **NO_NETWORK)
    again = project.summary()
    assert {**once, "run": None} == {**again, "run": None}


@pytest.mark.usefixtures("ran")
def test_other_commands_of_the_readme_work(project: Project) -> None:
    """What else the README shows to type runs too; images are built on another level."""
    first, *others = readme.blocks(project.readme)
    assert first.commands == project.first_commands
    commands = [
        words
        for block in others
        if block.section != "Development" and not block.names("docker")
        for words in block.commands
    ]
    project.clone.play(commands, **NO_NETWORK)
