"""One table, every method in turn: its score and its processor time, as JSON.

It runs where the generated project is installed, beside the libraries it is compared with; the
models are those of that project, and so are the features, the folds and the metrics.
"""

from __future__ import annotations

import argparse
import importlib
import json
import sys
import tempfile
import time
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from rivals import flaml, rivals
from tables import TABLES, load, write_large

if TYPE_CHECKING:
    from collections.abc import Callable

HEADLINE = {"binary": "ROC AUC", "multiclass": "log loss", "regression": "RMSE"}


class Ours:
    """The generated project's own modules, and one table as they see it."""

    def __init__(self, package: str, table: str) -> None:
        """Load a table through the project: it decides what each column is."""
        self._package = package
        config = self._module("config")
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder)
            target = TABLES[table].target
            settings = (
                f'[project]\nname = "{table}"\n[data]\ntrain = "t.csv"\ntarget = "{target}"\n'
            )
            (root / "config.toml").write_text(settings, encoding="utf-8")
            load(table).to_csv(root / "t.csv", index=False)
            self.config = config.read(root)
            self.data = self._module("data.dataset").load(root, self.config)
        self.task = str(self.data.target.task)
        self.folds = self._module("validation.folds").fresh(self.data, self.config.validation)
        self._crossval = self._module("validation.crossval")

    def _module(self, name: str) -> Any:  # noqa: ANN401  modules of a project that is not here
        return importlib.import_module(f"{self._package}.{name}")

    def score(self, actual: np.ndarray, predicted: np.ndarray) -> float:
        """Return the task's score, higher being better."""
        metrics = self._module("validation.metrics")
        value = metrics.scores(metrics.METRICS[self.data.target.task], actual, predicted)[
            HEADLINE[self.task]
        ]
        return float(value if self.task == "binary" else -value)

    def by_fold(self, predicted: np.ndarray) -> list[float]:
        """Return the score in each fold."""
        answers = self.data.target.answers
        return [self.score(answers[judged], predicted[judged]) for _, judged in self.folds]

    def ladder(self, *, full: bool) -> np.ndarray:
        """Return the out-of-fold predictions of the blend, its weights found on other folds."""
        blend = self._module("models.blend")
        experiment = self._module("config").Experiment()
        seed = self.config.validation.seed
        rungs = self._module("models.ladder").ladder(self.data, experiment, seed=seed, full=full)
        results = [
            self._crossval.cross_validate(name, model, self.data, self.folds)
            for name, model in rungs.items()
        ]
        predicted = [result.by_repeat for result in results[1:]]
        blended = blend.out_of_fold(predicted, self.data.target, self.folds.parts())
        return np.asarray(blended[0])

    def baseline(self) -> np.ndarray:
        """Return what the dummy says."""
        model = self._module("models.linear").dummy(classifies=self.data.target.task.classifies)
        return np.asarray(
            self._crossval.cross_validate("dummy", model, self.data, self.folds).predicted
        )

    def rival(self, predict: Callable[..., np.ndarray]) -> np.ndarray:
        """Return another method's predictions on the same folds."""
        features, answers = self.data.features, self.data.target.answers
        predicted = np.empty_like(self.baseline())
        for learned, judged in self.folds:
            predicted[judged] = predict(
                features.iloc[learned], answers[learned], features.iloc[judged]
            )
        return predicted


def main() -> None:
    """Run the methods that are asked for, and print what came out."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("package")
    parser.add_argument("--table", choices=TABLES)
    parser.add_argument("--methods", default="")
    parser.add_argument("--large", nargs=3, metavar=("ROWS", "COLUMNS", "PATH"))
    options = parser.parse_args()
    if options.large:
        rows, columns, path = options.large
        write_large(int(rows), int(columns), Path(path))
        return
    warnings.simplefilter("ignore")
    ours = Ours(options.package, options.table)
    known = rivals(ours.task, ours.score)
    found: dict[str, dict[str, object]] = {}
    seconds = 0.0
    for name in ("dummy", *options.methods.split("|")):
        wall, cpu = time.perf_counter(), time.process_time()
        if name == "dummy":
            predicted = ours.baseline()
        elif name in ("fast", "full"):
            predicted = ours.ladder(full=name == "full")
        elif name == "FLAML":
            predicted = ours.rival(flaml(ours.task, seconds / len(list(ours.folds))))
        else:
            predicted = ours.rival(known[name])
        spent = time.process_time() - cpu
        if name == "full":
            seconds = time.perf_counter() - wall  # on this machine, as busy as it is now
        scores = ours.by_fold(predicted)
        found[name] = {"score": float(np.mean(scores)), "cpu": spent}
        print(f"{options.table}: {name} {np.mean(scores):.4f}, {spent:.1f} s", file=sys.stderr)
    json.dump({"task": ours.task, "rows": len(ours.data.features), "methods": found}, sys.stdout)


if __name__ == "__main__":
    main()
