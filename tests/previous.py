"""mlscaffold as it was a version ago: today's templates, with what has become of them undone."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from mlscaffold import __version__, catalog
from tests.support import Outcome, copy_package, run

if TYPE_CHECKING:
    from pathlib import Path

VERSION = "0.0.9"
LATER = "9.0.0"

NEW = {
    "experiment": "src/{{ package }}/tracking/leaderboard.py",
    "service": "src/{{ package }}/drift/figure.py",
    "pipeline": "src/{{ package }}/drill.py",
}
"""A file of each template that the version before did not have."""

EDITED = {
    "experiment": "src/{{ package }}/train.py",
    "service": "src/{{ package }}/server.py",
    "pipeline": "src/{{ package }}/pipeline.py.jinja",
}
"""A file of each template whose first line was another."""

OLD_LINE = '"""What it said a version ago."""'
OLD_FILE = "NOTES.md"
"""What the version before had, and today's has not."""

UNASKED = {"experiment": "notebook", "service": "deploy"}
"""The last question of a template, which the version before did not ask."""

RENAMED = "config.toml.jinja"
"""What a later version calls otherwise, in the pipeline."""


def install(folder: Path) -> Path:
    """Lay the version before into a folder; put it on PYTHONPATH to run it."""
    templates = folder / "edited"
    shutil.copytree(catalog.root(), templates)
    for name, path in NEW.items():
        (templates / name / path).unlink()
        (templates / name / OLD_FILE).write_text("# Notes\n\nOne.\nTwo.\n", encoding="utf-8")
    for name, path in EDITED.items():
        edit(templates / name / path, _first_line(templates / name / path), OLD_LINE)
    edit(templates / "_shared" / "layouts" / "pyproject.toml.jinja", '"pytest>=9.2', '"pytest>=9.1')
    for name in UNASKED:
        questions = templates / "questions" / f"{name}.yml"
        text = questions.read_text(encoding="utf-8")
        start, _, _ = text.rpartition("when:")
        questions.write_text(f"{start}when: false\n", encoding="utf-8")
    return release(folder / "installed", templates, VERSION)


def install_later(folder: Path) -> Path:
    """Lay a version to come into a folder, in which a file has another name."""
    templates = folder / "later"
    shutil.copytree(catalog.root(), templates)
    place = templates / "pipeline" / RENAMED
    place.rename(place.with_name("settings.toml.jinja"))
    with (templates / "pipeline" / "template.toml").open("a", encoding="utf-8") as stream:
        stream.write(f'\n[renames]\n"{LATER}" = {{ "config.toml" = "settings.toml" }}\n')
    return release(folder / "released", templates, LATER)


def run_at(package: Path, *words: str | Path, cwd: Path | None = None) -> Outcome:
    """Run another version of mlscaffold than today's."""
    return run(*words, cwd=cwd, env={"PYTHONPATH": str(package)})


def release(folder: Path, templates: Path, version: str) -> Path:
    """Lay today's mlscaffold into a folder, with other templates and of another version."""
    copy_package(folder, templates=templates)
    init = folder / "mlscaffold" / "__init__.py"
    edit(init, f'"{__version__}"', f'"{version}"')
    return folder


def _first_line(path: Path) -> str:
    return path.read_text(encoding="utf-8").partition("\n")[0]


def edit(path: Path, old: str, new: str) -> None:
    """Put one text in another's place, once; it has to be there."""
    text = path.read_text(encoding="utf-8")
    assert old in text, f"{path} does not hold {old!r}"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
