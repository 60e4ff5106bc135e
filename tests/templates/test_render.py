"""What holds for every rendered file, whatever was answered."""

from __future__ import annotations

import ast
import json
import os
import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

import pytest
import yaml
from markdown_it import MarkdownIt

from mlscaffold import catalog
from mlscaffold.render import render

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.templates.conftest import Rendered

CHECKOUT = Path(__file__).parents[2]
HOME = f"{Path.home()}{os.sep}"
ANSWERED = ("project_name", "problem", "description", "author")
SYNTAX = re.compile(r"\{\{|\{%|\{#|_copier|jinja", re.IGNORECASE)
EXPRESSION = re.compile(
    r"""\$\{\{.*?\}\} | \{\{\ \$labels\.\w+\ \}\} | (?<="legendFormat":\ ")\{\{\w+\}\}""", re.VERBOSE
)
"""What GitHub, Prometheus and Grafana fill in."""
ACTION = re.compile(r"[\w.-]+(/[\w.-]+)+@[0-9a-f]{40} # v\d+(\.\d+)*")
ABSOLUTE = re.compile(r"/(?:home|Users|root|tmp|var/folders)/|\b[A-Z]:\\")
SECRET = re.compile(
    r"-----BEGIN|\b(?:AKIA|ASIA)[A-Z0-9]{16}\b|\bgh[pousr]_\w{20,}|\bsk-\w{20,}"
    r"|(?i:\b\w*(?:password|passwd|secret|token|api_?key)\w*[\"']?\s*(?:=[^\S\n]*|:\s*)"
    r"(?!(?:true|false|write)\b)[\"']?[^\s\"'$<{(\[]+)"
)
MADE_LATER = ("results/", "model/", "data/", "runs/", "uv.lock")
"""What the main command, or `uv lock`, puts into a project."""


def test_every_file_is_utf8_with_unix_line_ends(rendered: Rendered) -> None:
    """No file holds a carriage return or a byte order mark."""
    assert not [f for f, text in rendered.texts.items() if "\r" in text or "\ufeff" in text]


def test_every_file_ends_with_one_line_break(rendered: Rendered) -> None:
    """Neither none nor two; an empty file stays empty."""
    wrong = [
        file
        for file, text in rendered.texts.items()
        if text and (not text.endswith("\n") or text.endswith("\n\n"))
    ]
    assert wrong == []


def test_no_line_ends_with_a_space(rendered: Rendered) -> None:
    """Editors and formatters would take it away at the first save."""
    wrong = [
        f"{file}:{number}"
        for file, text in rendered.texts.items()
        for number, line in enumerate(text.splitlines(), start=1)
        if line != line.rstrip()
    ]
    assert wrong == []


def test_every_structured_file_parses(rendered: Rendered) -> None:
    """TOML, YAML, JSON and Python are what their suffix says."""
    parsers: dict[str, Callable[[str], object]] = {
        ".toml": tomllib.loads,
        ".yml": yaml.safe_load,
        ".yaml": yaml.safe_load,
        ".json": json.loads,
        ".py": ast.parse,
    }
    for file, text in rendered.texts.items():
        parser = parsers.get(Path(file).suffix)
        if parser is not None:
            parser(text)


def test_no_yaml_key_is_written_twice(rendered: Rendered) -> None:
    """A parser keeps the last one and says nothing."""

    class Strict(yaml.SafeLoader):
        """A loader that refuses what the others overlook."""

    def mapping(loader: yaml.SafeLoader, node: yaml.MappingNode) -> dict[object, object]:
        pairs = [
            (loader.construct_object(key), loader.construct_object(value, deep=True))
            for key, value in node.value
        ]
        assert len(dict(pairs)) == len(pairs), node.start_mark
        return dict(pairs)

    Strict.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, mapping)
    for text in rendered.matching("*.yml", "*.yaml").values():
        yaml.load(text, Strict)  # noqa: S506  it is a safe loader


def test_no_template_syntax_is_left(rendered: Rendered) -> None:
    """Nothing of the template's language shows, but what the answers brought along."""
    left = []
    for file, text in rendered.texts.items():
        for number, line in enumerate(text.splitlines(), start=1):
            bare = EXPRESSION.sub("", line)
            if SYNTAX.search(bare) and not _answered(bare, rendered):
                left.append(f"{file}:{number}: {line}")
    assert left == []


