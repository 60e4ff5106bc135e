"""The only door to DuckDB: connections, their limits, and quoting."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import duckdb

from .errors import UserError

MEMORY_VARIABLE = "DUCKDB_MEMORY_LIMIT"


def connect(
    path: Path | None = None, *, read_only: bool = False, spill: Path | None = None
) -> duckdb.DuckDBPyConnection:
    """Open the database at `path`, or one in memory, within the memory the environment allows.

    What does not fit goes to the folder `spill`.

    Raises:
        UserError: the limit is not understood, or the file cannot be opened.
    """
    limit = os.environ.get(MEMORY_VARIABLE, "")
    try:
        connection = duckdb.connect(":memory:" if path is None else path, read_only=read_only)
    except duckdb.Error as error:
        name = "the database" if path is None else path.name
        raise UserError(
            f"{name} cannot be opened: {reason(error)}",
            "Is another program using it, or the disk full?",
        ) from error
    # Nothing is ever downloaded, and no progress bar mixes with what the command prints.
    connection.execute("SET autoinstall_known_extensions = false")
    connection.execute("SET enable_progress_bar = false")
    # Of all its cursors too, which otherwise reckon in the zone of the machine.
    connection.execute("SET GLOBAL TimeZone = 'UTC'")
    # It would read 12.7 as a whole number, because a CASE casts the column to one further on.
    connection.execute("SET disabled_optimizers = 'type_pushdown'")
    if spill is not None:
        connection.execute(f"SET temp_directory = {literal(spill.as_posix())}")
    if limit:
        try:
            connection.execute(f"SET memory_limit = {literal(limit)}")
        except duckdb.Error as error:
            connection.close()
            raise UserError(
                f"{MEMORY_VARIABLE} is {limit!r}: {first_line(error)}", "Write it like 2GB.", 2
            ) from error
    return connection


def count(connection: duckdb.DuckDBPyConnection, sql: str) -> int:
    """Return the one whole number that the query gives."""
    row = connection.execute(sql).fetchone()
    return 0 if row is None else int(row[0])


def quoted(name: str) -> str:
    """Return the name as an identifier in SQL."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Return the text as a string in SQL."""
    return "'" + text.replace("'", "''") + "'"


def without_end(sql: str) -> str:
    """Return the statement without the semicolon at its end, after which comments may stand."""
    text = sql.encode()
    end = len(text)
    for offset, kind in reversed(duckdb.tokenize(sql)):
        if text[offset : offset + 1] == b";" and kind == duckdb.token_type.operator:
            end = offset
        elif kind != duckdb.token_type.comment:
            break
    return text[:end].decode()


def reason(error: duckdb.Error) -> str:
    """Return what a DuckDB error says: of a disk only what the system itself says of it."""
    words = map(os.strerror, (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES))
    said = [each for each in words if each in str(error)]
    return f"{said[0]}." if said else first_line(error)


def first_line(error: Exception) -> str:
    """Return what a DuckDB error says, without the query it repeats."""
    return str(error).splitlines()[0]
