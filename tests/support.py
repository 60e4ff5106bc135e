"""What many tests need: real processes, terminals and repositories, and a look at the disk."""

from __future__ import annotations

import hashlib
import json
import os
import re
import select
import shutil
import signal
import subprocess
import sys
import time
import tomllib
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Self

from mlscaffold import __version__, answers, catalog, generate

if sys.platform != "win32":
    import termios

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import TracebackType

ROOT = Path(__file__).parents[1]
COMMAND = (sys.executable, "-c", "from mlscaffold.__main__ import main; main()")
"""What the console script does. With -m, Python may die of an interruption that was caught: an
`exec` of text that was interrupted leaves a mark which only that way of starting looks at."""
TEMPLATES = [template.id for template in catalog.templates()]
ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[=>78]|\x1b\][^\x07]*\x07")
OFFLINE = {"UV_OFFLINE": "1", "UV_NO_CACHE": "1"}
"""What makes uv fail to lock, as on a machine without a network."""
SHARED_MEMORY = "/dev/shm"  # noqa: S108  folders of unguessable names are made in it
ROOMY = Path(SHARED_MEMORY).is_dir() and shutil.disk_usage(SHARED_MEMORY).free > 4 * 2**30
MEMORY = SHARED_MEMORY if ROOMY else None
"""Where thousands of small files are made and removed in less time, or the usual place."""
PATIENCE = 120
"""Seconds after which a test stops waiting for a process: far more than any needs."""


@dataclass(frozen=True)
class Outcome:
    """How a process ended, and what it said."""

    code: int
    out: str
    err: str


