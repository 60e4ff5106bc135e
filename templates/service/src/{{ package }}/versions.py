"""Which bundle to serve: MODEL_DIR is one, or holds one a version.

A version that is put there while the service runs takes over when it is found fit (`reload.py`).
"""

from __future__ import annotations

import re
from pathlib import Path

from . import bundle

Fingerprint = tuple[tuple[str, int, int], ...]


def newest(folder: Path) -> Path:
    """Return `folder` itself if it is a bundle or holds none, else the bundle of highest version.

    Versions are compared number by number: 1.10 is newer than 1.9. A name that begins with a dot or
    ends in .new or .old is being written or put away.
    """
    if (folder / bundle.SIGNATURE).exists():
        return folder
    found = [path.parent for path in folder.glob(f"*/{bundle.SIGNATURE}") if _is_version(path)]
    return max(found, key=lambda path: _order(path.name), default=folder)


def fingerprint(folder: Path) -> Fingerprint:
    """Return what changes when the newest bundle in `folder` is another or was written again."""
    chosen = newest(folder)
    marks = []
    for name in (*bundle.FILES, bundle.SUMS):
        try:
            status = (chosen / name).stat()
        except OSError:
            continue
        marks.append((f"{chosen.name}/{name}", status.st_mtime_ns, status.st_size))
    return tuple(marks)


def _is_version(signature: Path) -> bool:
    name = signature.parent.name
    return not name.startswith(".") and not name.endswith((".new", ".old"))


def _order(name: str) -> tuple[tuple[int, int, str], ...]:
    return tuple(
        (1, int(part), "") if part.isdigit() else (0, 0, part)
        for part in re.split(r"[.\-_]|(?<=\D)(?=\d)", name)
    )
