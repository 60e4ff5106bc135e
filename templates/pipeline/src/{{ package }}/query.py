"""Questions to the published data, which no question can change."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from .config import Config
from .database import connect, first_line, literal
from .errors import UserError
from .publish import WAREHOUSE


@dataclass(frozen=True)
class Answer:
    """The first rows of the answer, and whether there are more."""

    columns: list[str]
    rows: list[tuple[object, ...]]
    more: bool


def query(config: Config, sql: str, limit: int) -> Answer:
    """Return the answer to one SELECT statement over the published tables.

    Raises:
        UserError: nothing is published yet, or the statement fails or is no SELECT.
    """
    path = config.published / WAREHOUSE
    if not path.exists():
        raise UserError(f"There is no {config.data.published}/{WAREHOUSE} yet.", "Run `run` first.")
    with connect(path, read_only=True) as connection:
        # The view names the Parquet files relative to the database's folder.
        connection.execute(f"SET file_search_path = {literal(config.published.as_posix())}")
        try:
            statements = connection.extract_statements(sql)
            if [statement.type for statement in statements] != [duckdb.StatementType.SELECT]:
                raise UserError(
                    "Only one SELECT statement is answered.",
                    "Data change through the pipeline: the raw files, the contract, the SQL files.",
                    2,
                )
            # Within another query nothing can write: a WITH may hold a COPY, and a database that
            # is opened to be read would still let it, but not below the top level.
            inner = sql.rstrip().removesuffix(";")
            cursor = connection.execute(f"SELECT * FROM (\n{inner}\n)")
            rows = cursor.fetchmany(limit + 1)
        except duckdb.Error as error:
            raise UserError(
                f"The query fails: {first_line(error)}",
                'Try "SELECT table_name FROM information_schema.tables".',
                2,
            ) from error
        columns = [column[0] for column in cursor.description or []]
    return Answer(columns, rows[:limit], len(rows) > limit)


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
