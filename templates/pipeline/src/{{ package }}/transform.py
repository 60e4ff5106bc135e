"""The SQL files, run in their order: first the enriched data set, then the marts over it."""

from __future__ import annotations

from collections.abc import Collection
from importlib.resources import files
from pathlib import Path

import duckdb

from . import mart_days
from .conditions import broken, raw
from .contract import TYPES, Contract
from .database import count, first_line, literal, quoted
from .errors import UserError

ENRICHED = "enriched"


def enrich(connection: duckdb.DuckDBPyConnection, contract: Contract) -> dict[str, str]:
    """Make the view `enriched`, and hold it to the contract's description of the data set.

    Returns the type of each of its columns.

    Raises:
        UserError: the query fails, or has columns not agreed on.
    """
    sql = _query(connection, "enriched.sql")
    try:
        connection.execute(f"CREATE OR REPLACE VIEW {ENRICHED} AS {sql}")
        columns = described(connection)
    except duckdb.Error as error:
        raise fails("enriched.sql", error) from error
    agree(contract, columns)
    return columns


def agree(contract: Contract, columns: dict[str, str]) -> None:
    """Hold the columns of the view `enriched`, each with its type, to the contract.

    Raises:
        UserError: a column was not agreed on, or one that was is missing.
    """
    agreed = contract.published
    for name, kind in columns.items():
        if name not in agreed or TYPES[agreed[name].type].column != kind:
            raise UserError(
                f"sql/enriched.sql gives the column {name!r} of type {kind}, "
                "and contract.toml does not describe it so.",
                "Describe it under dataset.fields, or cast it in the query.",
            )
    absent = [name for name in contract.dataset.fields if name not in columns]
    if absent:
        raise UserError(
            f"sql/enriched.sql lacks the column {absent[0]!r}.",
            "contract.toml promises it under dataset.fields.",
        )


def write_partition(
    connection: duckdb.DuckDBPyConnection,
    contract: Contract,
    columns: dict[str, str],
    day: str,
    path: Path,
) -> int:
    """Write the day's rows, in the order of their key, and return how many there are.

    `columns` are those of the view `enriched`, with their types.

    Raises:
        UserError: rows share a key or break what the contract promises of a column, or what was
            written cannot be read back.
    """
    partition = quoted(contract.dataset.partition)
    key = [quoted(name) for name in contract.dataset.key if name != contract.dataset.partition]
    order = ", ".join(key or ["1"])
    # How a value of a list is held would bring the whole list into the file.
    texts = [
        f"{quoted(name)}::VARCHAR AS {quoted(name)}"
        for name, kind in columns.items()
        if kind == TYPES["string"].column
    ]
    replaced = f"REPLACE ({', '.join(texts)})" if texts else ""
    try:
        written = count(
            connection,
            f"COPY (SELECT * EXCLUDE ({partition}) {replaced} FROM (FROM {ENRICHED} "
            f"WHERE {partition} = DATE {literal(day)} ORDER BY {order})) "
            f"TO {literal(path.as_posix())} "
            "(FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1)",
        )
    except duckdb.IOException:
        raise
    except duckdb.Error as error:
        raise fails("enriched.sql", error) from error
    source = f"read_parquet({literal(path.as_posix())}, hive_partitioning = false)"
    # The rows are in the order of their key, so that equal ones follow each other.
    same = " AND ".join(f"{name} IS NOT DISTINCT FROM lag({name}) OVER ()" for name in key)
    # A column with the name of a raw field may be another one, too.
    promises = {
        name: sql
        for name, field in contract.published.items()
        if name in columns and name != contract.dataset.partition and (sql := broken(name, field))
    }
    checks = "".join(f", {sql} AS {raw(name)}" for name, sql in promises.items())
    counts = "".join(f", count(*) FILTER (WHERE {raw(name)})" for name in promises)
    there, repeated, *faults = connection.execute(
        f"SELECT count(*), count(*) FILTER (WHERE same AND NOT first){counts} FROM ("
        f"SELECT {same or 'true'} AS same, row_number() OVER () = 1 AS first{checks} FROM {source})"
    ).fetchall()[0]
    if there != written:
        raise UserError(
            f"{written:,} rows of {day} were written, and {there:,} were read back.",
            "Nothing was published; is the disk full?",
        )
    if repeated:
        raise UserError(
            f"sql/enriched.sql makes rows of {day} that share {', '.join(contract.dataset.key)}.",
            "dataset.key in contract.toml should tell every row from all others.",
        )
    for name, rows in zip(promises, faults, strict=True):
        if rows:
            raise UserError(
                f"sql/enriched.sql breaks what contract.toml promises of {name!r}, "
                f"in {rows:,} of {written:,} rows of {day}.",
                f"Mend the query, or describe the column as it is, in dataset.fields.{name}.",
            )
    return written


