"""The model bundle: the run's model as one ONNX graph, with what a service must know of it."""

import os

# Unless told before its first import, ONNX Runtime leaves an identifier in the home directory and
# reports to its maker which models it loads and what fails.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
