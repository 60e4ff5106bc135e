"""The search for better settings of a model."""
