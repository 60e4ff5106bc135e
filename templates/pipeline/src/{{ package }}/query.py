"""Questions to the warehouse, and their answers as a table of text or a CSV file."""

from __future__ import annotations

import csv
import uuid
from contextlib import suppress
from pathlib import Path

from .answers import Answer
from .config import Config
from .errors import UserError
from .warehouse import answer as ask

PORTION = 10_000  # rows


def save(config: Config, sql: str, path: Path) -> int:
    """Write the whole answer to a CSV file that does not exist yet, and return its rows.

    It is written beside, a portion at a time, and has its name when it is whole.

    Raises:
        UserError: the question is refused, or the file is there or cannot be written.
    """
    count, unfinished = 0, None
    try:
        if path.exists():
            raise FileExistsError
        unfinished = path.with_name(f".{uuid.uuid4().hex}.unfinished")
        with unfinished.open("x", encoding="utf-8", newline="") as stream, ask(config, sql) as rows:
            writer = csv.writer(stream, lineterminator="\n")
            writer.writerow(rows.columns)
            while portion := rows.fetch(PORTION):
                writer.writerows(portion)
                count += len(portion)
        _name(unfinished, path)
    except FileExistsError:
        raise UserError(f"{path.name} is there already.", "Give another name.", 2) from None
    except OSError as error:
        raise UserError(f"{path} cannot be written: {error.strerror}.", "Mend the path.") from error
    finally:
        if unfinished is not None:
            with suppress(OSError):
                unfinished.unlink()
    return count


def _name(unfinished: Path, path: Path) -> None:
    """Give the file its name; unlike a rename, a link takes the place of no other file."""
    try:
        path.hardlink_to(unfinished)
    except FileExistsError:
        raise
    except OSError:  # a disk that knows no links: an empty file holds the place
        path.open("x").close()
        unfinished.replace(path)


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
