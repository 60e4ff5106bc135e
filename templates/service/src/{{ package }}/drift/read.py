"""The prediction log as a table, and the log of finished days as Parquet.

DuckDB reads it: a line that a killed service or a full disk left half-written is skipped, and
counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
from numpy.typing import NDArray

from ..errors import UserError
from ..signature import MISSING, Input

TYPES = {"FP32": "DOUBLE", "FP64": "DOUBLE", "INT64": "BIGINT", "BYTES": "VARCHAR"}


@dataclass(frozen=True)
class Asked:
    """The values of each column in `rows` rows since the day `since`.

    Missing texts are a value, `MISSING`; missing numbers are left out and counted.
    """

    since: date
    rows: int
    values: dict[str, NDArray[Any]]
    missing: dict[str, int]


def cut(folder: Path) -> int:
    """Return how many lines of the log are cut off; in what is packed there are none any more."""
    source = _source("row: 'JSON'")
    query = f"SELECT count(*) {source} WHERE row IS NULL"
    found = 0
    for path in folder.glob("????-??-??.jsonl"):
        with duckdb.connect() as connection:
            row = connection.execute(query, [str(path)]).fetchone()
            found += row[0] if row else 0
    return found


def pack(folder: Path, columns: Sequence[Input]) -> list[Path]:
    """Turn the log of each day before today, which grows no more, into Parquet."""
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    packed = []
    for path in sorted(folder.glob("????-??-??.jsonl")):
        if path.stem < today:
            target, unfinished = path.with_suffix(".parquet"), path.with_suffix(".unfinished")
            with duckdb.connect() as connection:
                rows = connection.sql(_select(columns), params=[str(path)])
                if target.exists():  # the log of another replica, or of a clock that was set back
                    rows = connection.read_parquet(str(target)).union(rows)
                rows.write_parquet(str(unfinished), compression="zstd")
            unfinished.replace(target)
            path.unlink()
            packed.append(target)
    return packed


def since(folder: Path, columns: Sequence[Input], days: int) -> Asked:
    """Return what was asked today and on the `days` days before.

    Raises:
        UserError: nothing was, or there is no log.
    """
    today = datetime.now(UTC).date()
    first = today - timedelta(days=min(days, (today - date.min).days))
    values: dict[str, list[NDArray[Any]]] = {column.name: [] for column in columns}
    missing = dict.fromkeys(values, 0)
    rows = 0
    for path in sorted((*folder.glob("????-??-??.parquet"), *folder.glob("????-??-??.jsonl"))):
        if path.stem < first.isoformat():
            continue
        with duckdb.connect() as connection:
            table = (
                connection.read_parquet(str(path))
                if path.suffix == ".parquet"
                else connection.sql(_select(columns), params=[str(path)])
            ).fetchnumpy()
        rows += len(table["asked_at"])
        for column in columns:
            found = table[column.name]
            known = found.compressed() if isinstance(found, np.ma.MaskedArray) else found
            absent = len(found) - len(known)
            if column.datatype == "BYTES":
                known = np.append(known, [MISSING] * absent)
            else:
                missing[column.name] += absent
            values[column.name].append(np.asarray(known))
    if not rows:
        raise UserError(
            f"No prediction was logged in {folder.as_posix()} since {first}.",
            "The service logs predictions where PREDICTION_LOG names a folder.",
        )
    whole = {name: np.concatenate(found) for name, found in values.items()}
    return Asked(first, rows, whole, missing)


def _select(columns: Sequence[Input]) -> str:
    """Return the query that makes a table of a file of entries, its parameter."""
    fields = ", ".join(
        f"TRY_CAST(json_extract_string(row, {_quote(_path(each.name), chr(39))}) "
        f"AS {TYPES[each.datatype]}) AS {_quote(each.name, chr(34))}"
        for each in columns
    )
    source = _source("asked_at: 'TIMESTAMPTZ', model: 'VARCHAR', row: 'JSON', prediction: 'JSON'")
    return f"SELECT asked_at, model, {fields}, prediction {source} WHERE row IS NOT NULL"


def _source(columns: str) -> str:
    """Return where the entries of a file, the query's parameter, come from: one a line."""
    return (
        "FROM read_json(?, format='newline_delimited', ignore_errors=true, "
        "columns={" + columns + "})"
    )


def _path(name: str) -> str:
    """Return the JSON pointer to a field."""
    return "/" + name.replace("~", "~0").replace("/", "~1")


def _quote(text: str, mark: str) -> str:
    return f"{mark}{text.replace(mark, mark * 2)}{mark}"
