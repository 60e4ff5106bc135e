"""Raw files: found, hashed, and from then on never changed."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .config import Config
from .errors import UserError
from .evidence import write

MANIFEST = "manifest.json"
LONGEST = 1 << 27  # characters of a text, in Python's CSV reader


@dataclass(frozen=True)
class RawFile:
    r"""A file as it was found: its name under the raw folder, and what its bytes are like.

    `lines` counts line feeds, as an editor does. `newline` is what ends every line, "\n" or
    "\r\n", and empty where lines end differently or hold control characters; `has_quotes` tells
    whether there is a quotation mark anywhere.
    """

    name: str
    path: Path
    sha256: str
    bytes: int
    lines: int
    newline: str
    has_quotes: bool


def extract(config: Config, *, verify: bool = False) -> dict[str, list[RawFile]]:
    """Return the raw files of each table, in the order of their names.

    The manifest beside them remembers every hash: a raw file that was edited later is refused,
    because nothing made from it could be reproduced. A file whose size and time of change are
    those of before is not read again, unless `verify` asks for it.

    Raises:
        UserError: a glob finds nothing, a file is empty, gone or other than the manifest says, or
            the manifest is damaged.
    """
    config.raw.mkdir(parents=True, exist_ok=True)
    manifest = config.raw / MANIFEST
    known = _remembered(manifest)
    entries = dict(known)
    found: dict[str, list[RawFile]] = {}
    for table, glob in config.files.items():
        found[table] = []
        for path in _matches(config, table, glob):
            name = path.relative_to(config.raw).as_posix()
            status = path.stat()
            stamp = [status.st_size, status.st_mtime_ns]
            entry = known.get(name)
            if verify or entry is None or entry["stamp"] != stamp:
                file = measure(path, config.raw)
                if entry is not None and entry["sha256"] != file.sha256:
                    raise UserError(
                        f"{config.data.raw}/{name} has changed since it was first read.",
                        "Raw files are immutable: put new data into a new file, "
                        f"or take the entry of this one out of {config.data.raw}/{MANIFEST}.",
                    )
                entry = dataclasses.asdict(file) | {"stamp": stamp}
                del entry["path"], entry["name"]
                entries[name] = entry
            measured = {key: value for key, value in entry.items() if key != "stamp"}
            found[table].append(RawFile(name=name, path=path, **measured))
    present = {file.name for files in found.values() for file in files}
    gone = sorted(set(known) - present)
    if gone:
        raise UserError(
            f"{config.data.raw}/{gone[0]} was read before and is gone.",
            "Raw files stay: put it back, or take its entry out of "
            f"{config.data.raw}/{MANIFEST}, and its rows leave what is published.",
        )
    if entries != known:
        write(manifest, json.dumps(dict(sorted(entries.items())), indent=1) + "\n")
    return found


def _matches(config: Config, table: str, glob: str) -> list[Path]:
    """Return the files of the table."""
    try:
        paths = sorted(path for path in config.raw.glob(glob) if path.is_file())
    except (ValueError, NotImplementedError) as error:
        raise UserError(
            f"files.{table} in config.toml is no glob: {error}.", 'Write it like "*.csv".', 2
        ) from error
    if not paths:
        raise UserError(
            f"No file matches {config.data.raw}/{glob}.",
            f"Put the CSV files of {table!r} there, or correct the glob in config.toml.",
        )
    return paths


def _remembered(manifest: Path) -> dict[str, dict[str, Any]]:
    """Return what an earlier run has found out about each raw file, by name."""
    if not manifest.exists():
        return {}
    names = {field.name for field in dataclasses.fields(RawFile)} - {"name", "path"} | {"stamp"}
    try:
        entries = json.loads(manifest.read_text(encoding="utf-8"))
        if any(set(entry) != names for entry in entries.values()):
            raise ValueError(entries)
    except (AttributeError, TypeError, ValueError) as error:
        raise UserError(
            f"{manifest.name} beside the raw files is damaged.",
            "Restore it; or delete it, and the raw files count as they are now.",
        ) from error
    known: dict[str, dict[str, Any]] = entries
    return known


def measure(path: Path, folder: Path) -> RawFile:
    """Read the file once, in pieces: hash it and count its lines without any CSV reader.

    The count is the independent half of the row balance that a run checks.
    """
    digest, size, last = hashlib.sha256(), 0, b""
    feeds = returns = pairs = 0
    control = quotes = False
    with path.open("rb") as stream:
        while piece := stream.read(1 << 20):
            digest.update(piece)
            size += len(piece)
            feeds += piece.count(b"\n")
            if b"\r" in piece:
                returns += piece.count(b"\r")
                pairs += piece.count(b"\r\n")
            pairs += last == b"\r" and piece[:1] == b"\n"
            control = control or b"\x01" in piece
            quotes = quotes or b'"' in piece
            last = piece[-1:]
    name = path.relative_to(folder).as_posix()
    if size == 0:
        raise UserError(f"{name} is empty.", "It should hold a header at least.")
    newline = ""
    if not control and not returns:
        newline = "\n"
    elif not control and returns == feeds == pairs:
        newline = "\r\n"
    return RawFile(
        name=name,
        path=path,
        sha256=digest.hexdigest(),
        bytes=size,
        lines=feeds + (last != b"\n"),
        newline=newline,
        has_quotes=quotes,
    )
