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

import tempfile
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import duckdb

from . import read
from .conditions import checked, conditions, raw, typed, unknown
from .contract import TYPES, Contract, Table
from .database import count, literal, quoted
from .errors import UserError
from .extract import RawFile, measure

# Where more of a file than this is doubtful, all of it is read line by line.
DOUBTFUL = 0.1


@dataclass(frozen=True)
class Found:
    """What the check found in one file.

    `days` counts its good records by the day of their partition, `reasons` the refused ones by
    code (a record may have several), `kept` the values that are no key of the table they refer to
    and that the contract keeps; `extra` names columns that the contract does not know.
    """

    records: int
    quarantined: int
    reasons: dict[str, int]
    kept: dict[str, int]
    extra: tuple[str, ...]
    days: dict[str, int]

    @property
    def good(self) -> int:
        """How many records keep the contract, duplicates among them."""
        return sum(self.days.values())

    @classmethod
    def total(cls, each: Iterable[Self]) -> Self:
        """Return what was found in several files together."""
        files = list(each)

        def added(counts: Iterable[dict[str, int]]) -> dict[str, int]:
            total: Counter[str] = Counter()
            for count in counts:
                total.update(count)
            return dict(sorted(total.items()))

        return cls(
            records=sum(found.records for found in files),
            quarantined=sum(found.quarantined for found in files),
            reasons=added(found.reasons for found in files),
            kept=added(found.kept for found in files),
            extra=tuple(sorted({name for found in files for name in found.extra})),
            days=added(found.days for found in files),
        )


def prepare(connection: duckdb.DuckDBPyConnection, contract: Contract, table: Table) -> None:
    """Make the empty tables that `load` fills."""
    fields = ", ".join(f"{quoted(n)} {TYPES[f.type].column}" for n, f in table.fields.items())
    day = quoted(contract.dataset.partition)
    name = table.name
    connection.execute(
        f"""
        CREATE OR REPLACE TABLE {quoted("fast_" + name)}
            (_file INTEGER, {fields}, {day} DATE, _key UBIGINT, _good BOOLEAN);
        CREATE OR REPLACE TABLE {quoted("careful_" + name)}
            (_file INTEGER, _line BIGINT, {fields}, {day} DATE, _key UBIGINT,
            _text VARCHAR, _reasons VARCHAR[]);
        CREATE OR REPLACE TABLE {quoted("files_" + name)}
            (_file INTEGER, name VARCHAR, path VARCHAR, records BIGINT);
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
        UserError: a column is missing or has another type, the rows are too few or too many, or a
            count is wrong.
    """
    headers = {file.name: _header(table, file) for _, file in files}
    connection.executemany(
        f"INSERT INTO {quoted('files_' + table.name)} VALUES (?, ?, ?, ?)",
        [[number, file.name, file.path.as_posix(), file.lines - 1] for number, file in files],
    )
    connection.execute(f"DROP TABLE IF EXISTS {read.REJECTS}")
    connection.execute(f"DROP TABLE IF EXISTS {read.REJECTS_SCANS}")
    alike: dict[tuple[tuple[str, ...], str, bool], list[tuple[int, RawFile]]] = {}
    for number, file in files:
        alike.setdefault((headers[file.name], file.newline, file.has_quotes), []).append(
            (number, file)
        )
    whole = []
    for (header, newline, _), group in alike.items():
        if newline:
            _scan(connection, contract, table, header, group)
        else:
            whole += group
    doubtful = _doubtful(connection, table, files)
    picked: dict[tuple[str, ...], list[tuple[int, RawFile, list[int]]]] = {}
    for number, file in files:
        numbers = doubtful.get(number)
        if numbers is None:
            if (number, file) not in whole:
                whole.append((number, file))
        elif numbers:
            picked.setdefault(headers[file.name], []).append((number, file, numbers))
    for header, chosen in picked.items():
        _look_again(connection, contract, table, header, chosen)
    for number, file in whole:
        _read_whole(connection, contract, table, number, file, headers[file.name])
    found = _found(connection, contract, table, files, headers)
    for _, file in files:
        _refuse(table, file, found[file.name])
    return found


def _header(table: Table, file: RawFile) -> tuple[str, ...]:
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
    files: Sequence[tuple[int, RawFile]],
) -> None:
    """Read files that look alike with typed columns, one after the other."""
    kinds = {
        name: TYPES[table.fields[name].type].read if name in table.fields else "VARCHAR"
        for name in header
    }
    source = read.scan([file for _, file in files], kinds, table.missing)
    numbers = ", ".join(f"{literal(file.path.as_posix())}: {number}" for number, file in files)
    place = f"(MAP {{{numbers}}})[_path]"
    connection.execute(
        f"INSERT INTO {quoted('fast_' + table.name)} "
        + typed(contract, table, header, source, place, quotes=files[0][1].has_quotes)
    )


