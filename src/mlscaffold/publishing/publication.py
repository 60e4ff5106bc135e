"""What is to be published, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from mlscaffold.publishing import local as here
from mlscaffold.publishing import preflight

if TYPE_CHECKING:
    from pathlib import Path

    from mlscaffold.publishing.local import Local
    from mlscaffold.publishing.preflight import Cargo
    from mlscaffold.publishing.targets import Target, Visibility
    from mlscaffold.publishing.tokens import Token

State = Literal["published", "current"]


@dataclass(frozen=True)
class Plan:
    """A request that passed every check.

    `add_remote` tells whether the remote is to be named, `follow` whether the branch is to follow
    its twin there: one that follows some other is left to do so.
    """

    local: Local
    target: Target
    token: Token
    private: bool
    description: str
    homepage: str
    topics: tuple[str, ...]
    remote: str
    add_remote: bool
    follow: bool
    cargo: Cargo
    notes: tuple[str, ...] = field(default=())

    @property
    def visibility(self) -> Visibility:
        """Return who may see it."""
        return "private" if self.private else "public"


@dataclass(frozen=True)
class Publication:
    """What `publish` did, or with `dry_run` would do: `steps` are in words, in their order.

    Where there was nothing to do, its state is `current`, and there are no steps.
    `runs` is the page on which the runs of CI are seen; empty where there is no workflow.
    """

    url: str
    owner: str
    name: str
    visibility: Visibility
    path: Path
    remote: str
    branch: str
    commit: str
    description: str
    homepage: str
    topics: tuple[str, ...]
    files: int
    size: int
    runs: str
    state: State
    steps: tuple[str, ...]
    notes: tuple[str, ...]
    dry_run: bool


def publication(plan: Plan, *, dry_run: bool) -> Publication:
    """Return what comes of a plan, or with `dry_run` would come of it."""
    target, steps = plan.target, _steps(plan)
    return Publication(
        url=target.page,
        owner=target.owner,
        name=target.name,
        visibility=plan.visibility,
        path=plan.local.folder,
        remote=plan.remote,
        branch=plan.local.branch,
        commit=plan.local.commit,
        description=plan.description,
        homepage=plan.homepage,
        topics=plan.topics,
        files=plan.cargo.files,
        size=plan.cargo.size,
        runs=f"{target.page}/actions" if here.holds(plan.local, preflight.WORKFLOWS) else "",
        state="published" if steps else "current",
        steps=steps,
        notes=plan.notes,
        dry_run=dry_run,
    )


def _steps(plan: Plan) -> tuple[str, ...]:
    """Return what is to be done, in words; nothing where all of it is."""
    target, cargo = plan.target, plan.cargo
    kind = plan.visibility
    beginning = (
        f"use the empty {kind} repository that is there"
        if target.existing and not target.heads
        else f"go on with the {kind} repository that is there"
        if target.existing
        else f"create the {kind} repository {target.page}"
    )
    steps = []
    if target.heads.get(plan.local.branch) != plan.local.commit:
        files = "1 file" if cargo.files == 1 else f"{cargo.files} files"
        amount = f"{files}, {cargo.size / preflight.MEBIBYTE:.1f} MB"
        steps.append(f"push {plan.local.branch}, {plan.local.commit[:10]}: {amount}")
    if plan.add_remote:
        steps.append(f"name it '{plan.remote}' here")
    if plan.follow:
        steps.append(f"have {plan.local.branch} follow {plan.remote}/{plan.local.branch}")
    there = target.existing
    wanted = {
        "description": (plan.description, there.description if there else ""),
        "homepage": (plan.homepage, there.homepage if there else ""),
        "topics": (", ".join(plan.topics), ", ".join(there.topics if there else ())),
    }
    steps += [f"{what}: {words or 'none'}" for what, (words, now) in wanted.items() if words != now]
    return (beginning, *steps) if steps or there is None else ()