def described(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """Return the type of each column of the view `enriched`; a value of a list is a text."""
    rows = connection.execute(f"DESCRIBE {ENRICHED}").fetchall()
    return {
        name: TYPES["string"].column if kind.startswith("ENUM") else kind for name, kind, *_ in rows
    }


def marts(
    connection: duckdb.DuckDBPyConnection, contract: Contract, parts: dict[str, Path], folder: Path
) -> dict[str, Path]:
    """Write what each file in sql/marts gives for these days, as one Parquet file a mart.

    `parts` has the Parquet file of each day. A mart has a column for the day, so that its rows can
    be replaced day by day, and `mart_days` tries whether they can.

    Raises:
        UserError: a query fails, or gives no day, or rows that do not follow from their day.
    """
    partition = contract.dataset.partition

    def write(days: Collection[str], targets: dict[str, Path]) -> None:
        _look_at(connection, partition, {day: parts[day] for day in days})
        for name, path in targets.items():
            _mart(connection, partition, name, path)

    folder.mkdir(parents=True, exist_ok=True)
    # Sums of fractions differ in their last digit with the order in which threads come.
    connection.execute("SET threads = 1")
    written = {name: folder / f"{name}.parquet" for name in names("marts")}
    mart_days.make(connection, partition, parts, written, write)
    connection.execute("RESET threads")
    return written


def _look_at(connection: duckdb.DuckDBPyConnection, partition: str, parts: dict[str, Path]) -> None:
    """Make the view `enriched` one of these days, given by their Parquet files."""
    paths = ", ".join(literal(path.as_posix()) for _, path in sorted(parts.items()))
    types = "{" + literal(partition) + ": 'DATE'}"
    connection.execute(
        f"CREATE OR REPLACE VIEW {ENRICHED} AS FROM read_parquet([{paths}], "
        f"hive_partitioning = true, hive_types = {types})"
    )


def _mart(connection: duckdb.DuckDBPyConnection, partition: str, name: str, path: Path) -> None:
    """Write the mart of all days of the view `enriched`."""
    file = f"marts/{name}.sql"
    sql = _query(connection, file)
    try:
        columns = connection.execute(f"DESCRIBE {sql}").fetchall()
        if (partition, "DATE") not in [column[:2] for column in columns]:
            raise UserError(
                f"sql/{file} gives no {partition!r}.",
                "A mart has rows for each day: select it, and group by it.",
            )
        connection.execute(f"COPY ({sql}\n) TO {literal(path.as_posix())} (FORMAT parquet)")
    except duckdb.IOException:
        raise
    except duckdb.Error as error:
        raise fails(file, error) from error


def _query(connection: duckdb.DuckDBPyConnection, path: str) -> str:
    """Return the one query of the SQL file below sql/, without the semicolon that may end it.

    Raises:
        UserError: it is none, or more than one statement, which would be executed too.
    """
    try:
        statements = connection.extract_statements(text(path))
    except duckdb.Error as error:
        raise fails(path, error) from error
    if len(statements) != 1:
        raise UserError(
            f"sql/{path} holds {len(statements)} statements.",
            "It should be one query; what it needs before goes into its WITH.",
        )
    return statements[0].query.rstrip().rstrip(";")


def names(folder: str) -> list[str]:
    """Return the names of the SQL files in that folder below sql/, without their ending.

    There may be no folder: git keeps none that is empty.
    """
    place = files(__package__) / "sql" / folder
    entries = place.iterdir() if place.is_dir() else ()
    return sorted(e.name.removesuffix(".sql") for e in entries if e.name.endswith(".sql"))


def text(path: str) -> str:
    """Return the SQL file below sql/.

    Raises:
        UserError: it is not there, or no text.
    """
    try:
        return (files(__package__) / "sql" / path).read_text(encoding="utf-8")
    except FileNotFoundError:
        raise UserError(f"There is no sql/{path}.", "A run needs it: bring it back.") from None
    except UnicodeDecodeError:
        raise UserError(f"sql/{path} is no text in UTF-8.", "Save it as one.") from None


def fails(path: str, error: Exception) -> UserError:
    """Return the refusal of an SQL file in which the engine has found the error."""
    return UserError(f"sql/{path} fails: {first_line(error)}", "Correct the query.")
