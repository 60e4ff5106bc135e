"""Two versions of one template, as mlscaffold and copier want them, and the commands of both."""

from __future__ import annotations

import compileall
import re
import shutil
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.previous import edit
from tests.support import copy_package, git

if TYPE_CHECKING:
    from pathlib import Path

    from scaffold import Bench

    from tests.histories import Version

OLD, NEW = "0.1.0", "0.2.0"
ANSWERS = ("project_name=x", "package=x")


@dataclass(frozen=True)
class Tool:
    """How a tool makes a project of the old version, and how it brings the new one into it."""

    name: str
    new: tuple[str, ...]
    update: tuple[str, ...]
    environments: tuple[dict[str, str], dict[str, str]]


@dataclass(frozen=True)
class Templates:
    """Two versions of one template, as each tool wants them.

    For mlscaffold they are two installed packages; for copier one repository with a tag for each.
    """

    packages: tuple[Path, Path]
    repository: Path

    @classmethod
    def empty(cls, folder: Path) -> Templates:
        """Lay out both, with nothing in the template but the record of the answers."""
        packages = []
        for version in (OLD, NEW):
            package = folder / version
            copy_package(package)
            edit(package / "mlscaffold" / "__init__.py", '"0.1.0"', f'"{version}"')
            templates = re.compile("templates")
            compileall.compile_dir(str(package / "mlscaffold"), quiet=1, rx=templates)
            packages.append(package)
        return cls((packages[0], packages[1]), folder / "repository")

    def fill(self, old: Version, new: Version) -> None:
        """Put two versions in, in place of what was there."""
        shutil.rmtree(self.repository, ignore_errors=True)
        self.repository.mkdir()
        git(self.repository, "init", "--quiet", "--initial-branch=main")
        for package, version in zip(self.packages, (old, new), strict=True):
            templates = package / "mlscaffold" / "templates"
            self._fill(templates / "pipeline", version)
            for entry in self.repository.iterdir():
                if entry.name != ".git":
                    shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
            skip = shutil.ignore_patterns("__pycache__", "experiment", "service")
            shutil.copytree(templates, self.repository, dirs_exist_ok=True, ignore=skip)
            # copier finds its way back by the two lines that ours leave out.
            shared = self.repository / "_shared" / "mlscaffold.yml"
            shared.write_text("{{ _copier_answers | to_nice_yaml -}}\n", encoding="utf-8")
            git(self.repository, "add", "--all", "--force")
            git(self.repository, "commit", "--quiet", f"--message={version.number}")
            git(self.repository, "tag", version.number)

    def _fill(self, folder: Path, version: Version) -> None:
        described = (folder / "template.toml").read_text(encoding="utf-8")
        described = described.partition("\n[renames]")[0]
        shutil.rmtree(folder)
        folder.mkdir()
        moves = ", ".join(f'"{old}" = "{new}"' for old, new in version.moves)
        renames = f'\n[renames]\n"{version.number}" = {{ {moves} }}\n' if moves else ""
        (folder / "template.toml").write_text(described + renames, encoding="utf-8")
        record = '{% include "_shared/mlscaffold.yml" %}\n'
        (folder / ".mlscaffold.yml.jinja").write_text(record, encoding="utf-8")
        for path, content in version.files.items():
            if path != ".mlscaffold.yml":
                (folder / path).parent.mkdir(parents=True, exist_ok=True)
                (folder / path).write_bytes(content)


def tools(bench: Bench, templates: Templates) -> tuple[Tool, Tool]:
    """Return the two, ours first; both with their caches warm and their bytecode compiled."""
    ours = str(bench.cache / "update" / "bin" / "mlscaffold")
    copier = bench.tool("copier")
    given = [word for answer in ANSWERS for word in ("--set", answer)]
    data = [f"--data={answer}" for answer in (*ANSWERS, "template=pipeline")]
    old, new = ({**bench.environment, "PYTHONPATH": str(p)} for p in templates.packages)
    source = str(templates.repository)
    return (
        Tool(
            "mlscaffold update",
            (ours, "new", "pipeline", "x", "--yes", "--no-lock", *given),
            (ours, "update", "--no-lock", "--yes"),
            (old, new),
        ),
        Tool(
            "copier update",
            (copier, "copy", "--defaults", "--quiet", f"--vcs-ref={OLD}", *data, source, "x"),
            (copier, "update", "--defaults", "--quiet", "--answers-file=.mlscaffold.yml"),
            (bench.environment, bench.environment),
        ),
    )


def begin(tool: Tool, folder: Path) -> Path:
    """Make a project of the old version, committed."""
    folder.mkdir()
    subprocess.run(tool.new, cwd=folder, env=tool.environments[0], check=True, capture_output=True)
    project = folder / "x"
    if not (project / ".git").exists():
        git(project, "init", "--quiet", "--initial-branch=main")
        git(project, "add", "--all", "--force")
        git(project, "commit", "--quiet", "--message=Start")
    return project
