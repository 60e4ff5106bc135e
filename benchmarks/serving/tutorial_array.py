"""The frugal tutorial: FastAPI, a pydantic model, an array without names, scikit-learn."""

from __future__ import annotations

import os
from typing import Any

import joblib
import numpy as np
from fastapi import FastAPI
from pydantic import create_model

COLUMNS = [f"feature_{place:02d}" for place in range(30)]
Row: Any = create_model("Row", **dict.fromkeys(COLUMNS, (float, ...)))
model = joblib.load(f"{os.environ['BENCHMARK']}/model.joblib")
app = FastAPI()


def _predict(rows: list[Any]) -> list[list[float]]:
    values = np.array([[getattr(row, name) for name in COLUMNS] for row in rows], dtype=np.float32)
    return model.predict_proba(values).tolist()


@app.post("/predict")
def predict(row: Row) -> dict[str, list[float]]:
    """Answer one row."""
    return {"probabilities": _predict([row])[0]}


@app.post("/batch")
def batch(rows: list[Row]) -> dict[str, list[list[float]]]:
    """Answer many rows."""
    return {"probabilities": _predict(rows)}
