"""Generated projects, from the built wheel to their results, each in a clone of its repository.

The fixtures are the steps of a project's first day and run each command once, whatever it ends
with; the tests look at what came of it.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.support import MEMORY
from tests.templates import linters, picture, readme, tables, workshop
from tests.templates.workshop import NO_NETWORK, Outcome, Terminal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from random import Random

pytestmark = [pytest.mark.project]

NEEDS_POSTGRES = "MLSCAFFOLD_NEEDS_POSTGRES"
"""With this variable set, no test of a pipeline may be skipped for want of a PostgreSQL server."""

NEEDS_JAVA = "MLSCAFFOLD_NEEDS_JAVA"
"""With this variable set, no test of a pipeline by Spark may be skipped for want of Java."""

SKIPPED = re.compile(r"\d+ skipped")
"""How pytest counts skipped tests; coverage.py says that it skipped files."""

OWN_FILES = re.compile(r"(?<!\.)\b(__file__|ROOT)\b")
"""In a module of tests: it finds the project by its own place or its conftest.py's, not a library."""

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
    answers: Mapping[str, str] = field(default_factory=dict)
    exported: bool = False  # an experiment is made and run first, and its bundle given
    refusal: str = ""  # what the main command says where the data would have to come from afar

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


CASES = [  # the longest first, so that no worker is left alone with one
    Case("pipeline-spark", "pipeline", answers={"engine": "spark", "source": "files"}),
    Case("experiment", "experiment"),
    Case("pipeline", "pipeline"),
    Case("service", "service"),
    Case("pipeline-sql", "pipeline", answers={"source": "sql"}),
    Case("pipeline-files", "pipeline", answers={"source": "files"}),
    Case(
        "experiment-binary",
        "experiment",
        tables.churn,
        {"notebook": "jupyter", "tracking": "mlflow"},
    ),
    Case("experiment-multiclass", "experiment", tables.grade, {"notebook": "none"}),
    Case("experiment-regression", "experiment", tables.price, {"tracking": "mlflow"}),
    Case("service-bundle", "service", answers={"deploy": "compose,kubernetes"}, exported=True),
]
FROM_AFAR = [
    Case(
        "experiment-kaggle",
        "experiment",
        answers={"data": "kaggle", "competition": "titanic"},
        refusal="error: There are no credentials for Kaggle.",
    ),
    Case(
        "experiment-openml",
        "experiment",
        answers={"data": "openml", "openml": "31"},
        refusal="error: OpenML cannot be reached: ",
    ),
    Case(
        "pipeline-http-postgres",
        "pipeline",
        answers={"source": "http", "warehouse": "postgres"},
        refusal="error: http://127.0.0.1:8000/airlines.csv cannot be fetched: ",
    ),
]
WITHOUT_SERVER = Case(
    "pipeline-postgres",
    "pipeline",
    answers={"warehouse": "postgres"},
    refusal="error: The environment names no PostgreSQL server: DATABASE_URL is not set.",
)
MORE: dict[str, dict[str, tuple[str, ...]]] = {
    "experiment": {
        "train": ("--debug",),
        "tune": ("--trials", "3"),
        "leaderboard": (),
        "audit": (),
        "export": (),
        "winner-docs": (),
        "report": (),
    }
}
"""What each command is tried with after the first run."""


def _in_parallel(cases: list[Case]) -> list[Any]:
    return [
        pytest.param(case, id=case.id, marks=pytest.mark.xdist_group(case.id)) for case in cases
    ]


@pytest.fixture(scope="session")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Terminal:
    """Return a terminal in which the wheel's mlscaffold can be typed."""
    return workshop.install(tmp_path_factory.mktemp("user"))


@pytest.fixture(scope="session", params=_in_parallel(CASES))
def project(
    request: pytest.FixtureRequest, shell: Terminal, tmp_path_factory: pytest.TempPathFactory
) -> Project:
    """Make a project, clone it, and install what its lock file says."""
    return _make(request.param, shell, tmp_path_factory)


@pytest.fixture(scope="session")
def waiting(
    request: pytest.FixtureRequest, shell: Terminal, tmp_path_factory: pytest.TempPathFactory
) -> Project:
    """Make a project whose data are out of reach of a test."""
    return _make(request.param, shell, tmp_path_factory)


def _make(case: Case, shell: Terminal, tmp_path_factory: pytest.TempPathFactory) -> Project:
    folder = tmp_path_factory.mktemp(case.id)
    terminal = shell.in_folder(folder)
    given = dict(case.answers)
    if case.rule is not None:
        tables.write(folder / "my table.csv", "the target", case.rule)
        given |= {"data": "csv", "csv": str(folder / "my table.csv"), "target": "the target"}
    if case.exported:
        given |= {"bundle": _exported(terminal)}
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


def _exported(terminal: Terminal) -> str:
    """Run an experiment and return where the bundle of its model is."""
    terminal.must("mlscaffold", "new", "experiment", "late-model", "--yes")
    experiment = terminal.in_folder(terminal.folder / "late-model")
    for command in ("train", "export"):
        experiment.must("uv", "run", "late-model", command)
    return str(experiment.folder / "model")


