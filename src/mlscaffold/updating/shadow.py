"""A copy of a repository, in which a merge is tried that is thrown away again."""

from __future__ import annotations

import os
from pathlib import Path

from mlscaffold import repository
from mlscaffold.updating.checkout import HINT, Checkout


def copy(checkout: Checkout, folder: Path) -> Checkout:
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
    own = Path(checkout.folder, checkout.run("rev-parse", "--git-path", "info/attributes"))
    attributes = own.read_bytes() if own.exists() else b""
    (private / "info" / "attributes").write_bytes(attributes + b"\n* -filter\n")
    alternates = private / "objects" / "info" / "alternates"
    alternates.parent.mkdir(exist_ok=True)
    alternates.write_bytes(_quoted(Path(checkout.folder, objects)) + b"\n")
    if shallow.exists():
        (private / "shallow").write_bytes(shallow.read_bytes())
    made = Checkout(folder, private, checkout.identity)
    _take_settings(checkout, made)
    made.run("update-ref", "HEAD", checkout.head())
    made.run("reset", "--quiet", "--hard")
    return made


def _quoted(path: Path) -> bytes:
    """Return a path as git reads one from a line, whatever is in its name."""
    special = {b"\n": b"\\n", b'"': b'\\"'}
    name = os.fsencode(path.as_posix()).replace(b"\\", b"\\\\")
    for letter, escaped in special.items():
        name = name.replace(letter, escaped)
    return b'"' + name + b'"'


def _take_settings(checkout: Checkout, copy: Checkout) -> None:
    """Let the owner's settings hold in the copy: what merges there is what merges here.

    The copy of a partial clone fetches what that lacks from where it would itself. The settings are
    named and not copied, since addresses and passwords are among them, which are written nowhere
    else. What is of the other work tree does not hold here.
    """
    own = Path(checkout.folder, checkout.run("rev-parse", "--git-path", "config"))
    partial = checkout.ask("config", "--get", "extensions.partialClone").output
    copy.run("config", "include.path", own.as_posix())
    for key in ("core.bare", "core.fsmonitor", "core.sparseCheckout", "core.splitIndex"):
        copy.run("config", key, "false")
    if partial:
        copy.run("config", "core.repositoryFormatVersion", "1")
        copy.run("config", "extensions.partialClone", partial)


def patch(checkout: Checkout, old: str) -> str:
    """Return, as a patch, how the files of a shadow differ from a commit."""
    checkout.run("add", "--all")
    plain = ("--no-color", "--no-ext-diff", "--no-textconv", "--src-prefix=a/", "--dst-prefix=b/")
    return checkout.run("diff", "--cached", "--find-renames", *plain, old, "--")
