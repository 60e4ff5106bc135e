"""A GitHub of our own on this machine, for tests that anybody can run."""

from tests.github.server import Fault, GitHub, Seen

__all__ = ["Fault", "GitHub", "Seen"]
