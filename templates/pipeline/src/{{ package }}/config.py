"""What config.toml says: where the data are, and which file belongs to which table."""

from __future__ import annotations

import os
from dataclasses import dataclass
from itertools import permutations
from pathlib import Path

from . import strict
from .errors import UserError

FILE = "config.toml"
# What the folder beside the published one is called while it grows, and while it waits.
NEW, OLD = ENDS = (".new", ".old")


@dataclass(frozen=True)
class Project(strict.Strict):
    """The project's name, and the problem it solves in one sentence."""

    name: str
    problem: str


@dataclass(frozen=True)
class Data(strict.Strict):
    """Folders of the project; `sample` names the data set to unpack, empty for the owner's own."""

    raw: str
    quarantine: str
    published: str
    sample: str = ""


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
        """The folder that readers use, replaced as a whole."""
        return self.root / self.data.published


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
    """Refuse folders outside the project or within each other: `published` is replaced whole."""
    folders = {}
    for name in ("raw", "quarantine", "published"):
        written = getattr(data, name)
        folders[name] = Path(os.path.normpath(written))
        if folders[name].anchor or folders[name].parts[:1] in ((), ("..",)):
            raise UserError(
                f"{FILE}: data.{name} is {written!r}, which is no folder within the project.",
                f'Write it like "data/{name}".',
                2,
            )
    # A run builds the new folder, and parks the old one, beside the published one.
    beside = [folders["published"].with_name(f"{folders['published'].name}{end}") for end in ENDS]
    for one, other in permutations([*folders.values(), *beside], 2):
        if one == other or one in other.parents:
            raise UserError(
                f"{FILE}: the folders of [data] overlap at {one.as_posix()!r}.",
                "Give raw, quarantine and published a folder each, none within another.",
                2,
            )
