"""The same work by others: check, set aside, deduplicate, join, aggregate, write by day.

    python peers.py pandas|polars|sql|plain RAW_FOLDER OUT_FOLDER

`plain` only copies: DuckDB's typed reader into Parquet by day, no check. The others print the
counts of what they did as JSON, and write the totals by day to daily.csv. None of them takes
hashes, says why a row was set aside or where it stood, or writes the same bytes twice.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

VENDORS = ["V1", "V2", "V3", "V4"]
PAYMENTS = ["card", "cash", "app", "free"]
WHOLE = ["trip_id", "passengers", "pickup_zone", "dropoff_zone"]
NUMBERS = [*WHOLE, "distance", "fare", "tip", "total"]
TIMES = ["pickup_at", "dropoff_at"]
HIGHEST = {"passengers": 8, "distance": 200, "fare": 1000, "tip": 1000, "total": 2000}
CENT = 0.005
LOWEST = {"trip_id": 0, "passengers": 1, "distance": 0, "fare": 0, "tip": 0, "total": 0}


def plain(raw: Path, out: Path) -> None:
    """Copy."""
    import duckdb

    columns = _columns(raw, "BIGINT")
    duckdb.execute(
        f"COPY (SELECT *, pickup_at::DATE AS date FROM read_csv('{raw}/trips.csv', header = true, "
        f"columns = {columns}, auto_detect = false, ignore_errors = true)) "
        f"TO '{out}/trips' (FORMAT parquet, PARTITION_BY (date))"
    )


def by_sql(raw: Path, out: Path) -> None:
    """As one would by hand, in a few statements of DuckDB."""
    import duckdb

    columns = _columns(raw, "DOUBLE")  # as BIGINT, 12.7 would be 13
    good = [f"{name} <= {limit}" for name, limit in HIGHEST.items()]
    good += [f"{name} >= {limit}" for name, limit in LOWEST.items()]
    good += [f"{name} = floor({name})" for name in WHOLE]
    good += [f"vendor IN {tuple(VENDORS)}", f"payment IN {tuple(PAYMENTS)}"]
    good += [f"{zone} IN (SELECT zone FROM zones)" for zone in ("pickup_zone", "dropoff_zone")]
    good += ["dropoff_at >= pickup_at", f"abs(fare + tip - total) < {CENT}"]
    connection = duckdb.connect()
    connection.execute(f"CREATE TABLE zones AS FROM read_csv('{raw}/zones.csv')")
    connection.execute(
        f"CREATE TABLE checked AS SELECT *, pickup_at::DATE AS date, "
        f"coalesce({' AND '.join(good)}, false) AS good FROM read_csv('{raw}/trips.csv', "
        f"header = true, columns = {columns}, auto_detect = false, store_rejects = true)"
    )
    connection.execute(f"COPY (FROM checked WHERE NOT good) TO '{out}/quarantine.csv'")
    connection.execute(f"COPY (FROM reject_errors) TO '{out}/rejects.csv'")
    connection.execute(
        "CREATE TABLE firsts AS SELECT date, trip_id, min(rowid) AS first FROM checked "
        "WHERE good GROUP BY ALL HAVING count(*) > 1"
    )
    connection.execute(
        "CREATE VIEW merged AS SELECT t.*, borough FROM (SELECT checked.* FROM checked "
        "LEFT JOIN firsts USING (date, trip_id) "
        "WHERE good AND (first IS NULL OR first = checked.rowid)) AS t "
        "LEFT JOIN zones ON zone = pickup_zone"
    )
    connection.execute(
        f"COPY (SELECT * EXCLUDE (good) FROM merged) TO '{out}/trips' "
        "(FORMAT parquet, PARTITION_BY (date))"
    )
    written = f"FROM read_parquet('{out}/trips/**/*.parquet', hive_partitioning = true)"
    connection.execute(
        "COPY (SELECT date, borough, count(*) AS trips, sum(total) AS total, "
        f"sum(distance) AS distance {written} GROUP BY ALL ORDER BY ALL) TO '{out}/daily.csv'"
    )
    connection.execute(
        f"COPY (SELECT date, vendor, payment, count(*) AS trips, sum(tip) AS tip {written} "
        f"GROUP BY ALL ORDER BY ALL) TO '{out}/vendors.csv'"
    )
    lines = _lines(raw / "trips.csv")
    accepted = connection.execute("SELECT count(*) FROM checked WHERE good").fetchone()[0]
    published = connection.execute(f"SELECT count(*) {written}").fetchone()[0]
    _print(lines, lines - accepted, accepted - published, published)


def by_pandas(raw: Path, out: Path) -> None:
    """As a tutorial would."""
    import pandas as pd

    rows = pd.read_csv(
        raw / "trips.csv", dtype=str, on_bad_lines="skip", engine="c", keep_default_na=False
    )
    lines = _lines(raw / "trips.csv")
    for name in NUMBERS:
        rows[name] = pd.to_numeric(rows[name], errors="coerce")
    for name in TIMES:
        rows[name] = pd.to_datetime(rows[name], errors="coerce", format="%Y-%m-%d %H:%M:%S")
    zones = pd.read_csv(raw / "zones.csv")
    good = rows[NUMBERS + TIMES].notna().all(axis=1)
    good &= rows["vendor"].isin(VENDORS) & rows["payment"].isin(PAYMENTS)
    for name, limit in HIGHEST.items():
        good &= rows[name] <= limit
    for name, limit in LOWEST.items():
        good &= rows[name] >= limit
    for name in ("pickup_zone", "dropoff_zone"):
        good &= rows[name].isin(zones["zone"])
    good &= rows["dropoff_at"] >= rows["pickup_at"]
    good &= (rows["fare"] + rows["tip"] - rows["total"]).abs() < CENT
    rows[~good].to_csv(out / "quarantine.csv", index=False)
    rows = rows[good]
    rows["date"] = rows["pickup_at"].dt.strftime("%Y-%m-%d")
    unique = rows.drop_duplicates(["date", "trip_id"])
    merged = unique.merge(zones, left_on="pickup_zone", right_on="zone", how="left")
    merged = merged.drop(columns="zone")
    vendors = merged.groupby(["date", "vendor", "payment"]).agg(
        trips=("trip_id", "size"), tip=("tip", "sum")
    )
    vendors.to_csv(out / "vendors.csv")
    daily = merged.groupby(["date", "borough"]).agg(
        trips=("trip_id", "size"), total=("total", "sum"), distance=("distance", "sum")
    )
    daily.to_csv(out / "daily.csv")
    merged.to_parquet(out / "trips", partition_cols=["date"], index=False)
    _print(lines, lines - len(rows), len(rows) - len(merged), len(merged))


def by_polars(raw: Path, out: Path) -> None:
    """As its documentation would: lazily, on the streaming engine, into sinks."""
    import polars as pl

    text = pl.scan_csv(raw / "trips.csv", infer_schema=False)
    lines = _lines(raw / "trips.csv")
    zones = pl.read_csv(raw / "zones.csv")
    known = zones["zone"].to_list()
    typed = text.with_columns(
        *(
            pl.col(name).cast(pl.Int64 if name in WHOLE else pl.Float64, strict=False)
            for name in NUMBERS
        ),
        *(pl.col(name).str.to_datetime("%Y-%m-%d %H:%M:%S", strict=False) for name in TIMES),
    )
    good = pl.all_horizontal(
        *(pl.col(name).is_not_null() for name in NUMBERS + TIMES),
        pl.col("vendor").is_in(VENDORS),
        pl.col("payment").is_in(PAYMENTS),
        *(pl.col(name) <= limit for name, limit in HIGHEST.items()),
        *(pl.col(name) >= limit for name, limit in LOWEST.items()),
        *(pl.col(name).is_in(known) for name in ("pickup_zone", "dropoff_zone")),
        pl.col("dropoff_at") >= pl.col("pickup_at"),
        (pl.col("fare") + pl.col("tip") - pl.col("total")).abs() < CENT,
    ).fill_null(value=False)
    typed.filter(~good).sink_csv(out / "quarantine.csv")
    day = pl.col("pickup_at").dt.strftime("%Y-%m-%d").alias("date")
    clean = typed.filter(good).with_columns(day)
    unique = clean.unique(["date", "trip_id"], keep="any")
    merged = unique.join(zones.lazy(), left_on="pickup_zone", right_on="zone", how="left")
    merged.sink_parquet(pl.PartitionBy(out / "trips", key="date"), mkdir=True)
    written = pl.scan_parquet(out / "trips/**/*.parquet", hive_partitioning=True)
    daily = written.group_by("date", "borough").agg(
        pl.len().alias("trips"), pl.col("total").sum(), pl.col("distance").sum()
    )
    vendors = written.group_by("date", "vendor", "payment").agg(pl.len(), pl.col("tip").sum())
    daily.sort("date", "borough").collect(engine="streaming").write_csv(out / "daily.csv")
    vendors.collect(engine="streaming").write_csv(out / "vendors.csv")
    accepted = clean.select(pl.len()).collect(engine="streaming").item()
    published = written.select(pl.len()).collect(engine="streaming").item()
    _print(lines, lines - accepted, accepted - published, published)


def _columns(raw: Path, whole: str) -> str:
    """Return DuckDB's types of the trips' columns, `whole` that of whole numbers."""
    types = dict.fromkeys(NUMBERS, "DOUBLE") | dict.fromkeys(WHOLE, whole)
    types |= dict.fromkeys(TIMES, "TIMESTAMP")
    order = (raw / "trips.csv").open(encoding="utf-8").readline().strip().split(",")
    return "{" + ", ".join(f"'{c}': '{types.get(c, 'VARCHAR')}'" for c in order) + "}"


def _lines(path: Path) -> int:
    """Return how many records the file has, one a line."""
    with path.open("rb") as stream:
        return sum(piece.count(b"\n") for piece in iter(lambda: stream.read(1 << 20), b"")) - 1


def _print(read: int, quarantined: int, duplicates: int, published: int) -> None:
    counts = {"in": read, "quarantined": quarantined, "duplicates": duplicates}
    print(json.dumps(counts | {"published": published}))


if __name__ == "__main__":
    work = {"plain": plain, "sql": by_sql, "pandas": by_pandas, "polars": by_polars}[sys.argv[1]]
    work(Path(sys.argv[2]), Path(sys.argv[3]))
    sys.stdout.flush()
    os._exit(0)  # threads of pyarrow may still be ending, and abort a process that waits for none
