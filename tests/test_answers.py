"""From what was typed to complete answers, or to a refusal that helps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mlscaffold import answers, catalog
from mlscaffold.errors import (
    InvalidAnswerError,
    InvalidNameError,
    MissingAnswerError,
    ScaffoldError,
    UnknownNameError,
)
from tests.support import TEMPLATES, resolve, write_bundle

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from mlscaffold.catalog import Question, Template

YAML = "An answers file is YAML, one 'key: value' a line."


def refusal(template: str = "service", **given: str) -> tuple[type[ScaffoldError], str, str]:
    """Return kind, sentence and hint of the refusal that the answers meet."""
    with pytest.raises(ScaffoldError) as caught:
        resolve(template, **given)
    return caught.type, str(caught.value), caught.value.hint


def test_an_unknown_key_is_refused_with_the_nearest() -> None:
    """The list holds what this template takes."""
    kind, sentence, hint = refusal("pipeline", licence="MIT")
    assert kind is UnknownNameError
    assert sentence == "There is no answer 'licence'."
    assert hint == (
        "Did you mean 'license'? Known: author, description, email, engine, github_owner, "
        "license, orchestrator, package, problem, project_name, python, source, warehouse."
    )


def test_an_unknown_choice_is_refused_with_the_nearest() -> None:
    """The list holds the choices."""
    assert refusal(license="mit") == (
        UnknownNameError,
        "There is no choice for license 'mit'.",
        "Did you mean 'MIT'? Known: Apache-2.0, BSD-3-Clause, MIT, none.",
    )


@pytest.mark.parametrize("key", ["version", "distribution", "_subdirectory"])
def test_what_is_not_the_user_s_to_say_is_unknown(key: str) -> None:
    """Answers that `new` fills in or works out cannot be set."""
    kind, sentence, _ = refusal(**{key: "x"})
    assert (kind, sentence) == (UnknownNameError, f"There is no answer '{key}'.")


@pytest.mark.parametrize(
    ("template", "given", "key"),
    [
        ("service", {"data": "sample"}, "data"),
        ("pipeline", {"csv": "x.csv"}, "csv"),
        ("experiment", {"csv": "x.csv"}, "csv"),
        ("experiment", {"data": "sample", "target": "y"}, "target"),
    ],
)
def test_an_answer_without_meaning_here_is_refused(
    template: str, given: dict[str, str], key: str
) -> None:
    """An answer that would be dropped in silence is most likely a mistake."""
    kind, sentence, hint = refusal(template, **given)
    assert (kind, sentence) == (InvalidAnswerError, f"'{key}' has no meaning for this {template}.")
    assert hint.startswith("With these answers it takes: author, ")
    assert key not in hint.split()


@pytest.mark.parametrize(
    ("key", "value", "sentence"),
    [
        ("project_name", "a/b", "The project name 'a/b' is a path."),
        ("author", "  ", "A project has an author."),
        ("email", "a b@c", "An e-mail address looks like name@example.org."),
        ("email", "a@b@c", "An e-mail address looks like name@example.org."),
        ("email", "<a@b>", "An e-mail address looks like name@example.org."),
        ("github_owner", "a/b", "A GitHub name holds letters, digits and hyphens."),
        ("github_owner", "ä", "A GitHub name holds letters, digits and hyphens."),
        ("author", "a\nb", "The answer to author holds a line break, which it cannot."),
        ("author", "a\tb", "The answer to author holds U+0009, which it cannot."),
        ("problem", "a\rb", "The answer to problem holds a line break, which it cannot."),
        ("problem", "a\x1bb", "The answer to problem holds U+001B, which it cannot."),
        ("problem", "a\x7fb", "The answer to problem holds U+007F, which it cannot."),
        ("problem", "a\x85b", "The answer to problem holds U+0085, which it cannot."),
        ("problem", "a\u2028b", "The answer to problem holds U+2028, which it cannot."),
        ("problem", "a\udcffb", "The answer to problem holds U+DCFF, which it cannot."),
        ("problem", "a\uffffb", "The answer to problem holds U+FFFF, which it cannot."),
    ],
)
def test_an_answer_that_its_question_refuses(key: str, value: str, sentence: str) -> None:
    """A validator's sentence is the error, and the hint says how to answer again."""
    kind, said, hint = refusal(**{key: value})
    assert kind in {InvalidAnswerError, InvalidNameError}
    assert said == sentence
    assert "--set" in hint


def test_a_csv_file_that_is_not_there_is_refused() -> None:
    """An answer that names a file of the owner's is held against the disk."""
    assert refusal("experiment", data="csv", csv="none.csv", target="y") == (
        InvalidAnswerError,
        "There is no file 'none.csv'.",
        "Give the path of a file: --set csv=PATH.",
    )


