"""Answers are data: whatever a person writes comes out of every file as it was written.

A project whose answers are plain markers is rendered beside one whose answers are nasty. Each file
of both is read by the parser of its language; the two may differ in nothing but that the one says
the marker where the other says the nasty answer, verbatim.
"""

from __future__ import annotations

import ast
import itertools
import json
import shutil
import tempfile
import tomllib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from mlscaffold import catalog
from mlscaffold.render import render
from tests.support import TEMPLATES, contents, resolve

if TYPE_CHECKING:
    from collections.abc import Iterator

    from markdown_it.token import Token

LINES = ("project_name", "description", "author", "csv", "target")
MARKERS = {key: f"Marker{key.title().replace('_', '')}Marker" for key in (*LINES, "problem")}
NASTY = [
    "{{ 7*7 }}",
    "{% raw %}",
    "{% endraw %}{{ 7*7 }}{# x #}",
    "{% include '_shared/gitignore' %}",
    "\"double\" 'single' `back` \"\"\" '''",
    "back\\slash \\n \\u0041 \\",
    "$(touch x) `touch x` ${HOME} $HOME %PATH% ; touch x && touch x | cat",
    "# x",
    "C #",
    "## ",
    "<script>alert(1)</script> <!-- x --> ]]> &amp; &lt;",
    "*a* _b_ **c** ~~d~~ [e](f) ![g](h) <https://i> j_k_l",
    "- x",
    "1. x",
    "1986) x",
    "+ x",
    "> x",
    "=====",
    "---",
    "***",
    "| a | b |",
    "a  b   c",
    "key: value, [x], {y}",
    "yes",
    "null",
    "~",
    "3.10",
    "2024-01-02",
    "!!python/object:os.system",
    "*anchor",
    "&anchor",
    "%TAG",
    "@at",
    "emoji 🚀👩‍👩‍👧 flags 🇺🇦",
    "שלום עולם مرحبا",
    "right-to-left \u202emark\u202c \u200f \u200e",
    "zero\u200bwidth \ufeffbom",
    "line one",
    "TODO",
    "[//]: # (x)",
    "[a]: b",
    ":smile: @ada #1",
    "http://example.org www.example.org",
    "ab" * 200,
    "é e\u0301",
    "$math$ $$more$$",
    "\U0010fffd\ue000",
    "endblock %} {% endblock %} {%- raw -%}",
]
PARAGRAPHS = [
    "one\ntwo",
    "one\n\ntwo",
    "one\n# two\n- three\n1. four\n=====\n---\n```\nfive\n```",
    "\tone\n    two\n\n\n\tthree\n",
    "one  \ntwo\\\nthree",
    "a | b\n--- | ---\nc | d",
    "EOF\n'''\n\"\"\"\nEOF",
]
ALPHABET = st.characters(exclude_categories=("Cc", "Cs", "Cn", "Zl", "Zp"))
TEXT = st.text(ALPHABET, min_size=1, max_size=40).filter(str.strip)


def tokens(text: str) -> Iterator[Token]:
    """Return all tokens of a Markdown text, those inside of others as well."""
    for token in MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(text):
        yield token
        yield from token.children or ()


def markdown(text: str) -> list[object]:
    """Return what a reader sees, block by block; a front matter is YAML and read as such."""
    if text.startswith("---\n"):
        front, _, text = text[4:].partition("\n---\n")
        return [*yaml.load_all(front, yaml.BaseLoader), *markdown(text)]
    blocks = [""]
    for token in tokens(text):
        if token.type in {"text", "code_inline", "html_inline"}:
            blocks[-1] += token.content
        elif token.type in {"fence", "code_block", "html_block"}:
            blocks.append(token.content)
        elif token.type in {"softbreak", "hardbreak"}:
            blocks[-1] += "\n"
        elif token.nesting:
            blocks += [f"<{token.tag}>", ""]
    return list(blocks)


def parse(name: str, data: bytes) -> object:
    """Return a file's content as the language that its name tells makes of it."""
    text = data.decode()
    match Path(name).suffix:
        case ".toml":
            return tomllib.loads(text)
        case ".yml" | ".yaml":
            return list(yaml.load_all(text, yaml.BaseLoader))
        case ".json":
            return json.loads(text)
        case ".py":
            return ast.dump(ast.parse(text))
        case ".md":
            return markdown(text)
    return text


