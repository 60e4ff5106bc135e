"""Changing an owner's work tree: a merge, step by step, and the way back."""

from __future__ import annotations

from pathlib import Path

from mlscaffold import repository
from mlscaffold.errors import RepositoryError
from mlscaffold.updating.checkout import HINT, Checkout, Difference, Entry, Stages, read_difference


def merge(checkout: Checkout, commit: str, *, name: str, message: str) -> None:
    """Merge a commit, up to the moment before the result is committed.

    `name` is what conflict markers call it.

    Raises:
        RepositoryError: git could not; what it may have begun is for `undo`.
    """
    checkout.run("update-ref", f"refs/{name}", commit)
    try:
        words = (
            *("--no-ff", "--no-commit", "--no-edit", "--no-stat", "--no-autostash"),
            *("--strategy=recursive", "--strategy-option=no-renames"),
            *("--strategy-option=ignore-cr-at-eol", "--no-rerere-autoupdate"),
        )
        answer = checkout.ask("merge", *words, f"--message={message}", name, alone=True)
    finally:
        checkout.run("update-ref", "-d", f"refs/{name}")
    if not (checkout.private / "MERGE_HEAD").exists():
        answer.require(HINT)
        raise RepositoryError("git merged nothing.", HINT)


def forward(checkout: Checkout, commit: str) -> None:
    """Move the branch and the files to a commit that comes after the newest one."""
    words = ("--ff-only", "--no-edit", "--no-stat", "--no-autostash", "--quiet")
    checkout.ask("merge", *words, commit, alone=True).require(HINT)


def conflicts(checkout: Checkout) -> dict[str, Stages]:
    """Return the paths on which the two sides of a merge are of two minds."""
    sides: dict[str, dict[str, Entry]] = {}
    for line in checkout.run("ls-files", "--unmerged", "-z").split("\0"):
        if line:
            about, _, path = line.partition("\t")
            mode, blob, stage = about.split()
            sides.setdefault(path, {})[stage] = Entry(mode, blob)
    return {
        path: Stages(side.get("1"), side.get("2"), side.get("3")) for path, side in sides.items()
    }


def settle(checkout: Checkout, path: str, entry: Entry) -> None:
    """Take an entry for the result of a merge at a path."""
    _forget(checkout, path)
    checkout.index([f"{entry.mode} {entry.blob}\t{path}"])
    # With its time and size noted: git merge --abort trusts no other file.
    checkout.run("checkout-index", "--index", "--force", "--", path)


def dispute(checkout: Checkout, path: str, shown: Entry, stages: Stages) -> None:
    """Leave a path to the owner, whose file then shows the two sides of a merge."""
    settle(checkout, path, shown)
    _forget(checkout, path)
    sides = [(number, side) for number, side in enumerate(stages, start=1) if side]
    checkout.index([f"{side.mode} {side.blob} {number}\t{path}" for number, side in sides])


def drop(checkout: Checkout, path: str) -> None:
    """Take the absence of a file for the result of a merge at a path."""
    _forget(checkout, path)
    (checkout.folder / path).unlink(missing_ok=True)
    for parent in list(Path(path).parents)[:-1]:
        if any((checkout.folder / parent).iterdir()):
            return
        (checkout.folder / parent).rmdir()


def conclude(checkout: Checkout, message: str) -> str:
    """Commit the result of a merge and return the commit's hash."""
    words = ("--quiet", "--no-verify", "--cleanup=verbatim", f"--message={message}")
    checkout.ask("commit", *words, alone=True).require(HINT)
    return checkout.head()


def keep(checkout: Checkout, path: str, message: str) -> str | None:
    """Commit one file alone; return the hash, or None if it has not changed."""
    checkout.run("add", "--force", "--", path)
    if not checkout.run("diff-index", "--cached", "--name-only", "HEAD", "--", path):
        return None
    words = ("--quiet", "--no-verify", "--cleanup=verbatim", f"--message={message}")
    checkout.ask("commit", *words, "--only", "--", path, alone=True).require(HINT)
    return checkout.head()


def undo(checkout: Checkout, before: str) -> None:
    """Go back to the commit that was the newest.

    A merge that git refused to begin has written nothing: what differs then is the owner's.
    """
    if (checkout.private / "MERGE_HEAD").exists():
        checkout.ask("merge", "--abort", alone=True).require(HINT)
    elif checkout.head() != before:
        # Not --hard: seconds have passed, and the owner may have typed meanwhile.
        checkout.ask("reset", "--quiet", "--keep", before, alone=True).require(HINT)


def shadow(checkout: Checkout, folder: Path) -> Checkout:
    """Return a copy in an empty folder, to be merged into for a look and thrown away.

    What is stored there is stored there alone; filters, such as those of large files, are off.
    """
    form = checkout.run("rev-parse", "--show-object-format")
    objects = checkout.run("rev-parse", "--git-path", "objects")
    shallow = Path(checkout.folder, checkout.run("rev-parse", "--git-path", "shallow"))
    words = ("init", "--quiet", "--template=", f"--object-format={form}")
    repository.ask(folder, *words).require(HINT)
    private = folder / ".git"
    (private / "info").mkdir(exist_ok=True)
    (private / "info" / "attributes").write_text("* -filter\n", encoding="utf-8")
    alternates = private / "objects" / "info" / "alternates"
    alternates.parent.mkdir(exist_ok=True)
    alternates.write_text(f"{Path(checkout.folder, objects).as_posix()}\n", encoding="utf-8")
    if shallow.exists():
        (private / "shallow").write_bytes(shallow.read_bytes())
    made = Checkout(folder, private, checkout.identity)
    made.run("update-ref", "HEAD", checkout.head())
    made.run("reset", "--quiet", "--hard")
    return made


def patch(checkout: Checkout, old: str) -> str:
    """Return, as a patch, how the files of a shadow differ from a commit."""
    checkout.run("add", "--all")
    words = ("--cached", "--no-color", "--no-ext-diff", "--find-renames", "--src-prefix=a/")
    return checkout.run("diff", *words, "--dst-prefix=b/", old, "--")


def staged(checkout: Checkout, revision: str) -> Difference:
    """Return the paths that differ between a commit and the index."""
    words = ("--cached", "-z", "--name-status", "--no-renames", "--ignore-submodules=dirty")
    return read_difference(checkout.run("diff-index", *words, revision, "--"))


def _forget(checkout: Checkout, path: str) -> None:
    checkout.run("update-index", "--force-remove", "--", path)
