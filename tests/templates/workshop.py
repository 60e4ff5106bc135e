"""mlscaffold as its user has it: the built wheel in an environment of its own, and a terminal."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from uv import find_uv_bin

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

CHECKOUT = Path(__file__).parents[2]
CONSTRAINTS = CHECKOUT / "constraints.txt"
WHEEL = "MLSCAFFOLD_WHEEL"
"""The variable that names a wheel built before; without it, one is built."""

SCRIPTS = "Scripts" if os.name == "nt" else "bin"
PATIENCE = 1800
"""Seconds after which a command is given up: far more than any needs."""

READY = "http://127.0.0.1:8000/health/ready"
"""Where a service says that it is ready, when it runs as its README shows it."""

NO_NETWORK = {
    "UV_OFFLINE": "1",
    **dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"), "http://127.0.0.1:9"),
    **dict.fromkeys(("http_proxy", "https_proxy", "all_proxy"), "http://127.0.0.1:9"),
    "NO_PROXY": "127.0.0.1,localhost",
}
"""uv is told to stay off the network; whoever else asks for a host meets a closed port."""

HIDDEN = (
    *("VIRTUAL_ENV", "PYTHON", "PYTEST", "COV_", "GIT_", "MLSCAFFOLD", "NO_COLOR", "FORCE_COLOR"),
    *("UV_PROJECT", "UV_RUN", "UV_NO_SYNC", "UV_FROZEN", "UV_LOCKED", "UV_OFFLINE"),
)
ENVIRONMENT = {key: value for key, value in os.environ.items() if not key.startswith(HIDDEN)}
"""This machine's environment when the tests were collected, without what concerns the tests."""


@dataclass(frozen=True)
class Outcome:
    """A command, the exit code it ended with, what it said, how long it took."""

    command: str
    code: int
    output: str
    seconds: float

    def __bool__(self) -> bool:
        """Tell whether the command succeeded."""
        return self.code == 0

    def __str__(self) -> str:
        """Return the whole story, for an assertion that fails."""
        return f"$ {self.command}\n{self.output}\n(exit code {self.code})"


@dataclass(frozen=True)
class Terminal:
    """Where commands are typed: a folder and an environment."""

    folder: Path
    environment: Mapping[str, str] = field(repr=False)

    def run(self, *words: str | Path, **more: str) -> Outcome:
        """Run a command to its end."""
        environment = {**self.environment, **more}
        started = time.perf_counter()
        ended = subprocess.run(
            _found(words, environment),
            cwd=self.folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            timeout=PATIENCE,
            check=False,
        )
        command = " ".join(map(str, words))
        return Outcome(command, ended.returncode, ended.stdout, time.perf_counter() - started)

    def must(self, *words: str | Path, **more: str) -> Outcome:
        """Run a command that has to succeed."""
        outcome = self.run(*words, **more)
        assert outcome, str(outcome)
        return outcome

    @contextmanager
    def running(self, *words: str, **more: str) -> Iterator[subprocess.Popen[bytes]]:
        """Keep a command running for as long as the context lasts."""
        environment = {**self.environment, **more}
        process = subprocess.Popen(
            _found(words, environment),
            cwd=self.folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            yield process
        finally:
            if os.name == "nt":  # where ending uv would leave what it started
                subprocess.run(["taskkill", "/T", "/F", "/PID", str(process.pid)], check=False)
            process.terminate()
            process.wait(PATIENCE)

    def play(self, commands: Iterable[tuple[str, ...]], **more: str) -> None:
        """Type commands as a reader would: in a second terminal, while one keeps running."""
        with ExitStack() as background:
            for words in commands:
                if words[0] == "docker" or _stays(words):
                    background.close()
                if _stays(words):
                    server = background.enter_context(self.running(*words, **more))
                    _wait_for(READY, server)
                elif words[0] != "curl" or shutil.which("curl"):
                    self.must(*words, **more)

    def in_folder(self, folder: Path) -> Terminal:
        """Return the same terminal after a `cd`."""
        return Terminal(folder, self.environment)


def install(folder: Path) -> Terminal:
    """Build the wheel, install it and nothing else into a new environment, open a terminal there.

    The user of that terminal is known to git, and nothing else of this machine's git is.
    """
    home = folder / "home"
    home.mkdir()
    (home / ".gitconfig").write_text(
        "[user]\n\tname = Ada Lovelace\n\temail = ada@example.org\n"
        "[init]\n\tdefaultBranch = main\n[github]\n\tuser = ada-lovelace\n",
        encoding="utf-8",
    )
    uv = Path(find_uv_bin())
    environment = {
        **ENVIRONMENT,
        "GIT_CONFIG_GLOBAL": str(home / ".gitconfig"),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "XDG_CACHE_HOME": str(home / ".cache"),
        "MPLCONFIGDIR": str(home / "matplotlib"),
        "PYTHONUTF8": "1",
        "UV_NO_PROGRESS": "1",
    }
    terminal = Terminal(folder, environment)
    environment["UV_CACHE_DIR"] = (
        Terminal(folder, ENVIRONMENT).must(uv, "cache", "dir").output.strip()
    )
    terminal.must(uv, "venv", "--quiet", "--python", sys.executable, "tool")
    constraints = ("--constraint", CONSTRAINTS, "--python", "tool", "--quiet")
    terminal.must(uv, "pip", "install", *constraints, wheel(terminal, uv))
    # What a user who ran `uv tool install mlscaffold` or `pip install mlscaffold` can type.
    environment["PATH"] = os.pathsep.join([str(folder / "tool" / SCRIPTS), environment["PATH"]])
    return terminal


def wheel(terminal: Terminal, uv: Path) -> Path:
    """Return the wheel that is tested: the one named in the environment, or a new one."""
    if WHEEL in os.environ:
        (found,) = CHECKOUT.glob(os.environ[WHEEL])
        return found
    terminal.must(uv, "build", "--quiet", "--wheel", "--out-dir", terminal.folder, CHECKOUT)
    (built,) = terminal.folder.glob("mlscaffold-*.whl")
    return built


def _stays(words: Sequence[str]) -> bool:
    """Tell whether a command goes on until Ctrl-C."""
    return words[-1] == "serve" or (words[:2] == ("docker", "run") and "--detach" not in words)


def _wait_for(address: str, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while True:
        assert server.poll() is None, f"{server.args!r} has ended"
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except (urllib.error.URLError, ConnectionError):
            assert time.monotonic() < deadline, f"{server.args!r} does not answer"
            time.sleep(0.2)


def _found(words: Sequence[str | Path], environment: Mapping[str, str]) -> list[str]:
    """Return the words with the program's own path, which Windows would look up in ours."""
    program, *rest = map(str, words)
    return [shutil.which(program, path=environment["PATH"]) or program, *rest]
