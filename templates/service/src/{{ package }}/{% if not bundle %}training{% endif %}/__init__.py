"""Everything that makes a model bundle; the image has none of the libraries it needs."""
