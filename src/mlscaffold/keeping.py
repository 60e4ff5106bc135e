"""What of the owner's stays as it is where `new` fills a folder that is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlscaffold import destination, families

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

README = "README.md"
"""The one that every template has: pyproject.toml names it, and results are written into it."""


def answers(kept: Sequence[str]) -> dict[str, str]:
    """Return the answers that follow from what is there: whoever has a licence needs no other."""
    return {"license": "none"} if families.members(families.LICENSE, kept) else {}


def notes(kept: Sequence[str], license_: str) -> list[str]:
    """Return what the owner should know of a licence and a README that stay."""
    said = []
    licences = ", ".join(families.members(families.LICENSE, kept))
    if licences and license_ == "none":
        said.append(
            f"{licences} is the project's licence: the template's was left out, and pyproject.toml "
            "names none. Name yours there."
        )
    elif licences:
        said.append(
            f"pyproject.toml says {license_}, as the answer to license does, and {licences} was "
            "there before: see to it that they do not contradict each other."
        )
    readmes = families.members(families.README, kept)
    if readmes and README not in readmes:
        said.append(
            f"{', '.join(readmes)} is not {README}, which the project needs and writes its results "
            "into: the template's is beside it."
        )
    return said


def way_back(kept: Sequence[str], *, made: Collection[str], commit: str) -> str:
    """Return that the owner's files stayed, and how to take those that the template has too."""
    stayed = f"{', '.join(kept)} stayed as it was."
    both = [name for name in kept if name in made]
    if not both:
        return stayed
    command = f"git checkout {commit[:10]} -- {' '.join(map(destination.quoted, both))}"
    return f"{stayed} To take the template's instead: {command}"
