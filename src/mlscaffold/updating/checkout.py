"""An owner's repository: what is in it, and making commits beside its branches and files.

Other than in the repositories that `new` makes, the owner's settings for line endings and conflict
markers hold here: files are read and written as their editor expects them.
"""

from __future__ import annotations

import io
import os
import stat
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from mlscaffold import identity, repository, spare
from mlscaffold.errors import BadInputError, UnreadyError
from mlscaffold.updating.entries import Entry, read_difference

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from mlscaffold.repository import Answer
    from mlscaffold.updating.entries import Difference

RECORD = ".mlscaffold.yml"
HINT = "Nothing of yours was lost: git status shows where things stand; mend that, and try again."

OURS = (
    *("-c", f"core.hooksPath={os.devnull}"),
    *("-c", "commit.gpgSign=false"),
    *("-c", "commit.verbose=false"),
    *("-c", "core.safecrlf=false"),
    *("-c", "gc.auto=0"),
    *("-c", "log.showSignature=false"),
    *("-c", "maintenance.auto=false"),
    *("-c", "merge.directoryRenames=false"),
    *("-c", "merge.renames=false"),  # a deleted file can be taken for a rename of another
    *("-c", "merge.verifySignatures=false"),
    *("-c", "submodule.recurse=false"),
    *("-c", "trailer.separators=:"),
)


