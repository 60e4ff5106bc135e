"""The signature of the model: what goes in, what comes out, what the training saw of each column.

It is the `signature.json` of a bundle. Datatypes have the names of the Open Inference Protocol;
shapes hold -1 where the number of rows goes.
"""

from __future__ import annotations

import dataclasses
import hashlib
from typing import Any

import numpy as np
import pandas as pd

from ..data.columns import Columns
from ..data.dataset import Dataset
from ..features import MISSING
from ..tracking.runs import Record
from . import graph

SCHEMA = 1
BINS = 10
WEEK = "day_of_week"


def build(name: str, record: Record, data: Dataset, weights: bytes) -> dict[str, Any]:
    """Return the signature of these weights; the run's id is the model's version."""
    classes = data.target.classes
    answer: dict[str, Any] = {
        "name": graph.output(data.target, list(map(str, data.features))),
        "datatype": "FP32",
        "shape": [-1, len(classes)] if classes else [-1],
    }
    if classes:
        answer["labels"] = list(classes)
    words = _descriptions(data.columns)
    return {
        "schema": SCHEMA,
        "name": name,
        "version": record.id,
        "digest": f"sha256:{hashlib.sha256(weights).hexdigest()}",
        "headline": dataclasses.asdict(record.headline),
        "inputs": [
            _input(str(column), data.features[column], words.get(str(column), ""))
            for column in data.features
        ],
        "outputs": [answer],
    }


def nullable(values: pd.Series) -> bool:
    """Tell whether a value may be missing: where the training saw no gap, a gap is a mistake."""
    if values.dtype == object:
        return bool((values == MISSING).any())
    return bool(values.isna().any())


def _input(name: str, values: pd.Series, description: str) -> dict[str, Any]:
    if values.dtype == object:
        seen = values.value_counts().sort_index()
        found: dict[str, Any] = {
            "datatype": "BYTES",
            "histogram": {"counts": seen.tolist()},
            "categories": seen.index.tolist(),
        }
    else:
        there = values.dropna().to_numpy()
        low, high = (float(there.min()), float(there.max())) if len(there) else (0.0, 0.0)
        half = max(0.5, abs(low) / 1e6) if low == high else 0  # large numbers lie further apart
        counts, edges = np.histogram(there, bins=BINS, range=(low - half, high + half))
        found = {
            "datatype": "FP32",
            "histogram": {
                "counts": counts.tolist(),
                "edges": edges.tolist(),
                "missing": len(values) - len(there),
            },
            "range": [low, high],
        }
    return {
        "name": name,
        "shape": [-1, 1],
        "description": description,
        "nullable": nullable(values),
        **found,
    }


def _descriptions(columns: Columns) -> dict[str, str]:
    """Return what a client has to know to fill in each feature."""
    words = {column.name: "category, as text" for column in columns.used_as("category")}
    words |= {column.name: "number" for column in columns.used_as("number")}
    for column in columns.used_as("date"):
        for part in column.parts:
            monday = ", Monday is 0" if part == WEEK else ""
            words[f"{column.name} {part}"] = (
                f"{part.replace('_', ' ')} of the date {column.name!r}, in UTC{monday}"
            )
    return words
