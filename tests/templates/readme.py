"""The commands that a README shows, taken from the README itself."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

from markdown_it import MarkdownIt

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True)
class Block:
    """A fenced block of commands and the heading it stands under."""

    section: str
    commands: tuple[tuple[str, ...], ...]

    def names(self, program: str) -> bool:
        """Tell whether one of the commands is this program."""
        return any(words[0] == program for words in self.commands)


def blocks(markdown: str) -> Iterator[Block]:
    """Yield every ```console block: each line is a command, or the ones after `$` are."""
    section = ""
    tokens = MarkdownIt().parse(markdown)
    for token, following in zip(tokens, [*tokens[1:], None], strict=True):
        if token.type == "heading_open" and token.tag == "h2" and following is not None:
            section = following.content
        elif token.type == "fence" and token.info.split()[:1] == ["console"]:
            yield Block(section, tuple(_commands(token.content)))


def section(markdown: str, title: str) -> list[tuple[str, ...]]:
    """Return the commands under a heading, in order."""
    return [c for block in blocks(markdown) if block.section == title for c in block.commands]


def _commands(text: str) -> Iterator[tuple[str, ...]]:
    lines = text.replace("\\\n", " ").splitlines()
    prompted = [line.removeprefix("$ ") for line in lines if line.startswith("$ ")]
    for line in prompted or lines:
        words = tuple(shlex.split(line, comments=True))
        if words:
            yield words
