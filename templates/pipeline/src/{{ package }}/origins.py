"""Where mended rows come from: which line of which raw file each of them stands for.

What the owner mends comes in as a further raw file, named after the one that it mends, which never
changes. `corrections.json` in the raw folder has their lines.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from .errors import UserError
from .evidence import write

FILE = "corrections.json"
MARK = ".corrected-"

Origins = dict[str, tuple[str, list[int]]]
"""By file of mended rows: the raw file that they are of, and the line of each."""


def name(raw_file: str, digest: str) -> str:
    """Return what a file of mended rows with that digest is called."""
    path = PurePosixPath(raw_file)
    return path.with_name(f"{path.stem}{MARK}{digest[:8]}{path.suffix}").as_posix()


def are_of(raw_file: str) -> bool:
    """Tell whether the file's name is that of mended rows, of which there may be few."""
    return MARK in PurePosixPath(raw_file).name


def delivered(raw_file: str) -> str:
    """Return the raw file with which the rows of this one came, before they were mended."""
    path = PurePosixPath(raw_file)
    stem, mark, _ = path.name.partition(MARK)
    return path.with_name(stem + path.suffix).as_posix() if mark else raw_file


def read(folder: Path) -> Origins:
    """Return what the raw folder remembers.

    Raises:
        UserError: the file is there and damaged.
    """
    path = folder / FILE
    if not path.exists():
        return {}
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))
        return {
            key: (str(each["of"]), [int(n) for n in each["lines"]]) for key, each in entries.items()
        }
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise UserError(
            f"{FILE} beside the raw files is damaged.",
            "Restore it; or delete it, and what was mended counts as quarantined too.",
        ) from error


def store(folder: Path, origins: Origins) -> None:
    """Remember the origins in the raw folder, in one step."""
    entries = {key: {"of": of, "lines": lines} for key, (of, lines) in sorted(origins.items())}
    write(folder / FILE, json.dumps(entries, indent=1, ensure_ascii=False) + "\n")


def mended(origins: Origins, there: Iterable[str]) -> dict[str, frozenset[int]]:
    """Return by raw file the lines that rows of the files that are there stand for."""
    lines: dict[str, frozenset[int]] = {}
    for key in there:
        if key in origins:
            of, those = origins[key]
            lines[of] = lines.get(of, frozenset()).union(those)
    return lines
