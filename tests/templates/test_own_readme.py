"""The commands that our own README shows do what it says, typed as they stand there."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.support import ROOT
from tests.templates import readme, workshop

if TYPE_CHECKING:
    from pathlib import Path

TEXT = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.project
@pytest.mark.xdist_group("readme")
def test_commands_work(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Block by block, each from the folder that the first one started in."""
    shell = workshop.install(tmp_path_factory.mktemp("reader"))
    blocks = list(readme.blocks(TEXT))
    assert len(blocks) > 1
    for block in blocks:
        terminal = shell
        for words in block.commands:
            if words[0] == "cd":
                terminal = terminal.in_folder(terminal.folder / words[1])
            else:
                terminal.must(*words)


def test_chores_exist() -> None:
    """What is shown as `make NAME`, there and in CONTRIBUTING.md, is an explained target."""
    texts = TEXT + (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    shown = set(re.findall(r"(?:^|`)make (\w+)", texts, re.MULTILINE))
    assert {"demo", "test"} <= shown
    assert shown <= set(re.findall(r"^(\w+):.* ## ", makefile, re.MULTILINE))


def test_scripts_exist() -> None:
    """What is shown as `uv run FILE` is there."""
    shown = re.findall(r"uv run ([\w/]+\.py)", TEXT)
    assert shown
    assert [path for path in shown if not _there(ROOT / path)] == []


def _there(path: Path) -> bool:
    return path.is_file()
