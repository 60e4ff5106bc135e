"""What the tests of `update` do to a project, and look at."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

from mlscaffold import generate
from mlscaffold.errors import ScaffoldError
from mlscaffold.updating import upgrade
from tests.previous import run_at
from tests.support import contents, git

if TYPE_CHECKING:
    from mlscaffold.updating.upgrade import Update


def update(path: Path | str = "x", **request: object) -> Update:
    """Update a project in this process, unlocked unless asked for."""
    given = {"lock": False, **request}
    return upgrade.apply(upgrade.plan(upgrade.Request(path=path, **given)))  # type: ignore[arg-type]


def refusal(path: Path | str = "x", **request: object) -> ScaffoldError:
    """Return the error that an update raises; assert that it changes nothing."""
    folder = Path(path)
    before = state(folder) if (folder / ".git").exists() else None
    with pytest.raises(ScaffoldError) as caught:
        update(path, **request)
    assert before is None or state(folder) == before
    return caught.value


def state(folder: Path) -> tuple[object, ...]:
    """Return what a refusal must leave as it was."""
    head = (folder / ".git" / "HEAD").read_text(encoding="utf-8")
    return contents(folder), head, git(folder, "for-each-ref"), git(folder, "status", "--porcelain")


def commit(folder: Path, message: str = "Work") -> str:
    """Commit all there is."""
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", f"--message={message}")
    return git(folder, "rev-parse", "HEAD")


def made_before(older: Path, template: str, *answers: str) -> Path:
    """Return a project that the version before has made."""
    words = [word for answer in answers for word in ("--set", answer)]
    outcome = run_at(older, "new", template, "x", "--yes", "--no-lock", *words)
    assert outcome.code == 0, outcome.err
    return Path("x").absolute()


def rendered(template: str, folder: Path, **answers: str) -> dict[str, bytes]:
    """Return what a project of today holds."""
    request = generate.Request(
        template=template, path=folder, answers=answers, git=False, lock=False
    )
    generate.create(generate.plan(request))
    return contents(folder)


def package(folder: Path, path: str) -> Path:
    """Return a file of a project by its path in the template."""
    return folder / path.replace("{{ package }}", "x").removesuffix(".jinja")


def recorded(folder: Path) -> dict[str, str]:
    """Return what the record of a project says but for its template and version."""
    record = yaml.safe_load((folder / ".mlscaffold.yml").read_text(encoding="utf-8"))
    return {key: value for key, value in record.items() if key not in {"template", "version"}}