@pytest.fixture(scope="session")
def before(project: Project) -> dict[str, Outcome]:
    """Run what a developer runs before the first run: the linters, the types, the tests."""
    return _develop(project, **NO_NETWORK)


def _develop(project: Project, **more: str) -> dict[str, Outcome]:
    commands = [*readme.section(project.readme, "Development"), ("uv", "run", "pytest")]
    with tempfile.TemporaryDirectory(dir=MEMORY) as spare:
        Path(spare).chmod(0o755)  # root's tests start PostgreSQL as somebody else
        more |= {"TMPDIR": spare}
        return {" ".join(words): project.clone.run(*words, **more) for words in commands}


@pytest.fixture(scope="session")
def ran(project: Project, before: dict[str, Outcome]) -> dict[str, Outcome]:
    """Run what the README shows first under "Run it", with no network, after `before`.

    The run changes nothing for tests that make their own folder, which passed just before, offline
    too: only those that look at the project's own files run again.
    """
    assert before
    outcomes = {}
    for words in project.first_commands:
        again = _looking_around(project) if words[-1] == "pytest" else ()
        outcomes[" ".join(words)] = project.clone.run(*words, *again, **NO_NETWORK)
    return outcomes


def _looking_around(project: Project) -> tuple[str, ...]:
    """Return what makes pytest run the modules that find the project they belong to."""
    found = [
        f"tests/{path.name}"
        for path in sorted((project.clone.folder / "tests").glob("test_*.py"))
        if OWN_FILES.search(path.read_text(encoding="utf-8"))
    ]
    assert found
    return ("--no-cov", *found)


def test_new_makes_two_commits(project: Project) -> None:
    """The render, with its trailers and the seal of its tree, and the lock file; no more."""
    form = "--format=%T%n%(trailers:only,unfold)%x00"
    log = project.origin.must("git", "log", "--reverse", form)
    entries = (entry.split() for entry in log.output.split("\0")[:-1])
    (tree, *first), (_, *second) = entries
    assert first == [
        *("Mlscaffold-Template:", project.case.template),
        *("Mlscaffold-Version:", project.created["version"]),
        *("Mlscaffold-Tree:", tree),
    ]
    assert second == []
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


def test_everything_passes_before_the_first_run(
    before: dict[str, Outcome], project: Project
) -> None:
    """A fresh clone passes its own linters, types and tests."""
    for outcome in before.values():
        assert outcome, str(outcome)
        if project.case.answers.get("engine") == "spark" and os.environ.get(NEEDS_JAVA):
            assert not SKIPPED.search(outcome.output), str(outcome)


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


@pytest.mark.usefixtures("ran")
def test_every_command_works(project: Project) -> None:
    """Whatever `--help` names: it explains itself and runs offline, and leaves the result alone."""
    program = project.first_commands[0][:3]
    tried = MORE.get(project.case.template)
    summary = project.summary()
    for name in _commands(project):
        project.clone.must(*program, name, "--help")
        if tried is None or name not in tried:
            continue
        outcome = project.clone.run(*program, name, *tried[name], **NO_NETWORK)
        assert outcome, str(outcome)
    assert {**summary, "run": None} == {**project.summary(), "run": None}


@pytest.mark.parametrize("waiting", _in_parallel(FROM_AFAR), indirect=True)
def test_a_project_without_its_data_passes_its_own_checks(waiting: Project) -> None:
    """Linters, types and tests need neither the data nor the network."""
    for outcome in _develop(waiting, **NO_NETWORK).values():
        assert outcome, str(outcome)
        if waiting.case.template == "pipeline" and os.environ.get(NEEDS_POSTGRES):
            assert not SKIPPED.search(outcome.output), str(outcome)


@pytest.mark.parametrize("waiting", _in_parallel([*FROM_AFAR, WITHOUT_SERVER]), indirect=True)
def test_a_project_that_cannot_fetch_its_data_says_so(waiting: Project, tmp_path: Path) -> None:
    """In one sentence and a hint; nothing half-written stays."""
    home = {"HOME": str(tmp_path), "USERPROFILE": str(tmp_path), "KAGGLE_API_TOKEN": ""}
    outcome = waiting.clone.run(*waiting.first_commands[0], **NO_NETWORK, **home)
    *_, sentence, hint = outcome.output.splitlines()
    assert outcome.code in {1, 2}, str(outcome)
    assert sentence.startswith(waiting.case.refusal), str(outcome)
    assert hint.startswith("hint: "), str(outcome)
    assert "Traceback" not in outcome.output, str(outcome)
    assert waiting.clone.must("git", "status", "--porcelain").output == ""
    assert not list(waiting.clone.folder.glob("data/*.csv"))


def _commands(project: Project) -> list[str]:
    """Return the commands that the project's `--help` lists, each at the start of its line."""
    shown = project.clone.must(*project.first_commands[0][:3], "--help").output
    found = re.findall(r"^    ([a-z][a-z-]*)(?:  |$)", shown, re.MULTILINE)
    assert found, shown
    return found
