"""What the shell may propose."""

from __future__ import annotations

from typing import TYPE_CHECKING

from click.shell_completion import CompletionItem

from mlscaffold import catalog

if TYPE_CHECKING:
    import click


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
    words = []
    for question in catalog.questions(known[0]):
        choices = question.choices if incomplete.startswith(f"{question.key}=") else ("",)
        words += [f"{question.key}={choice}" for choice in choices]
    return [CompletionItem(word) for word in words if word.startswith(incomplete)]
