"""A pipeline by Spark with few flights, whose files come from another place and go to one."""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.templates import workshop
from tests.templates.test_project import NEEDS_JAVA
from tests.templates.workshop import NO_NETWORK, Outcome, Terminal

NAME = "late-cluster"
SMALL = """
import sys
from pathlib import Path
sys.path.insert(0, "tests")
from conftest import HEADER, flight, make
folder = Path(sys.argv[1])
folder.mkdir()
small = make(folder)
(small.raw / "flights.csv").unlink()
small.edit("config.toml", 'source = ""', 'source = "source.toml"')
small.edit("config.toml", '"flights*.csv"', '"flights/**/*.csv"')
lines = [HEADER, *(flight(number, day=1 + number) for number in range(12))]
(folder / "lines.txt").write_text("\\n".join(lines), encoding="utf-8")
"""
"""Makes a small project, with what the project's own tests are made with; each flight has its day."""


@dataclass(frozen=True)
class Pipeline:
    """A terminal beside the code, and the folder of a project that this code works on."""

    code: Terminal
    root: Path

    def run_as(self, **who: str) -> Outcome:
        """Run the pipeline with these variables, and no network but this machine's."""
        terminal = self.code.in_folder(self.root)
        words = ("uv", "run", "--project", str(self.code.folder), NAME, "run")
        return terminal.run(*words, **who, **NO_NETWORK)

    def lines(self, first: int, last: int) -> list[str]:
        """Return the header and some of the flights."""
        header, *rest = (self.root / "lines.txt").read_text(encoding="utf-8").splitlines()
        return [header, *rest[first:last]]

    def published(self) -> dict[str, bytes]:
        """Return what is published here."""
        return content(self.root / "data" / "published" / "flights")

    def connect(self, source: str, mirror: str, **settings: str) -> None:
        """Write where files come from and go to, and more settings of Spark's."""
        feed = f'[feeds.flights]\npath = "{source}"\n'
        (self.root / "source.toml").write_text(feed, encoding="utf-8")
        spark = self.root / "spark.toml"
        text = spark.read_text(encoding="utf-8")
        more = "".join(f'"{name}" = "{value}"\n' for name, value in settings.items())
        spark.write_text(f'mirror = "{mirror}"\n{text}{more}', encoding="utf-8")


def make(factory: pytest.TempPathFactory) -> Pipeline:
    """Make a pipeline that has not run, or skip where no server can be tried beside it."""
    if sys.platform != "linux":
        pytest.skip("its servers are tried on Linux only")
    if not shutil.which("java"):
        if os.environ.get(NEEDS_JAVA):
            pytest.fail("there is no Java")
        pytest.skip("there is no Java")
    shell = workshop.install(factory.mktemp("user"))
    answers = ("--set", "engine=spark", "--set", "source=files")
    shell.must("mlscaffold", "new", "pipeline", NAME, "--yes", *answers)
    code = shell.in_folder(shell.folder / NAME)
    code.must("uv", "sync", "--locked")
    root = factory.mktemp("cluster") / "small"
    code.must("uv", "run", "python", "-c", SMALL, str(root))
    return Pipeline(code, root)


def content(folder: Path) -> dict[str, bytes]:
    """Return what is in the files of a folder, by their names there."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
