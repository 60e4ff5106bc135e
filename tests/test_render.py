"""Rendering, held against plain copier and against templates that are broken."""

from __future__ import annotations

import inspect
import shutil
import sys
from typing import TYPE_CHECKING, Any

import copier
import pytest
import yaml
from copier._main import Worker
from copier._template import Template

from mlscaffold import catalog, names
from mlscaffold.errors import RenderError
from mlscaffold.render import render
from tests.support import TEMPLATES, contents, resolve

if TYPE_CHECKING:
    from pathlib import Path

REPORT = "Nothing was left behind. This is a fault of mlscaffold: please report it."


@pytest.fixture
def templates(tmp_path: Path) -> Path:
    """Return a copy of the templates that can be broken."""
    return shutil.copytree(catalog.root(), tmp_path / "templates")


def given(template: str, work: Path) -> dict[str, str]:
    """Return answers that differ from every default, where a template has one."""
    more = {
        "license": "BSD-3-Clause",
        "author": "Ada",
        "email": "ada@example.org",
        "python": "3.13",
    }
    if template == "experiment":
        (work / "x.csv").touch()
        more |= {"data": "csv", "csv": "x.csv", "target": "y"}
    return more


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("{{ nonsense }}", "'nonsense' is undefined"),
        ("{{ problem.nonsense }}", "'str object' has no attribute 'nonsense'"),
        ("{% include '_shared/nonsense' %}", "'_shared/nonsense' not found"),
        ("{% if %}", "Expected an expression, got 'end of statement block'"),
        ("{% extends '_shared/layouts/README.md.jinja' %}", "Required block '"),
        ("{{ problem | nonsense }}", "No filter named 'nonsense'"),
        ("{{ 1 / 0 }}", "division by zero"),
        ("{{ problem + 1 }}", 'can only concatenate str (not "int") to str'),
    ],
)
def test_a_template_file_that_cannot_be_rendered_is_a_fault_of_ours(
    text: str, sentence: str, templates: Path, work: Path
) -> None:
    """The sentence names the template and says what was wrong with it."""
    (templates / "service" / "broken.txt.jinja").write_text(text, encoding="utf-8")
    with pytest.raises(RenderError) as caught:
        render(templates, work / "x", resolve("service"))
    assert str(caught.value).startswith(
        "The template 'service' failed to render in service/broken.txt.jinja:1"
    )
    assert sentence in str(caught.value)
    assert caught.value.hint == REPORT


def test_a_file_s_name_that_cannot_be_rendered_is_a_fault_of_ours(
    templates: Path, work: Path
) -> None:
    """Names are templates too."""
    (templates / "service" / "{{ nonsense }}.txt").touch()
    with pytest.raises(RenderError, match="'nonsense' is undefined"):
        render(templates, work / "x", resolve("service"))


def test_a_file_that_is_no_text_is_copied(templates: Path, work: Path) -> None:
    """Only what ends in `.jinja` is a template."""
    (templates / "service" / "raw.bin").write_bytes(b"\xff{{ nonsense }}")
    render(templates, work / "x", resolve("service"))
    assert (work / "x" / "raw.bin").read_bytes() == b"\xff{{ nonsense }}"


