"""Asking a person at a terminal, with the arrow keys where there is a choice."""

from __future__ import annotations

import os
import sys
import textwrap
from contextlib import suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mlscaffold.catalog import Question, Template
    from mlscaffold.publishing.targets import Visibility


INDENT = 5
"""Columns that the pointer and the gaps beside a template's name take."""


def is_possible() -> bool:
    """Tell whether somebody is there to ask: questions go to stderr, answers come from stdin."""
    return sys.stdin.isatty() and sys.stderr.isatty()


class TerminalPrompter:
    """Asks on stderr, so that stdout holds nothing but data."""

    def pick(self, templates: Sequence[Template]) -> str:
        """Let the person pick a template with the arrow keys."""
        from questionary import Choice

        width = max(len(template.id) for template in templates)
        room = os.get_terminal_size(sys.stderr.fileno()).columns - width - INDENT - 1

        def wrapped(text: str) -> str:
            return ("\n" + " " * (INDENT + width)).join(
                textwrap.wrap(text, max(room, 20), break_on_hyphens=False)
            )

        choices = [
            Choice(
                title=[
                    ("bold", f"{template.id.ljust(width)}  {wrapped(template.summary)}\n"),
                    ("", f"{' ' * (INDENT + width)}{wrapped(template.proves)}"),
                ],
                value=template.id,
            )
            for template in templates
        ]
        return self._ask("select", "What do you want to build?", choices=choices)

    def answer(
        self, question: Question, default: str | None, check: Callable[[str], str | None]
    ) -> str:
        """Ask a question until the answer is valid."""
        from questionary import Choice

        if question.choices:
            choices = [
                Choice(title=f"{value}: {label}" if value != label else value, value=value)
                for value, label in question.choices.items()
            ]
            return self._ask("select", question.help, choices=choices, default=default)
        hint = f"For example: {question.placeholder}" if question.placeholder else None
        return self._ask(
            "text",
            question.help,
            default=default or "",
            instruction=f"({hint}) " if hint else None,
            validate=lambda value: check(value) or True,
        )

    def visibility(self, page: str) -> Visibility:
        """Ask who may see the repository at a page; nothing is taken for granted."""
        from questionary import Choice

        choices = [
            Choice(title="private: you, and whom you let in", value="private"),
            Choice(title="public: everybody", value="public"),
        ]
        given = self._ask("select", f"Who may see {page}?", choices=choices)
        return "public" if given == "public" else "private"

    def confirm(self, message: str) -> bool:
        """Ask a question whose answer is yes or no; no answer is no, and so is Ctrl-C."""
        with suppress(KeyboardInterrupt):
            return self._ask("confirm", message, default=False) == str(True)
        return False

    def _ask(self, kind: str, message: str, **options: Any) -> str:  # noqa: ANN401
        import questionary
        from prompt_toolkit.output import create_output

        ask = getattr(questionary, kind)
        prompt = ask(message, qmark="?", output=create_output(stdout=sys.stderr), **options)
        return str(prompt.unsafe_ask())
