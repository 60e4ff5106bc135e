"""A mart's rows of a day follow from that day alone: they are replaced day by day."""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path

import duckdb

from .database import count, literal, quoted
from .errors import UserError

# Sums of fractions differ in their last digits with what was added up before.
TOLERANCE = 1e-9

Write = Callable[[Collection[str], dict[str, Path]], None]
"""Writes marts of nothing but these days: each, by its name, into a Parquet file."""


def make(
    connection: duckdb.DuckDBPyConnection,
    partition: str,
    days: Collection[str],
    targets: dict[str, Path],
    write: Write,
) -> None:
    """Write the marts of the days; where there are several, the first and the last one are tried.

    Raises:
        UserError: a mart has other rows of such a day where it is made of that day alone.
    """
    write(days, targets)
    alone = {name: path.with_suffix(".alone") for name, path in targets.items()}
    for day in (min(days), max(days)) if len(days) > 1 else ():
        write([day], alone)
        for name, path in targets.items():
            _hold(connection, name, partition, day, [path, alone[name]])
            alone[name].unlink()


def _hold(
    connection: duckdb.DuckDBPyConnection, name: str, partition: str, day: str, paths: list[Path]
) -> None:
    """Compare what a mart has for the day: made of several days, and made of this one alone.

    `paths` are the Parquet files of both; the column `partition` has the day of a row.

    Raises:
        UserError: they are other rows.
    """
    several, alone = (f"read_parquet({literal(path.as_posix())})" for path in paths)
    columns = {row[0]: row[1] for row in connection.execute(f"DESCRIBE FROM {alone}").fetchall()}
    # Rows stand in the order of what can be compared exactly.
    order = sorted(columns, key=lambda column: columns[column] in ("DOUBLE", "FLOAT"))
    place = f"row_number() OVER (ORDER BY {', '.join(map(quoted, order))}) AS _place"
    same = " AND ".join(_same(quoted(column), kind) for column, kind in columns.items())
    others = count(
        connection,
        f"WITH a AS (SELECT *, {place} FROM {several} "
        f"WHERE {quoted(partition)} = DATE {literal(day)}), "
        f"b AS (SELECT *, {place} FROM {alone}) "
        f"SELECT count(*) FROM a FULL JOIN b ON a._place = b._place "
        f"WHERE a._place IS NULL OR b._place IS NULL OR ({same}) IS NOT TRUE",
    )
    if others:
        raise UserError(
            f"sql/marts/{name}.sql gives other rows of {day} where it is made of that day alone.",
            "A mart's rows should follow from their own day, which alone is made anew when it "
            "changes: put what looks across days into sql/views.",
        )


def _same(column: str, kind: str) -> str:
    """Return SQL that is true where both values are the same; fractions up to their last digits."""
    equal = f"a.{column} IS NOT DISTINCT FROM b.{column}"
    if kind not in ("DOUBLE", "FLOAT"):
        return equal
    size = f"greatest(abs(a.{column}), abs(b.{column}), 1)"
    return f"({equal} OR abs(a.{column} - b.{column}) <= {TOLERANCE} * {size})"
