"""The SQL files, run in their order: first the enriched data set, then the marts over it."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import duckdb

from .conditions import broken, raw
from .contract import TYPES, Contract
from .database import count, first_line, literal, quoted
from .errors import UserError

ENRICHED = "enriched"


def enrich(connection: duckdb.DuckDBPyConnection, contract: Contract) -> None:
    """Make the view `enriched`, and hold it to the contract's description of the data set.

    Raises:
        UserError: the query fails, or has columns not agreed on.
    """
    sql = text("enriched.sql")
    try:
        connection.execute(f"CREATE OR REPLACE VIEW {ENRICHED} AS {sql}")
        columns = _columns(connection)
    except duckdb.Error as error:
        raise fails("enriched.sql", error) from error
    agree(contract, columns)


def agree(contract: Contract, columns: dict[str, str]) -> None:
    """Hold the columns of the view `enriched`, each with its type, to the contract.

    Raises:
        UserError: a column was not agreed on, or one that was is missing.
    """
    described = contract.published
    for name, kind in columns.items():
        if name not in described or TYPES[described[name].type].column != kind:
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
    connection: duckdb.DuckDBPyConnection, contract: Contract, day: str, path: Path
) -> int:
    """Write the day's rows, in the order of their key, and return how many there are.

    Raises:
        UserError: rows share a key or break what the contract promises of a new column, or what
            was written cannot be read back.
    """
    partition = quoted(contract.dataset.partition)
    key = [quoted(name) for name in contract.dataset.key if name != contract.dataset.partition]
    order = ", ".join(key or ["1"])
    try:
        # How a value of a list is held would bring the whole list into the file.
        texts = [
            f"{quoted(name)}::VARCHAR AS {quoted(name)}"
            for name, kind in _columns(connection).items()
            if kind == TYPES["string"].column
        ]
        replaced = f"REPLACE ({', '.join(texts)})" if texts else ""
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
    # What the table's own fields promise was held against every row when it came in.
    promises = {
        name: sql
        for name, field in contract.dataset.fields.items()
        if name != contract.dataset.partition and (sql := broken(name, field))
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
                f"Mend the query, or dataset.fields.{name}.",
            )
    return written


def _columns(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """Return the type of each column of the view `enriched`; a value of a list is a text."""
    described = connection.execute(f"DESCRIBE {ENRICHED}").fetchall()
    return {
        name: TYPES["string"].column if kind.startswith("ENUM") else kind
        for name, kind, *_ in described
    }


def marts(
    connection: duckdb.DuckDBPyConnection, contract: Contract, parts: dict[str, Path], folder: Path
) -> dict[str, Path]:
    """Write what each file in sql/marts gives for these days, as one Parquet file a mart.

    `parts` has the Parquet file of each day. A mart has a column for the day, so that its rows can
    be replaced day by day.

    Raises:
        UserError: a query fails, or gives no day.
    """
    partition = contract.dataset.partition
    paths = ", ".join(literal(path.as_posix()) for _, path in sorted(parts.items()))
    types = "{" + literal(partition) + ": 'DATE'}"
    connection.execute(
        f"CREATE OR REPLACE VIEW {ENRICHED} AS FROM read_parquet([{paths}], "
        f"hive_partitioning = true, hive_types = {types})"
    )
    folder.mkdir(parents=True, exist_ok=True)
    written: dict[str, Path] = {}
    # Sums of fractions differ in their last digit with the order in which threads come.
    connection.execute("SET threads = 1")
    for name in names("marts"):
        path = folder / f"{name}.parquet"
        sql = text(f"marts/{name}.sql")
        try:
            columns = connection.execute(f"DESCRIBE {sql}").fetchall()
            if (partition, "DATE") not in [column[:2] for column in columns]:
                raise UserError(
                    f"sql/marts/{name}.sql gives no {partition!r}.",
                    "A mart has rows for each day: select it, and group by it.",
                )
            connection.execute(f"COPY ({sql}) TO {literal(path.as_posix())} (FORMAT parquet)")
        except duckdb.IOException:
            raise
        except duckdb.Error as error:
            raise fails(f"marts/{name}.sql", error) from error
        written[name] = path
    connection.execute("RESET threads")
    return written


def names(folder: str) -> list[str]:
    """Return the names of the SQL files in that folder below sql/, without their ending."""
    entries = (files(__package__) / "sql" / folder).iterdir()
    return sorted(e.name.removesuffix(".sql") for e in entries if e.name.endswith(".sql"))


def text(path: str) -> str:
    """Return the SQL file below sql/."""
    return (files(__package__) / "sql" / path).read_text(encoding="utf-8")


def fails(path: str, error: Exception) -> UserError:
    """Return the refusal of an SQL file in which the engine has found the error."""
    return UserError(f"sql/{path} fails: {first_line(error)}", "Correct the query.")