def test_free_text_arrives_verbatim(rendered: Rendered) -> None:
    """pyproject.toml and config.toml hold the answers, character by character."""
    project = tomllib.loads(rendered.texts["pyproject.toml"])["project"]
    config = tomllib.loads(rendered.texts["config.toml"])["project"]
    assert project["description"] == rendered.answers["description"]
    assert project["authors"][0]["name"] == rendered.answers["author"]
    assert project["authors"][0].get("email", "") == rendered.answers["email"]
    assert config["name"] == rendered.answers["project_name"]
    assert config["problem"] == rendered.answers["problem"]


def test_readme_opens_with_the_project_and_its_problem(rendered: Rendered) -> None:
    """The first heading and paragraph are the answers, as a reader sees them."""
    tokens = MarkdownIt().parse(rendered.texts["README.md"])
    inline = [token for token in tokens if token.type == "inline"]
    title, opening = (_shown(token) for token in inline[:2])
    assert title == rendered.answers["project_name"]
    problem = rendered.answers["problem"]
    if problem:
        assert opening == problem
    else:
        assert opening.startswith("TODO(owner)")


def test_the_record_makes_the_same_project_again(rendered: Rendered, tmp_path: Path) -> None:
    """Updating right after creating is an empty change: .mlscaffold.yml says all there is."""
    recorded = yaml.safe_load(rendered.texts[".mlscaffold.yml"])
    again = tmp_path / "again"
    again.mkdir()
    render(catalog.root(), again, recorded)
    made = {
        path.relative_to(again).as_posix(): path.read_bytes().decode("utf-8")
        for path in again.rglob("*")
        if path.is_file()
    }
    brought = {"examples/request.json"} if recorded.get("bundle") else set()
    assert made == {file: text for file, text in rendered.texts.items() if file not in brought}


def test_no_path_of_this_machine(rendered: Rendered) -> None:
    """A project can move, and tells nothing about where it was made."""
    here = (str(rendered.folder.parent), str(CHECKOUT), HOME)
    found = [
        f"{file}:{number}: {line}"
        for file, text in rendered.texts.items()
        if Path(file).name != "Dockerfile"  # whose paths are the image's
        for number, line in enumerate(text.splitlines(), start=1)
        if any(path in line for path in here) or ABSOLUTE.search(line)
    ]
    assert found == []


def test_no_secret(rendered: Rendered) -> None:
    """Neither a key nor a word that is set to something; there is an example to fill in."""
    assert ".env.example" in rendered.files
    assert ".env" not in rendered.files
    found = [
        f"{file}: {match[0]}"
        for file, text in rendered.texts.items()
        if not file.endswith(".py")  # ruff's S105 to S107 know Python better
        for match in SECRET.finditer(text)
    ]
    assert found == []


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("# KAGGLE_API_TOKEN=abc", True),
        ("KAGGLE_API_TOKEN = 'abc'", True),
        ("password: hunter2", True),
        ("password:\n  hunter2", True),
        ('  "api_key":  "abc"', True),
        ("# KAGGLE_API_TOKEN=", False),
        ("TOKEN = ''", False),
        ("token: ${{ secrets.TOKEN }}", False),
        ("automountServiceAccountToken: false", False),
        ("token: falsehood", True),
    ],
)
def test_a_secret_is_a_word_that_is_set_to_something(line: str, *, told: bool) -> None:
    """What ends behind the sign of equality is set to nothing, whatever the next line says."""
    assert bool(SECRET.search(f"# One\n{line}\n\n# Another\nOTHER=\n")) is told


def test_git_does_not_track_secrets_and_caches(rendered: Rendered) -> None:
    """The ignore file names what must never be pushed."""
    ignored = rendered.texts[".gitignore"].splitlines()
    assert {".env", ".venv/", "__pycache__/"} <= set(ignored)


def test_git_does_not_track_rows_of_the_data(rendered: Rendered) -> None:
    """An exported model has some of them in its sample, and categories in its signature."""
    if rendered.answers["template"] == "experiment":
        ignored = rendered.texts[".gitignore"].splitlines()
        assert {"/data/", "/model/", "/runs/"} <= set(ignored)


