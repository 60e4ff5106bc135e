"""What git's own words mean when it could not speak with GitHub, or GitHub took no push."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mlscaffold.errors import CredentialError, HostError, PublishError, RefusedError
from mlscaffold.github import AGAIN
from mlscaffold.tokens import how_to_get

if TYPE_CHECKING:
    from mlscaffold.hosts import Host
    from mlscaffold.repository import Answer

REMARK = re.compile(r"^remote: *(?:error|fatal): *(.+?)\s*$", re.MULTILINE)
REJECTED = re.compile(r"^!\t.*\[(?:remote )?rejected\] \((.*)\)$", re.MULTILINE)
LOCKED_OUT = re.compile(r"could not read (Username|Password)|Authentication failed|error: 40[13]")
CUT_OFF = re.compile(r"unable to access|RPC failed|hung up|early EOF|unexpected disconnect")


def of_git(host: Host, page: str, answer: Answer) -> RefusedError:
    """Return what it means that git could not speak with the repository of a page."""
    said = f"{answer.output}\n{answer.errors}"
    rejected = REJECTED.search(said)
    if rejected or REMARK.search(said):
        return _of_rules(host, page, said, rejected[1] if rejected else "")
    if LOCKED_OUT.search(said):
        return CredentialError(
            f"git may not do at {page} what it has to, with this token.",
            f"{how_to_get(host)} Then {AGAIN}",
        )
    if "not found" in said or "error: 404" in said:
        return CredentialError(
            f"To this token there is no repository at {page}.",
            f"{how_to_get(host)} Then {AGAIN}",
        )
    if "update url base from redirection" in said or "error: 30" in said:
        return HostError(
            f"{page} sends git on to another address, which was not given the token.",
            "Give the repository's present name with --owner and --name.",
        )
    if CUT_OFF.search(said):
        return HostError(
            f"git could not speak with {page}: {answer.reason.rpartition(': ')[2].rstrip('.')}.",
            f"Look at your network, then {AGAIN}",
        )
    return PublishError(
        f"git did not push: {answer.reason.rstrip('.')}.",
        f"A pre-push hook of yours may have stopped it; mend what it says, then {AGAIN}",
    )


def _of_rules(host: Host, page: str, said: str, reason: str) -> RefusedError:
    """Return which rule a push broke: GitHub's, the repository's, or git's own."""
    if reason in {"fetch first", "non-fast-forward"}:
        return PublishError(
            f"{page} took no push: somebody else has pushed to it meanwhile.",
            f"Bring that in first, with git pull {page}.git; then {AGAIN}",
        )
    if "workflow" in reason and "without" in reason:
        return CredentialError(
            f"{page} took no push: the token may not push a file in .github/workflows.",
            f"{how_to_get(host)} Then {AGAIN}",
        )
    if "GH007" in said or "private email address" in said:
        return PublishError(
            f"{page} took no push: it would show an e-mail address that you keep private.",
            f"Take the one that GitHub made for you, from {host.web}/settings/emails: "
            "git config user.email ADDRESS, git commit --amend --reset-author --no-edit; "
            f"then {AGAIN}",
        )
    remark = REMARK.search(said)
    words = remark[1] if remark else reason
    return PublishError(
        f"{page} took no push, by a rule of its own: {words.rstrip('.')}.",
        f"Mend what it says, then {AGAIN}",
    )
