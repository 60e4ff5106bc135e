"""The documents that show the evidence: README and model card."""

from __future__ import annotations

from pathlib import Path

from . import card, report
from .config import Config
from .errors import UserError
from .evidence import Summary
from .signature import Signature

README = Path("README.md")
SIGNATURE = Path("model/signature.json")
CARD = SIGNATURE.with_name(card.NAME)


def write(root: Path, settings: Config, model: Signature, summary: Summary) -> tuple[Path, ...]:
    """Write the numbers into the README and the card; return both paths."""
    report.inject(root / README, summary)
    (root / CARD).write_text(card.text(settings, model, summary), encoding="utf-8", newline="\n")
    return README, CARD


def again(root: Path) -> Path:
    """Write the README's numbers from the results that are there.

    The card stays as the training wrote it: it names settings that config.toml may no longer hold.

    Raises:
        UserError: nothing was trained yet, or the results cannot be read.
    """
    summary = Summary.read(root)
    if summary is None:
        raise UserError("There are no results to report.", "Run the train command first.")
    report.inject(root / README, summary)
    return README