def _doubtful(
    connection: duckdb.DuckDBPyConnection, table: Table, files: Sequence[tuple[int, RawFile]]
) -> dict[int, list[int]]:
    """Return the lines to look at again, by file number; a file to be read whole is left out.

    A refused record leaves no row behind, so it shifts the row numbers of all rows after it:
    `places` says by how much the line number is ahead of the row number, from which row on.
    """
    fast, places = quoted("fast_" + table.name), quoted("places_" + table.name)
    numbers = ", ".join(str(number) for number, _ in files)
    rejected = "SELECT * FROM (VALUES (0, 0)) AS none(_file, line) WHERE _file IS NULL"
    if connection.execute(
        "SELECT 1 FROM duckdb_tables() WHERE table_name = ?", [read.REJECTS]
    ).fetchone():
        rejected = (
            f"SELECT DISTINCT f._file, r.line FROM {read.REJECTS} AS r "
            f"JOIN {read.REJECTS_SCANS} AS s USING (scan_id, file_id) "
            f"JOIN {quoted('files_' + table.name)} AS f ON f.path = s.file_path"
        )
    connection.execute(f"CREATE OR REPLACE TEMP TABLE rejected AS {rejected}")
    connection.execute(
        f"""
        INSERT INTO {places}
        WITH numbered AS (
            SELECT *, row_number() OVER (PARTITION BY _file ORDER BY line) AS shift FROM rejected),
        starts AS (
            SELECT _file, min(rowid) AS start FROM {fast} WHERE _file IN ({numbers}) GROUP BY _file),
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
    lines: dict[int, list[int]] = {number: [] for number, _ in files}
    refused: dict[int, int] = dict.fromkeys(lines, 0)
    for number, line, is_rejected in connection.execute(
        f"""
        SELECT _file, line, true FROM rejected
        UNION ALL
        SELECT {fast}._file, {fast}.rowid + shift, false
        FROM {fast} ASOF JOIN {places}
            ON {fast}._file = {places}._file AND {fast}.rowid >= first_row
        WHERE NOT _good AND {fast}._file IN ({numbers})
        ORDER BY 1, 2
        """
    ).fetchall():
        lines[number].append(line)
        refused[number] += is_rejected
    for number, file in files:
        complete = read_rows.get(number, 0) + refused[number] == file.lines - 1
        if not complete or len(lines[number]) > max(1000, DOUBTFUL * file.lines):
            del lines[number]
            connection.execute(f"UPDATE {fast} SET _good = false WHERE _file = {number}")
    return lines


def _look_again(
    connection: duckdb.DuckDBPyConnection,
    contract: Contract,
    table: Table,
    header: tuple[str, ...],
    chosen: list[tuple[int, RawFile, list[int]]],
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
                    {literal(index.as_posix())}, columns = {{'_file': 'INTEGER', '_line': 'BIGINT'}},
                    header = false, auto_detect = false, delim = ',')) AS i ON i.place = l._line
            """
        )
    connection.execute(
        f"INSERT INTO {quoted('careful_' + table.name)} "
        + checked(contract, table, header, read.split(list(header)))
    )


def _read_whole(
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
        + checked(contract, table, header, read.split(list(header)))
    )


