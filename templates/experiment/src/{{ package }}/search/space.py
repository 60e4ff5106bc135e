"""What is searched: for each model its settings, each with the range it may come from.

A range that spans orders of magnitude is searched by its logarithm: from 0.01 to 0.02 is as far as
from 0.1 to 0.2.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..config import Experiment

if TYPE_CHECKING:
    from optuna.trial import Trial


@dataclass(frozen=True)
class Range:
    """The values that a setting may take; both bounds are whole numbers where it is one."""

    low: float
    high: float
    log: bool = False


@dataclass(frozen=True)
class Space:
    """A section of an experiment's file, the rung of the ladder that it sets, its settings."""

    section: str
    rung: str
    ranges: Mapping[str, Range]


SPACES = {
    "boosting": Space(
        "boosting",
        "gradient boosting",
        {
            "n_estimators": Range(100, 1000, log=True),
            "learning_rate": Range(0.01, 0.2, log=True),
            "num_leaves": Range(4, 128, log=True),
            "min_child_samples": Range(2, 100, log=True),
            "subsample": Range(0.4, 1.0),
            "colsample_bytree": Range(0.3, 1.0),
            "reg_lambda": Range(1e-3, 30.0, log=True),
        },
    ),
    "linear": Space("linear", "linear", {"alpha": Range(1e-4, 1e4, log=True)}),
}


def current(space: Space, experiment: Experiment) -> dict[str, Any]:
    """Return what the experiment says of the settings that are searched."""
    section = getattr(experiment, space.section)
    return {name: getattr(section, name) for name in space.ranges}


def within(space: Space, values: Mapping[str, float]) -> bool:
    """Tell whether each value is one that the search could come upon."""
    return all(each.low <= values[name] <= each.high for name, each in space.ranges.items())


def suggest(space: Space, experiment: Experiment, trial: Trial) -> Experiment:
    """Return the experiment with the settings that the sampler wants tried next."""
    chosen: dict[str, Any] = {}
    for name, each in space.ranges.items():
        if isinstance(each.low, int) and isinstance(each.high, int):
            chosen[name] = trial.suggest_int(name, each.low, each.high, log=each.log)
        else:
            chosen[name] = trial.suggest_float(name, each.low, each.high, log=each.log)
    return changed(space, experiment, chosen)


def changed(space: Space, experiment: Experiment, values: Mapping[str, Any]) -> Experiment:
    """Return the experiment with other values of the settings that are searched."""
    section = dataclasses.replace(getattr(experiment, space.section), **values)
    return dataclasses.replace(experiment, **{space.section: section})