def replaced(value: Any, words: dict[str, str]) -> object:
    """Return a parsed value in which the markers are the answers."""
    if isinstance(value, dict):
        return {replaced(key, words): replaced(item, words) for key, item in value.items()}
    if isinstance(value, list):
        return [replaced(item, words) for item in value]
    if isinstance(value, str):
        for marker, word in words.items():
            value = value.replace(marker, word)
    return value


def answers(template: str, folder: Path, words: dict[str, str]) -> dict[str, str]:
    """Return the answers of a template in which every free text is given; the data are a CSV."""
    told = {key: word for key, word in words.items() if key not in {"csv", "target"}}
    if template == "experiment":
        source = folder / f"{words['csv']}.csv"
        source.touch()
        told |= {"data": "csv", "csv": str(source), "target": words["target"]}
    resolved = resolve(template, package="late_or_not", **told)
    if template == "experiment":
        resolved["csv"] = f"data/{source.name}"
    return resolved


def rendered(template: str, words: dict[str, str]) -> dict[str, bytes]:
    """Return the files of a project with these words as its answers."""
    folder = Path(tempfile.mkdtemp())
    try:
        render(catalog.root(), folder / "project", answers(template, folder, words))
        return contents(folder / "project")
    finally:
        shutil.rmtree(folder)


@cache
def marked(template: str) -> dict[str, object]:
    """Return what the parsers find in the project whose answers are the markers."""
    return {name: parse(name, data) for name, data in rendered(template, MARKERS).items()}


def tidy(text: str) -> str:
    """Return a text of several lines as Markdown shows it: no empty lines, no indents."""
    return "\n".join(line.strip() for line in text.strip().splitlines() if line.strip())


def verify(template: str, words: dict[str, str]) -> None:
    """Assert that a project says the words, verbatim, wherever the marked one says the markers."""
    before = marked(template)
    files = rendered(template, words)
    assert sorted(files) == sorted(before)
    for name, data in files.items():
        shown = {marker: words[key] for key, marker in MARKERS.items()}
        if name.endswith(".md"):
            shown = {marker: tidy(word) for marker, word in shown.items()}
        assert parse(name, data) == replaced(before[name], shown), name


def spread(texts: list[str]) -> Iterator[dict[str, str]]:
    """Return answers in which every question gets every text once, all questions at a time."""
    for shift in range(len(texts)):
        turned = itertools.islice(itertools.cycle(texts), shift, None)
        words = dict(zip(LINES, turned, strict=False))
        words["csv"] = words["csv"].replace("/", "").strip("~")[:80] or "x"
        words["problem"] = words["project_name"]
        yield words


@pytest.mark.parametrize("template", TEMPLATES)
def test_the_markers_are_found_where_they_should_be(template: str) -> None:
    """The comparison below would prove nothing if no file said the answers."""
    said = {name: str(value) for name, value in marked(template).items()}
    assert MARKERS["project_name"] in said["README.md"]
    assert MARKERS["problem"] in said["README.md"]
    assert MARKERS["description"] in said["pyproject.toml"]
    assert MARKERS["author"] in said["LICENSE"]
    assert all(MARKERS[key] in said[".mlscaffold.yml"] for key in ("author", "problem"))
    if template == "experiment":
        assert MARKERS["target"] in said["config.toml"]


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_nasty_line_comes_out_verbatim(template: str) -> None:
    """Template syntax, quotes, shell, markup and every script of the world, in every free text."""
    # The texts rotate over the templates: each is the name of one project and in others elsewhere.
    for words in itertools.islice(spread(NASTY), TEMPLATES.index(template), None, len(TEMPLATES)):
        verify(template, words)


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_nasty_paragraph_comes_out_verbatim(template: str) -> None:
    """A problem of several lines is neither a list nor a heading nor a block of code."""
    for text in PARAGRAPHS[TEMPLATES.index(template) % 2 :: 2]:
        verify(template, {**MARKERS, "problem": text})


@pytest.mark.parametrize("template", TEMPLATES)
@settings(max_examples=5, phases=[Phase.generate])  # to shrink a finding would take minutes
@given(
    words=st.fixed_dictionaries(
        {
            **dict.fromkeys(("project_name", "description", "author", "target"), TEXT),
            "csv": st.text(ALPHABET, min_size=1, max_size=20).filter(
                lambda text: text.strip() and not set(text) & set("/~")
            ),
            "problem": st.lists(st.text(ALPHABET, max_size=40), min_size=1, max_size=3)
            .map("\n".join)
            .filter(str.strip),
        }
    )
)
def test_any_text_comes_out_verbatim(template: str, words: dict[str, str]) -> None:
    """What nobody thought of."""
    verify(template, words)
