"""The templates, their questions and the vocabulary they draw from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import yaml
from jinja2 import Environment

from mlscaffold import __version__, catalog
from mlscaffold.errors import UnknownNameError
from tests.support import TEMPLATES, roadmap

if TYPE_CHECKING:
    from mlscaffold.catalog import Question

BY_KEY = {question.key: question for question in catalog.questionnaire()}


def test_an_unknown_template_is_refused_with_the_nearest() -> None:
    """The near miss and the list help out."""
    with pytest.raises(UnknownNameError) as caught:
        catalog.template("experment")
    assert str(caught.value) == "There is no template 'experment'."
    assert caught.value.hint == ("Did you mean 'experiment'? Known: experiment, pipeline, service.")


def test_the_templates_come_in_the_order_of_a_growing_portfolio() -> None:
    """The list is not the alphabet's."""
    assert TEMPLATES == ["experiment", "service", "pipeline"]


def test_the_choices_of_the_questionnaire_are_the_folders_there_are() -> None:
    """A template that plain copier offers is one that `list` shows, and the other way round."""
    assert set(BY_KEY["template"].choices) == set(TEMPLATES)


def test_the_version_in_the_questionnaire_is_the_package_s() -> None:
    """A project made by plain copier remembers the same version as one made by `new`."""
    assert BY_KEY["version"].default == __version__


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_asks_five_questions_at_most(name: str) -> None:
    """Nobody wants to fill in a form, whichever data they have."""
    asked = [BY_KEY[key] for key in catalog.template(name).questions]
    for data in BY_KEY["data"].choices:
        answers = {"template": name, "data": data}
        rendered = [
            Environment(autoescape=True).from_string(question.when).render(answers)
            for question in asked
        ]
        assert rendered.count("True") <= 5


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_asks_what_the_questionnaire_has(name: str) -> None:
    """No question is named that does not exist, is computed, or is filled in by `new`."""
    asked = [BY_KEY[key] for key in catalog.template(name).questions]
    assert not [q.key for q in asked if q.computed or q.key in {"template", "version"}]


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_asks_for_the_name_and_the_problem_first(name: str) -> None:
    """Every project begins with what it is about."""
    assert catalog.template(name).questions[:2] == ("project_name", "problem")


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_speaks_the_words_of_the_roadmap(name: str) -> None:
    """Skills and stages come from one vocabulary, so that portfolios can be compared."""
    template = catalog.template(name)
    assert set(template.stages) <= roadmap().keys()
    assert set(template.skills) <= set().union(*roadmap().values())


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_has_a_skill_in_each_of_its_stages(name: str) -> None:
    """A stage that is claimed is shown, and no skill belongs to a stage that is not claimed."""
    template = catalog.template(name)
    assert all(set(roadmap()[stage]) & set(template.skills) for stage in template.stages)


def test_no_skill_is_in_two_stages() -> None:
    """Each word of the vocabulary has one place."""
    skills = [skill for stage in roadmap().values() for skill in stage]
    assert len(skills) == len(set(skills))


@pytest.mark.parametrize("question", catalog.questionnaire(), ids=lambda question: question.key)
def test_every_question_says_what_it_is_about(question: Question) -> None:
    """The help line is what a person reads at the prompt and in `show`."""
    assert question.help


def test_questions_come_with_the_visible_ones_first() -> None:
    """`show` lists what is asked before what can be set, and leaves out what `new` fills in."""
    keys = [question.key for question in catalog.questions(catalog.template("experiment"))]
    assert keys[:5] == ["project_name", "problem", "data", "csv", "competition"]
    assert keys[5:7] == ["openml", "target"]
    assert {"author", "id_column", "test_csv"} <= set(keys[7:])
    assert not {"template", "version", "distribution"} & set(keys)


@pytest.mark.parametrize(("name", "meant"), [("experiment", True), ("service", False)])
def test_questions_leave_out_those_of_other_templates(name: str, *, meant: bool) -> None:
    """A question that belongs to one template is shown with that one."""
    keys = [question.key for question in catalog.questions(catalog.template(name))]
    assert ("csv" in keys) is ("time_column" in keys) is meant


def test_a_choice_has_its_label() -> None:
    """A mapping of labels to values and a plain list of values are both understood."""
    assert list(BY_KEY["data"].choices) == ["sample", "csv", "kaggle", "openml"]
    assert BY_KEY["data"].choices["openml"] == "A table of OpenML"
    assert BY_KEY["license"].choices["none"] == "none"


def test_a_question_without_a_default_must_be_answered() -> None:
    """The name of the project is the one thing that nobody can guess."""
    required = [q.key for q in catalog.questionnaire() if q.default is None]
    assert required == ["template", "project_name"]


def test_every_file_of_questions_is_included() -> None:
    """A file in `questions/` that nothing reads would be a question nobody is asked."""
    text = (catalog.root() / "copier.yml").read_text(encoding="utf-8")
    for path in (catalog.root() / "questions").iterdir():
        assert f"!include questions/{path.name}" in text
        assert isinstance(yaml.safe_load(path.read_text(encoding="utf-8")), dict)
