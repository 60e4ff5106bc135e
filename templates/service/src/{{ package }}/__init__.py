"""A model behind HTTP, from its bundle to the container."""

import os

# Unless told before its first import, ONNX Runtime leaves an identifier in the home directory and
# reports to its maker which models it loads and what fails.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
