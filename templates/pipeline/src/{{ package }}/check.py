"""The contract as SQL: every record is checked, and what fails is set aside with its reasons.

For each table of the contract there are afterwards, in the database:

* `checked_<table>`: every record, with `_number` (its place in the whole input), `_file`,
  `_line`, `_text` and `_reasons` (a list of codes, null for a good record), and typed fields;
* `duplicates_<table>`: good records whose key an earlier good record has;
* `<table>`: a view of the records that are left.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import duckdb

from . import read
from .contract import TYPES, Contract, Field, Table
from .database import count, literal, quoted
from .errors import UserError
from .extract import RawFile


@dataclass(frozen=True)
class Balance:
    """What became of the records of one table; every one of them is in one of the three."""

    table: str
    read: int
    accepted: int
    quarantined: int
    duplicates: int

    @property
    def holds(self) -> bool:
        """Whether no record was lost and none came from nowhere."""
        return self.read == self.accepted + self.quarantined + self.duplicates

    @property
    def quarantined_share(self) -> float:
        """The share of the records that the contract refuses, 0 to 1."""
        return self.quarantined / self.read if self.read else 0.0


@dataclass(frozen=True)
class Result:
    """What the check found.

    `reasons` counts refused records by code (a record may have several), `kept` the values that
    are no key of the table they refer to and that the contract keeps, `extra` the columns that
    the contract does not know.
    """

    balances: tuple[Balance, ...]
    reasons: dict[str, int]
    kept: dict[str, int]
    extra: tuple[str, ...]


def check(
    connection: duckdb.DuckDBPyConnection, contract: Contract, files: dict[str, list[RawFile]]
) -> Result:
    """Check all tables and return what was found.

    Raises:
        UserError: a column is missing, the rows are too few or too many, or a count is wrong.
    """
    balances: list[Balance] = []
    reasons: dict[str, int] = {}
    kept: dict[str, int] = {}
    extra: list[str] = []
    for table in contract.tables:
        records = _load(connection, table, files[table.name], extra)
        _deduplicate(connection, table)
        balance = _balance(connection, table, records)
        _refuse(table, balance)
        balances.append(balance)
        for code, rows in connection.execute(
            "SELECT code, count(*) FROM (SELECT unnest(_reasons) AS code "
            f"FROM {quoted('checked_' + table.name)}) GROUP BY code ORDER BY code"
        ).fetchall():
            reasons[f"{table.name}: {code}"] = rows
        for name, sql in _kept(table):
            kept[f"{table.name}: {name}"] = count(connection, sql)
    return Result(tuple(balances), reasons, kept, tuple(extra))


def _load(
    connection: duckdb.DuckDBPyConnection, table: Table, files: list[RawFile], extra: list[str]
) -> int:
    """Read and check the table's files, and return the number of records they hold."""
    target = quoted("checked_" + table.name)
    columns = ", ".join(f"{quoted(name)} {TYPES[f.type][1]}" for name, f in table.fields.items())
    connection.execute(
        f"CREATE OR REPLACE TABLE {target} (_number BIGINT, _file VARCHAR, _line BIGINT, "
        f"_text VARCHAR, _reasons VARCHAR[], {columns})"
    )
    number = records = 0
    for file in files:
        header = read.header(file)
        absent = [name for name in table.fields if name not in header]
        if absent:
            raise UserError(
                f"{file.name} lacks the column {absent[0]!r}.",
                "The contract names it: correct the file, or the contract and its version.",
            )
        extra += [f"{file.name}: {name}" for name in header if name not in table.fields]
        records += read.lines(connection, file)
        # Numbers leave room for every line of the file, so that they are unique and in order.
        connection.execute(
            f"INSERT INTO {target} {checked(table, read.split(header))}",
            {"file": file.name, "before": number},
        )
        number += file.lines
    return records


def checked(table: Table, records: str) -> str:
    """Return SQL that types and checks `records`, a query that gives `raw <field>` as text."""
    missing = ", ".join(literal(word) for word in table.missing)
    raw = ",\n".join(
        f"CASE WHEN {_raw(name)} NOT IN ({missing}) THEN {_raw(name)} END AS {_raw(name)}"
        for name in table.fields
    )
    typed = ",\n".join(
        f"CASE WHEN regexp_full_match({_raw(name)}, {literal(TYPES[field.type][0])}) "
        f"THEN TRY_CAST({_raw(name)} AS {TYPES[field.type][1]}) END AS {quoted(name)}"
        for name, field in table.fields.items()
    )
    conditions = list(_conditions(table))
    broken = "\n OR ".join(f"coalesce({sql}, false)" for _, sql in conditions) or "false"
    codes = ",\n".join(f"CASE WHEN {sql} THEN {literal(code)} END" for code, sql in conditions)
    names = ", ".join(quoted(name) for name in table.fields)
    return f"""
    WITH split AS ({records}),
    present AS (SELECT _line, _text, _fault, {raw} FROM split),
    typed AS (SELECT *, {typed} FROM present),
    judged AS (SELECT *, _fault IS NOT NULL OR {broken} AS _broken FROM typed)
    SELECT $before + _line, $file, _line, CASE WHEN _broken THEN _text END,
        CASE WHEN _fault IS NOT NULL THEN [_fault]
            WHEN _broken THEN list_filter([{codes}], lambda code: code IS NOT NULL) END,
        {names}
    FROM judged
    """


