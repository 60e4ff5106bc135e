"""BentoML around ONNX Runtime, one worker."""

from __future__ import annotations

import os

import bentoml
import numpy as np
import onnxruntime

COLUMNS = [f"feature_{place:02d}" for place in range(30)]


@bentoml.service(workers=1)
class Boosting:
    """The model behind BentoML's own request handling."""

    def __init__(self) -> None:
        """Load the graph."""
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        path = f"{os.environ['BENCHMARK']}/model/model.onnx"
        self.session = onnxruntime.InferenceSession(path, options)
        self.features = self.session.get_inputs()[0].name

    @bentoml.api
    def predict(self, row: dict[str, float]) -> dict[str, list[float]]:
        """Answer one row."""
        values = np.array([[row[name] for name in COLUMNS]], dtype=np.float32)
        found = self.session.run(["probabilities"], {self.features: values})[0]
        return {"probabilities": found[0].tolist()}
