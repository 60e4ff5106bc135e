"""Questions to the warehouse, and their answers as a table of text or a CSV file."""

from __future__ import annotations

import csv
from pathlib import Path

from .config import Config
from .errors import UserError
from .warehouse import Answer
from .warehouse import query as ask

EVERYTHING = 1_000_000_000


def save(config: Config, sql: str, path: Path) -> int:
    """Write the whole answer to a CSV file that does not exist yet, and return its rows.

    Raises:
        UserError: the question is refused, or the file is there or cannot be written.
    """
    answer = ask(config, sql, EVERYTHING)
    try:
        with path.open("x", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream, lineterminator="\n")
            writer.writerow(answer.columns)
            writer.writerows(answer.rows)
    except FileExistsError:
        raise UserError(f"{path.name} is there already.", "Give another name.", 2) from None
    except OSError as error:
        raise UserError(f"{path} cannot be written: {error.strerror}.", "Mend the path.") from error
    return len(answer.rows)


def table(answer: Answer) -> str:
    """Return the answer as a table of text, numbers to the right."""
    cells = [["" if value is None else str(value) for value in row] for row in answer.rows]
    widths = [
        max(len(text) for text in column) for column in zip(answer.columns, *cells, strict=True)
    ]
    numeric = [
        all(isinstance(row[index], int | float | None) for row in answer.rows)
        for index in range(len(widths))
    ]

    def line(texts: list[str]) -> str:
        aligned = zip(texts, widths, numeric, strict=True)
        return "  ".join(t.rjust(w) if n else t.ljust(w) for t, w, n in aligned).rstrip()

    return "\n".join([line(answer.columns), "  ".join("-" * w for w in widths), *map(line, cells)])
