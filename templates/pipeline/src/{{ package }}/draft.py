"""A contract to begin with, drafted from the raw files: what they show, for their owner to judge.

It is written beside the project's own and changes nothing. What the files cannot know, what a
column means and which of its values are wrong, is left for their owner.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import duckdb

from . import config as configuration
from . import source
from .clock import UNCHANGED, in_words
from .config import Config
from .database import connect, count, literal, quoted
from .errors import UserError
from .extract import RawFile, extract
from .fields import NAME, TYPES
from .lock import single_writer

FOLDER = "draft"
# What stands in files where a value is missing.
MISSING = ("", "NA", "N/A", "NULL", "null", "None", "NaN", "nan", "-", "?")
# A type fits when so many of a column's values are of it: a few are wrong in most files.
FITS = 0.99
# A text with so few values that each comes so often is one of a list.
MOST_VALUES, LEAST_ROWS = 12, 20
KINDS = ("integer", "number", "boolean", "date", "datetime")
WIDEST_KEY = 3
TO_WRITE = "TODO(owner): what it is, and in which unit"


@dataclass(frozen=True)
class Column:
    """What the files show of a column; `others` are values that are not of its type."""

    name: str
    kind: str
    present: int
    distinct: int
    others: int
    is_required: bool
    low: float | None
    high: float | None
    values: tuple[str, ...]


@dataclass(frozen=True)
class Seen:
    """What the files show of a table; the key is the first that tells nearly all rows apart.

    `left_out` are columns whose names no field may have.
    """

    name: str
    rows: int
    missing: tuple[str, ...]
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    left_out: tuple[str, ...]


def draft(root: Path) -> list[str]:
    """Write a contract and SQL that fit the raw files into the folder `draft`; name the files.

    Raises:
        UserError: there are no raw files, or there is a draft already.
    """
    config = configuration.read(root)
    folder = root / FOLDER
    if folder.exists():
        raise UserError(f"There is a folder {FOLDER} already.", "Move it out of the way.", 2)
    with in_words("The draft", UNCHANGED):
        with single_writer(config.state / "lock"):
            source.fetch(config)
            tables = extract(config)
        texts = _texts(_look(config, tables))
        try:
            for name, text in texts.items():
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                (folder / name).write_text(text, encoding="utf-8", newline="\n")
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)  # half of it would be taken for a draft
            raise
    return [f"{FOLDER}/{name}" for name in texts]


def _texts(seen: list[Seen]) -> dict[str, str]:
    """Return the draft: the text of each file, by name."""
    main = max(seen, key=lambda table: table.rows)
    # References point backwards, and the others may be what the main one refers to.
    seen = [*(table for table in seen if table is not main), main]
    day = next((name for name in ("date", "day", "of_day") if name not in _names(main)), "of_date")
    return {
        "contract.toml": _contract(seen, main, day),
        "sql/enriched.sql": _enriched(main, day),
        "sql/marts/daily.sql": _daily(main, day),
        "sql/views/total.sql": _total(day),
    }


def _names(table: Seen) -> list[str]:
    return [column.name for column in table.columns]


def _look(config: Config, tables: dict[str, list[RawFile]]) -> list[Seen]:
    """Read all files of each table as text, and return what they show."""
    found = []
    with connect(spill=config.state / "spill") as connection:
        for name, files in tables.items():
            paths = ", ".join(literal(file.path.as_posix()) for file in files)
            connection.execute(
                f"CREATE OR REPLACE TEMP VIEW drafted AS FROM read_csv([{paths}], header = true, "
                "all_varchar = true, union_by_name = true, delim = ',', quote = '\"', "
                "escape = '\"', null_padding = true, ignore_errors = true)"
            )
            try:
                found.append(_table(connection, name))
            except (duckdb.OutOfMemoryException, duckdb.IOException):
                raise
            except duckdb.Error as error:
                raise UserError(
                    f"The files of {name!r} cannot be read as CSV with one header.",
                    "Look at the first line of each: names of columns, separated by commas.",
                ) from error
    return found


def _table(connection: duckdb.DuckDBPyConnection, table: str) -> Seen:
    header = [str(row[0]) for row in connection.execute("DESCRIBE drafted").fetchall()]
    names = [name for name in header if NAME.fullmatch(name)]
    left_out = tuple(name for name in header if name not in names)
    if not names:
        raise UserError(
            f"No column of {table!r} has a name that a field may have: {', '.join(left_out)}.",
            "Rename them in the files: lower-case letters, digits and _, such as loan_id.",
        )
    rows = count(connection, "SELECT count(*) FROM drafted")
    words = ", ".join(map(literal, MISSING))
    missing: set[str] = {""}
    columns = []
    for name in names:
        column = quoted(name)
        found = connection.execute(
            f"SELECT list(DISTINCT {column}) FROM drafted WHERE {column} IN ({words})"
        ).fetchone()
        missing |= set(found[0] or ()) if found else set()
        columns.append(_column(connection, name, rows, words))
    key = _key(connection, columns, rows)
    return Seen(table, rows, tuple(sorted(missing)), tuple(columns), key, left_out)


def _column(connection: duckdb.DuckDBPyConnection, name: str, rows: int, words: str) -> Column:
    value = f"CASE WHEN {quoted(name)} NOT IN ({words}) THEN {quoted(name)} END"
    cast = {kind: TYPES[kind].value.format(f"TRY_CAST(v AS {TYPES[kind].read})") for kind in KINDS}
    counts = ", ".join(f"count({cast[kind]})" for kind in KINDS)
    result = connection.execute(
        f"SELECT count(v), count(DISTINCT v), count(*) FILTER (regexp_matches(v, '^0[0-9]')), "
        f"min({cast['number']}), max({cast['number']}), {counts} "
        f"FROM (SELECT {value} AS v FROM drafted)"
    ).fetchall()[0]
    present, distinct, padded, low, high, *fitting = result
    of_kind = dict(zip(KINDS, fitting, strict=True))
    # What begins with a nought is a code and no number.
    kinds = [k for k in KINDS if not (padded and k in ("integer", "number"))]
    kind = next((k for k in kinds if present and of_kind[k] >= FITS * present), "string")
    values: tuple[str, ...] = ()
    if kind == "string" and 0 < distinct <= MOST_VALUES and present >= LEAST_ROWS * distinct:
        listed = connection.execute(
            f"SELECT DISTINCT v FROM (SELECT {value} AS v FROM drafted) WHERE v IS NOT NULL"
        ).fetchall()
        values = tuple(sorted(row[0] for row in listed))
    is_number = kind in ("integer", "number")
    return Column(
        name=name,
        kind=kind,
        present=present,
        distinct=distinct,
        others=0 if kind == "string" else present - of_kind[kind],
        is_required=present == rows,
        low=low if is_number else None,
        high=high if is_number else None,
        values=values,
    )


def _key(
    connection: duckdb.DuckDBPyConnection, columns: list[Column], rows: int
) -> tuple[str, ...]:
    """Return the fewest columns that tell nearly all rows apart, empty where none do."""
    able = [c for c in columns if c.is_required and c.kind != "number"]
    # What is called an identifier is asked first, then what has the most values.
    able.sort(key=lambda c: (not c.name.endswith("id"), -c.distinct))
    for width in range(1, WIDEST_KEY + 1):
        for chosen in combinations(able[:8], width):
            names = ", ".join(quoted(column.name) for column in chosen)
            if count(connection, f"SELECT count(DISTINCT ({names})) FROM drafted") >= FITS * rows:
                return tuple(column.name for column in chosen)
    return ()


def _contract(seen: list[Seen], main: Seen, day: str) -> str:
    return "\n".join(
        [
            "# Drafted from the raw files: what they show, which is not yet what is right.",
            'version = "0.1.0"',
            "max_quarantined_share = 0.01",
            *(line for table in seen for line in _section(table)),
            *_dataset(main, day),
            "",
        ]
    )


def _section(table: Seen) -> Iterator[str]:
    """Give the lines of a table."""
    yield from ("", f"[tables.{table.name}]", f"description = {_toml(TO_WRITE)}")
    key = table.key or tuple(c.name for c in table.columns if c.is_required)[:1]
    if not table.key:
        yield f"# TODO(owner): no {WIDEST_KEY} columns tell its {table.rows:,} rows apart."
    yield f"key = {_toml(list(key))}"
    if table.missing != ("",):
        yield f"missing = {_toml(list(table.missing))}"
    yield from ("min_rows = 1", "", f"[tables.{table.name}.fields]")
    for name in table.left_out:
        yield f"# TODO(owner): rename {_toml(name)} in the files; no field may have that name."
    for column in table.columns:
        if column.others:
            yield f"# {column.others:,} of {column.present:,} values are no {column.kind}."
        yield f"{column.name} = {_field(column)}"


def _field(column: Column) -> str:
    parts = [f"type = {_toml(column.kind)}"]
    if not column.is_required:
        parts.append("required = false")
    for word, limit in (("min", column.low), ("max", column.high)):
        if limit is not None:
            parts.append(f"{word} = {int(limit) if column.kind == 'integer' else limit}")
    if column.values:
        parts.append(f"values = {_toml(list(column.values))}")
    parts.append(f"description = {_toml(TO_WRITE)}")
    return "{ " + ", ".join(parts) + " }"


def _dataset(main: Seen, day: str) -> Iterator[str]:
    times = [c for c in main.columns if c.kind in ("date", "datetime")]
    times.sort(key=lambda column: not column.is_required)
    yield from ("", "[dataset]", f"table = {_toml(main.name)}")
    yield f"key = {_toml([day, *main.key])}"
    yield f"partition = {_toml(day)}"
    if times:
        yield f"day = {_toml(f'{quoted(times[0].name)}::DATE')}"
    else:
        yield "# TODO(owner): no column is a day, so that all rows share one partition."
        yield "day = \"DATE '2000-01-01'\""
    yield from ('title = "TODO(owner): what is published"', "", "[dataset.fields]")
    yield day + ' = { type = "date", description = "Day of the row; the partition" }'


def _enriched(main: Seen, day: str) -> str:
    columns = ",\n".join(f"    t.{quoted(name)}" for name in (day, *_names(main)))
    return (
        "-- The published table: one row for each that keeps the contract.\n"
        f"SELECT\n{columns}\nFROM {quoted(main.name)} AS t\n"
    )


def _daily(main: Seen, day: str) -> str:
    numbers = [c.name for c in main.columns if c.kind == "number"][:3]
    means = [f"    round(avg({quoted(name)}), 4) AS {quoted(f'mean_{name}')}" for name in numbers]
    columns = ",\n".join([f"    {quoted(day)}", f"    count(*) AS {quoted('rows')}", *means])
    return (
        f"-- One row a day: how much came.\nSELECT\n{columns}\nFROM enriched\n"
        f"GROUP BY {quoted(day)}\nORDER BY {quoted(day)}\n"
    )


def _total(day: str) -> str:
    return (
        "-- How much there is, and of which days.\n"
        f"SELECT\n    min({quoted(day)}) AS first_day,\n    max({quoted(day)}) AS last_day,\n"
        f"    sum({quoted('rows')}) AS {quoted('rows')}\nFROM daily\n"
    )


def _toml(value: str | list[str]) -> str:
    """Return the value as TOML, whose strings and lists are those of JSON."""
    return json.dumps(value, ensure_ascii=False)
