"""`mlscaffold status`: what a project was made from, and what its owner has made of that."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mlscaffold import __version__, answers, catalog, destination, repository
from mlscaffold.errors import ScaffoldError, disk
from mlscaffold.updating import history
from mlscaffold.updating.checkout import RECORD, Checkout

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from mlscaffold.updating.history import Scaffold


@dataclass(frozen=True)
class Changed:
    """An answer as the project was made with it, and as its record has it now; empty for none."""

    before: str
    now: str


@dataclass(frozen=True)
class Status:
    """What a project is; paths are POSIX paths in `path`, and only those that the template made.

    `newer` tells whether the mlscaffold that runs could bring a newer version of the template,
    `outdated` whether it is older than the project itself. `problem` says why `update` would refuse
    the record of the project; it is empty where that is sound.
    """

    path: Path
    template: str
    version: str
    installed: str
    newer: bool
    outdated: bool
    scaffold: str
    answers: Mapping[str, str]
    changed_answers: Mapping[str, Changed]
    changed: tuple[str, ...]
    kept: tuple[str, ...]
    deleted: tuple[str, ...]
    problem: str = ""


@disk()
def read(path: Path | str = ".") -> Status:
    """Return what a project is, with changes that are not committed yet.

    Raises:
        ScaffoldError: it is none, or its commits do not say what it was made from.
    """
    repository.require_git()
    checkout = Checkout.open(destination.named(path))
    checkout.head()
    base = history.base(checkout)
    made = history.recorded(checkout, base.commit)
    now = history.recorded(checkout, "HEAD") or made
    keys = {question.key for question in catalog.questionnaire()} - {"version"}
    difference = checkout.since(base.commit)
    files = checkout.entries(base.commit).keys()
    touched = {*difference.changed, *difference.removed}
    return Status(
        path=checkout.folder,
        template=base.template,
        version=base.version,
        installed=__version__,
        newer=history.order(base.version) < history.order(__version__),
        outdated=history.order(base.version) > history.order(__version__),
        scaffold=base.commit,
        answers={key: value for key, value in now.items() if key not in catalog.RESERVED},
        changed_answers={
            key: Changed(made.get(key, ""), now.get(key, ""))
            for key in sorted(keys)
            if made.get(key, "") != now.get(key, "")
        },
        changed=tuple(path for path in difference.changed if path in files),
        kept=tuple(sorted(files - touched - {RECORD})),
        deleted=difference.removed,
        problem=_problem(base, now),
    )


def _problem(base: Scaffold, record: Mapping[str, str]) -> str:
    """Return why an update would refuse a record, or nothing."""
    try:
        history.require_same(base, record)
        answers.resolve(
            catalog.template(base.template),
            {},
            suggestions={},
            version=__version__,
            prompter=None,
            recorded={key: value for key, value in record.items() if key not in catalog.RESERVED},
        )
    except ScaffoldError as error:
        return str(error)
    return ""
