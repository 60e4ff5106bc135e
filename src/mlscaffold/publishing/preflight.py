"""What would be pushed, looked at before anything is created."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mlscaffold import families, repository
from mlscaffold.errors import ForbiddenError, PublishError, SecretError
from mlscaffold.publishing import leaks
from mlscaffold.publishing import local as here

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mlscaffold.publishing.github import Account
    from mlscaffold.publishing.leaks import Leak
    from mlscaffold.publishing.local import Blob, Local
    from mlscaffold.publishing.tokens import Token

MEBIBYTE = 1 << 20
LIMIT = 100 * MEBIBYTE
"""Bytes of a file that GitHub refuses to take more than."""

WARNING = 50 * MEBIBYTE
WORKFLOWS = ".github/workflows/"
MOST_SHOWN = 5
TODO = "TODO(owner)"
RENAME = "A branch is renamed by git branch --move NEW."
REWORD = "A message is changed by git commit --amend, or git rebase --interactive for older ones."


@dataclass(frozen=True)
class Cargo:
    """What would be pushed: so many files, so many bytes of them, and whether a workflow."""

    files: int
    size: int
    workflows: bool
    notes: tuple[str, ...]


def inspect(local: Local, *, known: Iterable[str], token: Token, allow_secrets: bool) -> Cargo:
    """Return what would be pushed, beyond the commits that are known over there.

    Raises:
        PublishError: a file is too large for GitHub.
        SecretError: a file, a name or a message holds a secret.
    """
    known = tuple(known)
    blobs = here.outgoing(local, known=known)
    _require_sizes(local, blobs)
    if not allow_secrets:
        _require_no_secret(local, blobs, known, token)
    large = [blob for blob in blobs if blob.size > WARNING]
    notes = [f"{_measured(blob)} is large: GitHub takes it with a warning." for blob in large]
    return Cargo(
        files=len(blobs),
        size=sum(blob.size for blob in blobs),
        workflows=bool(here.paths(local, known=known, under=WORKFLOWS)),
        notes=(*notes, *_unfinished(local)),
    )


def require_scopes(cargo: Cargo, account: Account, token: Token, *, private: bool) -> None:
    """Refuse a token that GitHub says may not do it; of some, GitHub does not say.

    Raises:
        ForbiddenError: a scope is missing.
    """
    if account.scopes is None:
        return
    if "repo" not in account.scopes and (private or "public_repo" not in account.scopes):
        needed = "repo"
    elif cargo.workflows and "workflow" not in account.scopes:
        needed = "workflow"
    else:
        return
    reason = " to push a file in .github/workflows" if needed == "workflow" else ""
    raise ForbiddenError(
        f"The token in {token.source} lacks the scope '{needed}', which GitHub wants{reason}.",
        f"gh auth refresh --scopes {needed}"
        if token.source == "gh"
        else f"Tick '{needed}' where you made the token: it stays the same.",
    )


def _require_sizes(local: Local, blobs: Sequence[Blob]) -> None:
    large = sorted((b for b in blobs if b.size > LIMIT), key=lambda blob: -blob.size)
    if not large:
        return
    more = f" and {len(large) - 1} more" if len(large) > 1 else ""
    gone = not all(here.is_current(local, blob) for blob in large)
    raise PublishError(
        f"{_measured(large[0])}{more}: GitHub takes no file over 100 MB.",
        _way_out(gone=gone) + " Data and models fare better in Git LFS or on a data hub.",
    )


def _require_no_secret(
    local: Local, blobs: Sequence[Blob], known: Sequence[str], token: Token
) -> None:
    scanner = leaks.Scanner(token)
    branch = scanner.name("branch", local.branch)
    found: list[Leak] = []
    gone = False
    unspeakable: set[str] = set()
    for path in here.paths(local, known=known):
        leaked = scanner.name("file", path)
        found += leaked
        gone = gone or (bool(leaked) and not here.holds(local, path))
        unspeakable |= {path} if leaked else set()
    contents = here.contents(local, [blob.id for blob in blobs])
    for blob, content in zip(blobs, contents, strict=True):
        place = "a file of such a name" if blob.path in unspeakable else blob.path
        leaked = scanner.content(place, content)
        found += leaked
        gone = gone or (bool(leaked) and not here.is_current(local, blob))
    ways = [_way_out(gone=gone)] * bool(found) + [RENAME] * bool(branch)
    found += branch
    for commit, content in here.messages(local, known=known):
        leaked = scanner.content(f"the message of commit {commit[:10]}", content)
        found += leaked
        ways += [REWORD] * bool(leaked)
    if not found:
        return
    # A line that several commits hold is one finding, and one secret.
    listed = list(dict.fromkeys(map(str, found)))
    more = f" and {len(listed) - MOST_SHOWN} more" if len(listed) > MOST_SHOWN else ""
    count = "a secret" if len(listed) == 1 else f"{len(listed)} secrets"
    raise SecretError(
        f"What would be pushed holds {count}: {', '.join(listed[:MOST_SHOWN])}{more}.",
        f"Revoke it where it was made, and keep it in .env, which no commit should hold. "
        f"{' '.join(dict.fromkeys(ways))} If it is none: --allow-secrets.",
    )


def _way_out(*, gone: bool) -> str:
    """Return how a file is taken out of what is pushed, which is the whole history."""
    if gone:
        return "An older commit holds it: rewrite the history, with git filter-repo for example."
    return "If only the newest commit holds it: git rm --cached FILE, git commit --amend."


def _measured(blob: Blob) -> str:
    return f"'{blob.path}' ({blob.size / MEBIBYTE:.0f} MB)"


def _unfinished(local: Local) -> list[str]:
    """Return what the README still owes its reader: a suggestion, no demand."""
    readmes = families.members(families.README, repository.tracked_at_top(local.folder))
    if not any(here.text(local, name) for name in readmes):
        return ["There is no README.md: GitHub shows one below the files, and it is read first."]
    count = here.text(local, "README.md").count(TODO)
    if not count:
        return []
    places = "one place" if count == 1 else f"{count} places"
    return [f"README.md is marked {TODO} in {places}: only you can write what belongs there."]
