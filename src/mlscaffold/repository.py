"""git, as far as mlscaffold needs it: the only module that imports GitPython.

Plain git commands are used throughout: they honour the user's configuration where that is wanted,
and cost half of what GitPython's own index does. The user's hooks, signing and line-ending settings
stay out of the commits made here: nothing of the user's may block or change them.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from mlscaffold import interrupts
from mlscaffold.destination import quoted
from mlscaffold.errors import RepositoryError

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from git import Git

POINTERS = (
    *("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_COMMON_DIR", "GIT_NAMESPACE"),
    *("GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_PREFIX"),
)

QUIET = (
    *("-c", f"core.hooksPath={os.devnull}"),
    *("-c", "core.fsmonitor=false"),  # a daemon would watch a folder that is soon elsewhere
    *("-c", "core.untrackedCache=false"),  # and a cache would remember where it was
    *("-c", "core.autocrlf=false"),
    *("-c", "core.safecrlf=false"),
    *("-c", "commit.gpgSign=false"),
    *("-c", "commit.verbose=false"),
    *("-c", "maintenance.auto=false"),
    *("-c", "gc.auto=0"),
)

EXCLUDE = "# What git ignores in this clone alone, one pattern a line, as in .gitignore.\n"


@dataclass(frozen=True)
class Answer:
    """How a git command ended, and what it said."""

    status: int
    output: str
    errors: str

    @property
    def reason(self) -> str:
        """Return git's own sentence on what went wrong."""
        return _reason(self.errors) or f"exit code {self.status}"

    def require(self, hint: str) -> str:
        """Return the output.

        Raises:
            RepositoryError: git had failed; the hint says what can be done.
        """
        if self.status != 0:
            raise RepositoryError(f"git refused: {self.reason}", hint)
        return self.output


def require_git() -> None:
    """Refuse to go on without git.

    Raises:
        RepositoryError: there is no git on the PATH.
    """
    if shutil.which("git") is None:
        raise RepositoryError(
            "There is no git on the PATH.",
            "Install git (https://git-scm.com/downloads), or make the files alone with --no-git.",
        )


def trusting(answer: Answer, folder: Path) -> str:
    """Return what has git trust the repository of somebody else that it has refused to open."""
    named = re.search(r"dubious ownership in repository at '(.*)'$", answer.errors, re.MULTILINE)
    path = named[1] if named else folder.resolve().as_posix()
    return f"git config --global --add safe.directory {quoted(path)}"


def enclosing(folder: Path) -> Path | None:
    """Return the work tree that would hold the folder, or None; one that ignores it does not.

    A link on the way to the folder leads into the work tree as well as a plain path does.
    """
    folder = folder.resolve()
    for candidate in (folder, *folder.parents):
        if (candidate / ".git").exists():
            inside = folder.relative_to(candidate).as_posix()
            ignored = _git(candidate, "check-ignore", "--", inside, check=False)
            return None if ignored else candidate
    return None


def tracked_at_top(folder: Path) -> tuple[str, ...]:
    """Return the names at the top of the newest commit; none when there is no commit."""
    names = _git(folder, "ls-tree", "--name-only", "-z", "HEAD", check=False)
    return tuple(name for name in names.split("\0") if name)


class Repository:
    """A repository whose files may lie in another folder than its `.git`."""

    def __init__(self, folder: Path, *, files: Path | None = None) -> None:
        """Open the repository in `folder`; what it commits lies there, or in `files`."""
        self._files = files or folder
        self._place = (f"--git-dir={folder / '.git'}", f"--work-tree={self._files}")

    @classmethod
    def create(cls, folder: Path, *, branch: str) -> Repository:
        """Make an empty repository, with none of the user's template hooks in it.

        Advice on keeping files out of git has them written into `info/exclude`.
        """
        # GitHub takes no other format, whatever is the user's default.
        chosen = ("--object-format=sha1", f"--initial-branch={branch}")
        _git(folder, "init", "--quiet", "--template=", *chosen)
        (folder / ".git" / "info").mkdir(exist_ok=True)
        exclude = folder / ".git" / "info" / "exclude"
        exclude.write_text(EXCLUDE, encoding="utf-8", newline="\n")
        return cls(folder)

    def identify(self, name: str, email: str) -> None:
        """Give this repository, and no other, a name and an address for its commits."""
        self._run("config", "--local", "user.name", name)
        self._run("config", "--local", "user.email", email)

    def commit(
        self,
        message: str,
        *,
        paths: Iterable[str] = (".",),
        trailers: Mapping[str, str] | None = None,
        seal: str | None = None,
    ) -> str | None:
        """Commit the paths, ignored or not; return the hash, or None if nothing changed.

        `seal` is the key of a trailer that takes the hash of the tree: whoever finds the commit
        later can tell whether it still holds what it was made with.
        """
        self._run("add", "--all", "--force", "--", *paths)
        if self._run("status", "--porcelain", "--untracked-files=no") == "":
            return None
        if seal:
            trailers = {**(trailers or {}), seal: self._run("write-tree")}
        # Not --trailer, nor any other clean-up: both follow the user's configuration.
        lines = [f"{key}: {value}" for key, value in (trailers or {}).items()]
        text = "\n".join([message, "", *lines]).strip()
        self._run("commit", "--quiet", "--no-verify", "--cleanup=verbatim", f"--message={text}")
        return self.head()

    def head(self) -> str | None:
        """Return the newest commit's hash, or None in a repository that has none."""
        return self._run("rev-parse", "--verify", "--quiet", "HEAD", check=False) or None

    def reset(self, commit: str | None) -> None:
        """Point the branch and the index back at a commit, or at nothing; touch no file."""
        if commit is None:
            self._run("update-ref", "-d", "HEAD", check=False)
            self._run("read-tree", "--empty")
        else:
            self._run("update-ref", "HEAD", commit)
            self._run("read-tree", commit)

    def _run(self, *arguments: str, check: bool = True) -> str:
        return _git(self._files, *self._place, *QUIET, *arguments, check=check)


