"""The leaderboard: the runs of the ledger, the best one first, of those that compare.

DuckDB reads the ledger as it stands; any other question about the runs is one query in SQL.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from ..errors import UserError
from ..report import number, spread
from . import ledger

WIDTH = 100
"""Characters in a line; names are cut where they would make it longer."""
SHORTEST = 6
LEFT = ("run", "experiment", "model", "metric", "commit")
"""The columns of words; numbers stand on the right."""
TYPES = {
    "kind": "VARCHAR", "id": "VARCHAR", "started": "VARCHAR", "experiment": "VARCHAR",
    "full": "BOOLEAN", "model": "VARCHAR", "metric": "VARCHAR", "higher_is_better": "BOOLEAN",
    "cv": "DOUBLE", "std": "DOUBLE", "low": "DOUBLE", "high": "DOUBLE", "test": "DOUBLE",
    "folds": "VARCHAR", "rows": "BIGINT", "seconds": "DOUBLE", "commit": "VARCHAR",
    "dirty": "BOOLEAN", "note": "VARCHAR", "public": "DOUBLE", "private": "DOUBLE",
    "scored": "VARCHAR",
}  # fmt: skip
"""What a line may hold. Said and not guessed, so that an odd line changes no other's type."""

RUNS = """
create table runs as
with scores as (
  select id, arg_max(public, scored) as public, arg_max(private, scored) as private
  from lines where kind = 'score' group by id
)
select distinct on (id)
  lines.* exclude (kind, public, private, scored), scores.public, scores.private,
  test - cv as gap
from lines left join scores using (id)
where kind = 'run' and cv is not null
order by id
"""
RANKED = """
with newest as (select metric, folds from runs order by id desc limit 1)
select
  runs.*,
  runs.metric = newest.metric and runs.folds = newest.folds as compares,
  runs.metric != newest.metric as other_metric
from runs, newest
order by compares desc, runs.metric, runs.folds, if(higher_is_better, -cv, cv), id
"""


