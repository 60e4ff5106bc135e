"""The model bundle, all or nothing: what a service needs to answer as the run's model would.

model.onnx      the fitted model, preprocessing included
signature.json  its inputs and outputs, and what the training saw of each column
sample.json     a few rows of the data with the answers of the fitted model: git ignores the folder
SHA256SUMS      the digests of these three, as `sha256sum` writes and checks them
MODEL_CARD.md   what the model is for, and how it was judged
"""

from __future__ import annotations

import hashlib
import json
import math
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.pipeline import Pipeline

from .. import config as settings
from .. import evidence
from ..config import Config, Experiment
from ..data import dataset
from ..data.dataset import Dataset
from ..errors import UserError
from ..models import blend
from ..models.ladder import ladder
from ..reporting.card import CARD
from ..tracking import runs
from ..tracking.runs import Record
from ..validation import folds as splits
from ..validation.crossval import fit, predict
from ..validation.folds import Folds
from . import graph, parity, signature
from .parity import Parity

WEIGHTS, SIGNATURE, SAMPLE, SUMS = "model.onnx", "signature.json", "sample.json", "SHA256SUMS"
FILES = {WEIGHTS, SIGNATURE, SAMPLE, SUMS, CARD.name}
SAMPLES = 5


@dataclass(frozen=True)
class Exported:
    """The bundle's files, the model in it, and how closely it answers like the fitted one."""

    model: str
    written: list[Path]
    parity: Parity


def export(root: Path, run: str, out: Path, *, name: str, say: Callable[[str], None]) -> Exported:
    """Fit the model of a run on all rows and write it as the bundle `out`; "" is the last run.

    Raises:
        UserError: there is no such run, its settings or data have changed, the model cannot be
            converted, or the graph answers otherwise than it does. Nothing is written then.
    """
    record = runs.find(root, run) if run else runs.last(root)
    config, experiment = _settings(root, record)
    data = dataset.load(root, config)
    folds = splits.frozen(root, data, config.validation)
    for now, then, sentence in (
        (folds.freeze.assignment, record.folds, "judged on other folds than those that are frozen"),
        (data.fingerprint(), record.features, "made with other features than those that there are"),
    ):
        if now != then:
            raise UserError(
                f"The run {record.id} was {sentence} now.",
                "Run the train command again, and export that run.",
            )
    _check_folder(root / out)
    rungs = ladder(data, experiment, seed=config.validation.seed, full=record.full)
    best = record.best
    model = blend.blend(rungs, record.weights, data.target) if best == blend.NAME else rungs[best]
    say(f"export: fitting {best} on {len(data.features):,} rows")
    fitted = fit(model, data.features, data.target.answers)
    weights = graph.build(fitted, data.features, data.target).SerializeToString()
    held_out = _held_out(root, config, data, folds, model, say)
    found = parity.check(weights, fitted, data, held_out)
    documents = {
        SIGNATURE: _json(signature.build(name, record, data, weights)),
        SAMPLE: _json(_sample(fitted, data, held_out)),
    }
    files = {WEIGHTS: weights} | {key: text.encode() for key, text in documents.items()}
    sums = (f"{hashlib.sha256(data_).hexdigest()}  {file}\n" for file, data_ in files.items())
    files[SUMS] = "".join(sums).encode()
    if card := _card(root, record):
        files[CARD.name] = card.encode()
    _write(root / out, files)
    return Exported(best, [out / file for file in files], found)


def _settings(root: Path, record: Record) -> tuple[Config, Experiment]:
    """Return the settings of the run, if they are still those of the project."""
    conf = Path(settings.EXPERIMENTS, f"{record.experiment}.toml")
    for path in (Path(settings.CONFIG), conf):
        copy = root / record.path(path.name)
        if not (root / path).exists() or copy.read_bytes() != (root / path).read_bytes():
            raise UserError(
                f"{path.as_posix()} has changed since the run {record.id}.",
                "Put it back, or run the train command again and export that run.",
            )
    config = dataset.settle(root, settings.read(root))
    return config, settings.experiment(root, record.experiment)


def _held_out(
    root: Path,
    config: Config,
    data: Dataset,
    folds: Folds,
    model: Pipeline,
    say: Callable[[str], None],
) -> pd.DataFrame:
    """Return rows that the parity is checked on: the test rows, or those of the last fold.

    Without test rows that a service would take, a model that has not seen the fold is converted
    and checked first.
    """
    unseen = dataset.load_unseen(root, config, data)
    if unseen is not None and len(parity.askable(unseen.features, data.features)):
        return unseen.features
    *_, last = folds.parts()
    rows = data.features.iloc[last.judged]
    learned = data.features.iloc[last.learned]
    say("export: checking a model that has not seen the last fold")
    fitted = fit(model, learned, data.target.answers[last.learned])
    weights = graph.build(fitted, data.features, data.target).SerializeToString()
    parity.check(weights, fitted, data, rows)
    return rows


def _sample(model: Pipeline, data: Dataset, held_out: pd.DataFrame) -> dict[str, Any]:
    """Return rows as a client sends them, with the fitted model's answers."""
    rows = parity.askable(held_out, data.features).head(SAMPLES)
    classes = data.target.classes
    name = graph.output(data.target, list(map(str, data.features)))
    said = predict(model, rows, classes=classes)
    expected = [
        {name: dict(zip(classes, map(float, each), strict=True)) if classes else float(each)}
        for each in said
    ]
    return {"rows": [_row(row) for row in rows.to_dict("records")], "expected": expected}


def _row(values: dict[Any, Any]) -> dict[str, Any]:
    return {
        str(name): None if isinstance(value, float) and math.isnan(value) else value
        for name, value in values.items()
    }


def _card(root: Path, record: Record) -> str:
    """Return the model card without its figures, which stay in results/; "" if of another run."""
    summary = evidence.Summary.read(root)
    if summary is None or summary.headline != record.headline or not (root / CARD).exists():
        return ""
    lines = (root / CARD).read_text(encoding="utf-8").splitlines()
    captions = {f"*{figure.title}*" for figure in summary.figures}
    kept = [line for line in lines if not line.startswith("![") and line not in captions]
    return re.sub(r"\n{3,}", "\n\n", "\n".join([*kept, ""]))


def _json(document: dict[str, Any]) -> str:
    def plain(value: object) -> object:
        if isinstance(value, np.generic):
            return value.item()
        raise TypeError(type(value))

    text = json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False, default=plain)
    return text + "\n"


def _check_folder(folder: Path) -> None:
    """Refuse a folder that holds more than a bundle: it would be replaced as a whole."""
    if folder.exists() and not folder.is_dir():
        raise UserError(f"{folder.name!r} is a file.", "Name a folder in --out.", 2)
    others = {path.name for path in folder.glob("*")} - FILES if folder.exists() else set()
    if others:
        raise UserError(
            f"{folder.name!r} holds {min(others)!r}, which no bundle has.",
            "Name another folder in --out, or move the file away.",
            2,
        )


def _write(folder: Path, files: dict[str, bytes]) -> None:
    """Write the bundle beside its place, and move it there when it is whole."""
    unfinished = folder.with_name(f".{folder.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    for name, content in files.items():
        (unfinished / name).write_bytes(content)
    shutil.rmtree(folder, ignore_errors=True)
    unfinished.rename(folder)
