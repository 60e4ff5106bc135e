"""Machine learning portfolio projects that run, from one command."""

from __future__ import annotations

__version__ = "0.1.0"
