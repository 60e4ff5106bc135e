"""Where a repository goes on GitHub, and whether there is room for it."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from mlscaffold.errors import PublishError, TakenError
from mlscaffold.publishing import hosts, refusals, remotes
from mlscaffold.publishing import local as here
from mlscaffold.publishing.foreign import printable

if TYPE_CHECKING:
    from pathlib import Path

    from mlscaffold.publishing.github import GitHub, Hosted
    from mlscaffold.publishing.hosts import Host
    from mlscaffold.publishing.local import Local
    from mlscaffold.publishing.tokens import Token

Visibility = Literal["public", "private"]


@dataclass(frozen=True)
class Target:
    """Where a repository goes, and what is there already.

    `heads` maps the branches over there to their commits.
    """

    host: Host
    owner: str
    name: str
    organization: bool
    existing: Hosted | None
    heads: dict[str, str]

    @property
    def page(self) -> str:
        """Return the address of its page."""
        return self.host.page(self.owner, self.name)

    @property
    def address(self) -> str:
        """Return the address that git pushes to."""
        return self.host.address(self.owner, self.name)

    @property
    def full_name(self) -> str:
        """Return owner and name, as GitHub writes them."""
        return f"{self.owner}/{self.name}"


def locate(github: GitHub, host: Host, login: str, owner: str, name: str) -> Target:
    """Return where the repository goes, when it could belong to whoever owns the token."""
    organization = False
    if owner.lower() != login.lower():
        organization = github.is_organization(owner)
        if not organization:
            raise PublishError(
                f"There is no organisation '{owner}' on {host.name}, and the token belongs to "
                f"'{login}'.",
                f"Leave --owner out to publish as '{login}', or give an organisation.",
            )
    return seen(github, Target(host, owner, name, organization, existing=None, heads={}))


def seen(github: GitHub, target: Target) -> Target:
    """Return the target with the repository that is there now, if there is one."""
    owner, name = target.owner, target.name
    existing = github.repository(owner, name)
    if existing and existing.name.lower() != name.lower():
        raise TakenError(
            f"'{owner}/{name}' is now called '{existing.full_name}'.",
            f"Give --name {existing.name} to publish there, or another --name.",
        )
    if existing:
        owner, name = existing.owner, existing.name
        # Whatever else is said of it, what is one's own can be pushed to.
        existing = replace(existing, writable=existing.writable or not target.organization)
    return replace(target, owner=owner, name=name, existing=existing)


def require_remote(folder: Path, remote: str, target: Target) -> bool:
    """Return whether the remote is set; refuse one that means another repository."""
    found = remotes.addresses(folder, remote)
    for address in found:
        host = target.host
        meant = host.repository(address) or host.repository(remotes.expanded(folder, address))
        if meant is None or "/".join(meant).lower() != target.full_name.lower():
            raise PublishError(
                f"The remote '{remote}' points to {hosts.without_credential(address)}, "
                f"and not to {target.page}.",
                (f"To publish there: --owner {meant[0]} --name {meant[1]}. " if meant else "")
                + "To publish here as well, give this one another name: --remote github.",
            )
    return bool(found)


def with_heads(folder: Path, target: Target, token: Token) -> Target:
    """Return the target with the branches that are there; git runs in the folder."""
    if target.existing is None:
        return target
    found = remotes.heads(folder, target.address, token)
    if not isinstance(found, dict):
        raise refusals.of_look(target.host, target.page, found)
    return replace(target, heads=found)


def require_room(target: Target, visibility: Visibility) -> None:
    """Refuse a repository that is not ours to fill."""
    existing = target.existing
    if existing is None:
        return
    if not existing.writable:
        raise TakenError(
            f"{target.page} exists, and the token's owner may not push to it.",
            "Give another --name, or ask its owner.",
        )
    if existing.archived:
        raise TakenError(
            f"{target.page} is archived: nobody can push to it.",
            f"Unarchive it at {target.page}/settings, or give another --name.",
        )
    there: Visibility = "private" if existing.private else "public"
    if there != visibility:
        raise TakenError(
            f"{target.page} exists and is {there}, and --{visibility} was asked for.",
            f"Give --{there}, change it at {target.page}/settings, or give another --name.",
        )


def require_ours(local: Local, target: Target) -> None:
    """Refuse a repository that is not empty but for what came from here."""
    place = in_the_way(local, target)
    if place:
        shown = printable(place)
        raise TakenError(
            f"{target.page} exists, and its branch '{shown}' has commits that are not in yours.",
            f"Give another --name. Or bring them in first: git pull {target.address} "
            f"{shlex.quote(shown)} "
            "--no-rebase --allow-unrelated-histories. Nothing is ever overwritten.",
        )


def in_the_way(local: Local, target: Target) -> str:
    """Return the branch over there that keeps us from pushing ours; empty for none.

    Where its branch of the same name is behind ours, or another of its branches is known here, the
    others are its own affair: robots and colleagues push to theirs, and a push touches but one.
    """
    branch = target.heads.get(local.branch)
    if branch:
        return "" if here.is_ancestor(local, branch) else local.branch
    if any(here.is_known(local.folder, commit) for commit in target.heads.values()):
        return ""
    return next(iter(target.heads), "")
