"""What config.toml says: where the data are, and which file belongs to which table."""

from __future__ import annotations

import os
from dataclasses import dataclass
from itertools import permutations
from pathlib import Path

from . import strict
from .errors import UserError

FILE = "config.toml"


@dataclass(frozen=True)
class Project(strict.Strict):
    """The project's name, and the problem it solves in one sentence."""

    name: str
    problem: str


@dataclass(frozen=True)
class Data(strict.Strict):
    """Folders of the project; `source` is what the source reads: a package, a glob."""

    raw: str
    quarantine: str
    published: str
    state: str
    source: str = ""


@dataclass(frozen=True)
class Config:
    """All of config.toml; `files` holds one glob under the raw folder for each table."""

    root: Path
    project: Project
    data: Data
    files: dict[str, str]

    @property
    def raw(self) -> Path:
        """The folder of the raw files, which nothing ever changes."""
        return self.root / self.data.raw

    @property
    def quarantine(self) -> Path:
        """The folder of what was set aside."""
        return self.root / self.data.quarantine

    @property
    def published(self) -> Path:
        """The folder that readers use; its files are replaced one by one, each whole."""
        return self.root / self.data.published

    @property
    def state(self) -> Path:
        """The folder of what the pipeline remembers: its state, its runs, its lock."""
        return self.root / self.data.state


def read(root: Path) -> Config:
    """Return the configuration of the project at `root`.

    Raises:
        UserError: config.toml is not there, or says something that is not understood.
    """
    document = strict.load(root / FILE)
    for section in document:
        if section not in ("project", "data", "files"):
            hint = strict.nearest(section, ("project", "data", "files"))
            raise UserError(f"{FILE} has an unknown section [{section}].", hint, 2)
    for section in ("project", "data", "files"):
        if not isinstance(document.get(section), dict):
            raise UserError(f"{FILE} lacks the section [{section}].", "Add it.", 2)
    files = document["files"]
    for table, glob in files.items():
        if not isinstance(glob, str) or not glob:
            raise UserError(f"{FILE}: files.{table} is no glob.", 'Write it like "*.csv".', 2)
        if Path(glob).anchor or ".." in Path(glob).parts:
            raise UserError(
                f"{FILE}: files.{table} leaves the raw folder.",
                "Write a glob below data.raw, such as *.csv.",
                2,
            )
    data = Data.build(document["data"], f"{FILE}: data")
    _keep_apart(data)
    return Config(
        root=root,
        project=Project.build(document["project"], f"{FILE}: project"),
        data=data,
        files=files,
    )


def _keep_apart(data: Data) -> None:
    """Refuse folders outside the project or within each other: their files are replaced."""
    folders = {}
    for name in ("raw", "quarantine", "published", "state"):
        written = getattr(data, name)
        folders[name] = Path(os.path.normpath(written))
        if folders[name].anchor or folders[name].parts[:1] in ((), ("..",)):
            raise UserError(
                f"{FILE}: data.{name} is {written!r}, which is no folder within the project.",
                f'Write it like "data/{name}".',
                2,
            )
    for one, other in permutations(folders.values(), 2):
        if one == other or one in other.parents:
            raise UserError(
                f"{FILE}: the folders of [data] overlap at {one.as_posix()!r}.",
                "Give raw, quarantine, published and state a folder each, none within another.",
                2,
            )