@dataclass(frozen=True)
class Table:
    """The answer to a query: the columns' names, and the rows in their order."""

    columns: tuple[str, ...]
    rows: list[tuple[object, ...]]

    @property
    def records(self) -> list[dict[str, object]]:
        """Return each row by its columns' names."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]

    def json(self) -> str:
        """Return the rows as a list of JSON objects."""
        return json.dumps(self.records, indent=2, ensure_ascii=False, default=str)


@dataclass(frozen=True)
class Leaderboard:
    """The runs to show, best first, and a sentence on those that are not among them.

    A run has a `rank` where it compares with the newest one: same metric, same frozen folds. `gap`
    is the score on the test rows less the cross-validation; Kaggle's may be of another metric.
    """

    table: Table
    notes: list[str]

    def __str__(self) -> str:
        """Return the runs in aligned columns, those left out that no run has a value for."""
        records = self.table.records
        metrics = {str(record["metric"]) for record in records}
        heading = metrics.pop() if len(metrics) == 1 else "score"
        cells = [_cells(record, heading) for record in records]
        names = [name for name in cells[0] if any(row[name] for row in cells)] if cells else []
        widths = {name: max(len(name), *(len(row[name]) for row in cells)) for name in names}
        for name in ("experiment", "model"):
            excess = sum(widths.values()) + 2 * (len(widths) - 1) - WIDTH
            if name in widths and excess > 0:
                widths[name] = max(SHORTEST, widths[name] - excess)
        lines = [{name: name for name in names}, *cells]
        return "\n".join(_line(line, widths) for line in lines)


def query(root: Path, sql: str) -> Table:
    """Return what a query says of the table `runs`; it can read and write nothing else.

    Raises:
        UserError: it is no query that can be answered.
    """
    path = root / ledger.LEDGER
    with duckdb.connect() as database:
        if path.exists():
            database.read_json(
                path.as_posix(), columns=TYPES, format="newline_delimited", ignore_errors=True
            ).create_view("lines")
        else:
            fields = ", ".join(f'"{name}" {kind}' for name, kind in TYPES.items())
            database.execute(f"create table lines ({fields})")
        database.execute(RUNS)
        database.execute("set enable_external_access = false; set lock_configuration = true")
        try:
            answer = database.execute(sql)
            names = tuple(str(column[0]) for column in answer.description or ())
            return Table(names, answer.fetchall())
        except duckdb.Error as error:
            raise UserError(
                f"DuckDB cannot answer that: {str(error).splitlines()[0]}",
                "The runs are the table runs; 'describe runs' lists its columns.",
                2,
            ) from error


def rank(root: Path, *, every: bool = False) -> Leaderboard:
    """Return the runs that compare with the newest one, or with `every` the others after them.

    Raises:
        UserError: there is no run in the ledger.
    """
    ranked = query(root, RANKED)
    if not ranked.rows:
        raise UserError("There is no run in the ledger yet.", "Run the train command first.")
    records = ranked.records
    compared = [record for record in records if record["compares"]]
    table = Table(
        ("rank", *ranked.columns[:-2]),
        [
            (place if record["compares"] else None, *list(record.values())[:-2])
            for place, record in enumerate(records, start=1)
            if record["compares"] or every
        ],
    )
    metric = sum(bool(record["other_metric"]) for record in records)
    folds = len(records) - len(compared) - metric
    reasons = [(metric, "by another metric"), (folds, "on other folds")]
    others = " and ".join(f"{_runs(count)} {why}" for count, why in reasons if count)
    done = "without a rank, since they do not compare" if every else "left out; --all shows them"
    notes = [f"{others}: {done}"] if others else []
    odd = ledger.odd(root)
    if odd:
        where = f"{'line' if len(odd) == 1 else 'lines'} {', '.join(map(str, odd))}"
        notes.append(f"{ledger.LEDGER.as_posix()}, {where}: passed over, torn by a killed run?")
    if any(record["dirty"] for record in compared):
        notes.append("* with changes that are in no commit")
    return Leaderboard(table, notes)


def text(table: Table) -> str:
    """Return any table in aligned columns."""
    rows = [table.columns, *([_text(value) for value in row] for row in table.rows)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )


def _cells(record: dict[str, Any], heading: str) -> dict[str, str]:
    """Return what the leaderboard shows of a run; `heading` stands above its cross-validation."""
    submitted = record["public"] is not None
    low, high = _text(record["low"]), _text(record["high"])
    commit = (record["commit"] or "")[:7]
    return {
        "#": str(record["rank"] or "-"),
        "run": record["id"][4:15],  # month, day and time: enough to find it by
        "experiment": record["experiment"] + (", full" if record["full"] else ""),
        "model": record["model"],
        "metric": "" if heading == record["metric"] else record["metric"],
        heading: number(record["cv"]) + spread(record["std"]),
        "95 %": f"{low} to {high}" if low else "",
        "test": "" if submitted else _text(record["test"]),
        "gap": "" if submitted else _signed(record["gap"]),
        "public": _text(record["public"]),
        "private": _text(record["private"]),
        "commit": commit + ("*" if commit and record["dirty"] else ""),
        "s": f"{record['seconds']:.0f}",
    }


def _line(cells: Mapping[str, str], widths: Mapping[str, int]) -> str:
    padded = []
    for name, width in widths.items():
        cell = cells[name] if len(cells[name]) <= width else f"{cells[name][: width - 1]}…"
        padded.append(cell.ljust(width) if name in LEFT else cell.rjust(width))
    return "  ".join(padded).rstrip()


def _text(value: object) -> str:
    if value is None:
        return ""
    return number(value) if isinstance(value, float) else str(value)


def _signed(value: float | None) -> str:
    if value is None:
        return ""
    return ("-" if value < 0 else "+") + number(abs(value))


def _runs(count: int) -> str:
    return "1 run" if count == 1 else f"{count} runs"
