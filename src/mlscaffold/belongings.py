"""What of the owner's goes into a project: files that git ignores, and a model that it keeps."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from mlscaffold import destination, tables
from mlscaffold.errors import BadInputError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from mlscaffold.bundles import Bundle
    from mlscaffold.catalog import Template


def copies(template: Template, resolved: Mapping[str, str]) -> dict[str, tuple[Path, str]]:
    """Return where the file that an answer names is, and where in the project it goes.

    Raises:
        BadInputError: two files would have one place.
    """
    found: dict[str, tuple[Path, str]] = {}
    for key, folder in template.copies.items():
        answer = resolved.get(key, "")
        if not answer or tables.is_address(answer):
            continue
        source = destination.absolute(Path(answer))
        target = f"{folder}/{source.name}"
        for other, taken in found.values():
            if taken.lower() == target.lower() and other != source:
                raise BadInputError(
                    f"'{other}' and '{source}' would both be copied to '{target}'.",
                    "Rename one of them.",
                )
        found[key] = (source, target)
    return found


def lay(bundle: Bundle, folder: Path, *, place: str, request: str) -> None:
    """Write a bundle into `place` of the project in `folder`, and a request made of its sample."""
    files = {f"{place}/{name}": content for name, content in bundle.files.items()}
    files[request] = bundle.request
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


def require_free(project: Path, copied: Mapping[Path, str]) -> None:
    """Refuse to copy a file over another one.

    Raises:
        BadInputError: another one is at its place in the project.
    """
    for source, target in copied.items():
        place = project / target
        if place.exists() and place.read_bytes() != source.read_bytes():
            raise BadInputError(
                f"'{source}' would be copied to '{target}', where another file is.",
                "Rename one of them.",
            )


def bring(source: Path, target: Path) -> None:
    """Copy a file of the owner's to its place in the project."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if not target.exists() or not target.samefile(source):
        shutil.copyfile(source, target)


def notes(
    copied: Mapping[Path, str], bundles: Mapping[str, Path], *, kept: Collection[str]
) -> list[str]:
    """Return what the owner should know of each: whether a push would publish it.

    `copied` maps a file to its place in the project, `bundles` a place to the folder of a model;
    `kept` has the files of the owner's repository that stayed as they were.
    """
    ignored = (
        "your own .gitignore says whether git ignores it"
        if ".gitignore" in kept
        else "git ignores it, so a push cannot publish it"
    )
    return [
        *(f"{source} was copied to {target}; {ignored}." for source, target in copied.items()),
        *(
            f"{destination.absolute(folder)} was copied to {target}; "
            "it is part of the project, and a push publishes it."
            for target, folder in bundles.items()
        ),
    ]
