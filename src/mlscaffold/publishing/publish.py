"""The steps of `mlscaffold publish`: all is looked at, then what is missing on GitHub is made.

Each step of `carry_out` first looks whether it has been taken. So whatever stops it, the same
command goes on from there, and nothing has to be cleaned up by hand.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from mlscaffold import destination
from mlscaffold.errors import HalfwayError, HostError, RepositoryError, TakenError, disk
from mlscaffold.publishing import local as here
from mlscaffold.publishing import particulars, preflight, refusals, remotes, targets, tokens
from mlscaffold.publishing.foreign import printable
from mlscaffold.publishing.github import GitHub, Hosted
from mlscaffold.publishing.publication import Plan, publication
from mlscaffold.publishing.request import checked, visibility_of

if TYPE_CHECKING:
    from mlscaffold.publishing.local import Local
    from mlscaffold.publishing.publication import Publication
    from mlscaffold.publishing.request import Request
    from mlscaffold.publishing.targets import Target

T = TypeVar("T")
MAIN = ("main", "master")
LOOKS, PAUSE = 5, 1.0
"""How often GitHub, which has many disks, is asked for what was pushed, and the seconds between."""

NOTHING = Hosted(
    "", "", private=True, writable=True, archived=False, description="", homepage="", topics=()
)


@remotes.plain_git()
@disk()
def plan(request: Request) -> Plan:
    """Look at all that could stop a request, at home and on GitHub, and change nothing.

    Raises:
        ScaffoldError: it cannot be carried out.
    """
    host = checked(request)
    folder = destination.named(request.path)
    local = here.inspect(folder, allow_dirty=request.allow_dirty)
    about = particulars.of(folder)
    name = request.name or particulars.check_name(about.name)
    visibility = visibility_of(request, host, name)
    token = tokens.find(host)
    github = GitHub(host, token)
    account = github.account()
    target = targets.locate(github, host, account.login, request.owner or account.login, name)
    named = targets.require_remote(folder, request.remote, target)
    targets.require_room(target, visibility)
    target = targets.with_heads(folder, target, token)
    targets.require_ours(local, target)
    cargo = preflight.inspect(
        local, known=_known(local, target), token=token, allow_secrets=request.allow_secrets
    )
    preflight.require_scopes(cargo, account, token, private=visibility == "private")
    there = target.existing or NOTHING
    topics = None if request.topics is None else particulars.check_topics(request.topics)
    homepage = "" if about.homepage.rstrip("/") == target.page else about.homepage
    return Plan(
        local=local,
        target=target,
        token=token,
        private=visibility == "private",
        description=_settled(request.description, there.description, about.description),
        homepage=_settled(request.homepage, there.homepage, homepage),
        topics=_settled(topics, there.topics, about.topics),
        remote=request.remote,
        add_remote=not named,
        follow=not remotes.is_following(local),
        cargo=cargo,
        notes=(*cargo.notes, *_links(about.github_owner, target), *_left_home(local, target)),
    )


def preview(plan: Plan) -> Publication:
    """Return what `carry_out` would do."""
    return publication(plan, dry_run=True)


@remotes.plain_git()
@disk(f"What is on GitHub stays there; free some space, then {refusals.AGAIN}")
def carry_out(plan: Plan) -> Publication:
    """Create the repository, push to it, and describe it: whatever of this is still missing.

    Raises:
        ScaffoldError: the same request, made again, goes on from there.
    """
    github = GitHub(plan.target.host, plan.token)
    try:
        plan, hosted = _created(github, plan)
        _push(plan)
        _require_arrival(github, plan, hosted)
        # Named after the push: one that is refused may then go elsewhere.
        if plan.add_remote:
            remotes.add(plan.local, plan.remote, plan.target.address)
        notes = remotes.follow(plan.local, plan.remote, upstream=plan.follow)
        _describe(github, plan, hosted)
        return publication(replace(plan, notes=(*plan.notes, *notes)), dry_run=False)
    except KeyboardInterrupt as stop:
        raise HalfwayError(
            f"Interrupted; {plan.target.page} may be there already.", f"To go on, {refusals.AGAIN}"
        ) from stop


def _known(local: Local, target: Target) -> list[str]:
    return [commit for commit in target.heads.values() if here.is_known(local.folder, commit)]


def _settled(given: T | None, there: T, known: T) -> T:
    """Return what was asked for; else what is there stays; else what the project says."""
    if given is not None:
        return given
    return there or known


def _links(named: str, target: Target) -> list[str]:
    """Return that the project's own links lead elsewhere, if they do."""
    if not named or named.lower() == target.owner.lower():
        return []
    return [f"The project's own links name '{named}' as its owner, and not '{target.owner}'."]


