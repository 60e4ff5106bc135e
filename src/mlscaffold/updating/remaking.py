"""A project rendered anew: its files, and what the template calls otherwise now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlscaffold import __version__, belongings, catalog, spare
from mlscaffold.errors import HistoryError
from mlscaffold.render import render
from mlscaffold.updating import history

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mlscaffold.belongings import Belongings
    from mlscaffold.catalog import Template
    from mlscaffold.updating.checkout import Checkout
    from mlscaffold.updating.entries import Entry
    from mlscaffold.updating.history import Scaffold


def remake(
    checkout: Checkout,
    template: Template,
    answers: Mapping[str, str],
    *,
    brought: Belongings,
    base: Scaffold | None,
) -> dict[str, Entry]:
    """Render a project and store its files; return them as the entries of a tree.

    A model that is not among what is `brought` came into the project before: it is in the base.
    """
    with spare.folder() as folder:
        place = folder / "project"
        place.mkdir()
        render(catalog.root(), place, answers)
        brought.lay(place)
        made = checkout.stage(place)
    for key, target in template.bundles.items():
        answer = answers.get(key, "")
        if answer and key not in brought.models and base is not None:
            carried = (answer.rstrip("/") + "/", target.request)
            start = checkout.entries(base.commit)
            made |= {path: entry for path, entry in start.items() if path.startswith(carried)}
    return made


def moves(
    checkout: Checkout, template: Template, answers: Mapping[str, str], *, base: Scaffold
) -> list[tuple[str, str]]:
    """Return what has another name since the base was made, in the order of the changes.

    The template's own renames are written down in its `template.toml`; another answer to `package`
    moves the package's folder.
    """
    package = history.recorded(checkout, base.commit).get("package", "")
    since = [
        version
        for version in sorted(template.renames, key=history.order)
        if history.order(base.version) < history.order(version) <= history.order(__version__)
    ]
    found = [
        (old.replace("{package}", package), new.replace("{package}", package))
        for version in since
        for old, new in template.renames[version].items()
    ]
    if package and package != answers["package"]:
        found.append((f"src/{package}/", f"src/{answers['package']}/"))
    return found


def require_rendered(checkout: Checkout, template: Template, base: Scaffold) -> None:
    """Refuse a base that is a render by its owner's word alone.

    Raises:
        HistoryError: it holds something else, or is of a version that cannot be rendered here.
    """
    if not base.stated:
        return
    if base.version != __version__:
        raise HistoryError(
            f"The commit named with --base is of mlscaffold {base.version}, and this is "
            f"{__version__}: what in it is yours cannot be told.",
            "Make it anew, which changes none of your files, then update: "
            f"uvx mlscaffold@{base.version} adopt {template.id}",
        )
    past = history.recorded(checkout, base.commit)
    nothing = belongings.gather(template, {})
    start = checkout.entries(base.commit)
    for path, entry in remake(checkout, template, past, brought=nothing, base=base).items():
        if path in start and start[path].blob != entry.blob:
            raise HistoryError(
                f"The commit named with --base holds changes of yours, as in '{path}'.",
                f"Starting from it would lose them. Instead: mlscaffold adopt {template.id}",
            )
