"""A contract to begin with, drafted from the raw files: what they show, for their owner to judge.

It is written beside the project's own and changes nothing. What the files cannot know, what a
column means and which of its values are wrong, is left for their owner.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

from . import config as configuration
from . import source
from .clock import UNCHANGED, in_words
from .database import connect, quoted
from .errors import UserError
from .extract import extract
from .lock import single_writer
from .seen import WIDEST_KEY, Column, Seen, look

FOLDER = "draft"
VERSION = "0.1.0"
TO_WRITE = "TODO(owner): what it is, and in which unit"


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
        with connect(spill=config.state / "spill") as connection:
            texts = _texts([look(connection, *table) for table in tables.items()])
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


def _contract(seen: list[Seen], main: Seen, day: str) -> str:
    return "\n".join(
        [
            "# Drafted from the raw files: what they show, which is not yet what is right.",
            f"version = {_toml(VERSION)}",
            "max_quarantined_share = 0.01",
            *(line for table in seen for line in _section(table)),
            *_dataset(main, day),
            "",
        ]
    )


def _section(table: Seen) -> Iterator[str]:
    """Give the lines of a table."""
    yield from ("", f"[tables.{table.name}]", f"description = {_toml(TO_WRITE)}")
    if table.faults:
        counts = ", ".join(f"{code} {lines:,}" for code, lines in table.faults.items())
        yield f"# Lines that are no rows of it: {counts}."
    if not table.has_key:
        yield (
            f"# TODO(owner): found no key of {WIDEST_KEY} columns or fewer that tells its "
            f"{table.rows:,} rows apart."
        )
    if table.apart < table.rows:
        yield f"# Rows without a key of their own: {table.rows - table.apart:,} of {table.rows:,}."
    yield f"key = {_toml(list(table.key))}"
    if table.missing != ("",):
        yield f"missing = {_toml(list(table.missing))}"
    yield from ("min_rows = 1", "", f"[tables.{table.name}.fields]")
    for name in table.left_out:
        yield f"# TODO(owner): rename {_toml(name)} in the files; no field may have that name."
    for column in table.columns:
        is_key = column.name in table.key
        if is_key and not column.is_required:
            yield f"# Rows that lack it: {table.rows - column.present:,} of {table.rows:,}."
        if column.others:
            yield f"# {column.others:,} of {column.present:,} values are no {column.kind}."
        yield f"{column.name} = {_field(column, is_required=is_key or column.is_required)}"


def _field(column: Column, *, is_required: bool) -> str:
    parts = [f"type = {_toml(column.kind)}"]
    if not is_required:
        parts.append("required = false")
    if column.is_late:
        parts.append(f"since = {_toml(VERSION)}")
    for word, limit in (("min", column.low), ("max", column.high)):
        if limit is not None:
            parts.append(f"{word} = {limit}")
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
