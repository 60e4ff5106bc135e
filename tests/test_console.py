"""Every word that is shown: what goes to stdout, and what to stderr."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mlscaffold import console
from mlscaffold.errors import RefusedError

if TYPE_CHECKING:
    import pytest


@dataclass(frozen=True)
class Value:
    """Something to print."""

    path: Path
    words: tuple[str, ...]


def test_an_error_goes_to_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    """The sentence, then the hint; stdout stays empty for data."""
    console.error(RefusedError("It is so.", "Do this."))
    shown = capsys.readouterr()
    assert (shown.out, shown.err) == ("", "error: It is so.\nhint: Do this.\n")


def test_a_tree_has_folders_before_files() -> None:
    """Each in the order of the alphabet."""
    files = ["b", "a", "z/y", "z/x/w", ".hidden", "c/d"]
    assert console.tree(files) == [
        "├── c/",
        "│   └── d",
        "├── z/",
        "│   ├── x/",
        "│   │   └── w",
        "│   └── y",
        "├── .hidden",
        "├── a",
        "└── b",
    ]


def test_no_files_are_no_tree() -> None:
    """Nothing is drawn for nothing."""
    assert console.tree([]) == []


def test_a_value_object_is_json(capsys: pytest.CaptureFixture[str]) -> None:
    """Field by field, paths as text, every letter as it is."""
    console.document([Value(path=Path("ä"), words=("🚀",))])
    shown = capsys.readouterr()
    assert json.loads(shown.out) == [{"path": "ä", "words": ["🚀"]}]
    assert "🚀" in shown.out
    assert shown.err == ""
