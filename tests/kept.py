"""The templates as they really were, a version ago: all of them, kept beside the tests.

    python -m tests.kept REVISION VERSION

keeps those of another commit. `tests/previous.py` makes up a version whose differences are known to
the line; this one is what a user of that day has on their disk.
"""

from __future__ import annotations

import lzma
import subprocess
import sys
import tarfile
from pathlib import Path

from tests import previous
from tests.support import contents

(ARCHIVE,) = Path(__file__).parent.glob("templates-*.tar.xz")
OWN, DELETED = "scripts/mine.py", "LICENSE"
PURPOSE = "> The dispatchers have it, who move passengers to another flight.\n"
VERSION = ARCHIVE.name.removeprefix("templates-").removesuffix(".tar.xz")


def install(folder: Path) -> Path:
    """Lay an mlscaffold with those templates into a folder; put it on PYTHONPATH to run it."""
    with tarfile.open(ARCHIVE) as archive:
        archive.extractall(folder / "kept", filter="data")
    return previous.release(folder / "installed", folder / "kept" / "templates", VERSION)


def work_on(folder: Path) -> None:
    """Do in a project what an owner does first: a file more, a file less, a line of the README."""
    (folder / OWN).parent.mkdir()
    (folder / OWN).write_text("MINE = 1\n", encoding="utf-8")
    (folder / DELETED).unlink()
    readme = folder / "README.md"
    lines = readme.read_text(encoding="utf-8").splitlines(keepends=True)
    (number,) = [n for n, line in enumerate(lines[:5]) if line.startswith("> TODO(owner)")]
    readme.write_text("".join([*lines[:number], PURPOSE, *lines[number + 1 :]]), encoding="utf-8")


def require_today(folder: Path, wanted: dict[str, bytes]) -> None:
    """Assert that a project is what `new` makes today, but for what its owner has done."""
    found = contents(folder)
    assert found.pop(OWN) == b"MINE = 1\n"
    readme = wanted["README.md"].decode().splitlines(keepends=True)
    own = [PURPOSE if line.startswith("> TODO(owner): say in one") else line for line in readme]
    assert found.keys() - {"uv.lock"} == wanted.keys() - {DELETED}
    changed = {path for path, content in wanted.items() if found.get(path) != content}
    assert changed == {"README.md", DELETED}
    assert found["README.md"] == "".join(own).encode()


def keep(revision: str, version: str) -> None:
    """Write the archive anew from the templates of a commit."""
    words = ("git", "archive", "--format=tar", revision, "templates")
    tar = subprocess.run(words, cwd=ARCHIVE.parents[1], capture_output=True, check=True).stdout
    ARCHIVE.unlink()
    ARCHIVE.with_name(f"templates-{version}.tar.xz").write_bytes(lzma.compress(tar, preset=9))


if __name__ == "__main__":
    keep(*sys.argv[1:])
