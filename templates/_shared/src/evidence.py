"""The evidence of a run: what was measured, on what, by which code.

Every number that the README or a card shows comes from the one file that this module writes.
"""

from __future__ import annotations

import dataclasses
import json
import platform
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from .errors import UserError

SUMMARY = Path("results/summary.json")
SCHEMA = 1


@dataclass(frozen=True)
class Project:
    """Which project the numbers belong to."""

    name: str
    template: str
    problem: str


@dataclass(frozen=True)
class Baseline:
    """What the result has to beat, in the headline's metric."""

    name: str
    value: float


@dataclass(frozen=True)
class Headline:
    """The one number a reader should remember; `std` is its spread, where it has one."""

    metric: str
    value: float
    std: float | None
    higher_is_better: bool
    baseline: Baseline


@dataclass(frozen=True)
class Figure:
    """A picture of the result: its path from the project's folder, and what it shows in words."""

    path: str
    title: str
    alt: str


@dataclass(frozen=True)
class Run:
    """How the numbers came to be; `seconds` is wall time, `peak_memory_mb` is in MiB."""

    command: str
    started: str
    seconds: float
    rows: int
    seed: int | None
    git_commit: str | None
    dirty: bool | None
    python: str
    platform: str
    peak_memory_mb: float | None


@dataclass(frozen=True)
class Summary:
    """All evidence of one run, as `results/summary.json` holds it."""

    project: Project
    headline: Headline
    metrics: dict[str, float]
    figures: list[Figure]
    run: Run

    def write(self, root: Path) -> Path:
        """Write the summary under `root` and return the file's path."""
        path = root / SUMMARY
        document = {"schema": SCHEMA, **dataclasses.asdict(self)}
        text = json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False)
        path.parent.mkdir(parents=True, exist_ok=True)
        write(path, text + "\n")
        return path

    @classmethod
    def read(cls, root: Path) -> Self | None:
        """Return the summary under `root`, or None when nothing was run yet.

        Raises:
            UserError: the file is there and is no summary of this schema.
        """
        path = root / SUMMARY
        if not path.exists():
            return None
        try:
            document = json.loads(path.read_text(encoding="utf-8"))
            if document["schema"] != SCHEMA:
                raise ValueError(document["schema"])
            headline = document["headline"]
            for value in (headline["value"], *document["metrics"].values()):
                if not isinstance(value, int | float):
                    raise TypeError(value)
            return cls(
                project=Project(**document["project"]),
                headline=Headline(**headline | {"baseline": Baseline(**headline["baseline"])}),
                metrics=document["metrics"],
                figures=[Figure(**figure) for figure in document["figures"]],
                run=Run(**document["run"]),
            )
        except OSError as error:
            reason = error.strerror or error
            raise UserError(
                f"{SUMMARY.as_posix()} cannot be read: {reason}.", "Mend that, or delete it."
            ) from error
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise UserError(
                f"{SUMMARY.as_posix()} is not a summary of schema {SCHEMA}.",
                "Delete it and run the project's main command again.",
            ) from error


class Stopwatch:
    """Started before the work, asked for the `Run` after it."""

    def __init__(self, command: str) -> None:
        self.command = command
        self._started = datetime.now(UTC)
        self._clock = time.perf_counter()

    def run(self, *, rows: int, seed: int | None, root: Path) -> Run:
        """Return how the run went; `rows` is the number of records it worked on."""
        written = (":!results", ":!model", ":!*.md")  # by the run itself
        changes = _git(root, "status", "--porcelain", "--", ".", *written)
        return Run(
            command=self.command,
            started=self._started.isoformat(timespec="seconds"),
            seconds=round(time.perf_counter() - self._clock, 2),
            rows=rows,
            seed=seed,
            git_commit=_git(root, "rev-parse", "HEAD"),
            dirty=None if changes is None else bool(changes),
            python=platform.python_version(),
            platform=platform.platform(terse=True),
            peak_memory_mb=_peak_memory(),
        )


def write(path: Path, text: str) -> None:
    """Put the text into the file in one step: whoever kills the run finds the old or the new."""
    unfinished = path.with_name(f".{path.name}.unfinished")
    unfinished.write_text(text, encoding="utf-8", newline="\n")
    unfinished.replace(path)


def _git(root: Path, *arguments: str) -> str | None:
    """Return what git prints, or None where there is no git, no commit or no own repository."""
    if not (root / ".git").exists():
        return None  # an outer repository's commit would say nothing of this code
    try:
        answer = subprocess.run(  # noqa: S603  the arguments are the constants above
            ["git", *arguments],  # noqa: S607  git is wherever its owner installed it
            cwd=root,
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return answer.stdout.strip()


def _peak_memory() -> float | None:
    """Return the largest memory this process has held, in MiB; Windows does not tell."""
    if sys.platform == "win32":
        return None
    import resource

    unit = 1 if sys.platform == "darwin" else 1024
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**20, 1)