@pytest.mark.parametrize("key", ["target", "id_column", "group_column", "time_column"])
@pytest.mark.parametrize("header", ["Size;Churned", '\ufeff"Size","Churned"', "Size\tChurned\r"])
def test_a_column_that_the_csv_file_does_not_have_is_refused(
    work: Path, key: str, header: str
) -> None:
    """A mistyped target would be found only by the first run; the header is there already."""
    (work / "x.csv").write_text(f"{header}\n1,2\n", encoding="utf-8")
    given = {"data": "csv", "csv": "x.csv", "target": "Churned"}
    assert refusal("experiment", **(given | {key: "churn"})) == (
        UnknownNameError,
        f"There is no column for {key} 'churn'.",
        "Did you mean 'Churned'? Known: Churned, Size.",
    )
    resolve("experiment", **(given | {key: "Churned"}))


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b'"a\nb",c\n', b" \n"])
def test_an_odd_header_is_left_to_the_project(work: Path, content: bytes) -> None:
    """What is wrong with a file is said by who reads all of it."""
    (work / "x.csv").write_bytes(content)
    resolve("experiment", data="csv", csv="x.csv", target="y")


def test_a_csv_file_may_be_on_the_web() -> None:
    """Its address is an answer as it is, and nobody asks the network."""
    address = "https://example.org/a%20table.csv?raw=1"
    resolved = resolve(
        "experiment", data="csv", csv=address, target="y", test_csv="http://example.org/t.csv"
    )
    assert resolved["csv"] == address
    assert refusal("experiment", data="csv", csv="ftp://example.org/t.csv", target="y")[1] == (
        "There is no file 'ftp://example.org/t.csv'."
    )


def test_a_test_file_that_is_not_there_is_refused(work: Path) -> None:
    """Only its absence is allowed, not a wrong path."""
    (work / "x.csv").write_text("a,b\n", encoding="utf-8")
    given = {"data": "csv", "csv": "x.csv", "target": "b"}
    assert resolve("experiment", **given)["test_csv"] == ""
    assert refusal("experiment", test_csv="none.csv", **given)[1] == "There is no file 'none.csv'."


@pytest.mark.parametrize(
    ("competition", "sentence"),
    [
        ("", "With data=kaggle the name of a competition is needed."),
        (
            "https://www.kaggle.com/competitions/titanic/overview",
            "A competition is named by one part of its address alone: titanic.",
        ),
        (
            "https://www.kaggle.com/c/titanic?tab=1",
            "A competition is named by one part of its address alone: titanic.",
        ),
        ("the titanic", "The name of a competition holds letters, digits and hyphens."),
    ],
)
def test_a_competition_is_named_by_its_slug(competition: str, sentence: str) -> None:
    """Its whole address is refused with the part that is meant."""
    assert refusal("experiment", data="kaggle", competition=competition)[1] == sentence
    assert resolve("experiment", data="kaggle", competition="spaceship-titanic")["target"] == ""


@pytest.mark.parametrize("number", ["", "0", "-1", "1.5", "credit-g", "31 ", "²"])
def test_a_table_of_openml_is_named_by_its_number(number: str) -> None:
    """Names are not unique there."""
    said = refusal("experiment", data="openml", openml=number)[1]
    assert said == "A table of OpenML is named by a whole number, as in openml.org/d/31."
    assert resolve("experiment", data="openml", openml="31")["openml"] == "31"


@pytest.mark.parametrize("name", ["~nobody-of-that-name/x.csv", "x" * 5000, "."])
def test_a_csv_path_that_no_disk_holds_is_refused(name: str) -> None:
    """Paths that the system itself chokes on are files that are not there."""
    _, sentence, _ = refusal("experiment", data="csv", csv=name, target="y")
    assert sentence == f"There is no file '{name}'."


@pytest.mark.parametrize("missing", ["csv", "target"])
def test_a_required_answer_that_is_missing_is_named(missing: str, work: Path) -> None:
    """Where no default can be, even accepting defaults cannot help."""
    (work / "x.csv").touch()
    given = {"data": "csv", "csv": "x.csv", "target": "y"}
    del given[missing]
    kind, sentence, hint = refusal("experiment", **given)
    assert kind is MissingAnswerError
    assert sentence == f"'{missing}' must be answered, and there is no terminal to ask at."
    assert hint.startswith(f"Give --set {missing}=VALUE. ")


def test_a_visible_question_is_not_passed_over_in_silence() -> None:
    """Without a terminal and without accepting defaults, the flag for each is named."""
    with pytest.raises(MissingAnswerError) as caught:
        answers.resolve(
            catalog.template("service"),
            {"project_name": "x"},
            suggestions={},
            version="1",
            prompter=None,
            accept_defaults=False,
        )
    assert caught.value.hint.startswith(
        "Give --set problem=VALUE, or --yes to accept the defaults. "
    )


