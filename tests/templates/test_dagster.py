"""A pipeline under Dagster, whose libraries are in a group that no other test installs."""

from __future__ import annotations

import pytest

from tests.templates import workshop
from tests.templates.test_project import SKIPPED
from tests.templates.workshop import NO_NETWORK

MODULE = "tests/test_definitions.py"


@pytest.mark.project
@pytest.mark.xdist_group("dagster")
def test_definitions_pass_their_own_tests(tmp_path_factory: pytest.TempPathFactory) -> None:
    """None of them is skipped, and the workflow runs them too."""
    shell = workshop.install(tmp_path_factory.mktemp("user"))
    shell.must("mlscaffold", "new", "pipeline", "flights", "--yes", "--set", "orchestrator=dagster")
    project = shell.in_folder(shell.folder / "flights")
    project.must("uv", "sync", "--locked", "--group", "dagster")
    words = ("uv", "run", "--group", "dagster", "pytest", "--no-cov", MODULE)
    outcome = project.must(*words, **NO_NETWORK)
    assert not SKIPPED.search(outcome.output), str(outcome)
    workflow = project.folder / ".github" / "workflows" / "ci.yml"
    assert f"run: {' '.join(words)}\n" in workflow.read_text(encoding="utf-8")
