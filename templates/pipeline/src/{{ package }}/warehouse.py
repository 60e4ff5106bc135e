"""The warehouse: where the published tables are asked questions; here a DuckDB file.

It lies beside the data set, whose Parquet files it sees as a view, and holds the marts and what
was set aside as tables. Nothing else in the project knows which warehouse there is.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass

import duckdb

from . import transform
from .config import Config
from .contract import Contract
from .database import connect, first_line, literal, quoted
from .errors import UserError

FILE = "warehouse.duckdb"


@dataclass(frozen=True)
class Change:
    """What a run has changed: whatever the warehouse holds of these days and files is replaced.

    `parts` are the Parquet files of the days that have rows, where they are published; `marts`
    the Parquet files with the rows of each mart for these days; `quarantine` and `duplicates` are
    CSV files by raw file and by day. All paths are relative to the project's folder.
    """

    days: tuple[str, ...]
    parts: dict[str, str]
    marts: dict[str, str]
    quarantine: dict[str, str]
    duplicates: dict[str, str]


@dataclass(frozen=True)
class Answer:
    """The first rows of the answer, and whether there are more."""

    columns: list[str]
    rows: list[tuple[object, ...]]
    more: bool


def is_loaded(config: Config) -> bool:
    """Tell whether the warehouse holds what was published; where not, it is given everything."""
    return (config.published / FILE).exists()


def load(config: Config, contract: Contract, change: Change) -> None:
    """Bring the change into the warehouse, all of it or nothing; the same change may come twice.

    Raises:
        UserError: the warehouse cannot be written; it is as it was.
    """
    target = config.published / FILE
    partial = target.with_name(f".{FILE}.unfinished")
    partial.unlink(missing_ok=True)
    if target.exists():
        shutil.copyfile(target, partial)
    try:
        with connect(partial) as connection:
            connection.execute(f"SET file_search_path = {literal(config.published.as_posix())}")
            _replace(connection, config, contract, change)
        partial.replace(target)
    except duckdb.Error as error:
        raise UserError(
            f"The warehouse cannot be written: {first_line(error)}",
            "Mend this and run again: the run goes on from there.",
        ) from error
    except PermissionError as error:
        raise UserError(
            f"{config.data.published}/{FILE} cannot be replaced: {error.strerror}.",
            "Close the programs that have it open, and run again: the run goes on from there.",
        ) from error
    finally:
        partial.unlink(missing_ok=True)


def _replace(
    connection: duckdb.DuckDBPyConnection, config: Config, contract: Contract, change: Change
) -> None:
    """Replace the rows of the changed days and files, and make the views."""
    partition = contract.dataset.partition
    days = ", ".join(f"DATE {literal(day)}" for day in change.days)
    connection.execute("BEGIN")
    for name, path in change.marts.items():
        rows = f"read_parquet({literal((config.root / path).as_posix())})"
        stored = connection.execute(
            "SELECT column_name, data_type FROM duckdb_columns() "
            "WHERE table_name = ? AND NOT internal ORDER BY column_index",
            [name],
        ).fetchall()
        described = connection.execute(f"DESCRIBE FROM {rows}").fetchall()
        is_same = stored == [column[:2] for column in described]
        if not is_same:
            connection.execute(f"CREATE OR REPLACE TABLE {quoted(name)} AS FROM {rows} LIMIT 0")
        connection.execute(f"DELETE FROM {quoted(name)} WHERE {quoted(partition)} IN ({days})")
        connection.execute(f"INSERT INTO {quoted(name)} FROM {rows}")
    _set_aside(connection, config, change)
    table = contract.dataset.table
    types = "{" + literal(partition) + ": 'DATE'}"
    connection.execute(
        f"CREATE OR REPLACE VIEW {quoted(table)} AS FROM read_parquet("
        f"{literal(f'{table}/*/*.parquet')}, hive_partitioning = true, hive_types = {types})"
    )
    for name in transform.names("views"):
        connection.execute(
            f"CREATE OR REPLACE VIEW {quoted(name)} AS {transform.text(f'views/{name}.sql')}"
        )
    connection.execute("COMMIT")


def _set_aside(connection: duckdb.DuckDBPyConnection, config: Config, change: Change) -> None:
    """Replace the refused records of the changed files, and the duplicates of the changed days."""
    connection.execute(
        """
        CREATE TABLE IF NOT EXISTS quarantine
            (file VARCHAR, line BIGINT, reasons VARCHAR, text VARCHAR);
        CREATE TABLE IF NOT EXISTS duplicates
            (day DATE, file VARCHAR, line BIGINT, first_file VARCHAR, first_line BIGINT);
        """
    )
    for table, column, sources, columns in (
        (
            "quarantine",
            "file",
            change.quarantine,
            "{file: 'VARCHAR', line: 'BIGINT', reasons: 'VARCHAR', text: 'VARCHAR'}",
        ),
        (
            "duplicates",
            "day",
            change.duplicates,
            "{file: 'VARCHAR', line: 'BIGINT', first_file: 'VARCHAR', first_line: 'BIGINT'}",
        ),
    ):
        if sources:
            gone = ", ".join(map(literal, sources))
            connection.execute(f"DELETE FROM {table} WHERE {column} IN ({gone})")
        paths = {name: config.root / path for name, path in sources.items() if path}
        if paths:
            listed = ", ".join(literal(path.as_posix()) for path in paths.values())
            day = "parse_filename(filename, true)::DATE AS day, " if column == "day" else ""
            connection.execute(
                f"INSERT INTO {table} SELECT {day}* EXCLUDE (filename) FROM read_csv([{listed}], "
                f"columns = {columns}, header = true, auto_detect = false, "
                "delim = ',', quote = '\"', escape = '\"', filename = true, "
                "max_line_size = 8000000)"
            )


def query(config: Config, sql: str, limit: int) -> Answer:
    """Return the answer to one SELECT statement over the published tables.

    Raises:
        UserError: nothing is published yet, or the statement fails or is no SELECT.
    """
    path = config.published / FILE
    if not path.exists():
        raise UserError(f"There is no {config.data.published}/{FILE} yet.", "Run `run` first.")
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
