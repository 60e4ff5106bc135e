"""A copy of a repository, in which a merge is tried that is thrown away again."""

from __future__ import annotations

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
    (private / "info" / "attributes").write_text("* -filter\n", encoding="utf-8")
    alternates = private / "objects" / "info" / "alternates"
    alternates.parent.mkdir(exist_ok=True)
    alternates.write_text(f"{Path(checkout.folder, objects).as_posix()}\n", encoding="utf-8")
    if shallow.exists():
        (private / "shallow").write_bytes(shallow.read_bytes())
    made = Checkout(folder, private, checkout.identity)
    _know_promisors(checkout, made)
    made.run("update-ref", "HEAD", checkout.head())
    made.run("reset", "--quiet", "--hard")
    return made


def _know_promisors(checkout: Checkout, copy: Checkout) -> None:
    """Let the copy of a partial clone fetch what that lacks from where it would itself.

    All of the owner's settings come along: addresses and passwords are among them, which are
    written nowhere else. What is of the other work tree does not hold here.
    """
    pattern = r"^(remote\..*\.promisor|extensions\.partialclone)$"
    if checkout.ask("config", "--local", "--get-regexp", pattern).status != 0:
        return
    own = Path(checkout.folder, checkout.run("rev-parse", "--git-path", "config"))
    partial = checkout.ask("config", "--get", "extensions.partialClone").output
    copy.run("config", "include.path", own.as_posix())
    copy.run("config", "core.bare", "false")
    copy.run("config", "core.sparseCheckout", "false")
    if partial:
        copy.run("config", "core.repositoryFormatVersion", "1")
        copy.run("config", "extensions.partialClone", partial)


def patch(checkout: Checkout, old: str) -> str:
    """Return, as a patch, how the files of a shadow differ from a commit."""
    checkout.run("add", "--all")
    plain = ("--no-color", "--no-ext-diff", "--no-textconv", "--src-prefix=a/", "--dst-prefix=b/")
    return checkout.run("diff", "--cached", "--find-renames", *plain, old, "--")