@dataclass(frozen=True)
class Checkout:
    """A repository and its work tree; `private` is git's own folder of that work tree."""

    folder: Path
    private: Path
    identity: tuple[str, ...] = field(default=(), repr=False)
    """Settings that name somebody, where git knows no name of the owner's."""

    @classmethod
    def open(cls, path: Path) -> Checkout:
        """Return the repository that a folder is, or is inside of.

        Raises:
            BadInputError: the folder is not there.
            UnreadyError: there is none, or the folder is a project within a larger one.
        """
        if not path.is_dir():
            raise BadInputError(f"There is no folder '{path}'.", "Give the folder of a project.")
        found = repository.ask(path, "rev-parse", "--show-toplevel")
        if found.status != 0 or not found.output:
            if "dubious ownership" in found.errors:
                raise UnreadyError(
                    f"git does not trust '{path}': it belongs to somebody else.",
                    f"If it is yours: {repository.trusting(found, path)}",
                )
            raise UnreadyError(
                f"'{path}' is not in a git repository with files in it.",
                "Give the folder of a project; to make it a repository: git init, git add, "
                "git commit.",
            )
        top = Path(found.output)
        private = Path(repository.ask(path, "rev-parse", "--absolute-git-dir").require(HINT))
        if (path / RECORD).exists() and not path.samefile(top):
            raise UnreadyError(
                f"'{path}' is a part of the git repository '{top}', which is larger.",
                "Only a project that is a repository of its own can be updated by git.",
            )
        return cls(path if path.samefile(top) else top, private)

    def identified(self, answers: Mapping[str, str]) -> Checkout:
        """Return the same, with a name for its commits where git knows none."""
        if identity.configuration(self.folder).has_identity:
            return self
        name, email = identity.of_answers(answers)
        given = ("-c", f"user.name={name}", "-c", f"user.email={email}")
        return Checkout(self.folder, self.private, given)

    # What is there

    def head(self) -> str:
        """Return the hash of the newest commit.

        Raises:
            UnreadyError: there is none.
        """
        answer = self.ask("rev-parse", "--verify", "--quiet", "HEAD^{commit}")
        if answer.status != 0:
            raise UnreadyError(
                f"The repository '{self.folder}' has no commit yet.",
                "Commit what is there first, or start with: mlscaffold new TEMPLATE .",
            )
        return answer.output

    def dirty(self) -> list[str]:
        """Return the tracked paths that differ from the newest commit."""
        words = ("--porcelain=v1", "--no-renames", "--untracked-files=no")
        answer = self.run("status", "-z", *words, "--ignore-submodules=dirty")
        return [line[3:] for line in answer.split("\0") if line]

    def hidden(self) -> list[str]:
        """Return the tracked paths that differ, and that git was told not to look at."""
        entries = [line.split(" ", 1) for line in self.run("ls-files", "-v", "-z").split("\0")]
        marked = [path for tag, *rest in entries for path in rest if tag.islower() or tag == "S"]
        return [path for path in marked if self._differs(path)]

    def _differs(self, path: str) -> bool:
        """Tell whether a file or a link is there, and is not what the index has."""
        place = self.folder / path
        if not os.path.lexists(place):
            return False  # as most of a sparse checkout
        if place.is_symlink():
            now = os.readlink(place)  # noqa: PTH115  a Path would be tidied up
            return now != self.text("", path)
        if not place.is_file():
            return True
        now = self.run("hash-object", f"--path={path}", "--", str(place))
        return now != self.run("rev-parse", "--verify", f":{path}")

    def is_shallow(self) -> bool:
        """Tell whether the repository lacks older commits."""
        return self.run("rev-parse", "--is-shallow-repository") == "true"

    def resolve(self, revision: str) -> str | None:
        """Return the hash of the commit that a revision names, or None."""
        words = ("--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
        answer = self.ask("rev-parse", *words)
        return answer.output if answer.status == 0 else None

    def reaches(self, commit: str) -> bool:
        """Tell whether a commit is the newest one, or before it."""
        return self.ask("merge-base", "--is-ancestor", commit, "HEAD").status == 0

    def log(self, form: str, *, having: str) -> list[str]:
        """Return what a format makes of each commit whose message has a text, newest first."""
        words = ("--topo-order", "--no-color", "-z", f"--format={form}")
        answer = self.run("log", *words, "--fixed-strings", f"--grep={having}", "HEAD", "--")
        return [entry for entry in answer.split("\0") if entry]

    def entries(self, revision: str) -> dict[str, Entry]:
        """Return every path of a commit or a tree."""
        listed = self.run("ls-tree", "-r", "-z", "--full-tree", revision)
        found = {}
        for line in listed.split("\0"):
            if line:
                about, _, path = line.partition("\t")
                mode, _, blob = about.split()
                found[path] = Entry(mode, blob)
        return found

    def text(self, revision: str, path: str) -> str | None:
        """Return the text of a file in a commit, in the index if that is empty; None for none."""
        answer = self.ask("cat-file", "blob", f"{revision}:{path}")
        return answer.output if answer.status == 0 else None

    def lines(self, blob: str) -> list[str]:
        """Return the lines of a stored text, without the blanks that end them."""
        return [line.rstrip() for line in self.run("cat-file", "blob", blob).splitlines()]

    def tree_of(self, revision: str) -> str:
        """Return the hash of a commit's tree."""
        return self.run("rev-parse", "--verify", f"{revision}^{{tree}}")

    def was_committed(self, path: str) -> bool:
        """Tell whether any commit before the newest one, or itself, has touched a path."""
        return bool(self.run("rev-list", "--max-count=1", "HEAD", "--", path))

    def ignored(self, paths: Sequence[str]) -> list[str]:
        """Return which paths git would ignore, whether it knows them or not."""
        words = ("-c", "core.quotePath=false", "check-ignore", "--no-index", "--", *paths)
        return self.ask(*words).output.splitlines() if paths else []

    def difference(self, old: str, new: str) -> Difference:
        """Return the paths that differ between two commits."""
        return read_difference(
            self.run("diff-tree", "-r", "-z", "--name-status", "--no-renames", old, new)
        )

    def since(self, revision: str) -> Difference:
        """Return the paths that differ between a commit and the files as they are."""
        words = ("--no-renames", "--no-ext-diff", "--no-color", "--ignore-submodules=all")
        return read_difference(self.run("diff", "-z", "--name-status", *words, revision, "--"))

    def in_the_way(self, paths: Iterable[str], tracked: Mapping[str, Entry]) -> list[str]:
        """Return which untracked things would give way to new files; git ignores some of them.

        git itself overwrites an ignored file without a word.
        """
        found = []
        for path in paths:
            above = [parent.as_posix() for parent in list(Path(path).parents)[-2::-1]]
            files = [name for name in above if _is_file(self.folder / name)]
            if files:
                found += [name for name in files[:1] if name not in tracked]
            elif _is_file(self.folder / path) or self._holds_others(path):
                found.append(path)
        return found

    def _holds_others(self, path: str) -> bool:
        """Tell whether a folder holds what git does not know."""
        folder = self.folder / path
        return folder.is_dir() and bool(self.run("ls-files", "--others", "--", path))

    # Making commits beside the work tree

    def stage(self, folder: Path) -> dict[str, Entry]:
        """Store all files of a folder, byte by byte, and return them as the entries of a tree.

        Neither filters and attributes of the owner's, nor a sparse checkout, have a say in it.
        """
        paths = sorted(path for path in folder.rglob("*") if path.is_file())
        plain = [path for path in paths if _fits_a_line(path)]
        words = (*self._place(), "hash-object", "-w", "--no-filters", "--stdin-paths")
        stored = repository.ask(self.folder, *words, lines=[str(path) for path in plain])
        blobs = dict(zip(plain, stored.require(HINT).split("\n"), strict=True)) if plain else {}
        return {
            path.relative_to(folder).as_posix(): Entry(
                "100755" if path.stat().st_mode & stat.S_IXUSR else "100644",
                blobs.get(path) or self.store(path),
            )
            for path in paths
        }

    def store(self, path: Path) -> str:
        """Store the bytes of a file and return their hash."""
        return self.run("hash-object", "-w", "--no-filters", "--", str(path))

    def fetch(self, blob: str, path: Path) -> None:
        """Write stored bytes into a file."""
        path.write_bytes(self.content(blob))

    def content(self, blob: str) -> bytes:
        """Return stored bytes."""
        stream = io.BytesIO()
        words = (*self._place(), "cat-file", "blob", blob)
        repository.ask(self.folder, *words, written=stream).require(HINT)
        return stream.getvalue()

    def tree(self, entries: Mapping[str, Entry]) -> str:
        """Store a tree of these entries and return its hash."""
        with spare.folder() as beside:
            index = {"GIT_INDEX_FILE": str(beside / "index")}
            lines = [f"{entry.mode} {entry.blob}\t{path}" for path, entry in entries.items()]
            self.index(lines, environment=index)
            words = (*self._place(), "write-tree")
            return repository.ask(self.folder, *words, environment=index).require(HINT)

    def record(self, tree: str, parents: Sequence[str], message: str) -> str:
        """Store a commit and return its hash; no branch moves."""
        named = [word for parent in parents for word in ("-p", parent)]
        return self.run("commit-tree", *named, "-m", message, tree)

    def index(self, lines: Sequence[str], *, environment: Mapping[str, str] | None = None) -> None:
        """Write lines of modes, hashes and paths into the index."""
        with tempfile.TemporaryFile() as stream:
            stream.write("".join(f"{line}\0" for line in lines).encode("utf-8", "surrogateescape"))
            stream.seek(0)
            words = (*self._place(), "update-index", "-z", "--index-info")
            answer = repository.ask(self.folder, *words, environment=environment, given=stream)
            answer.require(HINT)

    def _place(self) -> tuple[str, ...]:
        return (*OURS, *self.identity)

    def ask(
        self, *arguments: str, alone: bool = False, environment: Mapping[str, str] | None = None
    ) -> Answer:
        """Run git here, however it ends; with `alone` a Ctrl-C does not reach it."""
        words = (*self._place(), *arguments)
        return repository.ask(self.folder, *words, alone=alone, environment=environment)

    def run(self, *arguments: str) -> str:
        """Run git here and return what it prints."""
        return self.ask(*arguments).require(HINT)


def _fits_a_line(path: Path) -> bool:
    """Tell whether git can read a path, with the folders above it, from a line of its own."""
    return not any(letter < " " or "\ud800" <= letter <= "\udfff" for letter in str(path))


def _is_file(path: Path) -> bool:
    """Tell whether something is there that is no folder; a link to one is none."""
    return os.path.lexists(path) and (path.is_symlink() or not path.is_dir())
