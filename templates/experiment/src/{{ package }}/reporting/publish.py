"""The documents that show the evidence: README, model card and dataset card."""

from __future__ import annotations

from pathlib import Path

from .. import report
from ..errors import UserError
from ..evidence import SUMMARY, Summary
from . import card, dataset_card
from .results import staged

README = Path("README.md")
DOCUMENTS = (README, card.CARD, dataset_card.CARD)


def write(root: Path, summary: Summary) -> list[Path]:
    """Write the summary's numbers into each document that is there, and return their paths.

    Raises:
        UserError: the summary holds what cannot be shown; no document is changed then.
    """
    try:
        report.results(summary)
        card.front_matter(summary)
    except (TypeError, ValueError, AttributeError, StopIteration) as error:
        raise UserError(
            f"{SUMMARY.as_posix()} holds a value that no run writes.",
            "Delete it and run the train command again.",
        ) from error
    written = []
    for name, inject in ((README, report.inject), (card.CARD, card.inject)):
        if (root / name).exists():
            inject(root / name, summary)
            written.append(name)
    return written


def again(root: Path) -> list[Path]:
    """Write the numbers of the last run into all documents again, or into none.

    Raises:
        UserError: nothing was run yet.
    """
    summary = Summary.read(root)
    if summary is None:
        raise UserError("There are no results yet.", "Run the train command first.")
    facts = dataset_card.read(root)
    with staged(root, DOCUMENTS) as stage:
        written = write(stage, summary)
        if facts is not None:
            written += dataset_card.publish(stage, facts)
    return written
