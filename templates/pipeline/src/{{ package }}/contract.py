"""The contract: what a good row is, read from contract.toml and checked before it is used.

A contract describes the tables that come in (fields, keys, rules, how many rows) and the data
set that goes out. It is data; `check` turns it into SQL and `datapackage` publishes it.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import strict
from .errors import UserError

FILE = "contract.toml"


@dataclass(frozen=True)
class Kind:
    """What a type is in DuckDB: its column, how its text is read, what is made of that.

    Reading alone forgives too much: as BIGINT '12.7' is 13, as TIMESTAMP an offset is dropped, as
    DATE '2013-01-01x' is a day. So a value is read as `read`, and `value` (SQL over what was read)
    is null where the value is not of the type.
    """

    column: str
    read: str
    value: str


TYPES = {
    "string": Kind("VARCHAR", "VARCHAR", "{0}"),
    # Above 2^53 a DOUBLE has gaps; `check` looks at such a number's digits.
    "integer": Kind(
        "BIGINT",
        "DOUBLE",
        "CASE WHEN {0} = floor({0}) AND abs({0}) < 9007199254740992 THEN {0}::BIGINT END",
    ),
    "number": Kind("DOUBLE", "DOUBLE", "CASE WHEN isfinite({0}) THEN {0} END"),
    "boolean": Kind("BOOLEAN", "BOOLEAN", "{0}"),
    "date": Kind(
        "DATE",
        "TIMESTAMPTZ",
        "CASE WHEN epoch_us({0}) % 86400000000 = 0 THEN make_timestamp(epoch_us({0}))::DATE END",
    ),
    # A time with an offset is brought to UTC, one without stands as it is.
    "datetime": Kind("TIMESTAMP", "TIMESTAMPTZ", "make_timestamp(epoch_us({0}))"),
}
NAME = re.compile("[a-z][a-z0-9_]*")


@dataclass(frozen=True)
class Field(strict.Strict):
    """One column: its type, unit and range, and the table whose keys it may take.

    `unknown` says what happens to a row whose value is no key of that table: "quarantine", or
    "keep" where the row is worth more than the look-up. `since` is the version of the contract
    that added the field: files from before it may lack the column.
    """

    type: str
    description: str
    unit: str = ""
    required: bool = True
    min: int | float | None = None
    max: int | float | None = None
    values: tuple[str, ...] = ()
    pattern: str = ""
    references: str = ""
    unknown: str = "quarantine"
    since: str = ""


@dataclass(frozen=True)
class Rule(strict.Strict):
    """A condition in SQL over one row; a row breaks it only where it is false, not unknown."""

    code: str
    holds: str
    description: str


@dataclass(frozen=True)
class Table:
    """One table that comes in; `min_rows` and `max_rows` are those of one file."""

    name: str
    description: str
    key: tuple[str, ...]
    fields: dict[str, Field]
    rules: tuple[Rule, ...]
    missing: tuple[str, ...]
    min_rows: int
    max_rows: int | None


@dataclass(frozen=True)
class Dataset:
    """What goes out: the table it is made of, its partitions, its new columns.

    `day` is SQL over the fields of that table and gives the DATE whose partition a row belongs to;
    the column `partition` holds it. `max_age_days` is how old the newest day may be, 0 for any age.
    """

    table: str
    key: tuple[str, ...]
    partition: str
    day: str
    title: str
    max_age_days: int
    fields: dict[str, Field]

    def part(self, day: str) -> str:
        """Return where the day's one file is, below the data set's folder."""
        return f"{self.partition}={day}/part-0.parquet"


@dataclass(frozen=True)
class Contract:
    """The whole agreement; tables stand in an order in which references point backwards."""

    version: str
    max_quarantined_share: float
    tables: tuple[Table, ...]
    dataset: Dataset

    def table(self, name: str) -> Table:
        """Return the table of that name."""
        return next(table for table in self.tables if table.name == name)

    @property
    def main(self) -> Table:
        """The table that the data set is made of."""
        return self.table(self.dataset.table)

    @property
    def published(self) -> dict[str, Field]:
        """The fields that the data set may have: its own, and those of its table."""
        return self.main.fields | self.dataset.fields


@dataclass(frozen=True)
class _TableKeys(strict.Strict):
    description: str
    key: tuple[str, ...]
    fields: dict[str, Any]
    rules: tuple[dict[str, Any], ...] = ()
    missing: tuple[str, ...] = ("",)
    min_rows: int = 1
    max_rows: int | None = None


@dataclass(frozen=True)
class _DatasetKeys(strict.Strict):
    table: str
    key: tuple[str, ...]
    partition: str
    day: str
    title: str
    fields: dict[str, Any]
    max_age_days: int = 0


@dataclass(frozen=True)
class _ContractKeys(strict.Strict):
    version: str
    max_quarantined_share: float
    tables: dict[str, Any]
    dataset: dict[str, Any]


def read(path: Path) -> Contract:
    """Return the contract at `path`.

    Raises:
        UserError: the file is not there, or contradicts itself; the message says where.
    """
    keys = _ContractKeys.build(strict.load(path), FILE)
    if not 0 <= keys.max_quarantined_share <= 1:
        raise _wrong(f"max_quarantined_share is {keys.max_quarantined_share}", "Give 0 to 1.")
    tables: dict[str, Table] = {}
    for name, values in keys.tables.items():
        tables[name] = _table(name, values, tables)
    output = _DatasetKeys.build(keys.dataset, f"{FILE}: dataset")
    if output.table not in tables:
        raise _wrong(
            f"dataset.table names an unknown table {output.table!r}",
            strict.nearest(output.table, tables),
        )
    fields = _fields(output.fields, "dataset.fields")
    if output.partition not in fields:
        raise _wrong(
            f"dataset.partition names an unknown field {output.partition!r}",
            strict.nearest(output.partition, fields),
        )
    if fields[output.partition].type != "date":
        raise _wrong(f"dataset.partition names {output.partition!r}, which is no date", "Cast it.")
    if output.partition in tables[output.table].fields:
        raise _wrong(
            f"dataset.partition is {output.partition!r}, which is a field of {output.table!r} too",
            "Give the partition a name of its own.",
        )
    if output.partition not in output.key:
        raise _wrong(
            f"dataset.key lacks {output.partition!r}, the partition",
            "Rows are told apart within a partition: name it first, then the other columns.",
        )
    return Contract(
        version=keys.version,
        max_quarantined_share=keys.max_quarantined_share,
        tables=tuple(tables.values()),
        dataset=Dataset(
            table=output.table,
            key=output.key,
            partition=output.partition,
            day=output.day,
            title=output.title,
            max_age_days=output.max_age_days,
            fields=fields,
        ),
    )


def _table(name: str, values: object, earlier: dict[str, Table]) -> Table:
    """Return the table, whose references point to the earlier ones."""
    where = f"tables.{name}"
    if not NAME.fullmatch(name):
        raise _wrong(f"{where} is no name for a table", "Use lowercase letters, digits and _.")
    if not isinstance(values, dict):
        raise _wrong(f"{where} is no table", f"Begin it with [{where}].")
    keys = _TableKeys.build(values, f"{FILE}: {where}")
    fields = _fields(keys.fields, f"{where}.fields")
    if not keys.key:
        raise _wrong(f"{where}.key is empty", "Name the fields that tell rows apart.")
    for column in keys.key:
        if column not in fields:
            raise _wrong(
                f"{where}.key names an unknown field {column!r}", strict.nearest(column, fields)
            )
        if not fields[column].required:
            raise _wrong(f"{where}.key holds {column!r}, which may be missing", "Require it.")
    for column, field in fields.items():
        table, _, target = field.references.partition(".")
        if field.references and (table not in earlier or earlier[table].key != (target,)):
            raise _wrong(
                f"{where}.fields.{column} refers to {field.references!r}, "
                "which is not the key of a table above it",
                "Write table.field, and put that table first.",
            )
    rules = tuple(Rule.build(rule, f"{FILE}: {where}.rules") for rule in keys.rules)
    for rule in rules:
        if not NAME.fullmatch(rule.code):
            raise _wrong(f"{where}.rules has the code {rule.code!r}", "Use letters, digits and _.")
    return Table(
        name=name,
        description=keys.description,
        key=keys.key,
        fields=fields,
        rules=rules,
        missing=keys.missing,
        min_rows=keys.min_rows,
        max_rows=keys.max_rows,
    )


def _fields(values: dict[str, Any], where: str) -> dict[str, Field]:
    """Return the fields by name; names that start with an underscore belong to the pipeline."""
    fields: dict[str, Field] = {}
    for name, keys in values.items():
        if not NAME.fullmatch(name):
            raise _wrong(f"{where}.{name} is no name", "Use lowercase letters, digits and _.")
        if not isinstance(keys, dict):
            raise _wrong(f"{where}.{name} is no table", "Write { type = …, description = … }.")
        field = Field.build(keys, f"{FILE}: {where}.{name}")
        if field.type not in TYPES:
            raise _wrong(
                f"{where}.{name} has an unknown type {field.type!r}",
                strict.nearest(field.type, TYPES),
            )
        if field.type not in ("integer", "number") and (field.min, field.max) != (None, None):
            raise _wrong(f"{where}.{name} has a range and is no number", "Drop min and max.")
        limits = [limit for limit in (field.min, field.max) if limit is not None]
        if not all(map(math.isfinite, limits)) or limits != sorted(limits):
            raise _wrong(f"{where}.{name} has no range from min to max", "Give finite numbers.")
        if field.since and field.required:
            raise _wrong(f"{where}.{name} is required and has `since`", "Say required = false.")
        if field.type != "string" and (field.values or field.pattern):
            raise _wrong(f"{where}.{name} has values or a pattern", "Only a string may.")
        if field.unknown not in ("quarantine", "keep"):
            raise _wrong(
                f"{where}.{name} has unknown = {field.unknown!r}", "Write quarantine or keep."
            )
        fields[name] = field
    return fields


def _wrong(what: str, hint: str) -> UserError:
    return UserError(f"{FILE}: {what}.", hint, 2)
