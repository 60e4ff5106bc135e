"""From what was typed to the complete answers of a template.

An answer is taken from the first place that has it: `--set`, the answers file, the terminal, the
suggestions (the git configuration, the running Python), the question's own default.
"""

from __future__ import annotations

import unicodedata
from functools import cache
from typing import TYPE_CHECKING, Protocol

from mlscaffold import bundles, catalog, names, tables
from mlscaffold.catalog import questionnaire
from mlscaffold.errors import (
    BadInputError,
    InvalidAnswerError,
    InvalidNameError,
    MissingAnswerError,
    UnknownNameError,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from jinja2.sandbox import SandboxedEnvironment

    from mlscaffold.catalog import Question, Template


class Prompter(Protocol):
    """Whatever can ask a person."""

    def pick(self, templates: Sequence[Template]) -> str:
        """Return the name of the template that the person picks."""

    def answer(
        self, question: Question, default: str | None, check: Callable[[str], str | None]
    ) -> str:
        """Return the answer to a question; `check` says what is wrong with one, or None."""


def resolve(
    template: Template,
    given: Mapping[str, str],
    *,
    suggestions: Mapping[str, str],
    version: str,
    prompter: Prompter | None,
    accept_defaults: bool = True,
    recorded: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """Return a valid answer to every question that applies to the template.

    `prompter` puts the template's visible questions to a person; without it, and without
    `accept_defaults`, a visible question that was not answered is an error. `recorded` are answers
    that a project was made with: they hold where none is given, unless their question has gone,
    and name files that are in the project, or were on the machine that made it.

    Raises:
        BadInputError: an answer is unknown, invalid, missing or without meaning here.
    """
    recorded = recorded or {}
    known = {**recorded, **given}
    answers = {"template": template.id, "version": version}
    unused = dict(given)
    for question in questionnaire():
        key = question.key
        if question.computed or key in catalog.RESERVED or not _applies(question, answers):
            continue

        def check(value: str, question: Question = question) -> str | None:
            return objection(question, value, template, {**known, **answers})

        if key in unused:
            answers[key] = unused.pop(key)
        elif key in recorded:
            fresh = {name: value for name, value in answers.items() if name not in recorded}
            context = {**known, **answers}
            _require_held(question, recorded[key], template, context, {**fresh, **given})
            answers[key] = recorded[key]
            continue
        else:
            default = _default(question, answers, suggestions, check)
            visible = key in template.questions
            if visible and prompter is not None:
                answers[key] = prompter.answer(question, default, check)
            elif default is None or (visible and not accept_defaults):
                raise _missing(question, default)
            else:
                answers[key] = default
        problem = _check(question, answers[key], template, {**known, **answers})
        if problem:
            raise problem
    if unused:
        raise _superfluous(template, unused, answers)
    return answers


def _require_held(
    question: Question,
    value: str,
    template: Template,
    answers: Mapping[str, str],
    fresh: Mapping[str, str],
) -> None:
    """Refuse a recorded answer that its question takes no more; `fresh` are those given today.

    Raises:
        InvalidAnswerError: with the reason.
    """
    problem = _check_value(question, value, answers) or _check_column(
        question.key, value, template, fresh
    )
    if problem:
        another = f"Give another: --set {question.key}=VALUE."
        raise InvalidAnswerError(
            f"The project's answer {question.key}={value} holds no longer: {problem}",
            another if problem.hint == another else f"{another} {problem.hint}",
        )


def objection(
    question: Question, value: str, template: Template, answers: Mapping[str, str]
) -> str | None:
    """Return why the question refuses the value, in one sentence, or None."""
    problem = _check(question, value, template, answers)
    return None if problem is None else str(problem)


def _check(
    question: Question, value: str, template: Template, answers: Mapping[str, str]
) -> BadInputError | None:
    key = question.key
    problem = _check_value(question, value, answers)
    if problem:
        return problem
    if key in template.copies and value and not tables.is_there(value):
        return InvalidAnswerError(
            f"There is no file '{value}'.", f"Give the path of a file: --set {key}=PATH."
        )
    if key in template.bundles and value:
        try:
            bundles.read(value)
        except InvalidAnswerError as error:
            return error
    return _check_column(key, value, template, answers)


def _check_value(
    question: Question, value: str, answers: Mapping[str, str]
) -> BadInputError | None:
    """Return what is wrong with an answer, whatever files there are."""
    key = question.key
    if question.choices and value not in question.choices:
        return UnknownNameError(f"choice for {key}", value, question.choices)
    if key in {"project_name", "package"}:
        try:
            _check_names(key, value, answers)
        except InvalidNameError as error:
            return error
    sentence = _bad_characters(question, value) or _evaluate(
        question.validator, {**answers, key: value}
    )
    if sentence:
        return InvalidAnswerError(f"{sentence}", f"Give another: --set {key}=VALUE.")
    return None


def _check_column(
    key: str, value: str, template: Template, answers: Mapping[str, str]
) -> BadInputError | None:
    """Return what is wrong with the name of a column of a file that another answer names."""
    for file, columns in template.columns.items():
        if key not in columns or not value:
            continue
        known = tables.header(answers.get(file, ""))
        if known and value not in known:
            return UnknownNameError(f"column for {key}", value, known)
    return None


def _check_names(key: str, value: str, answers: Mapping[str, str]) -> None:
    if key == "package":
        names.check_package(value)
    elif "package" not in answers:
        names.package(value)


def _bad_characters(question: Question, value: str) -> str | None:
    """Return what no file of the project could hold: control characters and broken Unicode."""
    allowed = "\n\t" if question.multiline else ""
    for character in value:
        if character in allowed:
            continue
        if unicodedata.category(character) in {"Cc", "Cs", "Cn", "Zl", "Zp"}:
            what = "a line break" if character in "\r\n" else f"U+{ord(character):04X}"
            return f"The answer to {question.key} holds {what}, which it cannot."
    return None


def _default(
    question: Question,
    answers: Mapping[str, str],
    suggestions: Mapping[str, str],
    check: Callable[[str], str | None],
) -> str | None:
    """Return the suggestion if the question takes it, else the question's own default."""
    suggestion = suggestions.get(question.key)
    if suggestion and check(suggestion) is None:
        return suggestion
    if question.key == "package":
        return names.package(answers["project_name"])
    if question.default is None:
        return None
    default = _evaluate(question.default, answers)
    return default if default or check("") is None else None


def _applies(question: Question, answers: Mapping[str, str]) -> bool:
    return _evaluate(question.when, answers).lower() == "true"


def _missing(question: Question, default: str | None) -> MissingAnswerError:
    otherwise = "" if default is None else ", or --yes to accept the defaults"
    return MissingAnswerError(
        f"'{question.key}' must be answered, and there is no terminal to ask at.",
        f"Give --set {question.key}=VALUE{otherwise}. {question.help}",
    )


def _superfluous(
    template: Template, unused: Mapping[str, str], answers: Mapping[str, str]
) -> BadInputError:
    key = next(iter(unused))
    known = {question.key: question for question in questionnaire() if not question.computed}
    valid = [name for name in known if name in answers and name not in catalog.RESERVED]
    if key in known and key not in catalog.RESERVED:
        return InvalidAnswerError(
            f"'{key}' has no meaning for this {template.id}.",
            f"With these answers it takes: {', '.join(sorted(valid))}.",
        )
    return UnknownNameError("answer", key, valid)


def _evaluate(expression: str, answers: Mapping[str, str]) -> str:
    """Return what a Jinja expression of the questionnaire yields, in the sandbox copier uses."""
    if "{" not in expression:
        return expression.strip()
    return _environment().from_string(expression).render(answers).strip()


@cache
def _environment() -> SandboxedEnvironment:
    from jinja2 import StrictUndefined
    from jinja2.sandbox import SandboxedEnvironment

    return SandboxedEnvironment(undefined=StrictUndefined)
