"""What Kaggle asks of a winner: the paths, the commands, the folders, and a summary of the model.

Everything that can be known is filled in from a run and its settings; what only the owner knows is
marked. A file that the owner has edited since is kept, and the new one is laid beside it.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from .. import config as settings
from .. import evidence
from ..config import Config, Experiment
from ..errors import UserError
from ..report import number, spread
from ..tracking import runs

FOLDER = Path("winner")
MADE = ".made.json"
"""The hash of each file as it was made, which tells an edited one from an old one."""

PURPOSES = {
    "conf": "one file of settings for each experiment",
    "data": "the competition's files; git ignores them",
    "model": "the exported model, with a few rows of the data; git ignores it",
    "notebooks": "exploration",
    "results": "published numbers and figures, the frozen folds, the ledger of runs",
    "runs": "a folder for each run: settings, predictions, numbers; git ignores them",
    "src": "the package: data, features, models, validation, reports",
    "tests": "the tests, run by: uv run pytest",
    "winner": "this documentation",
}
OWNER = "TODO(owner)"


@dataclass(frozen=True)
class Told:
    """What the documents are written from."""

    record: runs.Record
    config: Config
    experiment: Experiment
    program: str

    @property
    def train(self) -> str:
        """Return the command that makes this run again."""
        full = " --full" if self.record.full else ""
        return f"uv run {self.program} train {self.record.experiment}{full}"


def write(root: Path, *, program: str) -> list[Path]:
    """Write the documents of the last run and return their paths from the project's folder.

    Raises:
        UserError: there is no finished run, or its settings are gone.
    """
    record = runs.last(root)
    told = Told(record, *runs.learned_with(root, record), program)
    texts = {
        "SETTINGS.json": _settings(told),
        "entry_points.md": _entry_points(told),
        "directory_structure.txt": _structure(root),
        "model_summary.md": _summary(told),
    }
    folder = root / FOLDER
    if folder.exists() and not folder.is_dir():
        raise UserError(f"{FOLDER} is a file.", "Move it away.")
    folder.mkdir(exist_ok=True)
    made = _made(folder)
    written = []
    for name, text in texts.items():
        path = folder / name
        edited = path.exists() and _hash(path.read_bytes()) != made.get(name)
        target = path.with_name(f"{path.stem}.new{path.suffix}") if edited else path
        evidence.write(target, text)
        if not edited:
            made[name] = _hash(text.encode())
        written.append(target.relative_to(root))
    evidence.write(folder / MADE, json.dumps(made, indent=2) + "\n")
    return written


def _made(folder: Path) -> dict[str, str]:
    try:
        return dict(json.loads((folder / MADE).read_text(encoding="utf-8")))
    except (FileNotFoundError, ValueError, TypeError):
        return {}


def _hash(content: bytes) -> str:
    # git may have checked the file out with the line ends of Windows
    return hashlib.sha256(content.replace(b"\r\n", b"\n")).hexdigest()


def _settings(told: Told) -> str:
    data = told.config.data
    paths = {
        "RAW_DATA_DIR": Path(data.train).parent.as_posix(),
        "TRAIN_DATA_PATH": data.train,
        "TEST_DATA_PATH": data.test,
        "CONFIG_PATH": settings.CONFIG,
        "EXPERIMENT_PATH": f"{settings.EXPERIMENTS}/{told.record.experiment}.toml",
        "RUN_DIR": told.record.path().as_posix(),
        "SUBMISSION_PATH": told.record.path(runs.SUBMISSION).as_posix(),
    }
    return json.dumps(paths, indent=2, ensure_ascii=False) + "\n"


def _entry_points(told: Told) -> str:
    return f"""# Entry points

All commands run in the project's folder; they need [uv](https://docs.astral.sh/uv/) alone.

1. Prepare: `uv sync --locked` installs exactly what `uv.lock` says.
   The data need no step of their own: training fetches what is not there, and every preprocessing
   step is fitted inside its fold.
