"""What there is to make: the templates and the questions they ask, read from `templates/`."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlscaffold.errors import UnknownNameError

if TYPE_CHECKING:
    from collections.abc import Mapping

RESERVED = ("template", "version")
"""Keys of the questionnaire that `new` fills in itself."""


@dataclass(frozen=True)
class BundlePlace:
    """What becomes of a model bundle that an answer names.

    Its files go into `folder`, in a folder called as its version; `request` is the file that takes
    rows of its sample; `command` is what the project's README then runs first.
    """

    folder: str
    request: str
    command: str


@dataclass(frozen=True)
class Template:
    """A project type, as its `template.toml` describes it.

    `questions` are the keys asked at a terminal, in order; `copies` maps an answer that names a
    file of the owner's to the folder of the project it is copied into; `columns` maps it to the
    answers that name columns of that file; `bundles` has the answers that name a model bundle;
    `command` is what the project's README runs first; `renames` maps a version of mlscaffold to
    the paths that it calls otherwise than the one before, old to new.
    """

    id: str
    title: str
    summary: str
    proves: str
    command: str
    questions: tuple[str, ...]
    contains: tuple[str, ...]
    stages: tuple[str, ...]
    skills: tuple[str, ...]
    copies: Mapping[str, str]
    columns: Mapping[str, list[str]]
    bundles: Mapping[str, BundlePlace]
    renames: Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class Question:
    """One entry of the questionnaire; `default`, `when` and `validator` are Jinja expressions.

    `choices` maps each value to its label; `default` is None where an answer is required;
    a `computed` question is never asked and never set.
    """

    key: str
    help: str
    default: str | None
    choices: Mapping[str, str]
    when: str
    validator: str
    placeholder: str
    multiline: bool
    computed: bool


@cache
def root() -> Path:
    """Return the folder of the templates: inside the installed package, or beside `src/`."""
    package = Path(__file__).parent
    installed = package / "templates"
    return installed if installed.is_dir() else package.parents[1] / "templates"


@cache
def templates() -> tuple[Template, ...]:
    """Return every template, in the order in which a portfolio usually grows."""
    order = ("experiment", "service", "pipeline")
    found = [path.parent for path in root().glob("*/template.toml")]
    found.sort(key=lambda folder: order.index(folder.name) if folder.name in order else len(order))
    return tuple(_template(folder) for folder in found)


def template(name: str) -> Template:
    """Return the template of that name.

    Raises:
        UnknownNameError: there is none.
    """
    for candidate in templates():
        if candidate.id == name:
            return candidate
    raise UnknownNameError("template", name, (candidate.id for candidate in templates()))


@cache
def questionnaire() -> tuple[Question, ...]:
    """Return all questions of `copier.yml`, in the order in which they are asked."""
    return tuple(
        _question(key, entry) for key, entry in document(root()).items() if not key.startswith("_")
    )


@cache
def document(folder: Path) -> dict[str, Any]:
    """Return the settings and questions of the `copier.yml` in a folder, as copier reads them."""
    return _read_yaml(folder / "copier.yml")


def questions(template: Template) -> tuple[Question, ...]:
    """Return the questions a user of the template may answer, the visible ones first."""
    always_or_here = ("True", f"template == '{template.id}'")
    own = [
        question
        for question in questionnaire()
        if not question.computed
        and question.key not in RESERVED
        and any(condition in question.when for condition in always_or_here)
    ]
    return tuple(sorted(own, key=lambda question: question.key not in template.questions))


def _template(folder: Path) -> Template:
    entry = tomllib.loads((folder / "template.toml").read_text(encoding="utf-8"))
    return Template(
        id=folder.name,
        title=entry["title"],
        summary=entry["summary"],
        proves=entry["proves"],
        command=entry["command"],
        questions=tuple(entry["questions"]),
        contains=tuple(entry["contains"]),
        stages=tuple(entry["stages"]),
        skills=tuple(entry["skills"]),
        copies=entry["copies"],
        columns=entry.get("columns", {}),
        bundles={key: BundlePlace(**place) for key, place in entry.get("bundles", {}).items()},
        renames=entry.get("renames", {}),
    )


def _question(key: str, entry: dict[str, Any]) -> Question:
    choices = entry.get("choices", {})
    if isinstance(choices, list):
        choices = {str(choice): str(choice) for choice in choices}
    else:
        choices = {str(value): label for label, value in choices.items()}
    when = entry.get("when", True)
    return Question(
        key=key,
        help=entry.get("help", ""),
        default=entry.get("default"),
        choices=choices,
        when=str(when),
        validator=entry.get("validator", ""),
        placeholder=entry.get("placeholder", ""),
        multiline=entry.get("multiline", False),
        computed=when is False,
    )


def _read_yaml(path: Path) -> dict[str, Any]:
    """Return the documents of a YAML file as one mapping, following `!include` as copier does."""
    import yaml

    def include(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> dict[str, Any]:
        return _read_yaml(path.parent / str(loader.construct_scalar(node)))

    fastest = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # PyYAML may lack its C part
    including: Any = type("IncludingLoader", (fastest,), {})
    including.add_constructor("!include", include)
    with path.open(encoding="utf-8") as stream:
        documents = list(yaml.load_all(stream, including))
    return {key: value for document in documents for key, value in document.items()}
