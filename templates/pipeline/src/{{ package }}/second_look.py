"""The second look: what the typed reader refused or doubted is read again as lines of text."""

from __future__ import annotations

import tempfile
from array import array
from collections.abc import Sequence
from pathlib import Path

import duckdb

from . import read
from .conditions import checked
from .contract import Contract, Table
from .database import count, literal, quoted
from .errors import UserError
from .extract import RawFile, measure

# Where more of a file than this is doubtful, all of it is read line by line.
DOUBTFUL = 0.1
INDEX = "{'_file': 'INTEGER', '_line': 'BIGINT'}"


def doubtful_lines(
    connection: duckdb.DuckDBPyConnection, table: Table, files: Sequence[tuple[int, RawFile]]
) -> dict[int, array[int]]:
    """Return the lines to look at again, by file number; a file to be read whole is left out.

    The table `rejected` has those of which the typed reader gave no row.
    A refused record leaves no row behind, so it shifts the row numbers of all rows after it:
    `places` says by how much the line number is ahead of the row number, from which row on.
    """
    fast, places = quoted("fast_" + table.name), quoted("places_" + table.name)
    numbers = ", ".join(str(number) for number, _ in files)
    connection.execute(
        f"""
        INSERT INTO {places}
        WITH numbered AS (
            SELECT *, row_number() OVER (PARTITION BY _file ORDER BY line) AS shift FROM rejected),
        starts AS (
            SELECT _file, min(rowid) AS start FROM {fast}
            WHERE _file IN ({numbers}) GROUP BY _file),
        shifts AS (
            SELECT _file, line - shift - 1 AS first_row, shift FROM numbered
            UNION ALL SELECT _file, 0, 0 FROM starts)
        SELECT _file, start + first_row, 2 - start + max(shift)
        FROM shifts JOIN starts USING (_file)
        GROUP BY _file, start, first_row
        """
    )
    read_rows = dict(
        connection.execute(
            f"SELECT _file, count(*) FROM {fast} WHERE _file IN ({numbers}) GROUP BY _file"
        ).fetchall()
    )
    lines = {number: array("q") for number, _ in files}
    refused: dict[int, int] = dict.fromkeys(lines, 0)
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE suspects AS
        SELECT {fast}._file, {fast}.rowid + shift AS line, {fast}.rowid AS _row
        FROM {fast} ASOF JOIN {places}
            ON {fast}._file = {places}._file AND {fast}.rowid >= first_row
        WHERE NOT _good AND {fast}._file IN ({numbers})
        """
    )
    cursor = connection.execute(
        "SELECT _file, line, true FROM rejected UNION ALL SELECT _file, line, false FROM suspects "
        "ORDER BY _file, line"
    )
    # Many may be doubtful, so they are taken in pieces.
    while piece := cursor.fetchmany(10_000):
        for number, line, is_rejected in piece:
            lines[number].append(line)
            refused[number] += is_rejected
    # Behind a line that is too long for it, the typed reader may name other lines than it refuses.
    unsure = {
        number
        for (number,) in connection.execute(
            "SELECT DISTINCT _file FROM rejected WHERE too_long"
        ).fetchall()
    }
    for number, file in files:
        complete = read_rows.get(number, 0) + refused[number] == file.lines - 1
        is_sure = complete and number not in unsure
        if not is_sure or len(lines[number]) > max(1000, DOUBTFUL * file.lines):
            del lines[number]
            connection.execute(f"UPDATE {fast} SET _good = false WHERE _file = {number}")
    return lines


def read_lines(
    connection: duckdb.DuckDBPyConnection,
    contract: Contract,
    table: Table,
    header: tuple[str, ...],
    chosen: list[tuple[int, RawFile, array[int]]],
) -> None:
    """Read the chosen lines of files with the same header as text, and check them."""
    with tempfile.TemporaryDirectory() as folder:
        copy, index = Path(folder, "lines"), Path(folder, "index")
        copy.write_bytes(b"header\n")
        with index.open("w", encoding="ascii") as stream:
            for number, file, numbers in chosen:
                read.pick(file, numbers, copy)
                stream.writelines(f"{number},{line}\n" for line in numbers)
        read.lines(connection, measure(copy, copy.parent))
        connection.execute(
            f"""
            CREATE OR REPLACE TEMP TABLE lines AS
            SELECT i._file, i._line, l._text, l._fault FROM lines AS l JOIN (
                SELECT *, row_number() OVER () + 1 AS place FROM read_csv(
                    {literal(index.as_posix())},
                    columns = {INDEX},
                    header = false, auto_detect = false, delim = ',')) AS i ON i.place = l._line
            """
        )
    connection.execute(
        f"INSERT INTO {quoted('careful_' + table.name)} "
        + checked(contract, table, header, read.split(list(header), table.missing))
    )


def compare(connection: duckdb.DuckDBPyConnection, table: Table) -> None:
    """Hold the records that turned out good the second time against what was read the first time.

    Raises:
        UserError: they are other records, so lines and rows are not in the same order.
    """
    same = " AND ".join(
        f"(f.{quoted(name)} IS NULL OR f.{quoted(name)} = c.{quoted(name)})"
        for name in table.fields
    )
    others = count(
        connection,
        f"SELECT count(*) FROM {quoted('careful_' + table.name)} AS c "
        "JOIN suspects AS s ON s._file = c._file AND s.line = c._line "
        f"JOIN {quoted('fast_' + table.name)} AS f ON f.rowid = s._row "
        f"WHERE c._reasons IS NULL AND NOT ({same})",
    )
    if others:
        raise UserError(
            f"{table.name}: {others:,} records are not those that were doubted.",
            "Nothing was published; this is a fault of the pipeline and not of the data.",
        )


def read_whole(
    connection: duckdb.DuckDBPyConnection,
    contract: Contract,
    table: Table,
    number: int,
    file: RawFile,
    header: tuple[str, ...],
) -> None:
    """Read all lines of the file as text, and check them."""
    records = read.lines(connection, file)
    connection.execute("ALTER TABLE lines ADD COLUMN _file INTEGER")
    connection.execute("UPDATE lines SET _file = ?", [number])
    connection.execute(
        f"UPDATE {quoted('files_' + table.name)} SET records = ? WHERE _file = ?",
        [records, number],
    )
    connection.execute(
        f"INSERT INTO {quoted('careful_' + table.name)} "
        + checked(contract, table, header, read.split(list(header), table.missing))
    )