def ask(
    folder: Path,
    *arguments: str,
    environment: Mapping[str, str] | None = None,
    lines: Iterable[str] = (),
    given: BinaryIO | None = None,
    written: BinaryIO | None = None,
    alone: bool = False,
) -> Answer:
    """Run git in a folder and return how it ended; `lines` are what it reads, or `given` is.

    `environment` is for what must not be seen among a process's arguments. What git prints goes
    into `written` too, where that is not None. With `alone`, and wherever interruptions are held
    back, a Ctrl-C at the terminal reaches us and not it: whoever holds that back lets it end what
    it began; else it ends with all its helpers.

    Raises:
        KeyboardInterrupt: git was told to end, as we are by whatever ends all that we started.
    """
    import git

    # On Windows GitPython gives each git a process group of its own anyway.
    alone = (alone or interrupts.are_held_back()) and os.name != "nt"
    apart: dict[str, Any] = {"start_new_session": True} if alone else {}
    with _detached(), _reading(lines) as stream:
        process = git.Git(folder).execute(
            ["git", *arguments],
            istream=given or stream,
            as_process=True,
            env=dict(environment or {}),
            **apart,
        )
    with _ending(process, helpers=bool(apart)) as started:
        output, errors = started.communicate()
    if -started.returncode in interrupts.SIGNALS:
        raise KeyboardInterrupt
    if written is not None:
        written.write(output)
    return Answer(started.returncode, _text(output), _text(errors))


@contextmanager
def stream(folder: Path, *arguments: str, lines: Iterable[str]) -> Iterator[BinaryIO]:
    """Run git in a folder and yield what it prints, as it comes; `lines` are what it reads."""
    import git

    with _detached(), _reading(lines) as source:
        process = git.Git(folder).execute(["git", *arguments], istream=source, as_process=True)
    with _ending(process) as started:
        yield cast("BinaryIO", started.stdout)


@contextmanager
def _ending(
    process: Git.AutoInterrupt, *, helpers: bool = False
) -> Iterator[subprocess.Popen[bytes]]:
    """Yield a git that was started; it does not outlive what is done with it."""
    started = cast("subprocess.Popen[bytes]", process.proc)
    try:
        yield started
    finally:
        for pipe in (started.stdout, started.stderr):
            cast("BinaryIO", pipe).close()
        if started.poll() is None:
            os.killpg(started.pid, signal.SIGTERM) if helpers else started.terminate()
            started.wait()


def _text(printed: bytes) -> str:
    """Return what git has printed, without the last line break."""
    return printed.decode(errors="surrogateescape").removesuffix("\n")


@contextmanager
def _reading(lines: Iterable[str]) -> Iterator[BinaryIO | None]:
    """Yield a file of the lines for git to read; none where there are none."""
    if not lines:
        yield None
        return
    with tempfile.TemporaryFile() as file:
        file.writelines(f"{line}\n".encode() for line in lines)
        file.seek(0)
        yield cast("BinaryIO", file)


def _git(folder: Path, *arguments: str, check: bool = True) -> str:
    """Run git in a folder and return what it prints, without the last line break."""
    answer = ask(folder, *arguments)
    if check:
        answer.require("Mend that, or make the files alone with --no-git.")
    return answer.output


def _reason(errors: str) -> str:
    """Return git's own sentence: the first that it calls an error, or its last line."""
    lines = [line.strip() for line in errors.splitlines() if line.strip()]
    fatal = [line for line in lines if line.startswith(("fatal: ", "error: "))]
    telling = [line for line in fatal if ".lock'" in line]  # what comes of it says less
    sentence = (telling or fatal or lines[-1:] or [""])[0]
    return sentence.removeprefix("fatal: ").removeprefix("error: ")


@contextmanager
def _detached() -> Iterator[None]:
    """Hide the variables by which an outer git, running us as a hook, names its repository."""
    hidden = {name: os.environ.pop(name) for name in POINTERS if name in os.environ}
    try:
        yield
    finally:
        os.environ.update(hidden)
