"""What most tutorials show: FastAPI, a pydantic model, a data frame, scikit-learn."""

from __future__ import annotations

import os
from typing import Any

import joblib
import pandas as pd
from fastapi import FastAPI
from pydantic import create_model

COLUMNS = [f"feature_{place:02d}" for place in range(30)]
Row: Any = create_model("Row", **dict.fromkeys(COLUMNS, (float, ...)))
model = joblib.load(f"{os.environ['BENCHMARK']}/frame.joblib")
app = FastAPI()


@app.post("/predict")
def predict(row: Row) -> dict[str, list[float]]:
    """Answer one row."""
    frame = pd.DataFrame([row.model_dump()])
    return {"probabilities": model.predict_proba(frame)[0].tolist()}


@app.post("/batch")
def batch(rows: list[Row]) -> dict[str, list[list[float]]]:
    """Answer many rows."""
    frame = pd.DataFrame([row.model_dump() for row in rows])
    return {"probabilities": model.predict_proba(frame).tolist()}
