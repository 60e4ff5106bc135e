"""The commands that our own README shows do what it says, typed as they stand there."""

from __future__ import annotations

import re
import secrets
from typing import TYPE_CHECKING

import pytest

from tests.github import GitHub
from tests.support import ROOT
from tests.templates import readme, workshop

if TYPE_CHECKING:
    from pathlib import Path

OLD = "my-old-project"
"""What the README's reader has had for years."""

TEXT = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.project
@pytest.mark.xdist_group("readme")
def test_commands_work(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Block by block, each from the folder that the first one started in."""
    installed = workshop.install(tmp_path_factory.mktemp("reader"))
    with GitHub(tmp_path_factory.mktemp("server"), token=secrets.token_hex()) as github:
        known = {"GH_HOST": github.address, "GH_ENTERPRISE_TOKEN": github.token}
        shell = workshop.Terminal(installed.folder, {**installed.environment, **known})
        shell.must("git", "init", "--quiet", OLD)
        shell.in_folder(shell.folder / OLD).must("git", "commit", "--allow-empty", "--message=Old")
        _type(shell)
        assert (shell.folder / OLD / "config.toml").exists()
        assert github.branches("ada", "flight-delays")
        assert github.branches("ada", "late-flights")


def _type(shell: workshop.Terminal) -> None:
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
