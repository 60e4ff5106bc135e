"""What an audit finds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["high", "medium", "low"]
SEVERITIES: tuple[Severity, ...] = ("high", "medium", "low")


@dataclass(frozen=True)
class Finding:
    """Something that may make the score a lie.

    High: the score means nothing until it is dealt with. Medium: it is probably too good, or will
    not hold for the rows to come. Low: worth a look. `subject` is the column it is about, or what
    else; `sentence` says what was seen, `advice` what to do.
    """

    severity: Severity
    check: str
    subject: str
    sentence: str
    advice: str

    def __str__(self) -> str:
        """Say it in two sentences."""
        return f"{self.sentence} {self.advice}"
