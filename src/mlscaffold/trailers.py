"""What a scaffold commit, a project as it was rendered, says of itself in its trailers."""

from __future__ import annotations

TEMPLATE, VERSION, SEAL, KEPT = (
    *("Mlscaffold-Template", "Mlscaffold-Version"),
    *("Mlscaffold-Tree", "Mlscaffold-Kept"),
)
"""SEAL has the tree's hash, by which a commit that was changed is known; KEPT a path each."""


def of(template: str, version: str) -> dict[str, str]:
    """Return the trailers of a scaffold commit but for its seal."""
    return {TEMPLATE: template, VERSION: version}
