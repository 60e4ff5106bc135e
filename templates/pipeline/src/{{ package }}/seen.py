"""What the raw files show of a table: its columns, their types and ranges, and a key.

They are read line by line, as the check reads what it doubts, and values are held to types by the
same SQL; so what is drafted from this asks for nothing that the files cannot keep.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import duckdb

from . import read
from .conditions import raw, text_value
from .database import count, literal
from .errors import UserError
from .extract import RawFile
from .fields import NAME

# What stands in files where a value is missing.
MISSING = ("", "NA", "N/A", "NULL", "null", "None", "NaN", "nan", "-", "?")
# A type fits when so many of a column's values are of it, and a key when it tells so many rows
# apart: a few are wrong in most files.
FITS = 0.99
# A text with so few values that each comes so often is one of a list.
MOST_VALUES, LEAST_ROWS = 12, 20
KINDS = ("integer", "number", "boolean", "date", "datetime")
# Of a whole number of so many digits a DOUBLE does not hold the last.
LONG = "[+-]?[0-9]{16,}"
WIDEST_KEY = 3
MOST_ASKED = 8  # columns, of which a key is looked for


@dataclass(frozen=True)
class Column:
    """What the files show of a column; `others` are values that are not of its type.

    A `late` one is not in all files.
    """

    name: str
    kind: str
    present: int
    distinct: int
    others: int
    is_required: bool
    is_late: bool
    low: float | None
    high: float | None
    values: tuple[str, ...]


@dataclass(frozen=True)
class Seen:
    """What the files show of a table, of whose lines `faults` counts those that are no rows.

    The key is the first that tells nearly all rows apart, or else the one that does so best;
    `apart` rows have one of their own. `left_out` are columns whose names no field may have.
    """

    name: str
    rows: int
    faults: dict[str, int]
    missing: tuple[str, ...]
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    apart: int
    left_out: tuple[str, ...]

    @property
    def has_key(self) -> bool:
        """Whether the key tells nearly all rows apart."""
        return self.apart >= FITS * self.rows


def look(connection: duckdb.DuckDBPyConnection, table: str, files: Sequence[RawFile]) -> Seen:
    """Read all files of the table, and return what they show.

    Raises:
        UserError: their first lines name no columns that a table may have, or no line is a row.
    """
    headers = [read.header(file) for file in files]
    header = list(dict.fromkeys(name for names in headers for name in names))
    names = [name for name in header if NAME.fullmatch(name)]
    left_out = tuple(name for name in header if name not in names)
    if not names:
        raise UserError(
            f"No column of {table!r} has a name that a field may have: {', '.join(left_out)}.",
            "Rename them in each file's first line: lower-case letters, digits and _, "
            "such as loan_id.",
        )
    everywhere = set(names).intersection(*headers)
    if not everywhere:
        raise UserError(
            f"No column that a field may be is in all files of {table!r}.",
            "Look at the first line of each, which names its columns; files of another kind are "
            "another table, with a glob of its own in config.toml.",
        )
    _load(connection, names, list(zip(files, headers, strict=True)))
    faults: dict[str, int] = dict(
        connection.execute(
            "SELECT _fault, count(*) FROM loaded WHERE _fault IS NOT NULL GROUP BY 1 ORDER BY 1"
        ).fetchall()
    )
    missing = _missing(connection, names)
    rows = count(connection, "SELECT count(*) FROM drafted")
    if faults and not rows:
        raise UserError(
            f"No line of {table!r} can be read as a row: {', '.join(faults)}.",
            "The first line of each file should name the columns that all others have.",
        )
    columns = tuple(
        _column(connection, name, rows, is_late=name not in everywhere) for name in names
    )
    key, apart = _key(connection, columns, rows)
    return Seen(table, rows, faults, missing, columns, key, apart, left_out)


def _load(
    connection: duckdb.DuckDBPyConnection,
    names: list[str],
    files: list[tuple[RawFile, list[str]]],
) -> None:
    """Put these columns of all lines into the table `loaded`, as text, each line with its fault."""
    columns = ", ".join(f"{raw(name)} VARCHAR" for name in names)
    connection.execute(f"CREATE OR REPLACE TEMP TABLE loaded (_fault VARCHAR, {columns})")
    for file, header in files:
        read.lines(connection, file)
        there = ", ".join(["_fault", *(raw(name) for name in header if name in names)])
        connection.execute(
            f"INSERT INTO loaded BY NAME SELECT {there} FROM ({read.split(header, ('',))})"
        )


def _missing(connection: duckdb.DuckDBPyConnection, names: list[str]) -> tuple[str, ...]:
    """Make the view `drafted` of all rows, without what stands for a missing value; return that."""
    words = ", ".join(map(literal, MISSING))
    found = {""}
    for name in names:
        result = connection.execute(
            f"SELECT DISTINCT {raw(name)} FROM loaded "
            f"WHERE _fault IS NULL AND {raw(name)} IN ({words})"
        )
        found |= {str(row[0]) for row in result.fetchall()}
    present = ", ".join(
        f"CASE WHEN {raw(name)} NOT IN ({words}) THEN {raw(name)} END AS {raw(name)}"
        for name in names
    )
    connection.execute(
        f"CREATE OR REPLACE TEMP VIEW drafted AS SELECT {present} FROM loaded WHERE _fault IS NULL"
    )
    return tuple(sorted(found))


def _column(
    connection: duckdb.DuckDBPyConnection, name: str, rows: int, *, is_late: bool
) -> Column:
    text = raw(name)
    counts = ", ".join(f"count({text_value(name, kind)})" for kind in KINDS)
    present, distinct, padded, long, *fitting = connection.execute(
        f"SELECT count({text}), count(DISTINCT {text}), "
        f"count(*) FILTER (regexp_matches({text}, '^0[0-9]')), "
        f"count(*) FILTER (regexp_full_match({text}, '{LONG}')), {counts} FROM drafted"
    ).fetchall()[0]
    of_kind = dict(zip(KINDS, fitting, strict=True))
    of_kind["number"] -= long
    # What begins with a nought is a code and no number.
    kinds = [k for k in KINDS if not (padded and k in ("integer", "number"))]
    kind = next((k for k in kinds if present and of_kind[k] >= FITS * present), "string")
    values: tuple[str, ...] = ()
    if kind == "string" and 0 < distinct <= MOST_VALUES and present >= LEAST_ROWS * distinct:
        listed = connection.execute(f"SELECT DISTINCT {text} FROM drafted WHERE {text} IS NOT NULL")
        values = tuple(sorted(row[0] for row in listed.fetchall()))
    low, high = None, None
    if kind in ("integer", "number"):
        value = text_value(name, kind)
        ((low, high),) = connection.execute(
            f"SELECT min({value}), max({value}) FROM drafted"
        ).fetchall()
    return Column(
        name=name,
        kind=kind,
        present=present,
        distinct=distinct,
        others=0 if kind == "string" else present - of_kind[kind],
        is_required=present == rows and not is_late,
        is_late=is_late,
        low=low,
        high=high,
        values=values,
    )


def _key(
    connection: duckdb.DuckDBPyConnection, columns: Sequence[Column], rows: int
) -> tuple[tuple[str, ...], int]:
    """Return the fewest columns that tell nearly all rows apart, and how many rows they do.

    Where none do, these are the columns that come nearest to it.
    """
    everywhere = [c for c in columns if not c.is_late]
    able = [c for c in everywhere if c.kind != "number" and c.present >= FITS * rows]
    able = able or everywhere
    # What is called an identifier is asked first, then what has the most values.
    able.sort(key=lambda c: (not c.name.endswith("id"), -c.distinct))
    best: tuple[str, ...] = ()
    most = -1
    for width in range(1, WIDEST_KEY + 1):
        for chosen in combinations(able[:MOST_ASKED], width):
            key = ", ".join(raw(column.name) for column in chosen)
            whole = " AND ".join(f"{raw(column.name)} IS NOT NULL" for column in chosen)
            apart = count(connection, f"SELECT count(DISTINCT ({key})) FROM drafted WHERE {whole}")
            if apart > most:
                best, most = tuple(column.name for column in chosen), apart
            if most >= FITS * rows:
                return best, most
    return best, most
