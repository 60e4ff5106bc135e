"""The contract: what a good row is, read from contract.toml and checked before it is used.

A contract describes the tables that come in (fields, keys, rules, how many rows) and the data
set that goes out. It is data; `check` turns it into SQL and `datapackage` publishes it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import strict
from .fields import FILE, NAME, TYPES, Field, wrong
from .fields import build as build_fields

# Tables of a run and of its queries: one of the same name would be read in their place.
RESERVED = frozenset(
    (
        *("batch", "candidates", "dated", "duplicates", "enriched", "judged", "keys", "lines"),
        *("present", "quarantine", "reasoned", "rejected", "rejects", "rejects_scans", "scanned"),
        *("split", "suspects", "twins", "unread", "unread_scans", "valued"),
    )
)
PREFIXES = ("careful_", "duplicates_", "fast_", "files_", "places_")

__all__ = ["FILE", "TYPES", "Contract", "Dataset", "Field", "Rule", "Table", "read"]


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
        raise wrong(
            f"max_quarantined_share is {keys.max_quarantined_share}", "Give a share from 0 to 1."
        )
    if not keys.version:
        raise wrong("version is empty", 'Write it like "1.0.0".')
    tables: dict[str, Table] = {}
    for name, values in keys.tables.items():
        tables[name] = _table(name, values, tables)
    for name in tables:
        if name in RESERVED or name in (f"{p}{other}" for p in PREFIXES for other in tables):
            raise wrong(
                f"tables.{name} has the name of a table of the pipeline's own", "Name it otherwise."
            )
    output = _DatasetKeys.build(keys.dataset, f"{FILE}: dataset")
    if output.table not in tables:
        raise wrong(
            f"dataset.table names an unknown table {output.table!r}",
            strict.nearest(output.table, tables),
        )
    fields = build_fields(output.fields, "dataset.fields")
    if output.partition not in fields:
        raise wrong(
            f"dataset.partition names an unknown field {output.partition!r}",
            strict.nearest(output.partition, fields),
        )
    if fields[output.partition].type != "date":
        raise wrong(
            f"dataset.partition names {output.partition!r}, which is no date",
            'Give a field of type "date".',
        )
    if output.partition in tables[output.table].fields:
        raise wrong(
            f"dataset.partition is {output.partition!r}, which is a field of {output.table!r} too",
            "Give the partition a name of its own.",
        )
    if output.partition not in output.key:
        raise wrong(
            f"dataset.key lacks {output.partition!r}, the partition",
            "Rows are told apart within a partition: name it first, then the other columns.",
        )
    _refuse_twice("dataset.key", output.key)
    if output.max_age_days < 0:
        raise wrong(f"dataset.max_age_days is {output.max_age_days}", "Give 0 for any age.")
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
        raise wrong(f"{where} is no name for a table", "Use lowercase letters, digits and _.")
    if not isinstance(values, dict):
        raise wrong(f"{where} is no table", f"Begin it with [{where}].")
    keys = _TableKeys.build(values, f"{FILE}: {where}")
    fields = build_fields(keys.fields, f"{where}.fields")
    if not keys.key:
        raise wrong(f"{where}.key is empty", "Name the fields that tell rows apart.")
    for column in keys.key:
        if column not in fields:
            raise wrong(
                f"{where}.key names an unknown field {column!r}", strict.nearest(column, fields)
            )
        if not fields[column].required:
            raise wrong(
                f"{where}.key holds {column!r}, which may be missing",
                "Take required = false from it.",
            )
    _refuse_twice(f"{where}.key", keys.key)
    if keys.min_rows < 0 or (keys.max_rows is not None and keys.max_rows < keys.min_rows):
        raise wrong(f"{where} has no range from min_rows to max_rows", "Give 0 or more, min first.")
    if not keys.missing or any(set(word) & set(',"\r\n') for word in keys.missing):
        raise wrong(
            f"{where}.missing is {list(keys.missing)}, which no value of a CSV file can be held to",
            'Name at least one word, and none with a comma, a quotation mark or a line end; "" '
            "is the empty one.",
        )
    for column, field in fields.items():
        table, _, target = field.references.partition(".")
        if field.references and (table not in earlier or earlier[table].key != (target,)):
            raise wrong(
                f"{where}.fields.{column} refers to {field.references!r}, "
                "which is not the key of a table above it",
                "Write table.field, and put that table first.",
            )
        if field.references and field.type != earlier[table].fields[target].type:
            raise wrong(
                f"{where}.fields.{column} is of type {field.type}, and refers to "
                f"{field.references!r} of type {earlier[table].fields[target].type}",
                "Give both the same type.",
            )
    rules = tuple(Rule.build(rule, f"{FILE}: {where}.rules") for rule in keys.rules)
    for rule in rules:
        if not NAME.fullmatch(rule.code):
            raise wrong(f"{where}.rules has the code {rule.code!r}", "Use letters, digits and _.")
    _refuse_twice(f"{where}.rules", tuple(rule.code for rule in rules))
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


def _refuse_twice(where: str, names: tuple[str, ...]) -> None:
    for name in names:
        if names.count(name) > 1:
            raise wrong(f"{where} has {name!r} twice", "Take one of them out.")
