"""What a project says of itself, and what GitHub takes."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

import pytest

from mlscaffold.errors import InvalidAnswerError, InvalidNameError
from mlscaffold.publishing import particulars
from tests.support import TEMPLATES, make, roadmap

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_generated_project_names_its_topics(template: str, work: Path) -> None:
    """Each skill of its template that says what it is about, as GitHub takes it."""
    make(template, work / "late-or-not", git=False, description="Late, or not?", github_owner="ada")
    about = particulars.of(work / "late-or-not")
    assert (about.name, about.description, about.github_owner) == (
        "late-or-not",
        "Late, or not?",
        "ada",
    )
    assert about.homepage == ""
    assert particulars.check_topics(about.topics) == about.topics
    assert "python" in about.topics
    assert not {"git", "github", "personal-project"} & set(about.topics)


def test_every_skill_makes_a_topic() -> None:
    """Whatever template will name it."""
    for skill in chain.from_iterable(roadmap().values()):
        topic = particulars.topic(skill)
        assert particulars.check_topics([topic]) == (topic,)
    assert particulars.topic("C++") == "cpp"
    assert particulars.topic("scikit-learn") == "scikit-learn"


def test_any_folder_has_a_name(work: Path) -> None:
    """As GitHub would write it; it says no more of itself."""
    folder = work / "My häppy project"
    folder.mkdir()
    about = particulars.of(folder)
    assert about == particulars.Particulars("My-happy-project", "", "", (), "")


def test_a_project_of_another_tool_speaks_in_its_metadata(work: Path) -> None:
    """The description in one line, and the first address that is a page."""
    (work / "pyproject.toml").write_text(
        '[project]\nname = "x"\ndescription = """Two\\nlines"""\n'
        '[project.urls]\nSource = "https://a.example"\nHomepage = "https://b.example"\n',
        encoding="utf-8",
    )
    about = particulars.of(work)
    assert (about.name, about.description, about.homepage) == (
        "work",
        "Two lines",
        "https://b.example",
    )


@pytest.mark.parametrize(
    "text",
    ["", "[", 'project = "x"', "[project]\nurls = 3", "\x00", '[project.urls]\nHomepage = "x"'],
)
def test_metadata_that_cannot_be_read_say_nothing(text: str, work: Path) -> None:
    """They are for others to complain about."""
    (work / "pyproject.toml").write_text(text, encoding="utf-8")
    (work / ".mlscaffold.yml").write_text(text, encoding="utf-8")
    assert particulars.of(work) == particulars.Particulars("work", "", "", (), "")


@pytest.mark.parametrize("name", ["", ".", "..", "a b", "a/b", "é", "x" * 101, "x.git", "x\ny"])
def test_names_that_github_would_change_are_refused(name: str) -> None:
    """It would make another name of them, and the remote would lead nowhere."""
    with pytest.raises(InvalidNameError, match="is not one that GitHub takes"):
        particulars.check_name(name)


@pytest.mark.parametrize("owner", ["", "-a", "a/b", "a b", "../a", "x" * 101])
def test_owners_that_cannot_be_are_refused(owner: str) -> None:
    """Before they become a part of an address."""
    with pytest.raises(InvalidNameError, match="is no name that GitHub takes"):
        particulars.check_owner(owner)


@pytest.mark.parametrize(
    ("topic", "hint"),
    [
        ("Machine Learning", "Write --topic machine-learning."),
        ("C++", "Write --topic cpp."),
        ("ünï", "Write --topic uni."),
        ("日本 ai", "Write it in those, or leave it out."),
        ("-x", "Write --topic x."),
        ("é", "Write --topic e."),
        ("!", "Write it in those, or leave it out."),
        ("x" * 51, f"Write --topic {'x' * 50}."),
    ],
)
def test_topics_that_github_refuses(topic: str, hint: str) -> None:
    """The hint has what it would take."""
    with pytest.raises(InvalidAnswerError, match="is no topic that GitHub takes") as caught:
        particulars.check_topics([topic])
    assert caught.value.hint == hint


def test_topics_are_at_most_twenty() -> None:
    """Each counts once, and an empty one stands for none."""
    assert particulars.check_topics(["a", "a", "", "b"]) == ("a", "b")
    with pytest.raises(InvalidAnswerError, match="These are 21 topics, and GitHub takes 20"):
        particulars.check_topics([f"x{number}" for number in range(21)])
