"""The settings: `config.toml` for what all runs share, `conf/<experiment>.toml` for one experiment.

What decides whether scores compare (the data, the folds, the metric) is shared. What an experiment
tries out (the models and their settings) is its own file, so that old ones can be run again.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Literal

from . import nearest, settings
from .errors import UserError
from .settings import Between

CONFIG = "config.toml"
EXPERIMENTS = "conf"
BASELINE = "baseline"
"""The experiment that runs when none is named."""

Count = Annotated[int, Between(1)]
Share = Annotated[float, Between(0, 1, above=True)]
Positive = Annotated[float, Between(0, above=True)]
NotNegative = Annotated[float, Between(0)]
Seed = Annotated[int, Between(0, 2**32 - 1)]
Use = Literal["number", "category", "date", "ignore"]


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
    time: str = ""
    ignore: tuple[str, ...] = ()


@dataclass(frozen=True)
class Source:
    """Where the tables come from when they are not there: addresses, or a number at OpenML."""

    train: str = ""
    test: str = ""
    openml: Annotated[int, Between(0)] = 0


@dataclass(frozen=True)
class Kaggle:
    """The competition that a submission goes to: the last part of its address.

    `sample` is the path of its sample submission; "" for the one beside the training table.
    """

    competition: str = ""
    sample: str = ""


@dataclass(frozen=True)
class Validation:
    """How the models are judged: the same for every experiment, or scores would not compare.

    `metric` is "auto" or the name of one of scikit-learn's scorers.
    """

    task: Literal["auto", "binary", "multiclass", "regression"] = "auto"
    metric: str = "auto"
    scheme: Literal["auto", "stratified", "shuffled", "time"] = "auto"
    folds: Annotated[int, Between(2, 100)] = 5
    repeats: Annotated[int, Between(1, 100)] = 1
    seed: Seed = 7


@dataclass(frozen=True)
class Linear:
    """The linear model: `alpha` is the strength of its L2 penalty."""

    alpha: Positive = 1.0


@dataclass(frozen=True)
class Boosting:
    """The gradient boosting model; the names are LightGBM's."""

    n_estimators: Count = 400
    learning_rate: Positive = 0.03
    num_leaves: Annotated[int, Between(2)] = 16
    min_child_samples: Count = 20
    subsample: Share = 0.8
    colsample_bytree: Share = 0.6
    reg_lambda: NotNegative = 1.0


@dataclass(frozen=True)
class ExtraTrees:
    """The extremely randomised trees; the names are scikit-learn's."""

    n_estimators: Count = 100
    min_samples_leaf: Count = 2


@dataclass(frozen=True)
class CatBoost:
    """The second gradient boosting model; the names are CatBoost's, which finds its own rate."""

    iterations: Count = 1000
    depth: Annotated[int, Between(1, 16)] = 6


@dataclass(frozen=True)
class Experiment:
    """One experiment: the models' settings, and a note on what it is meant to find out.

    `name` is that of its file and is not set in it. `seeds` is how many models of each kind of
    boosting the full ladder averages; `extra_trees` and `catboost` are rungs of that one alone.
    """

    name: str = BASELINE
    note: str = ""
    seeds: Annotated[int, Between(1, 100)] = 2
    linear: Linear = field(default_factory=Linear)
    boosting: Boosting = field(default_factory=Boosting)
    extra_trees: ExtraTrees = field(default_factory=ExtraTrees)
    catboost: CatBoost = field(default_factory=CatBoost)


@dataclass(frozen=True)
class Config:
    """Everything in config.toml; `columns` says what a column is used as, where that is wrong."""

    project: Project
    data: Data
    columns: dict[str, Use] = field(default_factory=dict)
    source: Source = field(default_factory=Source)
    kaggle: Kaggle = field(default_factory=Kaggle)
    validation: Validation = field(default_factory=Validation)


def read(root: Path) -> Config:
    """Return the settings that all experiments of the project in `root` share.

    Raises:
        UserError: there is no config.toml, it is not TOML, or it holds what is not a setting.
    """
    config = settings.read(root / CONFIG, Config, name=CONFIG)
    data = config.data
    elsewhere = config.source.openml or config.kaggle.competition  # it knows what is asked
    for name, value, needed, wanted in (
        ("data.train", data.train, True, "the path of a CSV file"),
        ("data.target", data.target, not elsewhere, "the name of a column"),
        ("data.test", data.test, data.truth, "set where data.truth is"),
        ("data.id", data.id, data.truth, "set where data.truth is"),
    ):
        if needed and not value:
            raise UserError(f"{CONFIG}: {name} is {value!r}.", f"It has to be {wanted}.", 2)
    return config


def experiment(root: Path, name: str = BASELINE) -> Experiment:
    """Return the settings of one experiment.

    Raises:
        UserError: there is no such experiment, or its file holds what is not a setting.
    """
    there = sorted(path.stem for path in (root / EXPERIMENTS).glob("*.toml"))
    if name not in there:
        raise UserError(
            f"There is no experiment {name!r} in {EXPERIMENTS}/.", nearest.hint(name, there), 2
        )
    path = f"{EXPERIMENTS}/{name}.toml"
    return replace(settings.read(root / path, Experiment, name=path), name=name)
