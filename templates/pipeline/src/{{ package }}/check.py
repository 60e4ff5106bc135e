"""The contract as SQL: every record is checked, and what fails is set aside with its reasons.

A table's files are read twice at most. `load` reads them with typed columns and asks of each
record whether anything at all is wrong with it; what is, and what the reader refused, is read
again as text, and the same conditions then say what is wrong. For each table there are afterwards:

* `fast_<table>`: the records as the typed reader gave them, `_good` or not;
* `careful_<table>`: the records that were read as text, with `_reasons` (null for a good one);
* `duplicates_<table>`: good records whose key an earlier good record of the same day has;
* `<table>`: the records that are left, with the day of their partition.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence

import duckdb

from . import origins, read
from .conditions import held_as, read_as, typed, unknown
from .contract import Contract, Table
from .database import literal, quoted
from .errors import UserError
from .extract import MANIFEST, RawFile
from .found import Found, count_found
from .portions import Part, portions
from .second_look import compare, doubtful_lines, read_lines, read_whole

# So many values of another type, and more than half of the file's, are no accident of a few rows.
RETYPED = 10


def prepare(connection: duckdb.DuckDBPyConnection, contract: Contract, table: Table) -> None:
    """Make the empty tables that `load` fills."""
    fields = ", ".join(f"{quoted(n)} {held_as(f)}" for n, f in table.fields.items())
    day = quoted(contract.dataset.partition)
    name = table.name
    connection.execute(
        f"""
        CREATE OR REPLACE TABLE {quoted("fast_" + name)}
            (_file INTEGER, {fields}, {day} DATE, _good BOOLEAN);
        CREATE OR REPLACE TABLE {quoted("careful_" + name)}
            (_file INTEGER, _line BIGINT, {fields}, {day} DATE,
            _text VARCHAR, _reasons VARCHAR[]);
        CREATE OR REPLACE TABLE {quoted("files_" + name)}
            (_file INTEGER, name VARCHAR, records BIGINT);
        CREATE OR REPLACE TABLE {quoted("places_" + name)}
            (_file INTEGER, first_row BIGINT, shift BIGINT);
        """
    )


def load(
    connection: duckdb.DuckDBPyConnection,
    contract: Contract,
    table: Table,
    files: Sequence[tuple[int, RawFile]],
) -> dict[str, Found]:
    """Read and check these files of the table, and return what was found in each, by name.

    Each file comes with its number: the place of its name among all files of the table. Of two
    records with the same key the one in the file of the lower number is the first.

    Raises:
        UserError: a column is missing.
    """
    headers = {file.name: columns(table, file) for _, file in files}
    connection.executemany(
        f"INSERT INTO {quoted('files_' + table.name)} VALUES (?, ?, ?)",
        [[number, file.name, file.lines - 1] for number, file in files],
    )
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE rejected (_file INTEGER, line BIGINT, too_long BOOLEAN)"
    )
    alike: dict[tuple[tuple[str, ...], str, bool, str], list[tuple[int, RawFile]]] = {}
    times = {name for name, field in table.fields.items() if field.type == "datetime"}
    for number, file in files:
        header = headers[file.name]
        clock = read.clock(file, [header.index(name) for name in times.intersection(header)])
        look = (header, file.newline, file.has_quotes, clock)
        alike.setdefault(look, []).append((number, file))
    whole = []
    for (header, newline, _, clock), group in alike.items():
        if newline:
            for parts in portions(group):
                _scan(connection, contract, table, header, clock, parts)
            _refuse_unknown(connection, table, group)
        else:
            whole += group
    doubtful = doubtful_lines(connection, table, files)
    picked: dict[tuple[str, ...], list[tuple[int, RawFile, array[int]]]] = {}
    for number, file in files:
        numbers = doubtful.get(number)
        if numbers is None:
            if (number, file) not in whole:
                whole.append((number, file))
        elif numbers:
            picked.setdefault(headers[file.name], []).append((number, file, numbers))
    for header, chosen in picked.items():
        read_lines(connection, contract, table, header, chosen)
    compare(connection, table)
    for number, file in whole:
        read_whole(connection, contract, table, number, file, headers[file.name])
    return count_found(connection, contract, table, files, headers)


def columns(table: Table, file: RawFile) -> tuple[str, ...]:
    """Return the file's columns; every field is there, unless a later contract added it."""
    header = read.header(file)
    for name, field in table.fields.items():
        if name not in header and not field.since:
            raise UserError(
                f"{file.name} lacks the column {name!r}.",
                "The contract names it: correct the file, or the contract and its version.",
            )
    return tuple(header)


