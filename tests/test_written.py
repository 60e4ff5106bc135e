"""Answers as they are written: words, and files of YAML."""

from __future__ import annotations

from pathlib import Path

import pytest

from mlscaffold import written
from mlscaffold.errors import (
    BadInputError,
)

YAML = "An answers file is YAML, one 'key: value' a line."


@pytest.mark.parametrize("word", ["license", "", "=", "=MIT", "🚀"])
def test_an_assignment_without_key_or_sign_is_refused(word: str) -> None:
    """`--set` takes KEY=VALUE and quotes what it got instead."""
    with pytest.raises(BadInputError) as caught:
        written.parse_assignments([word])
    assert (str(caught.value), caught.value.hint) == (
        f"'{word}' is no answer.",
        "Write --set KEY=VALUE.",
    )


def test_an_assignment_is_split_at_its_first_sign_only() -> None:
    """A value may hold anything, spaces and signs included; a later one wins."""
    assert written.parse_assignments(["a=1=2", "b= x ", "c=", "a=3"]) == {
        "a": "3",
        "b": " x ",
        "c": "",
    }


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (b"a: [", "is not valid YAML"),
        (b"a: b: c", "is not valid YAML"),
        pytest.param(b"a: " + b"[" * 5000, "is not valid YAML", id="deep"),
        (b"a: \x00", "is not valid YAML"),
        (b"- a", "holds no mapping"),
        (b"word", "holds no mapping"),
        (b"", "holds no mapping"),
        (b"a: \xff", "cannot be read: it is not UTF-8"),
        (b"? [a]\n: b", "is not valid YAML"),
    ],
)
def test_a_malformed_answers_file_is_refused(text: bytes, sentence: str, work: Path) -> None:
    """What is no mapping in YAML is no set of answers; the sentence names the file."""
    path = work / "answers.yml"
    path.write_bytes(text)
    with pytest.raises(BadInputError) as caught:
        written.read_file(path)
    assert (str(caught.value), caught.value.hint) == (
        f"The answers file '{path}' {sentence}.",
        YAML,
    )


@pytest.mark.parametrize("text", ["a: {b: c}", "a: [b]", "a:\n- b", "a:\n  b: c"])
def test_a_nested_answer_is_refused(text: str, work: Path) -> None:
    """Answers are plain text; the sentence names the key."""
    path = work / "answers.yml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadInputError) as caught:
        written.read_file(path)
    assert str(caught.value) == f"The answer 'a' in '{path}' is not a plain value."


@pytest.mark.parametrize(
    ("name", "reason"), [("none.yml", "No such file or directory"), (".", "Is a directory")]
)
def test_an_answers_file_that_cannot_be_read_is_refused(name: str, reason: str) -> None:
    """The system's reason comes through."""
    with pytest.raises(BadInputError) as caught:
        written.read_file(Path(name))
    assert str(caught.value) == f"The answers file '{name}' cannot be read: {reason}."


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("3.10", "3.10"),
        ("2024", "2024"),
        ("1_000", "1_000"),
        ("12:30", "12:30"),
        ("no", "no"),
        ("2024-01-02", "2024-01-02"),
        ("0x10", "0x10"),
        ("null", "null"),
        ("", ""),
        ('"a\\nb"', "a\nb"),
        ("|-\n  a\n  b", "a\nb"),
    ],
)
def test_an_answer_is_the_text_that_was_written(text: str, read: str, work: Path) -> None:
    """YAML's guesses at numbers, dates and truth would change what somebody said."""
    (work / "answers.yml").write_text(f"a: {text}\n", encoding="utf-8")
    assert written.read_file(work / "answers.yml") == {"a": read}


def test_a_project_s_own_answers_leave_its_version_behind(work: Path) -> None:
    """Another project's `.mlscaffold.yml` is an answers file; the version is ours to say."""
    (work / "a.yml").write_text("version: 0.0.1\nlicense: none\n", encoding="utf-8")
    assert written.read_file(work / "a.yml") == {"license": "none"}


RECORD = (
    "version: 0.0.1\nproject_name: Old One\npackage: old\ndescription: {about}\nlicense: none\n"
)


@pytest.mark.parametrize("about", ["Old One", "What it is"])
def test_another_project_s_name_is_left_behind_where_there_is_one(about: str, work: Path) -> None:
    """And a description that is no more than the name; what its owner wrote is taken."""
    (work / "a.yml").write_text(RECORD.format(about=about), encoding="utf-8")
    own = {} if about == "Old One" else {"description": about}
    assert written.read_file(work / "a.yml", named=True) == {"license": "none", **own}
    assert written.read_file(work / "a.yml")["package"] == "old"


def test_a_name_that_was_written_for_the_new_project_counts(work: Path) -> None:
    """A file of answers that is no project's record says what is meant."""
    (work / "a.yml").write_text("project_name: New One\n", encoding="utf-8")
    assert written.read_file(work / "a.yml", named=True) == {"project_name": "New One"}


def test_files_are_looked_for_where_the_answers_are(work: Path, home: Path) -> None:
    """As in another project's record; addresses, whole paths and no path stay what they are."""
    (work / "a").mkdir()
    text = f"csv: data/my data.csv\ntest_csv: {work}/x.csv\nbundle: ~/model\ntarget: data/y\n"
    (work / "a" / "a.yml").write_text(text, encoding="utf-8")
    assert written.read_file(Path("a/a.yml")) == {
        "csv": str(Path("a/data/my data.csv")),
        "test_csv": str(work / "x.csv"),
        "bundle": str(home / "model"),
        "target": "data/y",
    }
    address = {"csv": "https://example.org/t.csv", "test_csv": ""}
    (work / "b.yml").write_text("".join(f"{k}: {v}\n" for k, v in address.items()))
    assert written.read_file(work / "b.yml") == address
