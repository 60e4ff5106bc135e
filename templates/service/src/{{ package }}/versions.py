"""Which bundle to serve: MODEL_DIR is one, or holds one a version.

A version that is put there while the service runs takes over when it is found fit (`reload.py`).
"""

from __future__ import annotations

import re
from pathlib import Path

from . import bundle

Fingerprint = tuple[tuple[str, int, int, int, int], ...]
Parts = tuple[tuple[int, int, str], ...]
Order = tuple[Parts, bool, Parts] | tuple[()]


VERSION = re.compile(
    r"v?(?P<release>[0-9]+([._-][0-9]+)*)(-?(?P<candidate>[A-Za-z][0-9A-Za-z.-]*))?(\+[0-9A-Za-z.-]+)?",
    re.ASCII,
)
"""2.0.0, v2, 2026-11-09, 2.0.0-rc1, 2.0.0+build; but neither 2.0.0.bak nor previous."""


def newest(folder: Path) -> Path:
    """Return `folder` itself if it is a bundle or holds none, else the bundle of highest version.

    Versions are compared number by number: 1.10 is newer than 1.9, and 1.10-rc1 is between them. A
    name that is no version does not count: it is being written, or was put away.
    """
    if (folder / bundle.SIGNATURE).exists():
        return folder
    found = [path.parent for path in folder.glob(f"*/{bundle.SIGNATURE}")]
    return max((path for path in found if _order(path.name)), key=_by_version, default=folder)


def fingerprint(folder: Path) -> Fingerprint:
    """Return what changes when the newest bundle in `folder` is another or was written again."""
    chosen = newest(folder)
    marks = []
    for name in (*bundle.FILES, bundle.SUMS):
        try:
            found = (chosen / name).stat()
        except OSError:
            continue
        times = found.st_mtime_ns, found.st_ctime_ns  # an archive may set the former
        marks.append((f"{chosen.name}/{name}", found.st_ino, found.st_size, *times))
    return tuple(marks)


def _by_version(folder: Path) -> Order:
    return _order(folder.name)


def _order(name: str) -> Order:
    """Return what a version is sorted by; nothing if the name is none."""
    found = VERSION.fullmatch(name)
    if not found or name.endswith((".new", ".old")):
        return ()
    candidate = found["candidate"]
    return (
        _parts(found["release"]),
        candidate is None,  # what was released is above its candidates
        _parts(candidate or ""),
    )


def _parts(text: str) -> Parts:
    """Return the numbers and words of a text; a number is below a word."""
    return tuple(
        (0, int(part), "") if part.isdecimal() else (1, 0, part)
        for part in re.findall(r"[0-9]+|[A-Za-z]+", text)
    )