2. Train and predict: `{told.train}`
   reads `{told.config.data.train}`, validates the models, fits the chosen one on all rows,
   and writes the predictions of `{told.config.data.test or "no test table"}` to
   `{runs.RUNS.as_posix()}/<id>/{runs.SUBMISSION}`.
3. Submit: `uv run {told.program} submit` checks and sends the predictions of the last run.
"""


def _structure(root: Path) -> str:
    there = {path.name for path in root.iterdir() if path.is_dir()} | {FOLDER.name}
    known = sorted(there & PURPOSES.keys())
    wide = max(map(len, known))
    lines = ["./"]
    for name in known:
        lines.append(f"  {name + '/':<{wide + 2}} {PURPOSES[name]}")
        if name == "src":
            packages = sorted((root / name).glob("*/*/__init__.py"))
            lines += [
                f"    {each.parent.relative_to(root / name).as_posix()}/" for each in packages
            ]
    return "\n".join(lines) + "\n"


def _summary(told: Told) -> str:
    record, headline, run = told.record, told.record.headline, told.record.run
    folds, boosting = told.config.validation, told.experiment.boosting
    over = "" if headline.std is None else f"{spread(headline.std)} over the folds"
    name = told.config.kaggle.competition or told.config.project.name
    blend = ", ".join(f"{weight:.0%} {member}" for member, weight in record.weights.items())
    slow = max(record.seconds, key=lambda model: record.seconds[model], default="")
    times = "\n".join(f"| {model} | {spent:.1f} |" for model, spent in record.seconds.items())
    ladder = "the full ladder" if record.full else "the fast ladder"
    weights = f"The blend's weights, found out of fold: {blend}." if blend else "There is no blend."
    memory = f", and {run.peak_memory_mb:,.0f} MB of memory" if run.peak_memory_mb else ""
    longest = f", the longest part of it {slow}" if slow else ""
    changed = ", with uncommitted changes" if run.dirty else ""
    return f"""# Model summary

## A1. Background

* Competition: {name}
* Team, names, places, e-mail addresses: {OWNER}
* What you do, what prepared you for this competition, why you entered, how much time you spent,
  and who of the team did what: {OWNER}

## A2. Summary

The model is {record.best}, on {ladder} of the experiment {record.experiment}.
Cross-validated on {run.rows:,} rows:
{headline.metric} {number(headline.value)}{over};
the baseline, {headline.baseline.name}, has {number(headline.baseline.value)}.
{weights}
The most important features and what set this solution apart: {OWNER}

## A3. Features: selection and engineering

* Own features are made in `src/*/features.py`; columns used otherwise than inferred:
  {", ".join(f"{column} as {use}" for column, use in told.config.columns.items()) or "none"}
* Columns left out by hand: {", ".join(told.config.data.ignore) or "none"}
* External data, and which interactions between features you found: {OWNER}

## A4. Training methods

* Folds: {folds.folds}, repeated {folds.repeats} time(s), frozen before any model
  (`results/folds.csv`).
* Gradient boosting: {boosting.n_estimators} trees of at most {boosting.num_leaves} leaves,
  learning rate {boosting.learning_rate:g}.
* Linear model: L2 penalty {told.experiment.linear.alpha:g}.
* The seed is {folds.seed}: a rerun gives the same numbers.

## A5. Interesting findings

* What gave the most, what did not work, what others did not do: {OWNER}

## A6. Simple model

Which few features and which one model keep 90 to 95 % of the score, and what score that is: {OWNER}
For comparison, the baseline's: {number(headline.baseline.value)}.

## A7. Execution time

| model | cross-validation, seconds |
|---|---|
{times}

The whole run took {run.seconds:.0f} seconds{longest}{memory},
on {run.platform} with Python {run.python}.

## A8. Reproduce

See `entry_points.md`; in short: `uv sync --locked`, then `{told.train}`.
Commit {run.git_commit or "unknown"}{changed}.

## A9. References

Papers, posts and code that you built on: {OWNER}
"""
