"""Tests of what the templates turn into: rendered, linted, run, put into an image."""
