"""What mlscaffold makes can be published as it comes."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

import pytest

from mlscaffold.publishing import leaks
from mlscaffold.publishing.tokens import Token
from tests.github import GitHub
from tests.support import TEMPLATES
from tests.templates import workshop

if TYPE_CHECKING:
    from collections.abc import Callable

    from mlscaffold.publishing.leaks import Leak
    from tests.templates.conftest import Rendered


@pytest.fixture(scope="session")
def scan() -> Callable[[str, bytes], list[Leak]]:
    """Return the scanner, whose rules are read once."""
    return leaks.Scanner(Token(secrets.token_hex(), source="GH_TOKEN")).content


def test_nothing_is_taken_for_a_secret(
    rendered: Rendered, scan: Callable[[str, bytes], list[Leak]]
) -> None:
    """Pins of actions, digests, examples of an environment: the scanner leaves them alone."""
    found = [
        str(leak)
        for file in rendered.files
        for leak in scan(file, (rendered.folder / file).read_bytes())
    ]
    assert found == []


@pytest.mark.project
@pytest.mark.xdist_group("publish")
def test_every_project_type_is_published_from_the_wheel(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """As a new user does it: made with its lock file, published, and published again."""
    installed = workshop.install(tmp_path_factory.mktemp("publisher"))
    with GitHub(tmp_path_factory.mktemp("server"), token=secrets.token_hex()) as github:
        known = {"GH_HOST": github.address, "GH_ENTERPRISE_TOKEN": github.token}
        shell = workshop.Terminal(installed.folder, {**installed.environment, **known})
        for template in TEMPLATES:
            name = f"my-{template}"
            shell.must("mlscaffold", "new", template, name, "--yes")
            assert (shell.folder / name / "uv.lock").exists()
            shell.must("mlscaffold", "publish", name, "--private")
            head = shell.in_folder(shell.folder / name).must("git", "rev-parse", "HEAD").output
            assert github.branches("ada", name) == {"main": head.strip()}
            shell.must("mlscaffold", "publish", name, "--private")
