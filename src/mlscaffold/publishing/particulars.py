"""What a project says of itself, for the page it will have: its name, description and topics."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mlscaffold import catalog, names, written
from mlscaffold.errors import InvalidAnswerError, InvalidNameError, ScaffoldError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

ANSWERS = ".mlscaffold.yml"
NAME = re.compile(r"[A-Za-z0-9._-]{1,100}")
REMOTE = re.compile(r"\w[\w.-]*(/\w[\w.-]*)*")
PAGE = re.compile(r"https?://[^\s/?#]+\S*")
TOPIC = re.compile(r"[a-z0-9][a-z0-9-]{0,49}")
MOST_TOPICS = 20
LONGEST_DESCRIPTION = 350
HABITS = frozenset({"Git", "GitHub", "Personal project", "Open source"})
"""Skills that say how somebody works, and not what a repository is about."""


@dataclass(frozen=True)
class Particulars:
    """What stands in a project's own files; empty where they say nothing.

    `github_owner` is whom the project's links name.
    """

    name: str
    description: str
    homepage: str
    topics: tuple[str, ...]
    github_owner: str


def of(folder: Path) -> Particulars:
    """Return what the project in a folder says of itself; a repository of any kind has a name."""
    answered: dict[str, str] = {}
    with suppress(ScaffoldError):
        answered = written.read_file(folder / ANSWERS)
    project = _project(folder)
    package = answered.get("package", "")
    name = names.distribution(package) if package else _cleaned(folder.name)
    description = str(project.get("description") or answered.get("description", ""))
    if description in {name, answered.get("project_name"), project.get("name")}:
        description = ""
    return Particulars(
        name=name,
        description=" ".join(description.split())[:LONGEST_DESCRIPTION],
        homepage=_homepage(project),
        topics=_topics(answered.get("template", "")),
        github_owner=answered.get("github_owner", ""),
    )


def check_name(name: str) -> str:
    """Return a repository's name if GitHub takes it as it is.

    Raises:
        InvalidNameError: GitHub would refuse or change it.
    """
    if not NAME.fullmatch(name) or name in {".", ".."} or name.endswith((".git", ".wiki")):
        raise InvalidNameError(
            f"The repository name '{name[:100]}' is not one that GitHub takes.",
            "Use at most 100 letters, digits, hyphens, underscores and dots: --name NAME.",
        )
    return name


def check_owner(owner: str) -> str:
    """Return an owner's name if GitHub could know one.

    Raises:
        InvalidNameError: it could not.
    """
    if not re.fullmatch(r"[A-Za-z0-9]([A-Za-z0-9_-]{0,98}[A-Za-z0-9])?", owner):
        raise InvalidNameError(
            f"The owner '{owner[:100]}' is no name that GitHub takes.",
            "Give a user's or an organisation's name: --owner NAME.",
        )
    return owner


def check_remote(remote: str) -> str:
    """Return a remote's name if git takes it for one, and for no option.

    Raises:
        InvalidNameError: it would not.
    """
    if not REMOTE.fullmatch(remote) or ".." in remote or remote.endswith((".lock", ".")):
        raise InvalidNameError(
            f"The remote name '{remote[:100]}' is not one that git takes.",
            "Use letters, digits, hyphens, underscores and dots: --remote NAME.",
        )
    return remote


def check_description(description: str) -> str:
    """Return a description if GitHub takes it; an empty one stands for none.

    Raises:
        InvalidAnswerError: it has several lines, or is too long.
    """
    if not description.isprintable() or len(description) > LONGEST_DESCRIPTION:
        raise InvalidAnswerError(
            f"The description is not one line of at most {LONGEST_DESCRIPTION} characters.",
            "Say in one sentence what the project is: --description TEXT.",
        )
    return description


def check_homepage(homepage: str) -> str:
    """Return the address of a page if it is one; an empty one stands for none.

    Raises:
        InvalidAnswerError: it is none.
    """
    if homepage and not PAGE.fullmatch(homepage):
        raise InvalidAnswerError(
            f"The homepage '{homepage[:100]}' is no address of a page.",
            "Write it with its beginning: --homepage https://example.org.",
        )
    return homepage


def check_topics(topics: Iterable[str]) -> tuple[str, ...]:
    """Return topics, each once, if GitHub takes them; an empty one stands for none.

    Raises:
        InvalidAnswerError: it would refuse one of them, or so many.
    """
    given = tuple(dict.fromkeys(name for name in topics if name))
    for name in given:
        if not TOPIC.fullmatch(name):
            likely = topic(name) if unaccented(name).isascii() else ""
            raise InvalidAnswerError(
                f"'{name}' is no topic that GitHub takes: it must be at most 50 lowercase "
                "letters, digits and hyphens.",
                f"Write --topic {likely}." if likely else "Write it in those, or leave it out.",
            )
    if len(given) > MOST_TOPICS:
        raise InvalidAnswerError(
            f"These are {len(given)} topics, and GitHub takes {MOST_TOPICS}.",
            "Leave some of the --topic options out.",
        )
    return given


def _topics(template: str) -> tuple[str, ...]:
    """Return the topics that a template's skills make."""
    known = [entry for entry in catalog.templates() if entry.id == template]
    skills = [skill for entry in known for skill in entry.skills if skill not in HABITS]
    return tuple(dict.fromkeys(filter(None, map(topic, skills))))[:MOST_TOPICS]


def topic(words: str) -> str:
    """Return what words are as a topic; empty where nothing is left of them."""
    folded = unaccented(words).lower().replace("++", "pp").replace("#", "sharp")
    return re.sub(r"[^a-z0-9]+", "-", folded).strip("-")[:50].strip("-")


def unaccented(words: str) -> str:
    """Return words without accents and the like."""
    return re.sub(r"[\u0300-\u036f]", "", unicodedata.normalize("NFKD", words))


def _project(folder: Path) -> dict[str, Any]:
    with suppress(OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        document = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))
        project = document.get("project", {})
        return project if isinstance(project, dict) else {}
    return {}


def _homepage(project: dict[str, Any]) -> str:
    urls = project.get("urls")
    entries = urls.items() if isinstance(urls, dict) else ()
    labelled = {str(label).lower().replace(" ", "").replace("-", ""): url for label, url in entries}
    for label in ("homepage", "demo", "documentation", "docs"):
        url = str(labelled.get(label, ""))
        if url.startswith(("https://", "http://")):
            return url
    return ""


def _cleaned(name: str) -> str:
    """Return a folder's name as GitHub would write it."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", unaccented(name)).strip("-") or name
