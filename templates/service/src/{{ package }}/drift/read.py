"""The prediction log as a table.

DuckDB reads it: a line that a killed service or a full disk left half-written is skipped, and
counted. Nothing in the log is changed: whoever copies it out again finds each row once.
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

ENTRIES = "FROM read_json(?, format='newline_delimited', ignore_errors=true, columns={row: 'JSON'})"
TYPES = {"FP32": "DOUBLE", "FP64": "DOUBLE", "INT64": "BIGINT", "BYTES": "VARCHAR"}


@dataclass(frozen=True)
class Asked:
    """The values of each column in `rows` rows since the day `since`; `cut` lines were cut off.

    Missing texts are a value, `MISSING`; missing numbers are left out and counted. A row without
    the column, which a model that does not have it answered, is in neither.
    """

    since: date
    rows: int
    cut: int
    values: dict[str, NDArray[Any]]
    missing: dict[str, int]


def since(folder: Path, columns: Sequence[Input], days: int) -> Asked:
    """Return what was asked today and on the `days` days before.

    Raises:
        UserError: nothing was, or there is no log.
    """
    today = datetime.now(UTC).date()
    first = today - timedelta(days=min(days, (today - date.min).days))
    values: dict[str, list[NDArray[Any]]] = {column.name: [] for column in columns}
    missing = dict.fromkeys(values, 0)
    rows = cut = 0
    for path in sorted(folder.glob("????-??-??.jsonl")):
        if path.stem < first.isoformat():
            continue
        with duckdb.connect() as connection:
            table = connection.execute(_select(columns), [str(path)]).fetchnumpy()
        rows += int(table["whole"].sum())
        cut += int((~table["whole"]).sum())
        for place, column in enumerate(columns):
            found = table[f"value_{place}"][table[f"named_{place}"]]
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
    return Asked(first, rows, cut, whole, missing)


def _select(columns: Sequence[Input]) -> str:
    """Return the query that makes a table of a file of entries, its parameter: one a line.

    Columns are told by their places: SQL takes `Size` and `size` for one name.
    """
    fields = ["row IS NOT NULL AS whole"]
    for place, column in enumerate(columns):
        pointer = _pointer(column.name)
        fields += [
            f"coalesce(json_exists(row, {pointer}), false) AS named_{place}",
            f"TRY_CAST(json_extract_string(row, {pointer}) AS {TYPES[column.datatype]}) "
            f"AS value_{place}",
        ]
    return f"SELECT {', '.join(fields)} {ENTRIES}"


def _pointer(name: str) -> str:
    """Return the JSON pointer to a field, as an SQL text."""
    path = "/" + name.replace("~", "~0").replace("/", "~1")
    return "'" + path.replace("'", "''") + "'"
