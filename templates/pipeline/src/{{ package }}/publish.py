"""What readers use: built beside the old, compared with what was promised, swapped in whole.

The folder holds the data set (Parquet, one folder a partition, and datapackage.json) and
warehouse.duckdb, which sees the same Parquet files as a view and holds the marts as tables.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from urllib.parse import quote

import duckdb

from . import datapackage
from .config import NEW, OLD
from .contract import Contract
from .database import count, literal, quoted
from .errors import UserError
from .transform import ENRICHED

WAREHOUSE = "warehouse.duckdb"


def recover(published: Path) -> None:
    """Clear what a run that was killed left behind; the data of before come back.

    Raises:
        UserError: a folder that no run has made stands where one is to be replaced.
    """
    old, new = _beside(published)
    for folder in (published, old):
        if folder.exists() and not (folder / WAREHOUSE).exists():
            raise UserError(
                f"The folder {folder.name!r} was not made by this pipeline, and would be replaced.",
                "Move it away, or publish elsewhere: `published` in config.toml.",
                2,
            )
    shutil.rmtree(new, ignore_errors=True)
    if old.exists():
        if published.exists():
            shutil.rmtree(old)
        else:
            old.rename(published)


def publish(
    connection: duckdb.DuckDBPyConnection, contract: Contract, tables: list[str], published: Path
) -> int:
    """Publish the table `enriched` and the other `tables`, and return the number of rows.

    Raises:
        UserError: what was written cannot be read back, or the folder cannot be replaced.
    """
    _, new = _beside(published)
    try:
        rows = _build(connection, contract, tables, new)
        swap(published)
    finally:
        shutil.rmtree(new, ignore_errors=True)
    return rows


def _build(
    connection: duckdb.DuckDBPyConnection, contract: Contract, tables: list[str], new: Path
) -> int:
    """Write everything into the folder `new`, and return the number of rows."""
    dataset = new / contract.dataset.table
    dataset.mkdir(parents=True)
    parts = _write_parts(connection, contract.dataset.partition, dataset)
    names = connection.execute("SELECT name FROM pragma_table_info('enriched')").fetchall()
    rows = count(
        connection,
        f"SELECT count(*) FROM read_parquet({literal((dataset / '*/*.parquet').as_posix())})",
    )
    if rows != count(connection, "SELECT count(*) FROM enriched"):
        raise UserError(
            f"{rows:,} rows were read back from what was written.",
            "Nothing was published; is the disk full?",
        )
    datapackage.write(dataset, contract, [name for (name,) in names], parts)
    _write_warehouse(connection, contract, tables, new)
    return rows


def swap(published: Path) -> None:
    """Put the new folder in the place of the old: two renames, undone if the second fails."""
    old, new = _beside(published)
    try:
        if published.exists():
            published.rename(old)
        try:
            new.rename(published)
        except OSError:
            if old.exists():
                old.rename(published)
            raise
    except OSError as error:
        raise UserError(
            f"{published.name} cannot be replaced: {error.strerror}. The old data stay.",
            "Close the programs that have its files open, and run again.",
        ) from error
    shutil.rmtree(old, ignore_errors=True)


def _write_parts(
    connection: duckdb.DuckDBPyConnection, partition: str, dataset: Path
) -> list[datapackage.Part]:
    """Write one Parquet file for each value of the partition column, in the table's order.

    One thread writes each file, for several would leave its row groups to chance.
    """
    column = quoted(partition)
    sizes = connection.execute(
        f"SELECT {column}::VARCHAR, count(*) FROM {ENRICHED} GROUP BY ALL ORDER BY ALL"
    ).fetchall()
    parts = []
    connection.execute("SET threads = 1")
    for value, rows in sizes:
        path = f"{partition}={quote(value, safe='')}/part-0.parquet"
        (dataset / path).parent.mkdir()
        connection.execute(
            f"COPY (SELECT * EXCLUDE ({column}) FROM {ENRICHED} "
            f"WHERE {column} = {literal(value)}) TO {literal((dataset / path).as_posix())} "
            "(FORMAT parquet, COMPRESSION zstd)"
        )
        parts.append(datapackage.Part(path, rows))
    connection.execute("RESET threads")
    return parts


def _write_warehouse(
    connection: duckdb.DuckDBPyConnection, contract: Contract, tables: list[str], folder: Path
) -> None:
    """Write the database over the Parquet files.

    Its view names them relative to its own folder, so that the folder can be moved; whoever opens
    it sets `file_search_path` to that folder, or starts there.
    """
    types = "{" + literal(contract.dataset.partition) + ": 'VARCHAR'}"
    name = contract.dataset.table
    connection.execute(f"SET file_search_path = {literal(folder.as_posix())}")
    connection.execute(f"ATTACH {literal((folder / WAREHOUSE).as_posix())} AS warehouse")
    connection.execute(
        f"CREATE VIEW warehouse.{quoted(name)} AS FROM read_parquet("
        f"{literal(name + '/*/*.parquet')}, hive_partitioning = true, "
        f"hive_types = {types})"
    )
    for table in tables:
        connection.execute(f"CREATE TABLE warehouse.{quoted(table)} AS FROM memory.{quoted(table)}")
    connection.execute("DETACH warehouse")
    connection.execute("RESET file_search_path")


def _beside(published: Path) -> tuple[Path, Path]:
    """Return where the old folder waits and the new one grows: beside it, on the same disk."""
    name = published.name
    return published.with_name(name + OLD), published.with_name(name + NEW)
