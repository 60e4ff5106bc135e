"""What the contract asks of a record, as SQL; for typed columns and for text alike."""

from __future__ import annotations

from collections.abc import Iterator

from .contract import TYPES, Contract, Field, Table
from .database import literal, quoted

UNKNOWN = "unknown_key:"


def typed(
    contract: Contract,
    table: Table,
    header: tuple[str, ...],
    source: str,
    place: str,
    *,
    quotes: bool,
) -> str:
    """Return SQL that gives each record of `source`, a FROM with typed columns, and if it is good.

    `place` is SQL for the number of the record's file. With `quotes` a value that holds a quotation
    mark is doubtful: it may be a broken one.
    """
    renamed = ", ".join(
        f"{quoted(name) if name in header else _nothing(table, name)} AS {raw(name)}"
        for name in table.fields
    )
    values = ", ".join(
        f"{TYPES[field.type].value.format(raw(name))} AS {quoted(name)}"
        for name, field in table.fields.items()
    )
    # A join would let the rows come in another order than that of their lines.
    # The reader takes a line that lacks its last field for one whose last value is missing.
    doubts = ["_last IS NULL"]
    doubts += [sql for code, sql in conditions(table) if not code.startswith(UNKNOWN)]
    if quotes:
        texts = [name for name, field in table.fields.items() if field.type == "string"]
        doubts += [f"contains({raw(name)}, '\"')" for name in texts]
    day, key = partition(contract, table), _key(contract, table)
    if table is contract.main:
        doubts.append(f"{quoted(contract.dataset.partition)} IS NULL")
    broken = " OR ".join(f"coalesce({sql}, false)" for sql in doubts) or "false"
    return f"""
    WITH source AS (
        SELECT {place} AS _file, {quoted(header[-1])} AS _last, {renamed} {source}),
    valued AS (SELECT *, {values} FROM source),
    dated AS (SELECT *, {day} AS {quoted(contract.dataset.partition)} FROM valued)
    SELECT _file, {_names(contract, table)}, {key}, NOT ({broken}) FROM dated
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
        f"{_value(name, field)} AS {quoted(name)}" for name, field in table.fields.items()
    )
    known = list(conditions(table))
    broken = "\n OR ".join(f"coalesce({sql}, false)" for _, sql in known) or "false"
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
    SELECT _file, _line, {_names(contract, table)}, {_key(contract, table)},
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
        limits = [f"{column} < {field.min}"] if field.min is not None else []
        limits += [f"{column} > {field.max}"] if field.max is not None else []
        if limits:
            yield f"out_of_range:{name}", " OR ".join(limits)
        if field.values:
            allowed = ", ".join(literal(value) for value in field.values)
            yield f"not_allowed:{name}", f"{column} NOT IN ({allowed})"
        if field.pattern:
            pattern = literal(field.pattern)
            yield f"wrong_pattern:{name}", f"NOT regexp_full_match({column}, {pattern})"
        if field.references and field.unknown == "quarantine":
            yield f"{UNKNOWN}{name}", unknown(name, field)
    for rule in table.rules:
        # A rule about what is unknown is not broken; one that fails, as by an overflow, is.
        yield rule.code, f"NOT coalesce(TRY(coalesce(({rule.holds}), true)), false)"


def unknown(name: str, field: Field) -> str:
    """Return SQL that is true where the value is no key of the table it refers to."""
    table, _, key = field.references.partition(".")
    known = f"SELECT {quoted(key)} FROM {quoted(table)}"
    return f"{quoted(name)} IS NOT NULL AND {quoted(name)} NOT IN ({known})"


def partition(contract: Contract, table: Table) -> str:
    """Return SQL for the day of a record's partition; only the main table has one."""
    return f"TRY(({contract.dataset.day})::DATE)" if table is contract.main else "NULL::DATE"


def raw(name: str) -> str:
    """Return the column of what was read; no field's name has a space."""
    return quoted("raw " + name)


def _nothing(table: Table, name: str) -> str:
    """Return the column of a field that the file does not have yet."""
    return f"NULL::{TYPES[table.fields[name].type].read}"


def _value(name: str, field: Field) -> str:
    """Return SQL that makes a value of the field's text, as the typed reader would."""
    kind = TYPES[field.type]
    value = kind.value.format(f"TRY_CAST({raw(name)} AS {kind.read})")
    if field.type == "integer":
        return (
            f"CASE WHEN regexp_full_match({raw(name)}, '[+-]?[0-9]+') "
            f"THEN TRY_CAST({raw(name)} AS BIGINT) ELSE {value} END"
        )
    return value


def _names(contract: Contract, table: Table) -> str:
    return ", ".join([*map(quoted, table.fields), quoted(contract.dataset.partition)])


def _key(contract: Contract, table: Table) -> str:
    """Return SQL for a number by which equal keys of one day are found quickly."""
    return f"hash({', '.join([quoted(contract.dataset.partition), *map(quoted, table.key)])})"
