"""The SQL files, run in their order: first the enriched data set, then the marts over it."""

from __future__ import annotations

from importlib.resources import files

import duckdb

from .check import Balance
from .contract import TYPES, Contract
from .database import count, first_line, quoted
from .errors import UserError

ENRICHED = "enriched"


def enrich(connection: duckdb.DuckDBPyConnection, contract: Contract, balance: Balance) -> None:
    """Make the table `enriched`, and hold it to the contract's description of the data set.

    Raises:
        UserError: the query fails, loses or multiplies rows, or has columns not agreed on.
    """
    _create(connection, ENRICHED, "enriched.sql")
    rows = count(connection, "SELECT count(*) FROM enriched")
    if rows != balance.accepted:
        raise UserError(
            f"sql/enriched.sql makes {rows:,} rows of {balance.accepted:,}.",
            "A join should neither lose nor multiply rows: LEFT JOIN on a table's key.",
        )
    described = contract.published
    info = connection.execute("SELECT name, type FROM pragma_table_info('enriched')")
    columns: dict[str, str] = dict(info.fetchall())
    for name, kind in columns.items():
        if name not in described or TYPES[described[name].type][1] != kind:
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
    key = ", ".join(quoted(name) for name in contract.dataset.key)
    if count(connection, f"SELECT count(*) FROM (SELECT DISTINCT {key} FROM enriched)") != rows:
        raise UserError(
            f"sql/enriched.sql makes rows that share {', '.join(contract.dataset.key)}.",
            "dataset.key in contract.toml should tell every row from all others.",
        )
    partition = quoted(contract.dataset.partition)
    if count(connection, f"SELECT count(*) FROM enriched WHERE {partition} IS NULL"):
        raise UserError(
            f"sql/enriched.sql leaves {contract.dataset.partition!r} empty in some rows.",
            "Each row belongs to one partition.",
        )


def marts(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Make one table of each file in sql/marts and return the tables' names."""
    folder = files(__package__) / "sql" / "marts"
    names = sorted(file.name for file in folder.iterdir() if file.name.endswith(".sql"))
    for name in names:
        _create(connection, name.removesuffix(".sql"), f"marts/{name}")
    return [name.removesuffix(".sql") for name in names]


def _create(connection: duckdb.DuckDBPyConnection, table: str, path: str) -> None:
    sql = (files(__package__) / "sql" / path).read_text(encoding="utf-8")
    try:
        connection.execute(f"CREATE OR REPLACE TABLE {quoted(table)} AS {sql}")
    except duckdb.Error as error:
        raise UserError(f"sql/{path} fails: {first_line(error)}", "Correct the query.") from error
