"""What of the owner's goes into a project: files that git ignores, and a model that it keeps."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mlscaffold import bundles, destination, interrupts, tables
from mlscaffold.errors import BadInputError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from mlscaffold.bundles import Bundle
    from mlscaffold.catalog import Template


@dataclass(frozen=True)
class Belongings:
    """What comes along with the answers that name it.

    `copies` maps a file to its place in the project, `models` the answer that names one to what was
    read there, `files` a place in the project to what it holds of a model. `answers` are those that
    named something, as the project has them: places in it.
    """

    copies: Mapping[Path, str]
    models: Mapping[str, Bundle]
    files: Mapping[str, bytes]
    answers: dict[str, str]

    def require_free(self, project: Path) -> None:
        """Refuse to copy a file over another one.

        Raises:
            BadInputError: another one is at its place in the project.
        """
        for source, target in self.copies.items():
            place = project / target
            if os.path.lexists(place) and not _has_the_same(place, source):
                raise BadInputError(
                    f"'{source}' would be copied to '{target}', where another file is.",
                    "Rename one of them.",
                )

    def lay(self, project: Path) -> None:
        """Write the models into a project, each with a request made of its sample."""
        for name, content in self.files.items():
            (project / name).parent.mkdir(parents=True, exist_ok=True)
            (project / name).write_bytes(content)

    def bring(self, project: Path) -> None:
        """Copy the owner's files to their places in a project: all of them, or none.

        Raises:
            BadInputError: something has come to one of the places.
        """
        self.require_free(project)
        made: list[Path] = []
        try:
            for source, name in self.copies.items():
                target = project / name
                target.parent.mkdir(parents=True, exist_ok=True)
                if not target.exists():
                    made.append(target)
                    shutil.copyfile(source, target)
        except BaseException:
            with interrupts.held_back():
                for target in made:
                    target.unlink(missing_ok=True)
            raise

    def notes(self, *, kept: Collection[str] = ()) -> list[str]:
        """Return what the owner should know of each: whether a push would publish it.

        `kept` has the files of the owner's repository that stayed as they were.
        """
        ignored = (
            "your own .gitignore says whether git ignores it"
            if ".gitignore" in kept
            else "git ignores it, so a push cannot publish it"
        )
        return [
            *(f"{source} was copied to {name}; {ignored}." for source, name in self.copies.items()),
            *(
                f"{destination.absolute(model.folder)} was copied to {self.answers[key]}; "
                "it is part of the project, and a push publishes it."
                for key, model in self.models.items()
            ),
        ]


def _has_the_same(place: Path, source: Path) -> bool:
    """Tell whether a file has the bytes of another; a link that leads nowhere has none."""
    return place.is_file() and place.read_bytes() == source.read_bytes()


def gather(template: Template, answers: Mapping[str, str]) -> Belongings:
    """Return what comes along with the answers.

    Raises:
        BadInputError: two files would have one place, or what is named is no model.
    """
    copies = _copies(template, answers)
    models = {key: bundles.read(answers[key]) for key in template.bundles if answers.get(key)}
    places = {
        key: f"{template.bundles[key].folder}/{model.version}" for key, model in models.items()
    }
    files = {
        f"{places[key]}/{name}": content
        for key, model in models.items()
        for name, content in model.files.items()
    }
    files |= {template.bundles[key].request: model.request for key, model in models.items()}
    named = {key: target for key, (_, target) in copies.items()}
    return Belongings(dict(copies.values()), models, files, places | named)


def _copies(template: Template, answers: Mapping[str, str]) -> dict[str, tuple[Path, str]]:
    """Return where the file that an answer names is, and where in the project it goes."""
    found: dict[str, tuple[Path, str]] = {}
    for key, folder in template.copies.items():
        answer = answers.get(key, "")
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
