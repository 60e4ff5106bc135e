"""Time the import of the experiment's ledger beside MLflow's: cold processes, taking turns.

    uv run --no-project --with mlflow python benchmarks/tracking.py --rounds 7

Processor time of the import statement alone; the first round, which compiles, is not counted.
The bar is that the ledger costs at most a twentieth of MLflow; the leaderboard, which loads DuckDB
and is not part of `train`, is timed for information where DuckDB is installed.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

TEMPLATE = Path(__file__).parents[1] / "templates/experiment/src/{{ package }}"
BAR = 0.05
IMPORTS = {
    "nothing": "pass",
    "ledger": "import project.tracking.ledger",
    "MLflow": "import mlflow",
    "DuckDB": "import duckdb",
}
PROBE = "import time; begun = time.process_time(); {}; print(time.process_time() - begun)"


def main() -> None:
    """Print one line of JSON: median seconds of each import, the ratio, whether the bar is kept."""
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--rounds", type=int, default=7)
    rounds = options.parse_args().rounds
    there = {"nothing", "ledger"} | {
        name for name, module in (("MLflow", "mlflow"), ("DuckDB", "duckdb")) if find_spec(module)
    }
    if "MLflow" not in there:
        sys.exit("MLflow is not installed: see the first lines of this file for the command.")
    with tempfile.TemporaryDirectory() as folder:
        package = Path(folder, "project")
        (package / "tracking").mkdir(parents=True)
        for name in ("__init__.py", "tracking/__init__.py", "tracking/ledger.py"):
            shutil.copy(TEMPLATE / name, package / name)
        seconds: dict[str, list[float]] = {name: [] for name in IMPORTS if name in there}
        for _ in range(rounds + 1):
            for name, values in seconds.items():
                values.append(_measure(IMPORTS[name], Path(folder)))
    medians = {name: statistics.median(values[1:]) for name, values in seconds.items()}
    ratio = medians["ledger"] / medians["MLflow"]
    found = {
        "cpu_seconds": {name: round(value, 4) for name, value in medians.items()},
        "ledger_to_mlflow": round(ratio, 4),
        "bar": BAR,
        "kept": ratio <= BAR,
        "rounds": rounds,
    }
    print(json.dumps(found))


def _measure(statement: str, folder: Path) -> float:
    done = subprocess.run(
        [sys.executable, "-c", PROBE.format(statement)],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    return float(done.stdout.splitlines()[-1])


if __name__ == "__main__":
    main()
