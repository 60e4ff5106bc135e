"""What the contract asks of a record, as SQL; for typed columns and for text alike."""

from __future__ import annotations

from collections.abc import Iterator

from .contract import TYPES, Contract, Field, Table
from .database import literal, quoted

UNKNOWN = "unknown_key:"
# A time read in a format is what DuckDB says it is, but that 'infinity' and 'epoch' become 1900:
# both are looked at again, where 'epoch' is the time that it is without a format.
IN_FORMAT = "CASE WHEN {0} <> TIMESTAMP '1900-01-01' THEN {0} END"
# A reader with a format lets them follow a time, one without only lets spaces.
BLANKS = "chr(9) || chr(11) || chr(12)"
FIRST_DAY, LAST_DAY = "DATE '0001-01-01'", "DATE '9999-12-31'"


def typed(
    contract: Contract,
    table: Table,
    header: tuple[str, ...],
    source: str,
    place: str,
    clock: str,
    *,
    quotes: bool,
) -> str:
    """Return SQL that gives each record of `source`, a FROM with typed columns, and if it is good.

    `place` is SQL for the number of the record's file, `clock` the format that all times are read
    in, if any. With `quotes` a value that holds a quotation mark is doubtful: it may be a broken
    one.
    """
    renamed = ", ".join(
        f"{quoted(name) if name in header else f'NULL::{read_as(field, clock)}'} AS {raw(name)}"
        for name, field in table.fields.items()
    )
    values = ", ".join(
        f"{_typed_value(name, field, clock)} AS {quoted(name)}"
        for name, field in table.fields.items()
    )
    # A join would let the rows come in another order than that of their lines.
    # The reader takes a line that lacks its last field for one whose last value is missing.
    good = ["_last IS NOT NULL", *_holds(table)]
    if quotes:
        texts = [name for name, field in table.fields.items() if field.type == "string"]
        good += [f"NOT coalesce(contains({raw(name)}, '\"'), false)" for name in texts]
    if table is contract.main:
        good.append(f"{quoted(contract.dataset.partition)} IS NOT NULL")
    day = f"{partition(contract, table)} AS {quoted(contract.dataset.partition)}"
    return f"""
    WITH source AS (
        SELECT {place} AS _file, {quoted(header[-1])} AS _last, {renamed} {source}),
    valued AS (SELECT *, {values} FROM source),
    dated AS (SELECT *, {day} FROM valued)
    SELECT _file, {_names(contract, table)}, coalesce({" AND ".join(good)}, false) FROM dated
    """


def checked(contract: Contract, table: Table, header: tuple[str, ...], records: str) -> str:
    """Return SQL that types and checks `records`, a query that gives `raw <field>` as text."""
    missing = ", ".join(literal(word) for word in table.missing)
    present = ",\n".join(
        (
            f"CASE WHEN {raw(name)} NOT IN ({missing}) THEN {raw(name)} END AS {raw(name)}"
            if name in header
            else f"NULL::VARCHAR AS {raw(name)}"
        )
        for name in table.fields
    )
    values = ",\n".join(
        f"{text_value(name, field.type)} AS {quoted(name)}" for name, field in table.fields.items()
    )
    known = list(conditions(table))
    broken = "\n OR ".join(f"coalesce({sql}, false)" for _, sql in known) or "false"
    # A rule may speak of a value that is not allowed, so it becomes one of its list last of all.
    kept = ", ".join(
        f"TRY_CAST({quoted(name)} AS {held_as(field)})" if field.values else quoted(name)
        for name, field in table.fields.items()
    )
    codes = ",\n".join(f"CASE WHEN {sql} THEN {literal(code)} END" for code, sql in known)
    day = quoted(contract.dataset.partition)
    no_day = f"WHEN {day} IS NULL THEN ['no_day']" if table is contract.main else ""
    return f"""
    WITH split AS ({records}),
    present AS (SELECT _file, _line, _text, _fault, {present} FROM split),
    valued AS (SELECT *, {values} FROM present),
    dated AS (SELECT *, {partition(contract, table)} AS {day} FROM valued),
    judged AS (SELECT *, _fault IS NOT NULL OR {broken} AS _broken FROM dated),
    reasoned AS (SELECT *, CASE WHEN _fault IS NOT NULL THEN [_fault]
        WHEN _broken THEN list_filter([{codes}], lambda code: code IS NOT NULL)
        {no_day} END AS _reasons FROM judged)
    SELECT _file, _line, {kept}, {day},
        CASE WHEN _reasons IS NOT NULL THEN _text END, _reasons
    FROM reasoned
    """


