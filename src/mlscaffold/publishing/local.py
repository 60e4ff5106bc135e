"""The repository here: whether it can be pushed as it stands, and what a push would send."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from mlscaffold import repository
from mlscaffold.errors import BadInputError, PublishError, RepositoryError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

OLDEST = (2, 31)
"""The first git that takes configuration from the environment, as `remotes.py` gives it."""

BRANCH = "refs/heads/"
FSCK = "Look at the repository with git fsck."


@dataclass(frozen=True)
class Local:
    """A repository that could be published: its folder, and the branch and commit it is on."""

    folder: Path
    branch: str
    commit: str


@dataclass(frozen=True)
class Blob:
    """The content of a file in some commit: its object, one of its paths, its bytes."""

    id: str
    path: str
    size: int


def inspect(folder: Path, *, allow_dirty: bool) -> Local:
    """Return what there is to publish in a folder.

    Raises:
        BadInputError: the folder is not there.
        PublishError: it is no repository, or in no state to be pushed.
    """
    if not folder.is_dir():
        raise BadInputError(f"There is no folder '{folder}'.", "Give the PATH of a repository.")
    _require_git(folder)
    top = repository.ask(folder, "rev-parse", "--show-toplevel")
    if top.status != 0:
        if "dubious ownership" in top.errors:
            raise PublishError(
                f"git does not trust '{folder}': it belongs to somebody else.",
                f"If it is yours: {repository.trusting(top, folder)}",
            )
        if repository.ask(folder, "rev-parse", "--is-bare-repository").output == "true":
            raise PublishError(
                f"The repository '{folder}' is bare: it has no files that say what it is.",
                "Publish a clone of it, with --remote github: git clone PATH FOLDER",
            )
        raise PublishError(
            f"'{folder}' is not in a git repository.",
            "Make it one: git init, git add ., git commit; or let mlscaffold new make one.",
        )
    root = Path(top.output)
    if not root.samefile(folder):
        raise PublishError(
            f"'{folder}' is a part of the repository '{root}'.",
            "All of it would be published; if that is what you want, give its folder as PATH.",
        )
    commit = repository.ask(folder, "rev-parse", "--verify", "--quiet", "HEAD").output
    if not commit:
        raise PublishError(
            f"The repository in '{folder}' has no commit yet: there is nothing to publish.",
            "Make the first: git add . && git commit -m 'Start'",
        )
    branch = repository.ask(folder, "symbolic-ref", "--quiet", "HEAD").output
    if not branch.startswith(BRANCH):
        raise PublishError(
            f"HEAD is detached at {commit[:10]}: no branch would be published.",
            "Go to one: git switch main, or git switch -c NAME for a new one from here.",
        )
    _require_takeable(folder)
    if not allow_dirty:
        _require_clean(folder)
    return Local(folder, branch.removeprefix(BRANCH), commit)


def unfinished(folder: Path) -> Local:
    """Return what is in a clone that a project will come to; there may be no commit yet."""
    branch = repository.ask(folder, "symbolic-ref", "--quiet", "HEAD").output
    commit = repository.ask(folder, "rev-parse", "--verify", "--quiet", "HEAD").output
    return Local(folder, branch.removeprefix(BRANCH), commit)


def is_known(folder: Path, commit: str) -> bool:
    """Tell whether a commit is in the repository of a folder."""
    return repository.ask(folder, "cat-file", "-e", f"{commit}^{{commit}}").status == 0


def is_ancestor(local: Local, commit: str) -> bool:
    """Tell whether all of a commit's history is in what would be pushed."""
    known = is_known(local.folder, commit)
    command = ("merge-base", "--is-ancestor", commit, local.commit)
    return known and repository.ask(local.folder, *command).status == 0


def outgoing(local: Local, *, known: Iterable[str]) -> tuple[Blob, ...]:
    """Return every file of every commit that would be pushed; `known` are commits that are there.

    A file that a later commit deleted is among them: a push sends the whole history.
    """
    listed = _listed(local, known, "--objects")
    named = dict(line.partition(" ")[::2] for line in listed.splitlines() if " " in line)
    form = "--batch-check=%(objectname) %(objecttype) %(objectsize)"
    answer = repository.ask(local.folder, "cat-file", form, lines=named)
    found = (line.split() for line in answer.require(FSCK).splitlines())
    return tuple(
        Blob(words[0], named[words[0]], int(words[2])) for words in found if words[1] == "blob"
    )