def _left_home(local: Local, target: Target) -> list[str]:
    """Return that the main branch stays here, if another is the first to be pushed."""
    if target.heads or local.branch in MAIN:
        return []
    return [
        f"'{printable(local.branch)}' alone is pushed, and becomes the default branch over there; "
        f"'{name}' stays here. To push that one first: git switch {name}, then publish."
        for name in MAIN
        if here.has_branch(local, name)
    ][:1]


def _created(github: GitHub, plan: Plan) -> tuple[Plan, Hosted]:
    """Return the repository that is there, or was made now, and the plan for it."""
    target = plan.target
    if target.existing:
        return plan, target.existing
    try:
        hosted = github.create(
            target.owner,
            target.name,
            organization=target.organization,
            private=plan.private,
            description=plan.description,
            homepage=plan.homepage,
        )
    except TakenError:
        # It may be ours: another run of the same command was quicker.
        target = targets.seen(github, target)
        targets.require_room(target, plan.visibility)
        target = targets.with_heads(plan.local.folder, target, plan.token)
        targets.require_ours(plan.local, target)
        if target.existing is None:
            raise
        return replace(plan, target=target), target.existing
    if hosted.private is not plan.private:
        raise HostError(
            f"{plan.target.page} was made, and is not {plan.visibility}, as was asked for: "
            "nothing is pushed to it.",
            f"Somebody's rule may decide that: look at {plan.target.page}/settings, delete it, or "
            "ask an owner of the organisation.",
        )
    return plan, hosted


def _push(plan: Plan) -> None:
    local, target = plan.local, plan.target
    if target.heads.get(local.branch) == local.commit:
        return
    answer = remotes.push(local, target.address, plan.token)
    if answer.status == 0:
        return
    # Where only the answer got lost, git asks again, and is told that the branch is there.
    heads = remotes.heads(local.folder, target.address, plan.token)
    if not isinstance(heads, dict) or heads.get(local.branch) != local.commit:
        raise refusals.of_push(target.host, target.page, answer)


def _require_arrival(github: GitHub, plan: Plan, hosted: Hosted) -> None:
    """Believe GitHub alone that it has the branch: git may have spoken with somebody else.

    Raises:
        RepositoryError: it has not.
    """
    local = plan.local
    for _ in range(LOOKS):
        if github.tip(hosted, local.branch) == local.commit:
            return
        time.sleep(PAUSE)
    raise RepositoryError(
        f"git says that it pushed, and the branch '{printable(local.branch)}' of "
        f"{plan.target.page} is not at {local.commit[:10]}.",
        "A rule of yours may lead git elsewhere: look at git config --get-regexp '^url'; "
        f"then {refusals.AGAIN}",
    )


def _describe(github: GitHub, plan: Plan, hosted: Hosted) -> None:
    """Set what differs, and ask for nothing where all is as it should be."""
    wanted = {"description": plan.description, "homepage": plan.homepage}
    there = {"description": hosted.description, "homepage": hosted.homepage}
    changed = {key: value for key, value in wanted.items() if value != there[key]}
    if changed:
        github.describe(hosted, **changed)
    if set(plan.topics) != set(hosted.topics):
        github.label(hosted, plan.topics)
