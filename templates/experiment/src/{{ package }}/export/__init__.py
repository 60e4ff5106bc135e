"""The model bundle: the run's model as one ONNX graph, with what a service must know of it."""
