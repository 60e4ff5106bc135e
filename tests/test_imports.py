"""Arrows between modules, and what a command may load before it has anything to do."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import ROOT

HEAVY = {"copier", "git", "rich", "prompt_toolkit", "questionary", "jinja2", "pydantic", "uv"}
HEAVY |= {"kingfisher_sdk", "urllib.request", "http"}
PROBE = """
import sys
from mlscaffold.__main__ import main
try:
    main()
finally:
    print(*sorted(sys.modules), file=sys.stderr)
"""


@pytest.mark.parametrize(
    "words",
    [
        ("--help",),
        ("--version",),
        ("list",),
        ("list", "--json"),
        ("show", "service"),
        ("new", "--help"),
        ("publish", "--help"),
        ("update", "--help"),
        ("status", "--help"),
        ("adopt", "--help"),
    ],
)
def test_words_alone_load_nothing_heavy(words: tuple[str, ...]) -> None:
    """Asking for help must feel instant."""
    ended = subprocess.run(
        [sys.executable, "-c", PROBE, *words], capture_output=True, encoding="utf-8", check=True
    )
    loaded = {name.partition(".")[0] for name in ended.stderr.split()}
    assert "mlscaffold" in loaded
    assert not loaded & HEAVY


def test_help_does_not_even_read_the_templates() -> None:
    """What needs no YAML loads no parser for it."""
    ended = subprocess.run(
        [sys.executable, "-c", PROBE, "--help"], capture_output=True, encoding="utf-8", check=True
    )
    assert "yaml" not in ended.stderr.split()


def test_the_arrows_point_one_way(tmp_path: Path) -> None:
    """The contracts in `pyproject.toml` hold."""
    command = shutil.which("lint-imports", path=str(Path(sys.executable).parent))
    assert command, "import-linter is not installed beside this Python"
    ended = subprocess.run(
        [command, "--cache-dir", str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert ended.returncode == 0, ended.stdout