def conditions(table: Table) -> Iterator[tuple[str, str]]:
    """Give each way in which a record of the table may be wrong: its code, and SQL."""
    for name, field in table.fields.items():
        column = quoted(name)
        if field.required:
            yield f"missing_value:{name}", f"{raw(name)} IS NULL"
        if field.type != "string":
            yield f"wrong_type:{name}", f"{raw(name)} IS NOT NULL AND {column} IS NULL"
        for code, sql in _limits(name, field):
            yield f"{code}:{name}", sql
        if field.references and field.unknown == "quarantine":
            yield f"{UNKNOWN}{name}", unknown(name, field)
    for rule in table.rules:
        # A rule about what is unknown is not broken; one that fails, as by an overflow, is.
        yield rule.code, f"NOT coalesce(TRY(coalesce(({rule.holds}), true)), false)"


def broken(name: str, field: Field) -> str:
    """Return SQL that is true where a value to be published breaks what the field promises.

    It is empty where the field promises nothing but its type.
    """
    missing = [f"{quoted(name)} IS NULL"] if field.required else []
    return " OR ".join([*missing, *(sql for _, sql in _limits(name, field))])


def _limits(name: str, field: Field) -> Iterator[tuple[str, str]]:
    """Give each way in which a value that is there may be wrong: its code, and SQL."""
    column = quoted(name)
    limits = [f"{column} < {field.min}"] if field.min is not None else []
    limits += [f"{column} > {field.max}"] if field.max is not None else []
    if limits:
        yield "out_of_range", " OR ".join(limits)
    if field.values:
        allowed = ", ".join(literal(value) for value in field.values)
        yield "not_allowed", f"{column} NOT IN ({allowed})"
    if field.pattern:
        yield "wrong_pattern", f"NOT regexp_full_match({column}, {literal(field.pattern)})"


def _holds(table: Table) -> Iterator[str]:
    """Give SQL that is true, all of it, only where a record has none of the `conditions`.

    One chain of comparisons takes a third of the time of asking for each fault by itself. Keys of
    other tables are left out: see `unknown`.
    """
    for name, field in table.fields.items():
        column = quoted(name)
        holds = [f"{column} >= {field.min}"] if field.min is not None else []
        holds += [f"{column} <= {field.max}"] if field.max is not None else []
        if field.pattern:
            holds.append(f"regexp_full_match({column}, {literal(field.pattern)})")
        # Any comparison tells a value that is missing or of another type: it is not true.
        together = " AND ".join(holds) or f"{column} IS NOT NULL"
        yield together if field.required else f"({raw(name)} IS NULL OR ({together}))"
    for rule in table.rules:
        yield f"TRY(coalesce(({rule.holds}), true))"


def held_as(field: Field) -> str:
    """Return the type that the field's values have in tables: of a list, their place in it.

    It is compared and joined with text as text is; sorted lists are in the order of their texts.
    """
    if field.values:
        return f"ENUM ({', '.join(map(literal, sorted(set(field.values))))})"
    return TYPES[field.type].column


def read_as(field: Field, clock: str) -> str:
    """Return the type that the field's values are read as; `clock` is the format of the times."""
    return TYPES[field.type].column if _has_format(field, clock) else TYPES[field.type].read


def unknown(name: str, field: Field) -> str:
    """Return SQL that is true where the value is no key of the table it refers to."""
    table, _, key = field.references.partition(".")
    known = f"SELECT {quoted(key)} FROM {quoted(table)}"
    return f"{quoted(name)} IS NOT NULL AND {quoted(name)} NOT IN ({known})"


def partition(contract: Contract, table: Table) -> str:
    """Return SQL for the day of a record's partition; only the main table has one.

    Of a year before 1 or after 9999 there is none: it has no ISO date of ten characters.
    """
    if table is not contract.main:
        return "NULL::DATE"
    # Within one TRY the optimizer would reckon the day that stands there twice outside of it.
    day = f"TRY(({contract.dataset.day})::DATE)"
    return f"CASE WHEN {day} BETWEEN {FIRST_DAY} AND {LAST_DAY} THEN {day} END"


def raw(name: str) -> str:
    """Return the column of what was read; no field's name has a space."""
    return quoted("raw " + name)


def text_value(name: str, kind: str) -> str:
    """Return SQL that makes a value of this type of a field's text, as the typed reader would."""
    known = TYPES[kind]
    text = f"rtrim({raw(name)}, {BLANKS})" if kind in ("date", "datetime") else raw(name)
    value = known.value.format(f"TRY_CAST({text} AS {known.read})")
    if kind == "integer":
        return (
            f"CASE WHEN regexp_full_match({raw(name)}, '[+-]?[0-9]+') "
            f"THEN TRY_CAST({raw(name)} AS BIGINT) ELSE {value} END"
        )
    return value


def _has_format(field: Field, clock: str) -> bool:
    return bool(clock) and field.type == "datetime"


def _typed_value(name: str, field: Field, clock: str) -> str:
    """Return SQL that makes a value of what was read, and null where it is none of the field's."""
    if field.values:
        return f"TRY_CAST({raw(name)} AS {held_as(field)})"
    value = IN_FORMAT if _has_format(field, clock) else TYPES[field.type].value
    return value.format(raw(name))


def _names(contract: Contract, table: Table) -> str:
    return ", ".join([*map(quoted, table.fields), quoted(contract.dataset.partition)])
