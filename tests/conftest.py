"""Every test runs in an empty folder, as a user whom git, uv and the caches do not know."""

from __future__ import annotations

import os
import secrets
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from tests import kept as kept_version
from tests import previous
from tests.github import GitHub
from tests.support import identify

if TYPE_CHECKING:
    from collections.abc import Iterator

settings.register_profile("seeded", derandomize=True, database=None, deadline=None)
settings.load_profile("seeded")

# Whoever starts the tests in the background of a script has them ignore Ctrl-C, and all that they
# start; a handler of our own is no handler in what is started, and so what ends it there.
signal.signal(signal.SIGINT, signal.default_int_handler)

FOREIGN = (
    "GIT_",
    "GH_",
    "GITHUB_",
    "XDG_",
    "COPIER_",
    "_MLSCAFFOLD",
    "LC_",
    "PYTHONIO",
    "PYTHONUTF8",
)
NAMES = (
    "NO_COLOR",
    "FORCE_COLOR",
    "CLICOLOR",
    "EMAIL",
    "LANGUAGE",
    "VIRTUAL_ENV",
    "COLUMNS",
    "LINES",
)
DOWNLOADS = os.environ.get(
    "UV_CACHE_DIR", str(Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "uv")
)
"""Where uv keeps its downloads: the one cache that is the machine's, for the tests that install."""


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the one folder of caches that tests share, so that Jinja compiles once."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="session")
def older(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return where a version before is installed."""
    return previous.install(tmp_path_factory.mktemp("older"))


@pytest.fixture(scope="session")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return where a version is installed whose templates are as they really were."""
    return kept_version.install(tmp_path_factory.mktemp("kept"))


@pytest.fixture(scope="session")
def later(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return where a version to come is installed."""
    return previous.install_later(tmp_path_factory.mktemp("later"))


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Return the home folder of a user who has told git a name."""
    folder = tmp_path / "home"
    folder.mkdir()
    identify(folder)
    return folder


@pytest.fixture
def work(tmp_path: Path) -> Path:
    """Return the empty folder that the test runs in."""
    folder = tmp_path / "work"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(autouse=True)
def _isolated(home: Path, work: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep this machine's configuration, colours and caches out of the test."""
    for name in list(os.environ):
        if name.startswith(FOREIGN) or name in NAMES:
            monkeypatch.delenv(name)
    for name, value in {
        "GIT_CONFIG_GLOBAL": home / ".gitconfig",
        "GIT_CONFIG_NOSYSTEM": 1,
        "GIT_TERMINAL_PROMPT": 0,
        "HOME": home,
        "LANG": "C.UTF-8",
        "LOCALAPPDATA": cache,
        "USERPROFILE": home,
        "UV_CACHE_DIR": DOWNLOADS,
        "XDG_CACHE_HOME": cache,
        "XDG_CONFIG_HOME": home / ".config",
        "XDG_DATA_HOME": home / ".local",
    }.items():
        monkeypatch.setenv(name, str(value))
    monkeypatch.chdir(work)


@pytest.fixture
def github(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, _isolated: None) -> Iterator[GitHub]:
    """Return a GitHub on this machine; its token is in the environment, as its user's would be."""
    token = f"ghp_{secrets.token_hex(18)}"  # one of its kind, so that it can be looked for
    with GitHub(tmp_path / "server", token=token) as server:
        monkeypatch.setenv("GH_HOST", server.address)
        monkeypatch.setenv("GH_ENTERPRISE_TOKEN", token)
        yield server
