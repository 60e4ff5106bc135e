"""What a search found, written down as an experiment that `train` runs."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path

from .. import evidence
from ..config import EXPERIMENTS, Experiment
from ..errors import UserError

FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
HEADER = "# Written by tune. Change it, and tune will not touch it again: checksum "


@dataclass(frozen=True)
class Found:
    """The best settings of a study, and how they were come by.

    `start` is the score of the experiment that the search began with, where it was among the
    trials; `importances` has the share of the scores' variance that each setting explains.
    """

    settings: dict[str, float]
    metric: str
    score: float
    start: float | None
    trials: int
    pruned: int
    importances: dict[str, float]


def path(name: str) -> Path:
    """Return the path of the experiment that a study of this name makes."""
    return Path(EXPERIMENTS, f"{name}.toml")


def check(root: Path, name: str, *, force: bool) -> None:
    """Refuse to overwrite an experiment that somebody wrote or changed, unless by `force`.

    Raises:
        UserError: the file is there and is not as a search left it, or the name is none of a file.
    """
    if not FILE_NAME.fullmatch(name):
        raise UserError(
            f"{name!r} cannot name a file of {EXPERIMENTS}/.",
            "Use letters, digits, hyphens and underscores.",
            2,
        )
    file = root / path(name)
    if force or not file.exists():
        return
    header, _, body = file.read_text(encoding="utf-8").partition("\n")
    if header != HEADER + _checksum(body):
        raise UserError(
            f"{path(name).as_posix()} was not left so by tune: somebody wrote or changed it.",
            "Keep it and give another name with --name, or replace it with --force.",
        )


def note(found: Found, base: str) -> str:
    """Return what the file says of itself; the score is the best of many, and says so."""
    against = "" if found.start is None else f", where {base} has {found.start:.6g}"
    return (
        f"Best of {found.trials} trials ({found.pruned} pruned): {found.metric} "
        f"{found.score:.6g}{against}. It was chosen on the folds that judge it, so it flatters."
    )


def write(root: Path, name: str, experiment: Experiment) -> Path:
    """Write the experiment's file and return its path from the project's folder."""
    body = _toml(experiment)
    (root / EXPERIMENTS).mkdir(exist_ok=True)
    evidence.write(root / path(name), f"{HEADER}{_checksum(body)}\n{body}")
    return path(name)


def _checksum(body: str) -> str:
    return hashlib.sha256(body.encode()).hexdigest()[:16]


def _toml(experiment: Experiment) -> str:
    """Return the settings as TOML: those of the experiment, then a table for each model."""
    plain, tables = [], []
    for field in dataclasses.fields(experiment):
        value = getattr(experiment, field.name)
        if field.name == "name":
            continue  # it is the file's
        if dataclasses.is_dataclass(value):
            names = [each.name for each in dataclasses.fields(value)]
            lines = [f"{key} = {_value(getattr(value, key))}" for key in names]
            tables.append("\n".join([f"\n[{field.name}]", *lines]))
        else:
            plain.append(f"{field.name} = {_value(value)}")
    return "\n".join([*plain, *tables]) + "\n"


def _value(value: object) -> str:
    """Return a value as TOML, which writes text, numbers, truth and lists as JSON does."""
    return json.dumps(list(value) if isinstance(value, tuple) else value, ensure_ascii=False)