def _conditions(table: Table) -> Iterator[tuple[str, str]]:
    """Give each way in which a record of the table may be wrong: its code, and SQL."""
    for name, field in table.fields.items():
        column, raw = quoted(name), _raw(name)
        if field.required:
            yield f"missing_value:{name}", f"{raw} IS NULL"
        yield f"wrong_type:{name}", f"{raw} IS NOT NULL AND {column} IS NULL"
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
            yield f"unknown_key:{name}", _unknown(name, field)
    for rule in table.rules:
        # A rule that fails, as by an overflow, does not hold; TRY alone would give null for that
        # and for what is unknown, so the answer is packed into a list.
        yield rule.code, f"NOT coalesce(TRY([({rule.holds})]), [false])[1]"


def _kept(table: Table) -> Iterator[tuple[str, str]]:
    """Give a counting query for each reference whose unknown values are kept."""
    for name, field in table.fields.items():
        if field.references and field.unknown == "keep":
            yield (
                f"unknown_key:{name}",
                f"SELECT count(*) FROM {quoted(table.name)} WHERE {_unknown(name, field)}",
            )


def _unknown(name: str, field: Field) -> str:
    """Return SQL that is true where the value is no key of the table it refers to."""
    table, _, key = field.references.partition(".")
    known = f"SELECT {quoted(key)} FROM {quoted(table)}"
    return f"{quoted(name)} IS NOT NULL AND {quoted(name)} NOT IN ({known})"


def _raw(name: str) -> str:
    """Return the column of the text as it stood in the file; no field's name has a space."""
    return quoted("raw " + name)


def _deduplicate(connection: duckdb.DuckDBPyConnection, table: Table) -> None:
    """Set aside all good records but the first of each key, and make the view of the rest."""
    source, duplicates = quoted("checked_" + table.name), quoted("duplicates_" + table.name)
    key = ", ".join(quoted(name) for name in table.key)
    connection.execute(
        f"""
        CREATE OR REPLACE TABLE {duplicates} AS
        WITH repeated AS (
            SELECT {key}, min(_number) AS first, arg_min(_file, _number) AS _first_file,
                arg_min(_line, _number) AS _first_line
            FROM {source} WHERE _reasons IS NULL GROUP BY {key} HAVING count(*) > 1)
        SELECT _number, _file, _line, _first_file, _first_line
        FROM {source} JOIN repeated USING ({key})
        WHERE _reasons IS NULL AND _number > first
        """
    )
    names = ", ".join(quoted(name) for name in table.fields)
    connection.execute(
        f"""
        CREATE OR REPLACE VIEW {quoted(table.name)} AS
        SELECT {names} FROM {source}
        WHERE _reasons IS NULL AND _number NOT IN (SELECT _number FROM {duplicates})
        """
    )


def _balance(connection: duckdb.DuckDBPyConnection, table: Table, records: int) -> Balance:
    source, duplicates = quoted("checked_" + table.name), quoted("duplicates_" + table.name)
    return Balance(
        table=table.name,
        read=records,
        accepted=count(connection, f"SELECT count(*) FROM {quoted(table.name)}"),
        quarantined=count(
            connection,
            f"SELECT count(*) FROM {source} WHERE _reasons IS NOT NULL",
        ),
        duplicates=count(connection, f"SELECT count(*) FROM {duplicates}"),
    )


def _refuse(table: Table, balance: Balance) -> None:
    """Stop the run when the counts do not add up, or are not what the contract expects."""
    if not balance.holds:
        raise UserError(
            f"{table.name}: {balance.read:,} records came in, and {balance.accepted:,} accepted + "
            f"{balance.quarantined:,} quarantined + {balance.duplicates:,} duplicates went out.",
            "Nothing was published; this is a fault of the pipeline and not of the data.",
        )
    most = table.max_rows
    if balance.read < table.min_rows or (most is not None and balance.read > most):
        expected = f"at least {table.min_rows:,}" + (f", at most {most:,}" if most else "")
        raise UserError(
            f"{table.name} has {balance.read:,} records, and the contract expects {expected}.",
            "Look for a truncated or doubled file, or correct min_rows and max_rows.",
        )
