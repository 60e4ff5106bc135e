"""The contract's pieces of SQL, tried on tables without a row before any file is looked at."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb

from .conditions import broken, partition
from .contract import FILE, TYPES, Contract, Field
from .database import connect, first_line, quoted
from .errors import UserError

_TRIED = "tried"


def try_out(contract: Contract) -> None:
    """Hold rules, patterns and the day to what DuckDB understands.

    Raises:
        UserError: it does not understand one; the message says which, and why.
    """
    dataset = contract.dataset
    with connect() as connection:
        for table in contract.tables:
            where = f"tables.{table.name}"
            # A rule may speak of the day, which is reckoned before.
            day = {dataset.partition: dataset.fields[dataset.partition]}
            _make(connection, table.fields | day)
            for name, sql in _patterns(table.fields):
                _try(connection, f"{where}.fields.{name}", sql)
            for rule in table.rules:
                holds = f"coalesce(({rule.holds}), true)"
                _try(connection, f"{where}.rules, {rule.code!r},", holds)
        _make(connection, contract.main.fields)
        _try(connection, "dataset.day", f"{partition(contract, contract.main)} IS NULL")
        _make(connection, dataset.fields)
        for name, sql in _patterns(dataset.fields):
            _try(connection, f"dataset.fields.{name}", sql)


def _patterns(fields: dict[str, Field]) -> Iterator[tuple[str, str]]:
    return ((name, broken(name, field)) for name, field in fields.items() if field.pattern)


def _make(connection: duckdb.DuckDBPyConnection, fields: dict[str, Field]) -> None:
    columns = ", ".join(f"{quoted(name)} {TYPES[f.type].column}" for name, f in fields.items())
    connection.execute(f"CREATE OR REPLACE TABLE {_TRIED} ({columns})")


def _try(connection: duckdb.DuckDBPyConnection, where: str, sql: str) -> None:
    try:
        connection.execute(f"FROM {_TRIED} WHERE {sql}")
    except duckdb.Error as error:
        raise UserError(
            f"{FILE}: {where} cannot be used: {first_line(error)}", "Correct it there.", 2
        ) from error
