"""uv, as far as `new` and `update` need it: writing a project's lock file."""

from __future__ import annotations

import subprocess
from pathlib import Path


def lock(project: Path) -> str | None:
    """Write `uv.lock` into a project; return None, or why uv could not.

    A lock file that was there is then as it was.
    """
    target = project / "uv.lock"
    before = target.read_bytes() if target.exists() else None
    done = False
    try:
        outer = _workspace(project)
        if outer is not None:
            return f"the project is a member of uv's workspace in '{outer}', which has the lock"
        answer = _uv(project, "lock", "--quiet", "--no-progress")
        done = answer.returncode == 0
        if not done:
            return _reason(answer.stderr)
        return None if target.exists() else "uv has made it in another place"
    except OSError as error:
        return f"uv could not be started: {error.strerror or error}"
    finally:  # also after a Ctrl-C
        if not done:
            _put_back(target, before)


def _workspace(project: Path) -> Path | None:
    """Return the folder of a larger workspace that a project is in: uv would lock that one."""
    answer = _uv(project, "workspace", "dir")
    found = Path(answer.stdout.removesuffix("\n").removesuffix("\r"))
    known = answer.returncode == 0 and found.is_absolute() and found.is_dir()
    return found if known and not found.samefile(project) else None


def _uv(project: Path, *words: str) -> subprocess.CompletedProcess[str]:
    from uv import find_uv_bin

    return subprocess.run(  # noqa: S603  uv is the one we depend on
        [find_uv_bin(), *words, "--project", str(project)],
        cwd=project,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )


def _put_back(target: Path, before: bytes | None) -> None:
    if before is None:
        target.unlink(missing_ok=True)
    elif not target.exists() or target.read_bytes() != before:
        target.write_bytes(before)


def _reason(errors: str) -> str:
    """Return uv's own sentence, and the first cause that it names; without its frame."""
    if "network was disabled" in errors:
        return "uv is kept off the network (UV_OFFLINE), and its cache lacks some of the packages"
    lines = [line.lstrip(" ×│╰─▶├·").rstrip(". ") for line in errors.splitlines()]  # noqa: RUF001
    said = [line.removeprefix("error: ") for line in lines if line.startswith("error: ")]
    said = (said or [line for line in lines if line] or ["uv gave no reason"])[:1]
    causes = [line.removeprefix("cause: ") for line in lines if line.startswith("cause: ")]
    return ": ".join(said + causes[:1])
