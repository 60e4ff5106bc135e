"""What was set aside: written where a person can read it, with the reason, file and line."""

from __future__ import annotations

from pathlib import Path

import duckdb

from .check import Result
from .contract import Contract
from .database import literal, quoted
from .errors import UserError

TABLES = ["quarantine", "duplicates"]
RECORDS = "records.csv"
DUPLICATES = "duplicates.csv"


def write(connection: duckdb.DuckDBPyConnection, contract: Contract, folder: Path) -> None:
    """Put the refused records and the duplicates of all tables into one table and CSV file each.

    They replace those of the run before, and are written also when the run then stops: they are
    what its owner needs to see.
    """
    folder.mkdir(parents=True, exist_ok=True)
    names = [table.name for table in contract.tables]
    refused = " UNION ALL ".join(
        f"SELECT {literal(name)} AS source, _file AS file, _line AS line, "
        "array_to_string(_reasons, ' ') AS reasons, _text AS text "
        f"FROM {quoted('checked_' + name)} WHERE _reasons IS NOT NULL"
        for name in names
    )
    repeated = " UNION ALL ".join(
        f"SELECT {literal(name)} AS source, _file AS file, _line AS line, "
        "_first_file AS first_file, _first_line AS first_line "
        f"FROM {quoted('duplicates_' + name)}"
        for name in names
    )
    for table, query, name in (
        ("quarantine", refused, RECORDS),
        ("duplicates", repeated, DUPLICATES),
    ):
        partial = folder / f"{name}.partial"
        connection.execute(
            f"CREATE OR REPLACE TABLE {table} AS FROM ({query}) ORDER BY source, file, line"
        )
        connection.execute(
            f"COPY {table} TO {literal(partial.as_posix())} (FORMAT csv, HEADER true)"
        )
        partial.replace(folder / name)


def refuse_too_many(contract: Contract, result: Result, folder: str) -> None:
    """Stop the run when a table has more bad records than the contract bears.

    Raises:
        UserError: the share is over the threshold; what was published before stays.
    """
    for balance in result.balances:
        if balance.quarantined_share > contract.max_quarantined_share:
            raise UserError(
                f"{balance.table}: {balance.quarantined:,} of {balance.read:,} records "
                f"({balance.quarantined_share:.2%}) break the contract, and it bears "
                f"{contract.max_quarantined_share:.2%}. Nothing was published.",
                f"Their reasons, files and lines are in {folder}/{RECORDS}.",
            )
