"""The filters that an owner has git use, as for large files, where the template's files come in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlscaffold import spare
from mlscaffold.updating.entries import Entry

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mlscaffold.updating.checkout import Checkout


def filtered(checkout: Checkout, entries: Mapping[str, Entry | None]) -> dict[str, Entry]:
    """Return which of the files the owner's git would store otherwise, and as what.

    What is stored as it is would be a change of the owner's as soon as git looks at it, and a
    merge of git's own ends where it finds one.
    """
    files = {path: entry for path, entry in entries.items() if entry and entry.kind == "100"}
    if not files:
        return {}
    words = checkout.run("check-attr", "-z", "filter", "--", *files).split("\0")
    found = {}
    with spare.folder() as folder:
        for path, value in zip(words[0::3], words[2::3], strict=False):
            if value in {"unspecified", "unset"}:
                continue
            place = folder / "file"
            checkout.fetch(files[path].blob, place)
            blob = checkout.run("hash-object", "-w", f"--path={path}", "--", str(place))
            if blob != files[path].blob:
                found[path] = Entry(files[path].mode, blob)
    return found
