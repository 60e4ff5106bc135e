"""Whoever stops mlscaffold finds everything as it was: by a signal, by a closed window."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.previous import run_at
from tests.support import (
    COMMAND,
    OFFLINE,
    PATIENCE,
    Terminal,
    contents,
    git,
    identify,
    make,
    run,
    snapshot,
)

if TYPE_CHECKING:
    from tests.github import GitHub

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals of POSIX systems")
SAID = "Interrupted; nothing was left behind.\n"


@dataclass(frozen=True)
class Way:
    """How a process is asked to end: a signal to it alone, or to all that it has started too."""

    name: str
    to_all: bool

    def send(self, process: subprocess.Popen[str]) -> None:
        """Ask for it."""
        number = signal.Signals[self.name]
        if self.to_all:
            os.killpg(process.pid, number)
        else:
            process.send_signal(number)


WAYS = [
    pytest.param(Way("SIGTERM", to_all=False), id="terminate"),
    pytest.param(Way("SIGHUP", to_all=True), id="hang-up"),
]


@pytest.fixture
def spare(tmp_path: Path) -> Path:
    """Return where temporary folders are made."""
    folder = tmp_path / "spare"
    folder.mkdir()
    return folder


def start(*words: str, cwd: Path, spare: Path) -> subprocess.Popen[str]:
    """Start a process in a group of its own; uv's temporary files are uv's affair."""
    cache = str(spare.with_name("uv"))
    return subprocess.Popen(
        [*COMMAND, *words],
        cwd=cwd,
        env={**os.environ, "UV_OFFLINE": "1", "UV_CACHE_DIR": cache, "TMPDIR": str(spare)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        start_new_session=True,
    )


def stop_at_any_moment(
    way: Way, *words: str, cwd: Path, spare: Path, seed: int, times: int = 6
) -> None:
    """Stop a command on its way; where it was stopped, all is as it was, and it says so."""
    before = state(cwd)
    chance = random.Random(seed)  # noqa: S311  chance, not secrecy
    began = time.perf_counter()
    with start(*words, cwd=cwd, spare=spare) as process:
        process.communicate(timeout=PATIENCE)
    took = time.perf_counter() - began
    assert process.returncode == 0
    codes = []
    for _ in range(times):
        reset(cwd, before[0])
        with start(*words, cwd=cwd, spare=spare) as process:
            time.sleep(chance.uniform(0.3, 1.0) * took)
            way.send(process)
            _, errors = process.communicate(timeout=PATIENCE)
        assert list(spare.iterdir()) == []
        codes.append(process.returncode)
        if process.returncode == 130:
            assert errors == SAID
            assert state(cwd) == before
        else:  # it was done, or had not begun to listen
            assert process.returncode in {0, -signal.Signals[way.name]}, errors
    assert 130 in codes


def state(folder: Path) -> tuple[str, object, object, object]:
    """Return what an interruption must leave as it was."""
    head = git(folder, "rev-parse", "HEAD")
    there = (folder / ".git" / "MERGE_HEAD").exists()
    return head, contents(folder), git(folder, "for-each-ref"), there


def reset(folder: Path, head: str) -> None:
    """Go back to before a command that was carried out."""
    git(folder, "reset", "--quiet", "--hard", head)
    git(folder, "clean", "--quiet", "-d", "--force")


@pytest.mark.parametrize("way", WAYS)
def test_update(way: Way, older: Path, work: Path, spare: Path) -> None:
    """Before the merge, in it, or while uv locks."""
    outcome = run_at(older, "new", "pipeline", "x", "--yes", "--no-lock")
    assert outcome.code == 0, outcome.err
    stop_at_any_moment(way, "update", cwd=work / "x", spare=spare, seed=1)


HELD = """
from pathlib import Path
from mlscaffold import interrupts, repository
interrupts.heed()
with interrupts.held_back():
    command = "alias.slow=!touch begun; sleep 1; touch ended"
    print(repository.ask(Path(), "-c", command, "slow").status, flush=True)
