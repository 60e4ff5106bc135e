"""The documents that show the evidence: README and model card."""

from __future__ import annotations

from pathlib import Path

import msgspec

from . import card, config, report, signature
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


def again(root: Path) -> tuple[Path, ...]:
    """Write the documents from the results that are there.

    Raises:
        UserError: nothing was trained yet, or the results cannot be read.
    """
    settings = config.read(root)
    summary = Summary.read(root)
    if summary is None or not (root / SIGNATURE).exists():
        raise UserError("There are no results to report.", "Run the train command first.")
    try:
        model = signature.decode((root / SIGNATURE).read_bytes())
    except msgspec.DecodeError as error:
        raise UserError(
            f"{SIGNATURE.as_posix()} is no signature: {error}.", "Run the train command again."
        ) from None
    return write(root, settings, model, summary)