def _found(
    connection: duckdb.DuckDBPyConnection,
    contract: Contract,
    table: Table,
    files: Sequence[tuple[int, RawFile]],
    headers: dict[str, tuple[str, ...]],
) -> dict[str, Found]:
    """Count what the check found in each of the files."""
    careful, names = quoted("careful_" + table.name), quoted("files_" + table.name)
    within = "_file IN (" + ", ".join(str(number) for number, _ in files) + ")"
    day = quoted(contract.dataset.partition)
    records = dict(connection.execute(f"SELECT _file, records FROM {names}").fetchall())
    quarantined = dict(
        connection.execute(
            f"SELECT _file, count(*) FROM {careful} WHERE _reasons IS NOT NULL AND {within} "
            "GROUP BY _file"
        ).fetchall()
    )
    reasons: dict[int, dict[str, int]] = {number: {} for number, _ in files}
    for number, code, rows in connection.execute(
        "SELECT _file, code, count(*) FROM "
        f"(SELECT _file, unnest(_reasons) AS code FROM {careful} WHERE {within}) "
        "GROUP BY ALL ORDER BY ALL"
    ).fetchall():
        reasons[number][code] = rows
    good = f"({_good(table)})"
    days: dict[int, dict[str, int]] = {number: {} for number, _ in files}
    for number, value, rows in connection.execute(
        f"SELECT _file, {day}::VARCHAR, count(*) FROM {good} WHERE {within} "
        "GROUP BY ALL ORDER BY ALL"
    ).fetchall():
        days[number][str(value)] = rows
    kept: dict[int, dict[str, int]] = {number: {} for number, _ in files}
    for name, field in table.fields.items():
        if field.references and field.unknown == "keep":
            for number, rows in connection.execute(
                f"SELECT _file, count(*) FROM {good} WHERE {within} AND {unknown(name, field)} "
                "GROUP BY ALL"
            ).fetchall():
                kept[number][f"unknown_key:{name}"] = rows
    return {
        file.name: Found(
            records=records[number],
            quarantined=quarantined.get(number, 0),
            reasons=reasons[number],
            kept=kept[number],
            extra=tuple(name for name in headers[file.name] if name not in table.fields),
            days=days[number],
        )
        for number, file in files
    }


def _good(table: Table) -> str:
    """Return SQL for all good records, the duplicates among them."""
    return (
        f"SELECT * EXCLUDE (_good), rowid AS _row, false AS _careful "
        f"FROM {quoted('fast_' + table.name)} WHERE _good UNION ALL BY NAME "
        f"SELECT * EXCLUDE (_line, _text, _reasons), rowid AS _row, true AS _careful "
        f"FROM {quoted('careful_' + table.name)} WHERE _reasons IS NULL"
    )


def deduplicate(connection: duckdb.DuckDBPyConnection, contract: Contract, table: Table) -> None:
    """Set aside all good records but the first of each key, when all files are loaded."""
    fast, careful = quoted("fast_" + table.name), quoted("careful_" + table.name)
    places = quoted("places_" + table.name)
    key = ", ".join(quoted(name) for name in table.key)
    day = quoted(contract.dataset.partition)
    connection.execute(
        f"""
        CREATE OR REPLACE TABLE {quoted("duplicates_" + table.name)} AS
        WITH repeated AS (
            SELECT _key FROM (
                SELECT _key FROM {fast} WHERE _good
                UNION ALL SELECT _key FROM {careful} WHERE _reasons IS NULL)
            GROUP BY _key HAVING count(*) > 1),
        candidates AS (
            SELECT {fast}.rowid AS _row, false AS _careful, {fast}._file,
                {fast}.rowid + shift AS _line,
                {day}, {key}
            FROM {fast} ASOF JOIN {places}
                ON {fast}._file = {places}._file AND {fast}.rowid >= first_row
            WHERE _good AND _key IN (FROM repeated)
            UNION ALL
            SELECT rowid, true, _file, _line, {day}, {key} FROM {careful}
            WHERE _reasons IS NULL AND _key IN (FROM repeated)),
        ranked AS (
            SELECT *, row_number() OVER same AS place, first(_file) OVER same AS _first_file,
                first(_line) OVER same AS _first_line
            FROM candidates WINDOW same AS (PARTITION BY {day}, {key} ORDER BY _file, _line))
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


def _refuse(table: Table, file: RawFile, found: Found) -> None:
    """Stop the run when the counts do not add up, or are not what the contract expects."""
    good = found.good
    if found.records != good + found.quarantined:
        raise UserError(
            f"{file.name}: {found.records:,} records came in, and {good:,} good + "
            f"{found.quarantined:,} quarantined went out.",
            "Nothing was published; this is a fault of the pipeline and not of the data.",
        )
    most = table.max_rows
    if found.records < table.min_rows or (most is not None and found.records > most):
        expected = f"at least {table.min_rows:,}" + (f", at most {most:,}" if most else "")
        raise UserError(
            f"{file.name} has {found.records:,} records, and the contract expects {expected}.",
            "Look for a truncated or doubled file, or correct min_rows and max_rows.",
        )
    for code, rows in found.reasons.items():
        kind, _, name = code.partition(":")
        if kind == "wrong_type" and 2 * rows > found.records:
            raise UserError(
                f"{file.name}: {rows:,} of {found.records:,} values of {name!r} are not of the "
                f"type {table.fields[name].type}.",
                "The column was retyped: correct the file, or the contract and its version.",
            )