@pytest.mark.parametrize("name", TEMPLATES)
def test_defaults_answer_everything_but_the_name(name: str) -> None:
    """A name is all that a project needs to be told."""
    resolved = resolve(name)
    assert resolved["package"] == "late_or_not"
    assert resolved["license"] == "MIT"
    assert resolved["problem"] == ""
    assert resolved["description"] == "Late Or Not"


def test_a_package_saves_a_name_that_gives_none() -> None:
    """Somebody whose language has other letters gives the package beside the name."""
    assert resolve("service", project_name="مشروع", package="project")["project_name"] == "مشروع"


def test_a_bad_package_is_refused_beside_a_good_name() -> None:
    """What is typed for the package is judged as strictly as what follows from the name."""
    _, sentence, _ = refusal(package="numpy")
    assert sentence == "The package name 'numpy' is a package that projects of this kind import."


def suggested(**suggestions: str) -> dict[str, str]:
    """Return the answers that git and Python suggest, with a name given."""
    return answers.resolve(
        catalog.template("service"),
        {"project_name": "x", "license": "none"},
        suggestions=suggestions,
        version="1",
        prompter=None,
    )


def test_a_suggestion_comes_before_a_default_and_after_what_was_given() -> None:
    """What git knows is better than nothing and worse than what somebody typed."""
    resolved = suggested(author="Ada", license="MIT")
    assert resolved["author"] == "Ada"
    assert resolved["license"] == "none"


@pytest.mark.parametrize(
    ("key", "value", "default"),
    [("python", "2.7", "3.12"), ("github_owner", "a b", ""), ("author", "a\x1bb", "The authors")],
)
def test_a_suggestion_that_its_question_refuses_is_passed_over(
    key: str, value: str, default: str
) -> None:
    """A strange git configuration breaks nothing."""
    assert suggested(**{key: value})[key] == default


@pytest.mark.parametrize("text", ["{{ 7*7 }}", "{% raw %}", "{# x #}", "${x}", "\\", "'\""])
def test_an_answer_is_never_evaluated(text: str) -> None:
    """What looks like a template is text, also where a default is made of it."""
    resolved = resolve("service", project_name=text, package="x", author=text, problem=text)
    assert {resolved[key] for key in ("project_name", "author", "problem", "description")} == {text}


class Person:
    """Somebody who answers by a script, trying each answer until one is taken."""

    def __init__(self, **tries: Sequence[str]) -> None:
        """Remember what to try for each question."""
        self.tries = tries
        self.asked: list[str] = []
        self.objections: list[str | None] = []

    def pick(self, templates: Sequence[Template]) -> str:
        """Take the last template."""
        return templates[-1].id

    def answer(
        self, question: Question, default: str | None, check: Callable[[str], str | None]
    ) -> str:
        """Answer with the first try that is not refused, or with the default."""
        self.asked.append(question.key)
        for value in self.tries.get(question.key, ()):
            self.objections.append(check(value))
            if self.objections[-1] is None:
                return value
        assert default is not None
        return default


def ask(person: Person, template: str, **given: str) -> dict[str, str]:
    """Return the answers that a person and a template come to."""
    return answers.resolve(
        catalog.template(template), given, suggestions={}, version="1", prompter=person
    )


def test_a_person_is_asked_what_applies_and_was_not_given() -> None:
    """A question that an earlier answer makes pointless is not put."""
    person = Person(problem=["Who?"])
    resolved = ask(person, "experiment", project_name="x")
    assert person.asked == ["problem", "data"]
    assert resolved["problem"] == "Who?"


def test_a_bundle_is_looked_at_while_it_is_asked_for(work: Path) -> None:
    """Who mistypes its path is told at once, and may leave it out."""
    write_bundle(work / "broken", sums=b"")
    write_bundle(work / "model")
    person = Person(bundle=["none", "broken", "model"])
    assert ask(person, "service", project_name="x")["bundle"] == "model"
    missing, broken, fine = person.objections
    assert missing == "There is no folder 'none'."
    assert str(broken).startswith("'broken' is no sound model bundle: model.onnx is not the file")
    assert fine is None
    assert ask(Person(bundle=[""]), "service", project_name="x")["bundle"] == ""


def test_an_answer_opens_further_questions(work: Path) -> None:
    """Who picks a CSV file is asked for its path and its target."""
    (work / "x.csv").touch()
    person = Person(data=["csv"], csv=["none.csv", "x.csv"], target=["", "y"])
    resolved = ask(person, "experiment", project_name="x")
    assert person.asked == ["problem", "data", "csv", "target"]
    assert (resolved["csv"], resolved["target"]) == ("x.csv", "y")
    assert person.objections == [
        None,
        "There is no file 'none.csv'.",
        None,
        "With data=csv the name of the target column is needed.",
        None,
    ]
