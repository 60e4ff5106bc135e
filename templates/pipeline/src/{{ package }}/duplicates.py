"""Duplicates: good records whose key an earlier good record of the same day has."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import duckdb

from .contract import Contract, Table
from .database import literal, quoted

# A hash table of so many keys stays in the processor's cache.
SPAN = 400_000


def deduplicate(connection: duckdb.DuckDBPyConnection, contract: Contract, table: Table) -> None:
    """Set aside all good records but the first of each key, when all files are loaded."""
    fast, careful = quoted("fast_" + table.name), quoted("careful_" + table.name)
    places = quoted("places_" + table.name)
    key = ", ".join(quoted(name) for name in table.key)
    day = quoted(contract.dataset.partition)
    # Step by step: the few that have a twin are found first, and only these are looked up.
    twin = f"hash({day}, {key}) IN (FROM twins)"
    connection.execute("CREATE OR REPLACE TEMP TABLE twins (_key UBIGINT)")
    for days in _spans(connection, fast, day):
        connection.execute(
            f"""
            INSERT INTO twins SELECT _key FROM (
                SELECT hash({day}, {key}) AS _key FROM {fast} WHERE _good AND {days}
                UNION ALL
                SELECT hash({day}, {key}) FROM {careful} WHERE _reasons IS NULL AND {days})
            GROUP BY _key HAVING count(*) > 1
            """
        )
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE candidates AS
        SELECT rowid AS _row, _file, {day}, {key} FROM {fast}
        WHERE _good AND {twin}
        """
    )
    connection.execute(
        f"""
        CREATE OR REPLACE TABLE {quoted("duplicates_" + table.name)} AS
        WITH placed AS (
            SELECT _row, false AS _careful, candidates._file, _row + shift AS _line, {day}, {key}
            FROM candidates ASOF JOIN {places}
                ON candidates._file = {places}._file AND candidates._row >= first_row
            UNION ALL
            SELECT rowid, true, _file, _line, {day}, {key} FROM {careful}
            WHERE _reasons IS NULL AND {twin}),
        ranked AS (
            SELECT *, row_number() OVER same AS place, first(_file) OVER same AS _first_file,
                first(_line) OVER same AS _first_line
            FROM placed WINDOW same AS (PARTITION BY {day}, {key} ORDER BY _file, _line))
        SELECT _row, _careful, _file, _line, _first_file, _first_line, {day} AS _day
        FROM ranked WHERE place > 1
        """
    )
    repeated = f"SELECT _row FROM {quoted('duplicates_' + table.name)}"
    connection.execute(
        f"UPDATE {fast} SET _good = false WHERE rowid IN ({repeated} WHERE NOT _careful)"
    )
    connection.execute(f"DELETE FROM {careful} WHERE rowid IN ({repeated} WHERE _careful)")
    fields = ", ".join([*map(quoted, table.fields), day])
    kind = "VIEW" if table is contract.main else "TABLE"
    connection.execute(
        f"CREATE OR REPLACE {kind} {quoted(table.name)} AS "
        f"SELECT {fields} FROM {fast} WHERE _good "
        f"UNION ALL SELECT {fields} FROM {careful} WHERE _reasons IS NULL"
    )


def _spans(connection: duckdb.DuckDBPyConnection, table: str, day: str) -> Iterator[str]:
    """Give SQL for spans of days that have some SPAN good rows each; together they are all days.

    Equal keys are of one day, so each span can be searched by itself.
    """
    rows, cuts = 0, []
    for first, good in connection.execute(
        f"SELECT {day}::VARCHAR, rows FROM (SELECT {day}, count(*) AS rows FROM {table} "
        f"WHERE _good AND {day} IS NOT NULL GROUP BY {day}) ORDER BY {day}"
    ).fetchall():
        if rows and rows + good > SPAN:
            cuts.append(f"DATE {literal(first)}")
            rows = 0
        rows += good
    if not cuts:
        yield "true"
        return
    yield f"{day} < {cuts[0]}"
    for first, end in pairwise(cuts):
        yield f"{day} >= {first} AND {day} < {end}"
    yield f"{day} >= {cuts[-1]}"
