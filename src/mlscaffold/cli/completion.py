"""What the shell may propose."""

from __future__ import annotations

from typing import TYPE_CHECKING

from click.shell_completion import CompletionItem

from mlscaffold import catalog

if TYPE_CHECKING:
    from collections.abc import Iterable

    import click

    from mlscaffold.catalog import Question


def complete_template(
    _context: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Propose templates."""
    return [
        CompletionItem(template.id, help=template.summary)
        for template in catalog.templates()
        if template.id.startswith(incomplete)
    ]


def complete_answer(
    context: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Propose `KEY=` for each question of the named template, and `KEY=CHOICE` after that."""
    # click stops at an option that has no value yet, and leaves the arguments unparsed.
    named = (context.params.get("template"), *context.args)
    known = [template for template in catalog.templates() if template.id in named]
    if not known:
        return []
    words = _assignments(catalog.questions(known[0]), incomplete)
    return [CompletionItem(word) for word in words]


def complete_any_answer(
    _context: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Propose `KEY=` for each question, and `KEY=CHOICE` after that."""
    return [CompletionItem(word) for word in _assignments(_changeable(), incomplete)]


def _changeable() -> list[Question]:
    reserved = catalog.RESERVED
    return [q for q in catalog.questionnaire() if not q.computed and q.key not in reserved]


def _assignments(questions: Iterable[Question], incomplete: str) -> list[str]:
    words = []
    for question in questions:
        choices = question.choices if incomplete.startswith(f"{question.key}=") else ("",)
        words += [f"{question.key}={choice}" for choice in choices]
    return [word for word in words if word.startswith(incomplete)]
