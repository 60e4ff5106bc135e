"""uv, as far as `new` needs it: writing a project's lock file."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def lock(project: Path) -> str | None:
    """Write `uv.lock` into a project; return None, or why uv could not."""
    from uv import find_uv_bin

    try:
        answer = subprocess.run(  # noqa: S603  uv is the one we depend on
            [find_uv_bin(), "lock", "--quiet", "--no-progress", "--project", str(project)],
            cwd=project,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            check=False,
        )
    except OSError as error:
        return f"uv could not be started: {error.strerror or error}"
    if answer.returncode == 0:
        return None
    (project / "uv.lock").unlink(missing_ok=True)
    return _reason(answer.stderr)


def _reason(errors: str) -> str:
    """Return uv's own sentence: the first line that says something, without its frame."""
    lines = [line.lstrip(" ×│╰─▶├·") for line in errors.splitlines()]  # noqa: RUF001
    said = [line.removeprefix("error: ") for line in lines if line.strip()]
    return said[0].rstrip(".") if said else "uv gave no reason"
