"""LitServe around ONNX Runtime, one worker."""

from __future__ import annotations

import os
from typing import Any

import litserve
import numpy as np
import onnxruntime

COLUMNS = [f"feature_{place:02d}" for place in range(30)]


class Boosting(litserve.LitAPI):
    """The model behind LitServe's own request handling."""

    def setup(self, device: str) -> None:  # noqa: ARG002  there is one device
        """Load the graph."""
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        path = f"{os.environ['BENCHMARK']}/model/model.onnx"
        self.session = onnxruntime.InferenceSession(path, options)
        self.features = self.session.get_inputs()[0].name

    def decode_request(self, request: dict[str, float]) -> Any:
        """Turn a row into an array."""
        return np.array([[request[name] for name in COLUMNS]], dtype=np.float32)

    def predict(self, x: dict[str, Any]) -> Any:
        """Ask the graph."""
        return self.session.run(["probabilities"], {self.features: x})[0]

    def encode_response(self, output: Any) -> dict[str, list[float]]:
        """Turn the answer into JSON."""
        return {"probabilities": output[0].tolist()}


if __name__ == "__main__":
    server = litserve.LitServer(Boosting(), accelerator="cpu")
    server.run(port=int(os.environ["PORT"]), generate_client_file=False, log_level="error")
