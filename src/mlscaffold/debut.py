"""A project that is published as soon as it is made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlscaffold import names
from mlscaffold.errors import BadInputError, HalfwayError
from mlscaffold.publishing import hosts, rehearsal
from mlscaffold.publishing import publish as steps
from mlscaffold.publishing.request import Request

if TYPE_CHECKING:
    from mlscaffold.generate import Plan, Project
    from mlscaffold.publishing.publication import Publication
    from mlscaffold.publishing.request import Prompter
    from mlscaffold.publishing.targets import Visibility


def request(
    plan: Plan,
    *,
    wanted: bool,
    visibility: Visibility | None,
    host: str | None,
    prompter: Prompter | None,
) -> Request | None:
    """Return what `publish` will be asked for once the project is there; None if not wanted.

    All that could stop it is looked at now, before the project's first file exists.

    Raises:
        BadInputError: the options contradict each other.
        ScaffoldError: the project could not be published.
    """
    if not wanted:
        if visibility:
            raise BadInputError(
                f"--{visibility} says who may see the repository on GitHub, and none is made.",
                "Add --publish, or leave it out.",
            )
        return None
    if not plan.git:
        raise BadInputError(
            "What has no repository cannot be published.", "Leave out --no-git or --publish."
        )
    return rehearsal.rehearse(
        Request(
            path=plan.destination.path,
            name=names.distribution(plan.answers["package"]),
            visibility=visibility,
            host=host or hosts.PUBLIC,
            prompter=prompter,
        )
    )


def publish(project: Project, request: Request) -> Publication:
    """Publish a project that was just made.

    Raises:
        ScaffoldError: it is made nevertheless, and can be published later.
    """
    try:
        return steps.carry_out(steps.plan(request))
    except KeyboardInterrupt as stop:
        raise HalfwayError(
            f"Interrupted; '{project.path}' is made.", "The command above publishes it."
        ) from stop