def run(
    *words: str | Path,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    prefix: Sequence[str | Path] = (),
) -> Outcome:
    """Run `mlscaffold` as a process of its own, with no terminal."""
    ended = subprocess.run(
        [*prefix, *COMMAND, *words],
        cwd=cwd,
        env={**os.environ, **OFFLINE, **(env or {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=PATIENCE,
        check=False,
    )
    return Outcome(ended.returncode, ended.stdout, ended.stderr)


def said(outcome: Outcome, code: int, message: str, hint: str) -> None:
    """Assert that a process ended with a refusal of exactly these words, and said no more."""
    assert outcome.err == f"error: {message}\nhint: {hint}\n"
    assert outcome.out == ""
    assert outcome.code == code


def git(folder: Path, *words: str) -> str:
    """Return what git prints in a folder; fail if git does."""
    ended = subprocess.run(
        ["git", *words], cwd=folder, capture_output=True, encoding="utf-8", check=False
    )
    assert ended.returncode == 0, ended.stderr
    assert ended.stderr == "", ended.stderr
    return ended.stdout.rstrip("\n")


def subjects(folder: Path) -> list[str]:
    """Return the first lines of a repository's commits, oldest first."""
    return git(folder, "log", "--reverse", "--format=%s").splitlines()


def snapshot(folder: Path) -> dict[str, bytes | str | None]:
    """Return all that is under a folder: bytes of files, targets of links, None for folders."""
    found: dict[str, bytes | str | None] = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink():
            found[name] = str(path.readlink())
        else:
            found[name] = path.read_bytes() if path.is_file() else None
    return found


def contents(folder: Path) -> dict[str, bytes]:
    """Return the bytes of all files under a folder but git's own; of a link, its target."""
    return {
        path.relative_to(folder).as_posix(): (
            os.fsencode(path.readlink()) if path.is_symlink() else path.read_bytes()
        )
        for path in folder.rglob("*")
        if (path.is_symlink() or path.is_file()) and path.relative_to(folder).parts[0] != ".git"
    }


def committed(folder: Path, commit: str) -> dict[str, bytes]:
    """Return the bytes of all files in a commit, as git stores them; git is asked twice."""
    listed = git(folder, "ls-tree", "-r", "-z", commit).rstrip("\0")
    files = [entry.split("\t", 1) for entry in listed.split("\0") if entry]
    ended = subprocess.run(
        ["git", "cat-file", "--batch"],
        cwd=folder,
        input="".join(f"{words.split()[2]}\n" for words, _ in files).encode(),
        capture_output=True,
        check=True,
    )
    answer = BytesIO(ended.stdout)  # of each "ID blob SIZE", its bytes, and a line's end
    found = {}
    for _, name in files:
        _, kind, size = answer.readline().split()
        assert kind == b"blob"
        found[name] = answer.read(int(size))
        assert answer.read(1) == b"\n"
    return found


def identify(home: Path, *, more: str = "") -> None:
    """Write a git configuration for a user who has told git a name."""
    (home / ".gitconfig").write_text(
        f"[user]\n\tname = Ada Lovelace\n\temail = ada@example.org\n{more}", encoding="utf-8"
    )


def resolve(template: str, **given: str) -> dict[str, str]:
    """Return the answers that a template's defaults and the given ones make."""
    return answers.resolve(
        catalog.template(template),
        {"project_name": "Late Or Not", **given},
        suggestions={},
        version=__version__,
        prompter=None,
    )


def roadmap() -> dict[str, list[str]]:
    """Return the stages of the roadmap, and the skills in each: the words of every template."""
    text = (catalog.root() / "roadmap.toml").read_text(encoding="utf-8")
    return {stage["id"]: stage["skills"] for stage in tomllib.loads(text)["stage"]}


def make(
    template: str, path: Path, *, git: bool = True, lock: bool = False, **given: str
) -> generate.Project:
    """Make a project in this process, unlocked unless asked for."""
    request = generate.Request(template=template, path=path, answers=given, git=git, lock=lock)
    return generate.create(generate.plan(request))


def write_bundle(folder: Path, **changes: bytes | None) -> Path:
    """Write a model bundle whose model nobody will run.

    `changes` are the contents of `weights`, `signature`, `sample` or `sums`; None leaves one out.
    """
    rows = [{"size": size, "kind": kind} for size, kind in ((1.5, "é"), (2, None), (3, "b"))]
    contents: dict[str, bytes | None] = {
        "weights": b"no model",
        "signature": json.dumps({"schema": 1, "name": "churn", "version": "1.10"}).encode(),
        "sample": json.dumps({"rows": rows, "expected": [{}, {}, {}]}).encode(),
        **changes,
    }
    names = {"weights": "model.onnx", "signature": "signature.json", "sample": "sample.json"}
    folder.mkdir(parents=True, exist_ok=True)
    sums = b""
    for key, name in names.items():
        content = contents[key]
        if content is not None:
            (folder / name).write_bytes(content)
            sums += f"{hashlib.sha256(content).hexdigest()}  {name}\n".encode()
    written = changes.get("sums", sums)
    if written is not None:
        (folder / "SHA256SUMS").write_bytes(written)
    return folder


def copy_package(folder: Path, *, templates: Path | None = None) -> Path:
    """Lay an installed copy of the package into a folder, to be put on PYTHONPATH and broken."""
    skip = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "src" / "mlscaffold", folder / "mlscaffold", ignore=skip)
    installed = folder / "mlscaffold" / "templates"
    shutil.copytree(templates or catalog.root(), installed, ignore=skip)
    return installed


class Terminal:
    """A process at a pseudo-terminal of its own, which it may be interrupted from."""

    def __init__(
        self,
        *words: str | Path,
        piped: bool = False,
        columns: int = 200,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """Start `mlscaffold`; with `piped`, its stdout is no terminal."""
        settings = {
            "TERM": "xterm-256color",
            "PROMPT_TOOLKIT_NO_CPR": "1",
            "PYTHONFAULTHANDLER": "1",
            **(environment or {}),
        }
        launcher = (
            "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); "
            "os.execv(sys.argv[1], sys.argv[1:])"
        )
        self._master, slave = os.openpty()
        termios.tcsetwinsize(slave, (50, columns))
        self._process = subprocess.Popen(
            [sys.executable, "-c", launcher, *COMMAND, *words],
            env={**os.environ, **OFFLINE, **settings},
            stdin=slave,
            stdout=subprocess.PIPE if piped else slave,
            stderr=slave,
            start_new_session=True,
        )
        os.close(slave)
        self.raw = ""
        self._seen = 0
        self._open = True

    def __enter__(self) -> Self:
        """Return the terminal itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Leave no process and no open file behind."""
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait(PATIENCE)
        if self._process.stdout:
            self._process.stdout.close()
        if self._open:
            os.close(self._master)

    @property
    def shown(self) -> str:
        """Everything shown so far, without colours and cursor movements."""
        return ESCAPES.sub("", self.raw).replace("\r", "")

    def expect(self, text: str) -> None:
        """Wait until the text is shown, after what was expected before."""
        until = time.monotonic() + PATIENCE
        while text not in self.shown[self._seen :]:
            assert time.monotonic() < until, f"{text!r} is not in {self.shown[self._seen :]!r}"
            assert self._read(), f"{text!r} is not in {self.shown[self._seen :]!r}"
        self._seen = self.shown.index(text, self._seen) + len(text)

    def send(self, keys: str) -> None:
        """Type the keys."""
        os.write(self._master, keys.encode())

    def hang_up(self) -> int:
        """Close the terminal, as whoever closes its window does; return the exit code."""
        self._open = False
        os.close(self._master)
        return self._process.wait(PATIENCE)

    def modes(self) -> list[object]:
        """Return how the terminal treats what is typed."""
        return termios.tcgetattr(self._master)

    def signal(self, number: int) -> None:
        """Send a signal to the process alone."""
        self._process.send_signal(number)

    def end(self) -> int:
        """Wait for the end of the process and return its exit code."""
        while self._read():
            pass
        return self._process.wait(PATIENCE)

    def output(self) -> str:
        """Return what the process wrote to its piped stdout."""
        assert self._process.stdout
        return self._process.stdout.read().decode()

    def _where(self) -> str:
        """End the process and return where it was, as its fault handler shows it."""
        self._process.send_signal(signal.SIGABRT)
        ready, _, _ = select.select([self._master], [], [], 5)
        return os.read(self._master, 65536).decode(errors="replace") if ready else "it says nothing"

    def _read(self) -> bool:
        """Read what is there; return whether more may come."""
        ready, _, _ = select.select([self._master], [], [], PATIENCE)
        if not ready:
            raise AssertionError(f"nothing came after {self.shown!r}: {self._where()}")
        try:
            data = os.read(self._master, 65536)
        except OSError:  # Linux says so when the last process has closed its side
            return False
        self.raw += data.decode(errors="replace")
        return bool(data)