def test_actions_are_pinned(rendered: Rendered) -> None:
    """Each action is named by its commit, with its version beside it."""
    for file, text in rendered.matching(".github/workflows/*.yml").items():
        used = re.findall(r"uses:\s*(.+)", text)
        assert used, file
        assert [line for line in used if not ACTION.fullmatch(line.strip())] == []


def test_links_lead_somewhere(rendered: Rendered) -> None:
    """What a Markdown file points at, in the project or in itself, is there."""
    broken = []
    for file, text in rendered.matching("*.md").items():
        for target in _links(text):
            path, _, anchor = target.partition("#")
            if path and not _exists(rendered, Path(file).parent / unquote(path)):
                broken.append(f"{file}: {target}")
            if anchor and not path and anchor not in _anchors(text):
                broken.append(f"{file}: #{anchor}")
    assert broken == []


def test_readme_draws_what_is_there(rendered: Rendered) -> None:
    """The tree in the README shows what is in the project, or what its main command makes."""
    tree = re.search(
        r"## What is where\n\n```text\n(.*?)```", rendered.texts["README.md"], re.DOTALL
    )
    assert tree, "the README has no tree"
    drawn = list(_drawn(tree[1]))
    assert drawn
    assert [path for path in drawn if not _exists(rendered, Path(path))] == []


def test_production_runs_the_first_release(rendered: Rendered) -> None:
    """The first tag in a README is the version that is there, and Kubernetes asks for it."""
    version = tomllib.loads(rendered.texts["pyproject.toml"])["project"]["version"]
    tags = re.findall(r"^    git tag v(.+)$", rendered.texts["README.md"], re.MULTILINE)
    overlays = rendered.matching("overlays/production/kustomization.yaml").values()
    asked = [image["newTag"] for text in overlays for image in yaml.safe_load(text)["images"]]
    assert {*tags, *asked} == ({version} if rendered.variant.template == "service" else set())


def test_todos_are_the_owners(rendered: Rendered) -> None:
    """Nothing is left to do but what only the owner can write."""
    found = [
        f"{file}:{number}: {line}"
        for file, text in rendered.texts.items()
        for number, line in enumerate(text.splitlines(), start=1)
        if re.search(r"\b(TODO|FIXME)\b(?!\(owner\))", line)
    ]
    assert found == []


def _answered(line: str, rendered: Rendered) -> bool:
    """Tell whether an answer's own braces are in the line."""
    texts = [rendered.answers[key] for key in ANSWERED]
    return any(match in text for match in SYNTAX.findall(line) for text in texts)


def _shown(token: object) -> str:
    """Return an inline token's text as a browser shows it."""
    children = getattr(token, "children", None) or []
    return "".join(
        "\n" if child.type in {"softbreak", "hardbreak"} else child.content for child in children
    )


def _links(text: str) -> Iterator[str]:
    for token in MarkdownIt().enable("table").parse(text):
        for child in token.children or []:
            target = str(child.attrs.get("href") or child.attrs.get("src") or "")
            if target and not re.match(r"[a-z]+:", target):
                yield target


def _anchors(text: str) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def _drawn(tree: str) -> Iterator[str]:
    """Yield the paths of a drawn tree; a line's depth is the column where its name begins."""
    above: list[tuple[int, str]] = []
    for line in tree.splitlines():
        entry = re.match(r"[\s│├└─]*", line)
        column = entry.end() if entry else 0
        names = line[column:].partition("  ")[0].split()
        if not names:
            continue
        while above and above[-1][0] >= column:
            above.pop()
        parent = above[-1][1] if above else ""
        above.append((column, f"{parent}{names[0]}" if names[0].endswith("/") else parent))
        yield from (f"{parent}{name}" for name in names)


def _exists(rendered: Rendered, path: Path) -> bool:
    """Tell whether a file, or one that the pattern fits, is in the project or will be."""
    pattern = path.as_posix()
    made_later = f"{pattern}/".startswith(MADE_LATER) or pattern in MADE_LATER
    return made_later or any(rendered.folder.glob(pattern))
