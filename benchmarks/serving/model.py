"""Train the model that every server answers with, and write it in the form that each one loads.

    python model.py FOLDER

A gradient boosting on 30 named floats: for scikit-learn as `model.joblib`, fitted on an array, and
as `frame.joblib`, the same fitted on a data frame, which knows its columns by name; `model/` is the
bundle.
"""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
from skl2onnx import to_onnx
from sklearn.datasets import make_classification
from sklearn.ensemble import HistGradientBoostingClassifier

COLUMNS = [f"feature_{place:02d}" for place in range(30)]
SAMPLES = 5


def main() -> None:
    """Write both forms, and the requests of one row and of a thousand."""
    folder = Path(sys.argv[1])
    values, answers = make_classification(20_000, 30, n_informative=12, random_state=0)
    values = values.astype(np.float32)
    model = HistGradientBoostingClassifier(max_iter=100, random_state=0).fit(values, answers)
    frame = pd.DataFrame(values, columns=COLUMNS)
    named = HistGradientBoostingClassifier(max_iter=100, random_state=0).fit(frame, answers)
    joblib.dump(model, folder / "model.joblib")
    joblib.dump(named, folder / "frame.joblib")
    rows = frame.head(1000).to_dict("records")
    (folder / "one.json").write_text(json.dumps(rows[0]), encoding="utf-8")
    (folder / "many.json").write_text(json.dumps(rows), encoding="utf-8")
    _bundle(folder / "model", model, values)


def _bundle(folder: Path, model: HistGradientBoostingClassifier, values: np.ndarray) -> None:
    """Write the graph as skl2onnx makes it, its signature, a sample and the digests."""
    folder.mkdir()
    options = {id(model): {"zipmap": False}}
    weights = to_onnx(model, values[:1], options=options, target_opset=18).SerializeToString()
    columns = []
    for name, column in zip(COLUMNS, values.T, strict=True):
        counts, edges = np.histogram(column, 10)
        columns.append(
            {
                "name": name,
                "datatype": "FP32",
                "shape": [-1, 1],
                "histogram": {"counts": counts.tolist(), "edges": edges.tolist()},
                "range": [float(column.min()), float(column.max())],
            }
        )
    signature = {
        "schema": 1,
        "name": "boosting",
        "version": "1.0.0",
        "digest": f"sha256:{hashlib.sha256(weights).hexdigest()}",
        "inputs": columns,
        "outputs": [
            {
                "name": "probabilities",
                "datatype": "FP32",
                "shape": [-1, 2],
                "labels": ["no", "yes"],
            }
        ],
    }
    said = model.predict_proba(values[:SAMPLES]).tolist()
    sample = {
        "rows": [dict(zip(COLUMNS, row, strict=True)) for row in values[:SAMPLES].tolist()],
        "expected": [{"probabilities": {"no": no, "yes": yes}} for no, yes in said],
    }
    files = {
        "model.onnx": weights,
        "signature.json": json.dumps(signature).encode(),
        "sample.json": json.dumps(sample).encode(),
    }
    sums = "".join(
        f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in files.items()
    )
    for name, content in (files | {"SHA256SUMS": sums.encode()}).items():
        (folder / name).write_bytes(content)


if __name__ == "__main__":
    main()
