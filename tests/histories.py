"""Invented lives of a project: what its owner does to it, and what its template becomes meanwhile.

Every line bears a word that no other line has, so that what is lost can be named.
"""

from __future__ import annotations

import os
import shutil
import stat
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mlscaffold import trailers
from mlscaffold.errors import UnreadyError
from mlscaffold.repository import Repository
from mlscaffold.updating import history, merging, proposal, worktree
from mlscaffold.updating.checkout import RECORD, Checkout
from mlscaffold.updating.readiness import require_ready
from tests.support import git

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from random import Random

FOLDERS = ("", "src/", "src/deep/", "docs/", "name with space/", "größe/", "d/", "src/d/")
NAMES = ("a.py", "b.txt", "c.toml", "README.md", "d", "e.sql", "ünï.txt", "[x] y.md")
"""Some of them are a file by one name and a folder by another."""

REPEATED = ("", "    return", "}", "")
"""Lines that stand in many places, so that merges can take one for another."""

DEEDS = (
    *(("edit",) * 10),
    *(("delete", "move", "add", "rewrite") * 3),
    *("crlf", "crlf", "mode", "ignore", "folder", "folder"),
    *(() if os.name == "nt" else ("link", "link")),
)
"""What an owner does, some of it more often than other."""

Files = dict[str, bytes]


@dataclass
class Inventor:
    """Whoever invents: chance, and a counter for words that are there once."""

    random: Random
    count: int = field(default=0)

    def line(self, whose: str) -> str:
        """Return a line that nobody has written before, or now and then one that many have."""
        if self.random.random() < 0.2:
            return self.random.choice(REPEATED)
        return self.word(whose)

    def word(self, whose: str) -> str:
        """Return a word that nobody has written before."""
        self.count += 1
        return f"{whose}{self.count}"

    def text(self, whose: str) -> bytes:
        """Return the lines of a new file, not all of which end as they should."""
        lines = [self.line(whose) for _ in range(self.random.randint(0, 25))]
        return self.ended("\n".join(lines))

    def ended(self, text: str) -> bytes:
        """Return the text with a last line end, mostly."""
        return (text if self.random.random() < 0.1 else f"{text}\n").encode()

    def path(self) -> str:
        """Return where a file could be."""
        return self.random.choice(FOLDERS) + self.random.choice(NAMES)

    def edited(self, content: bytes, whose: str) -> bytes:
        """Return a text with some of its lines replaced, taken out or put in."""
        lines = content.decode().split("\n")
        for _ in range(self.random.randint(1, 4)):
            at = self.random.randint(0, len(lines) - 1) if lines else 0
            kind = self.random.choice(("replace", "insert", "insert", "delete"))
            if kind == "insert" or not lines:
                lines[at:at] = [self.line(whose) for _ in range(self.random.randint(1, 3))]
            elif kind == "replace":
                lines[at] = self.line(whose)
            else:
                del lines[at]
        return "\n".join(lines).encode()


@dataclass(frozen=True)
class Version:
    """What the template makes in a version, and what it calls otherwise than the one before."""

    number: str
    files: Files
    moves: tuple[tuple[str, str], ...]


def first_version(inventor: Inventor) -> Version:
    """Invent a template."""
    files: Files = {}
    for _ in range(inventor.random.randint(3, 9)):
        _put(files, inventor.path(), inventor.text("template"))
    return _recorded("0.1.0", files, ())


def next_version(inventor: Inventor, before: Version, number: str) -> Version:
    """Invent what becomes of a template."""
    files = {path: content for path, content in before.files.items() if path != RECORD}
    moves: list[tuple[str, str]] = []
    for _ in range(inventor.random.randint(1, 6)):
        kind = inventor.random.choice(
            ("edit", "edit", "edit", "add", "delete", "rename", "rewrite")
        )
        path = inventor.random.choice(sorted(files)) if files else ""
        if kind == "add" or not path:
            _put(files, inventor.path(), inventor.text("template"))
        elif kind == "edit":
            files[path] = inventor.edited(files[path], "template")
        elif kind == "rewrite":
            files[path] = inventor.text("template")
        elif kind == "delete":
            del files[path]
        else:
            target = inventor.path()
            content = files.pop(path)
            if _put(files, target, content) and inventor.random.random() < 0.8:
                moves.append((path, target))
    return _recorded(number, files, tuple(moves))


def start(folder: Path, version: Version) -> None:
    """Make the project as `new` would."""
    folder.mkdir()
    _write(folder, version.files)
    named = trailers.of("tiny", version.number)
    made = Repository.create(folder, branch="main")
    made.commit("Start from the template: tiny", trailers=named, seal=trailers.SEAL)


def live(inventor: Inventor, folder: Path) -> None:
    """Let the owner do this and that, in some commits; what is not committed git ignores."""
    for _ in range(inventor.random.randint(0, 3)):
        for _ in range(inventor.random.randint(1, 4)):
            _act(inventor, folder)
        git(folder, "add", "--all")
        git(folder, "commit", "--quiet", "--allow-empty", "--message=Work")