def test_rendering_needs_no_cache(work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cache folder that cannot be made makes things slower, and that is all."""
    (work / "cache").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(work / "cache"))
    render(catalog.root(), work / "x", resolve("pipeline"))
    assert (work / "x" / "README.md").exists()


@pytest.mark.skipif(sys.platform != "linux", reason="needs a folder that root cannot write to")
def test_rendering_needs_no_writable_cache(work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cache folder that is there but takes no file makes things slower, and that is all."""
    (work / "mlscaffold").mkdir()
    (work / "mlscaffold" / "jinja").symlink_to("/proc/self")
    monkeypatch.setenv("XDG_CACHE_HOME", str(work))
    render(catalog.root(), work / "x", resolve("pipeline"))
    assert (work / "x" / "README.md").exists()


@pytest.mark.parametrize("template", TEMPLATES)
def test_the_result_is_plain_copier_s_byte_by_byte(template: str, work: Path) -> None:
    """What is left out of copier's work makes no difference, for defaults and their opposites."""
    for number, more in enumerate(({}, given(template, work))):
        answers = resolve(template, **more)
        ours, theirs = work / f"ours{number}", work / f"theirs{number}"
        render(catalog.root(), ours, answers)
        data: dict[str, Any] = dict(answers)
        copier.run_copy(str(catalog.root()), theirs, data=data, defaults=True, quiet=True)
        assert contents(ours) == contents(theirs)
        assert {p: (ours / p).stat().st_mode for p in contents(ours)} == {
            p: (theirs / p).stat().st_mode for p in contents(theirs)
        }


@pytest.mark.parametrize("template", TEMPLATES)
def test_copier_comes_to_the_same_answers(template: str, work: Path) -> None:
    """Defaults, conditions and computed answers mean to copier what they mean to `new`."""
    for number, more in enumerate(({}, given(template, work))):
        answers = resolve(template, **more)
        told: dict[str, Any] = {"template": template, "project_name": "Late Or Not", **more}
        folder = work / f"x{number}"
        copier.run_copy(str(catalog.root()), folder, data=told, defaults=True, quiet=True)
        written = yaml.safe_load((folder / ".mlscaffold.yml").read_text(encoding="utf-8"))
        assert written == answers


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("package", "A"),
        ("email", "a@b@c"),
        ("author", " "),
        ("github_owner", "a/b"),
        ("license", "GPL"),
        ("python", "2.7"),
        ("project_name", " "),
    ],
)
def test_copier_refuses_what_new_refuses(key: str, value: str, work: Path) -> None:
    """The validators and the choices of the questionnaire hold for users of plain copier."""
    told: dict[str, Any] = {"template": "service", "project_name": "x", key: value}
    with pytest.raises(ValueError, match=key):
        copier.run_copy(str(catalog.root()), work / "x", data=told, defaults=True, quiet=True)


def test_the_questionnaire_is_read_as_copier_reads_it() -> None:
    """Includes, documents and keys come out the same."""
    theirs = Template(url=str(catalog.root())).questions_data
    ours = {question.key: question for question in catalog.questionnaire()}
    assert list(ours) == list(theirs)
    for key, entry in theirs.items():
        assert ours[key].help == entry["help"]
        assert ours[key].default == entry.get("default")
        assert ours[key].multiline == entry.get("multiline", False)
        assert ours[key].computed == (entry.get("when") is False)
        assert entry["type"] == "str"


def test_what_copier_keeps_private_is_still_there() -> None:
    """The names and signatures that `FreshWorker` leans on; a new copier that fails this is met."""
    assert list(inspect.signature(Worker._sync_git_index_executable_bit).parameters) == [  # noqa: SLF001
        "self",
        "dst_relpath",
        "src_mode",
    ]
    assert list(inspect.signature(Worker._render_string).parameters) == [  # noqa: SLF001
        "self",
        "string",
        "extra_context",
    ]
    for owner, name in [
        (Worker, "jinja_env"),
        (Worker, "template"),
        (Worker, "answers_relpath"),
        (Template, "vcs"),
        (Template, "_raw_config"),
    ]:
        assert isinstance(getattr(owner, name), property) or hasattr(
            inspect.getattr_static(owner, name), "func"
        )


def test_rendering_leaves_the_templates_alone(templates: Path, work: Path) -> None:
    """Nothing is written beside what is read."""
    before = contents(templates)
    render(templates, work / "x", resolve("pipeline"))
    assert contents(templates) == before


def test_answers_that_change_nothing_render_the_same_bytes(work: Path) -> None:
    """No clock, no chance, no path of this machine is in a project."""
    for name in ("a", "b"):
        render(catalog.root(), work / name, resolve("service"))
    assert contents(work / "a") == contents(work / "b")
    assert not [text for text in contents(work / "a").values() if str(work).encode() in text]


@pytest.mark.parametrize("template", TEMPLATES)
def test_the_package_is_where_its_name_says(template: str, work: Path) -> None:
    """Folder names are rendered."""
    answers = resolve(template)
    render(catalog.root(), work, answers)
    assert (work / "src" / names.package(answers["project_name"]) / "__init__.py").is_file()
