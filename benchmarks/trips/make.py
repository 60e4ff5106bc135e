"""Write made trips as CSV: in the order of time, some late, 1 % bad in eight ways, 0.5 % twice.

    python make.py FILE ROWS DAYS
    python make.py FOLDER ROWS 1 FIRST_DAY LAST_DAY

The second writes a file for each day. The same numbers give the same bytes. Beside the trips their
zones are written.
"""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb

HEADER = (
    "trip_id,pickup_at,dropoff_at,vendor,passengers,distance,pickup_zone,dropoff_zone,payment,"
    "fare,tip,total"
)
ZONES = 260


def chance(number: str, salt: int, below: int) -> str:
    """Return SQL for a whole number from 0 that looks as if drawn by lot."""
    return f"(hash({number} * 31 + {salt}) % {below})::BIGINT"


def trips(rows: int, days: int, first: int) -> str:
    """Return SQL that gives each line as one text."""
    return f"""
    SELECT concat_ws(',',
        CASE WHEN bad = 1 THEN 'x' || id ELSE id::VARCHAR END,
        CASE WHEN bad = 2 THEN 'yesterday' ELSE strftime(pickup, '%Y-%m-%d %H:%M:%S') END,
        strftime(pickup + to_seconds(seconds), '%Y-%m-%d %H:%M:%S'),
        CASE WHEN bad = 3 THEN 'V9' ELSE 'V' || (1 + {chance("id", 1, 4)}) END,
        CASE WHEN bad = 4 THEN 99 ELSE 1 + {chance("id", 2, 6)} END,
        CASE WHEN bad = 5 THEN '-' ELSE '' END || printf('%.2f', seconds / 240.0),
        1 + {chance("id", 3, ZONES)}, 1 + {chance("id", 4, ZONES)},
        CASE WHEN bad = 6 THEN ''
            ELSE ['card', 'cash', 'app', 'free'][1 + {chance("id", 5, 4)}] END,
        printf('%.2f', fare / 100.0), printf('%.2f', tip / 100.0),
        CASE WHEN bad <> 8 THEN
            printf('%.2f', (fare + tip + CASE WHEN bad = 7 THEN 100 ELSE 0 END) / 100.0) END
        ) AS line
    FROM (
        SELECT id,
            CASE WHEN {chance("id", 6, 100)} < 1 THEN 1 + {chance("id", 7, 8)} ELSE 0 END AS bad,
            TIMESTAMP '2024-01-01' + to_seconds({first} * 86400 + (n * {days * 86400} // {rows}))
                - CASE WHEN {chance("id", 8, 1000)} < 2 AND n > {rows} // {days}
                    THEN INTERVAL 1 DAY ELSE INTERVAL 0 DAY END AS pickup,
            120 + {chance("id", 9, 3000)} AS seconds, 300 + {chance("id", 10, 5000)} AS fare,
            {chance("id", 11, 900)} AS tip
        FROM (
            SELECT n, {first}::BIGINT * 10000000 + CASE WHEN n > 200 AND {chance("n", 12, 1000)} < 5
                THEN n - 1 - {chance("n", 13, 100)} ELSE n END AS id
            FROM range({rows}) AS numbers(n)))
    """


def main() -> None:
    """Write both files."""
    target, rows, days, *span = sys.argv[1:]
    first, last = map(int, span or (0, 0))
    path = Path(target)
    with duckdb.connect() as connection:
        connection.execute("SET memory_limit = '2GB'")
        for day in range(first, last + 1):
            if span:
                path = Path(target) / f"trips-{day:04}.csv"
            query = trips(int(rows), int(days), day)
            connection.execute(
                f"COPY (SELECT '{HEADER}' UNION ALL ({query})) TO '{path}' "
                "(FORMAT csv, HEADER false, DELIMITER '\x01', QUOTE '')"
            )
    zones = "".join(f"{zone},Borough {zone % 5}\n" for zone in range(1, ZONES + 1))
    path.with_name("zones.csv").write_text("zone,borough\n" + zones, encoding="utf-8")


if __name__ == "__main__":
    main()
