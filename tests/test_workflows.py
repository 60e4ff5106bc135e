"""Our own workflow and chores pass what the templates' workflows pass."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import yaml

from tests.support import ROOT
from tests.templates import linters

if TYPE_CHECKING:
    from pathlib import Path

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
DEPENDABOT = ROOT / ".github" / "dependabot.yml"


def test_yaml_is_tidy() -> None:
    """Yamllint is content."""
    verdict = linters.yamllint([*WORKFLOWS, DEPENDABOT])
    assert verdict, verdict.words


def test_schemas_hold() -> None:
    """The workflow and Dependabot's settings are what GitHub expects."""
    for name, files in {"github-workflows": WORKFLOWS, "dependabot": [DEPENDABOT]}.items():
        verdict = linters.schema(name, files)
        assert verdict, verdict.words


def test_workflow_gives_an_attacker_nothing() -> None:
    """Zizmor finds no way in."""
    verdict = linters.zizmor(ROOT / ".github")
    assert verdict, verdict.words


def test_workflow_would_run(tmp_path: Path) -> None:
    """Actionlint knows every expression, context and name."""
    folder = tmp_path / ".github" / "workflows"
    folder.mkdir(parents=True)
    for file in WORKFLOWS:
        (folder / file.name).write_bytes(file.read_bytes())
    verdict = linters.actionlint(tmp_path)
    assert verdict, verdict.words


def test_one_job_waits_for_all_others() -> None:
    """A single required check stands for everything."""
    jobs = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text("utf-8"))["jobs"]
    last = next(reversed(jobs))
    assert set(jobs[last]["needs"]) == set(jobs) - {last}
    assert jobs[last]["if"] == "always()"


def test_projects_use_the_actions_that_we_use() -> None:
    """One pin for an action, wherever it is used: what is refreshed here is refreshed there."""
    pins: dict[str, set[str]] = {}
    shared = (ROOT / "templates").rglob("*.yml*")
    for file in [*WORKFLOWS, *shared]:
        for action, pin in re.findall(r"uses:\s*([^@\s]+)@(.+)", file.read_text("utf-8")):
            pins.setdefault(action, set()).add(pin.strip())
    assert "actions/checkout" in pins
    assert {action: found for action, found in pins.items() if len(found) > 1} == {}


def test_constraints_name_no_host_and_pin_everything() -> None:
    """Every line is a name, one exact version and perhaps a marker."""
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    line = re.compile(r"[a-z0-9-]+==[\w.]+( ; [\w .'\"<>=!()]+)?")
    assert [wrong for wrong in lines if not line.fullmatch(wrong)] == []