def _act(inventor: Inventor, folder: Path) -> None:
    tracked = [path for path in git(folder, "ls-files", "-z").split("\0") if path]
    there = [
        path
        for path in tracked
        if path not in {RECORD, ".gitignore"}
        and (folder / path).is_file()
        and not (folder / path).is_symlink()
    ]
    kind = inventor.random.choice(DEEDS) if there else "add"
    if kind == "add":
        _lay(folder, inventor.path(), inventor.text("owner"))
        return
    path = inventor.random.choice(there)
    content = (folder / path).read_bytes()
    if kind == "delete":
        _remove(folder, path)
    elif kind == "move":
        target = inventor.path()
        if _lay(folder, target, content):
            _remove(folder, path)
    elif kind == "folder":  # where the file was
        _remove(folder, path)
        _lay(folder, f"{path}/{inventor.random.choice(NAMES)}", inventor.text("owner"))
    elif kind == "ignore":
        git(folder, "rm", "--quiet", "--cached", "--", path)
        (folder / path).write_bytes(inventor.text("owner"))
        _ignore(folder, path)
    else:
        _change(inventor, folder / path, kind)


def _change(inventor: Inventor, place: Path, kind: str) -> None:
    """Change a file where it is."""
    content = place.read_bytes()
    if kind == "edit":
        place.write_bytes(inventor.edited(content, "owner"))
    elif kind == "rewrite":
        place.write_bytes(inventor.text("owner"))
    elif kind == "crlf":
        place.write_bytes(content.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))
    elif kind == "link":
        place.unlink()
        place.symlink_to(inventor.word("owner"))
    else:
        place.chmod(place.stat().st_mode | stat.S_IXUSR)


def _ignore(folder: Path, path: str) -> None:
    """Keep from git what is not thrown away."""
    ignore = folder / ".gitignore"
    known = ignore.read_text(encoding="utf-8") if ignore.exists() else ""
    escaped = path.replace("[", "\\[").replace("]", "\\]")
    ignore.write_text(f"{known}/{escaped}\n", encoding="utf-8")


def bring(folder: Path, version: Version, store: Path) -> merging.Merge | UnreadyError | None:
    """Update the project as `mlscaffold update` would; return what came of it, None for nothing."""
    shutil.rmtree(store, ignore_errors=True)
    store.mkdir()
    _write(store, version.files)
    checkout = Checkout.open(folder)
    require_ready(checkout)
    proposed = proposal.propose(
        checkout,
        history.base(checkout),
        checkout.stage(store),
        title="tiny",
        version=version.number,
        moves=version.moves,
    )
    if proposed is None:
        return None
    try:
        proposal.require_places(checkout, proposed.added, proposed.head)
    except UnreadyError as refusal:
        return refusal
    journal = worktree.Journal(proposed.before)
    with worktree.undone_on_failure(checkout, journal):
        return merging.merge(checkout, proposed, journal, message=f"Update to {version.number}")


def words(files: Mapping[str, bytes], whose: str) -> set[bytes]:
    """Return the lines that bear somebody's words."""
    return {
        line.rstrip(b"\r")
        for content in files.values()
        for line in content.split(b"\n")
        if line.startswith(whose.encode())
    }


def own_sides(folder: Path) -> Files:
    """Return what the owner's side of each conflict holds."""
    checkout = Checkout.open(folder)
    return {
        path: git(folder, "cat-file", "blob", sides.ours.blob).encode()
        for path, sides in worktree.conflicts(checkout).items()
        if sides.ours is not None
    }


def _recorded(number: str, files: Files, moves: tuple[tuple[str, str], ...]) -> Version:
    text = f"# made\ntemplate: tiny\nversion: {number}\n"
    return Version(number, {**files, RECORD: text.encode()}, moves)


def _put(files: Files, path: str, content: bytes) -> bool:
    """Add a file where no other is, nor a folder, nor a file in place of one of its folders."""
    clash = any(
        path == other or path.startswith(f"{other}/") or other.startswith(f"{path}/")
        for other in files
    )
    if not clash:
        files[path] = content
    return not clash


def _lay(folder: Path, path: str, content: bytes) -> bool:
    place = folder / path
    above = [parent for parent in place.parents if parent.is_relative_to(folder)]
    if os.path.lexists(place) or any(not p.is_dir() and os.path.lexists(p) for p in above):
        return False
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(content)
    return True


def _write(folder: Path, files: Files) -> None:
    for path, content in files.items():
        _lay(folder, path, content)


def _remove(folder: Path, path: str) -> None:
    (folder / path).unlink()
    for parent in (folder / path).parents:
        if parent == folder or any(parent.iterdir()):
            return
        parent.rmdir()
