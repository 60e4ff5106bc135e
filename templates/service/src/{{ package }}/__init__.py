"""A model behind HTTP, from training to the container."""
