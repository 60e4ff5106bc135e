"""A model behind HTTP, from its bundle to the container."""