def _scan(
    connection: duckdb.DuckDBPyConnection,
    contract: Contract,
    table: Table,
    header: tuple[str, ...],
    clock: str,
    parts: Sequence[Part],
) -> None:
    """Read parts that look alike with typed columns, one after the other."""
    kinds = {
        name: read_as(table.fields[name], clock) if name in table.fields else "VARCHAR"
        for name in header
    }
    files = [part.file for part in parts]
    source = read.scan(files, kinds, table.missing, clock)
    paths = [literal(file.path.as_posix()) for file in files]
    numbers = ", ".join(f"{path}: {part.number}" for path, part in zip(paths, parts, strict=True))
    place = "(MAP {" + numbers + "})[_path]" if len(parts) > 1 else str(parts[0].number)
    connection.execute(
        f"INSERT INTO {quoted('fast_' + table.name)} "
        + typed(contract, table, header, source, place, clock, quotes=files[0].has_quotes)
    )
    known = ", ".join(
        f"({path}, {part.number}, {part.ahead})" for path, part in zip(paths, parts, strict=True)
    )
    connection.execute(
        "INSERT INTO rejected SELECT _file, r.line + ahead, "
        "bool_or(error_type = 'LINE SIZE OVER MAXIMUM') "
        f"FROM {read.REJECTS} AS r "
        f"JOIN {read.REJECTS_SCANS} AS s USING (scan_id, file_id) "
        f"JOIN (VALUES {known}) AS known(path, _file, ahead) ON path = s.file_path GROUP BY ALL"
    )
    connection.execute(f"DROP TABLE {read.REJECTS}")
    connection.execute(f"DROP TABLE {read.REJECTS_SCANS}")


def _refuse_unknown(
    connection: duckdb.DuckDBPyConnection, table: Table, files: Sequence[tuple[int, RawFile]]
) -> None:
    """Doubt the records of these files that name what the tables they refer to do not have."""
    within = ", ".join(str(number) for number, _ in files)
    for name, field in table.fields.items():
        if field.references and field.unknown == "quarantine":
            connection.execute(
                f"UPDATE {quoted('fast_' + table.name)} SET _good = false "
                f"WHERE _good AND _file IN ({within}) AND {unknown(name, field)}"
            )


def refuse(table: Table, file: RawFile, found: Found) -> None:
    """Stop the run when the counts do not add up, or are not what the contract expects."""
    good = found.good
    if found.records != good + found.quarantined:
        raise UserError(
            f"{file.name}: {found.records:,} records came in, and {good:,} good + "
            f"{found.quarantined:,} quarantined went out.",
            "Nothing was published; this is a fault of the pipeline and not of the data.",
        )
    most = table.max_rows
    if origins.are_of(file.name):
        return  # as many as were mended
    if found.records < table.min_rows or (most is not None and found.records > most):
        expected = f"at least {table.min_rows:,}" + (f", at most {most:,}" if most else "")
        raise UserError(
            f"{file.name} has {found.records:,} records, and the contract expects {expected}.",
            "Look for a truncated or doubled file, or correct min_rows and max_rows. To go on "
            "without it, mend or remove it where it comes from, and delete it with its entry in "
            f"{MANIFEST} beside the raw files.",
        )
    for code, rows in found.reasons.items():
        kind, _, name = code.partition(":")
        if kind == "wrong_type" and rows > max(RETYPED, found.records / 2):
            raise UserError(
                f"{file.name}: {rows:,} of {found.records:,} values of {name!r} are not of the "
                f"type {table.fields[name].type}.",
                "The column was retyped: correct the file, or the contract and its version.",
            )
