"""Small tables for an experiment on a CSV file of one's own, as messy as real ones are."""

from __future__ import annotations

import csv
import random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ROWS = 400


def churn(signal: float, _: random.Random) -> str:
    """Say yes or no: a binary target of words."""
    return "yes" if signal > 0.5 else "no"


def grade(signal: float, _: random.Random) -> str:
    """Give one of three classes, of unequal size."""
    return "low" if signal < 0 else "mid" if signal < 1 else "high"


def price(signal: float, noise: random.Random) -> str:
    """Give a number."""
    return f"{100 + 25 * signal + noise.gauss(0, 5):.2f}"


def write(path: Path, target: str, rule: Callable[[float, random.Random], str]) -> None:
    """Write a table whose target can be learned, but not perfectly.

    It has an identifier, numbers with gaps, a category with commas and quotes in it, a date,
    a column that never changes and a name in more than ASCII.
    """
    chance = random.Random(2013)  # noqa: S311  a fixed table, not a secret
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["id", "size m²", "age", "kind", "joined", "country", target])
        for number in range(ROWS):
            size, age = chance.gauss(0, 1), chance.gauss(0, 1)
            kind = chance.choice(["flat", "house, small", 'the "castle"'])
            signal = size - 0.5 * age + (kind == "flat") + chance.gauss(0, 0.4)
            writer.writerow(
                [
                    number,
                    "" if chance.random() < 0.1 else f"{size:.3f}",
                    f"{40 + 10 * age:.0f}",
                    kind,
                    f"2025-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}",
                    "Österreich",
                    rule(signal, chance),
                ]
            )
