"""The settings of an experiment: config.toml as frozen dataclasses.

A key that is not a field here is refused, so that a misspelt setting cannot be silently ignored.
"""

from __future__ import annotations

import dataclasses
import math
import tomllib
import typing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from . import nearest
from .errors import UserError

CONFIG = "config.toml"
TASKS = ("auto", "binary", "multiclass", "regression")

_Section = TypeVar("_Section")


@dataclass(frozen=True)
class Project:
    """What the project is called, and who needs its answer."""

    name: str
    problem: str = ""


@dataclass(frozen=True)
class Data:
    """Which tables there are, and what their columns are for; "" means that there is none."""

    train: str
    target: str
    test: str = ""
    truth: str = ""
    id: str = ""
    group: str = ""
    ignore: tuple[str, ...] = ()


@dataclass(frozen=True)
class Experiment:
    """How the models are judged."""

    task: str = "auto"
    folds: int = 5
    seed: int = 7


@dataclass(frozen=True)
class Linear:
    """The linear model: `alpha` is the strength of its L2 penalty."""

    alpha: float = 1.0


@dataclass(frozen=True)
class Boosting:
    """The gradient boosting model; the names are those of HistGradientBoosting."""

    max_iter: int = 150
    learning_rate: float = 0.05
    max_leaf_nodes: int = 16
    l2_regularization: float = 1.0
    max_features: float = 0.6


@dataclass(frozen=True)
class Config:
    """Everything in config.toml."""

    project: Project
    data: Data
    experiment: Experiment = field(default_factory=Experiment)
    linear: Linear = field(default_factory=Linear)
    boosting: Boosting = field(default_factory=Boosting)


def read(root: Path) -> Config:
    """Return the settings in `root`.

    Raises:
        UserError: there is no config.toml, it is not TOML, or it holds what is not a setting.
    """
    path = root / CONFIG
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UserError(
            f"There is no {CONFIG} here.", "Run the command in the project's folder.", 2
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UserError(f"{CONFIG} is not TOML: {error}.", "Mend that line.", 2) from error
    config = _section(Config, document, "")
    _check_ranges(config)
    return config


def _section(kind: type[_Section], table: dict[str, Any], where: str) -> _Section:
    """Return the table as the dataclass `kind`; `where` is its dotted name in the file."""
    types = typing.get_type_hints(kind)
    required = {
        each.name
        for each in dataclasses.fields(kind)  # type: ignore[arg-type]  # every kind is a dataclass
        if each.default is dataclasses.MISSING and each.default_factory is dataclasses.MISSING
    }
    for key in table:
        if key not in types:
            raise UserError(
                f"{CONFIG} has an unknown setting {where + key!r}.", nearest.hint(key, types), 2
            )
    for key in sorted(required - table.keys()):
        raise UserError(f"{CONFIG} lacks the setting {where + key!r}.", "Add it.", 2)
    values = {key: _value(types[key], value, where + key) for key, value in table.items()}
    return kind(**values)


def _value(kind: Any, value: Any, name: str) -> Any:  # noqa: ANN401  the border where TOML comes in
    if dataclasses.is_dataclass(kind) and isinstance(kind, type):
        if isinstance(value, dict):
            return _section(kind, value, f"{name}.")
    elif kind is float:
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if number and math.isfinite(value):
            return float(value)
    elif kind in (int, str):
        if type(value) is kind:
            return value
    elif isinstance(value, list) and all(isinstance(item, str) for item in value):
        return tuple(value)
    wanted = {int: "a whole number", float: "a finite number", str: "text"}.get(
        kind, "a list of texts"
    )
    if dataclasses.is_dataclass(kind):
        wanted = "a table"
    raise UserError(f"{CONFIG}: {name} is {value!r}.", f"It has to be {wanted}.", 2)


def _check_ranges(config: Config) -> None:
    data, experiment, boosting = config.data, config.experiment, config.boosting
    checks = [
        ("data.train", data.train, bool(data.train), "the path of a CSV file"),
        ("data.target", data.target, bool(data.target), "the name of a column"),
        ("data.test", data.test, bool(data.test or not data.truth), "set where data.truth is"),
        ("data.id", data.id, bool(data.id or not data.truth), "set where data.truth is"),
        ("experiment.folds", experiment.folds, 2 <= experiment.folds <= 100, "2 to 100"),
        ("experiment.seed", experiment.seed, 0 <= experiment.seed < 2**32, "0 to 4294967295"),
        ("linear.alpha", config.linear.alpha, config.linear.alpha > 0, "above 0"),
        ("boosting.max_iter", boosting.max_iter, boosting.max_iter >= 1, "1 or more"),
        (
            "boosting.learning_rate",
            boosting.learning_rate,
            boosting.learning_rate > 0,
            "above 0",
        ),
        (
            "boosting.max_leaf_nodes",
            boosting.max_leaf_nodes,
            boosting.max_leaf_nodes >= 2,
            "2 or more",
        ),
        (
            "boosting.l2_regularization",
            boosting.l2_regularization,
            boosting.l2_regularization >= 0,
            "0 or more",
        ),
        (
            "boosting.max_features",
            boosting.max_features,
            0 < boosting.max_features <= 1,
            "above 0, at most 1",
        ),
    ]
    for name, value, valid, wanted in checks:
        if not valid:
            raise UserError(f"{CONFIG}: {name} is {value!r}.", f"It has to be {wanted}.", 2)
    if experiment.task not in TASKS:
        raise UserError(
            f"{CONFIG}: experiment.task is {experiment.task!r}.",
            nearest.hint(experiment.task, TASKS),
            2,
        )
