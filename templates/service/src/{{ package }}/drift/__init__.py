"""Whether what the model is asked still looks like what it was trained on."""