"""


def test_git_ends_what_it_began_while_signals_are_held_back(work: Path) -> None:
    """A terminal that is closed tells git too, which would end half-way, and we with an error."""
    git(work, "init", "--quiet")
    with subprocess.Popen(
        [sys.executable, "-c", HELD],
        cwd=work,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        encoding="utf-8",
        start_new_session=True,
    ) as process:
        until = time.monotonic() + PATIENCE
        while not (work / "begun").exists():
            assert time.monotonic() < until
            time.sleep(0.02)
        os.killpg(process.pid, signal.SIGHUP)
        out, _ = process.communicate(timeout=PATIENCE)
    assert out == "0\n"
    assert (work / "ended").exists()
    assert process.returncode not in {0, -signal.SIGHUP}


@pytest.mark.parametrize("way", WAYS)
def test_a_dry_run(way: Way, older: Path, work: Path, spare: Path) -> None:
    """The copy that it is tried in is gone too."""
    outcome = run_at(older, "new", "pipeline", "x", "--yes", "--no-lock")
    assert outcome.code == 0, outcome.err
    stop_at_any_moment(way, "update", "--dry-run", cwd=work / "x", spare=spare, seed=2, times=3)


@pytest.mark.parametrize("way", WAYS)
def test_adopt(way: Way, work: Path, spare: Path) -> None:
    """No file has come."""
    git(work, "init", "--quiet", "--initial-branch=main", "x")
    (work / "x" / "README.md").write_text("# Mine\n", encoding="utf-8")
    git(work / "x", "add", "--all")
    git(work / "x", "commit", "--quiet", "--message=Start")
    stop_at_any_moment(way, "adopt", "pipeline", "--yes", cwd=work / "x", spare=spare, seed=3)


@pytest.mark.parametrize("way", WAYS)
def test_publish(way: Way, github: GitHub, work: Path, spare: Path) -> None:
    """In the push: git ends with us, what is there is said, and the same command goes on."""
    folder = make("pipeline", work / "x").path
    github.hook = f"touch {work}/arrived; sleep 4; exit 1"
    with start("publish", "--private", cwd=folder, spare=spare) as process:
        until = time.monotonic() + PATIENCE
        while not (work / "arrived").exists():
            assert time.monotonic() < until
            time.sleep(0.02)
        way.send(process)
        _, errors = process.communicate(timeout=PATIENCE)
        assert _wait_for_git(github) == []
    assert process.returncode == 130
    assert errors == (
        f"error: Interrupted; {github.page('ada', 'x')} may be there already.\n"
        "hint: To go on, publish again: it continues where it stopped.\n"
    )
    assert list(spare.iterdir()) == []
    (github.repositories["ada", "x"].folder / "hooks" / "pre-receive").unlink()
    assert run("publish", "x", "--private").code == 0
    assert github.branches("ada", "x") == {"main": git(folder, "rev-parse", "HEAD")}


def _wait_for_git(github: GitHub) -> list[str]:
    """Return the processes that still speak to a server after a while, where they can be seen."""
    until = time.monotonic() + 3
    while True:
        found = []
        for file in Path("/proc").glob("[0-9]*/cmdline"):
            with suppress(OSError):
                found += [line for line in [file.read_text()] if github.name in line]
        if not found or time.monotonic() > until:
            return found
        time.sleep(0.05)


def test_new_and_publish(github: GitHub, work: Path, spare: Path) -> None:
    """What was made before stays, and is said to."""
    github.hook = f"touch {work}/arrived; sleep 2; exit 1"
    words = ("new", "pipeline", "x", "--yes", "--no-lock", "--publish", "--private")
    with start(*words, cwd=work, spare=spare) as process:
        until = time.monotonic() + PATIENCE
        while not (work / "arrived").exists():
            assert time.monotonic() < until
            time.sleep(0.02)
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130
    assert "To go on: mlscaffold publish x --private" in errors
    assert "nothing was left behind" not in errors
    assert git(work / "x", "status", "--porcelain") == ""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_at_a_question(number: int, work: Path) -> None:
    """The terminal is as it was, so that what is typed is seen again."""
    with Terminal("new") as terminal:
        before = terminal.modes()
        terminal.expect("What do you want to build?")
        terminal.signal(number)
        terminal.expect(SAID.strip())
        assert terminal.end() == 130
        assert terminal.modes() == before
    assert snapshot(work) == {}


def test_a_closed_window(older: Path, work: Path) -> None:
    """There is nobody to tell, and nothing to tell."""
    with Terminal("new") as terminal:
        terminal.expect("What do you want to build?")
        assert terminal.hang_up() == 130
    assert snapshot(work) == {}
    assert run_at(older, "new", "pipeline", "x", "--yes", "--no-lock").code == 0
    before = state(work / "x")
    with Terminal("update", str(work / "x")) as terminal:
        time.sleep(0.5)
        terminal.hang_up()
    after = state(work / "x")
    assert after == before or git(work / "x", "status", "--porcelain") == ""


def test_what_is_ignored_stays_ignored(work: Path, home: Path) -> None:
    """As `nohup` has a process do it."""
    identify(home)
    words = ["nohup", *COMMAND, "new", "pipeline", "x", "--yes", "--no-lock"]
    with subprocess.Popen(
        words,
        cwd=work,
        env={**os.environ, **OFFLINE},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        time.sleep(0.4)
        process.send_signal(signal.SIGHUP)
        assert process.wait(PATIENCE) == 0
    assert (work / "x" / "README.md").exists()
