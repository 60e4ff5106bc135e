"""The fields of a table: their types, and what one may be held to."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
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


def build(values: dict[str, Any], where: str) -> dict[str, Field]:
    """Return the fields by name; names that start with an underscore belong to the pipeline.

    Raises:
        UserError: one of them contradicts itself; `where` they stand is told.
    """
    fields: dict[str, Field] = {}
    for name, keys in values.items():
        if not NAME.fullmatch(name):
            raise wrong(
                f"{where}.{name} is no name for a field", "Use lowercase letters, digits and _."
            )
        if not isinstance(keys, dict):
            raise wrong(f"{where}.{name} is no table", "Write { type = …, description = … }.")
        field = Field.build(keys, f"{FILE}: {where}.{name}")
        if field.type not in TYPES:
            raise wrong(
                f"{where}.{name} has an unknown type {field.type!r}",
                strict.nearest(field.type, TYPES),
            )
        if field.type not in ("integer", "number") and (field.min, field.max) != (None, None):
            raise wrong(f"{where}.{name} has a range and is no number", "Drop min and max.")
        limits = [limit for limit in (field.min, field.max) if limit is not None]
        if not all(map(math.isfinite, limits)) or limits != sorted(limits):
            raise wrong(
                f"{where}.{name} has no range from min to max", "Give finite numbers, min first."
            )
        if field.since and field.required:
            raise wrong(f"{where}.{name} is required and has `since`", "Say required = false.")
        if field.type != "string" and (field.values or field.pattern):
            raise wrong(f"{where}.{name} has values or a pattern and is no string", "Drop them.")
        if "values" in keys and not field.values:
            raise wrong(f"{where}.{name} has values = []", "Name them, or drop the key.")
        if field.unknown not in ("quarantine", "keep"):
            raise wrong(
                f"{where}.{name} has unknown = {field.unknown!r}", "Write quarantine or keep."
            )
        fields[name] = field
    return fields


def wrong(what: str, hint: str) -> UserError:
    """Return the error that tells what is wrong with the contract."""
    return UserError(f"{FILE}: {what}.", hint, 2)
