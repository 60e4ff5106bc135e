"""What a project was made from, as its commits say.

A scaffold commit holds exactly what was rendered. Its trailers name the template and the version,
and its tree: one that was squashed, amended or replayed onto another bears the same words, but
holds other files, and is no base that a merge could start from without losing some.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mlscaffold import __version__, trailers, written
from mlscaffold.errors import BadInputError, HistoryError
from mlscaffold.trailers import KEPT, SEAL, TEMPLATE, VERSION
from mlscaffold.updating.checkout import RECORD

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from mlscaffold.updating.checkout import Checkout

FIELD, ITEM = "\x1f", "\x1e"
FORMAT = "%x1f".join(
    (
        *("%H", "%T"),
        *(
            f"%(trailers:key={key},valueonly,unfold,separator=%x1e)"
            for key in (TEMPLATE, VERSION, SEAL, KEPT)
        ),
    )
)


@dataclass(frozen=True)
class Scaffold:
    """A commit that holds a project as it was rendered.

    `kept` are paths that were the owner's before the template came; what the template makes of
    them stays out. `stated` is true where the owner says what the commit is, and not the commit.
    """

    commit: str
    tree: str
    template: str
    version: str
    kept: tuple[str, ...] = ()
    stated: bool = False


@dataclass(frozen=True)
class Traces:
    """The scaffold commits that HEAD reaches, newest first, and those that are none any more."""

    sound: tuple[Scaffold, ...]
    broken: tuple[Scaffold, ...]


def message(title: str, scaffold: Scaffold) -> str:
    """Return the message of a scaffold commit, with all its trailers."""
    named = trailers.of(scaffold.template, scaffold.version) | {SEAL: scaffold.tree}
    lines = [f"{key}: {value}" for key, value in named.items()]
    lines += [f"{KEPT}: {path}" for path in scaffold.kept]
    return "\n".join([title, "", *lines])


def traces(checkout: Checkout) -> Traces:
    """Return what the history says of where the project comes from."""
    sound: list[Scaffold] = []
    broken: list[Scaffold] = []
    for entry in checkout.log(FORMAT, having=f"{TEMPLATE}:"):
        commit, tree, template, version, seal, kept = entry.strip("\n").split(FIELD)
        if not template:
            continue  # the words were in the text of the message, and no trailer
        found = Scaffold(commit, tree, template, version, tuple(filter(None, kept.split(ITEM))))
        (sound if seal == tree and ITEM not in template + version else broken).append(found)
    return Traces(tuple(sound), tuple(broken))


def base(checkout: Checkout, *, named: str | None = None) -> Scaffold:
    """Return the scaffold commit that an update starts from, or the one that the owner names.

    Raises:
        HistoryError: there is none in reach, or what is named cannot be one.
        BadInputError: what is named is no commit of this branch.
    """
    if named is not None:
        return _stated(checkout, named)
    found = traces(checkout)
    if not found.sound:
        raise _lost(checkout, found.broken)
    # Who reverts an update is back at the scaffold before it, and may want the update after all.
    newest, *others = found.sound
    record = recorded(checkout, "HEAD")
    if not record or recorded(checkout, newest.commit) == record:
        return newest
    for each in others:
        if recorded(checkout, each.commit) == record and _is_nearer(checkout, each, newest):
            return each
    version = record.get("version")
    return next((each for each in found.sound if each.version == version), newest)


def _is_nearer(checkout: Checkout, older: Scaffold, newer: Scaffold) -> bool:
    """Tell whether the project has more of the older scaffold, where the two differ.

    After a revert it has; it has not where the owner has written answers of old into the record
    by hand, to have the template undo what they had brought.
    """
    head = checkout.entries("HEAD")
    old, new = checkout.entries(older.commit), checkout.entries(newer.commit)
    differing = [path for path in {*old, *new} - {RECORD} if old.get(path) != new.get(path)]
    as_old = sum(head.get(path) == old.get(path) for path in differing)
    as_new = sum(head.get(path) == new.get(path) for path in differing)
    return as_old > as_new


def recorded(checkout: Checkout, revision: str) -> dict[str, str]:
    """Return the answers, the template and the version that a commit's record holds, if any.

    Raises:
        HistoryError: the record cannot be read.
    """
    text = checkout.text(revision, RECORD)
    if text is None:
        return {}
    try:
        return written.parse_file(text, RECORD)
    except BadInputError as error:
        raise HistoryError(
            str(error), f"Put it right, or bring it back: git log -- {RECORD}"
        ) from error


def order(version: str) -> tuple[int, ...]:
    """Return what versions are compared by: their numbers alone."""
    numbers = re.match(r"\d+(\.\d+)*", version)
    return tuple(int(number) for number in numbers[0].split(".")) if numbers else ()


def require_known(scaffold: Scaffold, *, templates: Iterable[str]) -> None:
    """Refuse a project that only a newer mlscaffold knows what to do with.

    Raises:
        HistoryError: the version or the template is not known here.
    """
    if order(scaffold.version) > order(__version__):
        raise HistoryError(
            f"The project is of mlscaffold {scaffold.version}, and this is {__version__}.",
            "Update mlscaffold first: uv tool upgrade mlscaffold",
        )
    if scaffold.template not in templates:
        raise HistoryError(
            f"The project was made from the template '{scaffold.template}', "
            f"which mlscaffold {__version__} does not have.",
            f"It has: {', '.join(templates)}.",
        )


def require_same(scaffold: Scaffold, record: Mapping[str, str]) -> None:
    """Refuse a project whose record says that it is of another template.

    Raises:
        HistoryError: with the way to put that right.
    """
    if record.get("template", scaffold.template) != scaffold.template:
        raise HistoryError(
            f"{RECORD} says that the project is of the template '{record['template']}', "
            f"but it was made from '{scaffold.template}'.",
            f"Put it right, or bring it back: git log -- {RECORD}",
        )


def taken_away(checkout: Checkout) -> str | None:
    """Return the commit that took the record away, as a revert does; None where there is one."""
    if checkout.text("HEAD", RECORD) is not None:
        return None
    words = ("-1", "--format=%H", "--diff-filter=D", "--no-renames", "HEAD", "--", RECORD)
    return checkout.run("log", *words) or None


def _stated(checkout: Checkout, named: str) -> Scaffold:
    commit = checkout.resolve(named)
    if commit is None or not checkout.reaches(commit):
        reason = "is no commit" if commit is None else "is not in the history of this branch"
        raise BadInputError(
            f"--base '{named}' {reason}.", "git log shows the commits that can be named."
        )
    found = traces(checkout)
    for each in found.sound:
        if each.commit == commit:
            return each
    for each in found.broken:
        if each.commit == commit:
            raise _spoilt(each)
    record = recorded(checkout, commit)
    if not {"template", "version"} <= record.keys():
        raise HistoryError(
            f"--base '{named}' holds no {RECORD} that names a template and a version.",
            "Name the commit that holds the project exactly as it was made.",
        )
    tree = checkout.tree_of(commit)
    return Scaffold(commit, tree, record["template"], record["version"], stated=True)


def _lost(checkout: Checkout, broken: tuple[Scaffold, ...]) -> HistoryError:
    """Return why there is no base, with the way out that fits."""
    record = _readable(checkout)
    if checkout.is_shallow():
        return HistoryError(
            "The commit that the project was made with is not here: the clone is shallow.",
            "Fetch the rest of the history: git fetch --unshallow",
        )
    if not record:
        return HistoryError(
            f"'{checkout.folder}' was not made by mlscaffold: it has no {RECORD}.",
            "To bring the files of a template into it: mlscaffold adopt TEMPLATE",
        )
    if broken:
        return _spoilt(broken[0])
    return HistoryError(
        f"No commit says that it holds the project as it was made ({_made(record)}).",
        f"If one does, name it with --base REV; if none does: {anew(record)}",
    )


def _readable(checkout: Checkout) -> Mapping[str, str]:
    try:
        return recorded(checkout, "HEAD")
    except HistoryError:
        return {"template": "TEMPLATE"}


def _spoilt(scaffold: Scaffold) -> HistoryError:
    record = {"template": scaffold.template, "version": scaffold.version}
    return HistoryError(
        f"Commit {scaffold.commit[:10]} holds more than the project as it was made "
        f"({_made(record)}): it was squashed or amended.",
        f"Starting from it would lose your changes in it. Instead: {anew(record)}",
    )


def _made(record: Mapping[str, str]) -> str:
    return f"{record.get('template')} of mlscaffold {record.get('version', 'unknown')}"


def anew(record: Mapping[str, str]) -> str:
    """Return the command that makes a scaffold commit of the same version once more."""
    version = record.get("version", "")
    command = "mlscaffold" if version in {__version__, ""} else f"uvx mlscaffold@{version}"
    return f"{command} adopt {record.get('template')}"