def paths(local: Local, *, known: Iterable[str], under: str = ".") -> tuple[str, ...]:
    """Return the paths that commits which would be pushed add or change, each once.

    Its content may be known over there, or stand at another path too.
    """
    commits = _listed(local, known).splitlines()
    command = ("diff-tree", "--stdin", "--root", "-r", "-c", "-z", "--no-commit-id")
    form = ("--diff-filter=d", "--name-only", "--", under)
    listed = repository.ask(local.folder, *command, *form, lines=commits).require(FSCK)
    return tuple(dict.fromkeys(filter(None, listed.split("\0"))))


def contents(local: Local, objects: Iterable[str]) -> Iterator[bytes]:
    """Yield the bytes of each object, one after the other."""
    wanted = list(objects)
    with repository.stream(local.folder, "cat-file", "--batch", lines=wanted) as output:
        for _ in wanted:
            head = output.readline().split()
            if len(head) != len(("object", "type", "size")):
                raise RepositoryError("git could not show a file of the history.", FSCK)
            yield _exactly(output, int(head[-1]))
            output.read(1)


def messages(local: Local, *, known: Iterable[str]) -> Iterator[tuple[str, bytes]]:
    """Yield every commit that would be pushed, its message first and then who made it when.

    A tag that was merged has its message in the commit; no tag is pushed.
    """
    listed = _listed(local, known).splitlines()
    for commit, content in zip(listed, contents(local, listed), strict=True):
        head, _, message = content.partition(b"\n\n")
        yield commit, b"\n".join((message, head))


def is_current(local: Local, blob: Blob) -> bool:
    """Tell whether the newest commit still holds a file as it is."""
    at = repository.ask(local.folder, "rev-parse", "--verify", "--quiet", f"HEAD:{blob.path}")
    return at.output == blob.id


def holds(local: Local, path: str) -> bool:
    """Tell whether the newest commit has files under a path."""
    return bool(repository.ask(local.folder, "ls-tree", "--name-only", "HEAD", "--", path).output)


def has_branch(local: Local, name: str) -> bool:
    """Tell whether a branch of that name is here."""
    command = ("show-ref", "--verify", "--quiet", BRANCH + name)
    return repository.ask(local.folder, *command).status == 0


def text(local: Local, path: str) -> str:
    """Return the text of a file in the newest commit; empty where it has none."""
    return repository.ask(local.folder, "cat-file", "blob", f"HEAD:{path}").output


def _listed(local: Local, known: Iterable[str], *options: str) -> str:
    """Return git's list of what the commits hold that are not among the known."""
    return repository.ask(
        local.folder, "rev-list", *options, local.commit, *(f"^{commit}" for commit in known)
    ).require(FSCK)


def _require_git(folder: Path) -> None:
    repository.require_git()
    words = repository.ask(folder, "version").output.split()
    numbers = [part for part in words[2].split(".")[:2] if part.isdigit()]
    if tuple(map(int, numbers)) < OLDEST:
        raise RepositoryError(
            f"git {words[2]} is too old to be given a token safely.",
            "Install git 2.31 or newer: https://git-scm.com/downloads",
        )


def _require_takeable(folder: Path) -> None:
    """Refuse a history that GitHub could not take, whatever is in it."""
    if repository.ask(folder, "rev-parse", "--is-shallow-repository").output == "true":
        raise PublishError(
            f"The repository in '{folder}' is shallow: the beginning of its history is missing.",
            "Fetch it first: git fetch --unshallow",
        )
    if repository.ask(folder, "rev-parse", "--show-object-format").output != "sha1":
        raise PublishError(
            f"The repository in '{folder}' names its objects by SHA-256, and GitHub takes SHA-1.",
            "Make a copy that does: git init --object-format=sha1 COPY, "
            "git fast-export --all | git -C COPY fast-import, git -C COPY reset --hard BRANCH",
        )


def _require_clean(folder: Path) -> None:
    # Not as the user's configuration has it, which may leave untracked files out.
    command = ("status", "--porcelain", "-z", "--untracked-files=normal")
    changed = repository.ask(folder, *command).output.split("\0")
    names = [entry[3:] for entry in changed if entry]
    if names:
        more = f" and {len(names) - 1} more" if len(names) > 1 else ""
        raise PublishError(
            f"There are changes that no commit holds: '{names[0]}'{more}.",
            "Commit them, or publish without them: --allow-dirty",
        )


def _exactly(stream: BinaryIO, size: int) -> bytes:
    parts = []
    while size > 0:
        part = stream.read(size)
        if not part:
            raise RepositoryError("git stopped in the middle of a file.", FSCK)
        parts.append(part)
        size -= len(part)
    return b"".join(parts)
