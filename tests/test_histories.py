"""No line of the owner's is ever lost: invented histories on real git."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mlscaffold.errors import UnreadyError
from mlscaffold.updating.checkout import RECORD
from tests import histories
from tests.histories import Inventor, Version
from tests.support import MEMORY, committed, contents, git

WAYS_OUT = ("as update says", "as it is", "ours", "theirs")


def check(random: Random, folder: Path) -> None:
    """Let a project live through three versions of its template."""
    inventor = Inventor(random)
    project = folder / "project"
    version = histories.first_version(inventor)
    histories.start(project, version)
    assert histories.bring(project, version, folder / "made") is None, "an update right after new"
    for number in ("0.2.0", "0.3.0"):
        histories.live(inventor, project)
        newer = histories.next_version(inventor, version, number)
        own = histories.words(committed(project, "HEAD"), "owner")
        if not survives(project, version, newer, folder / "made"):
            return
        if git(project, "ls-files", "--unmerged"):
            way = inventor.random.choice(WAYS_OUT)
            end_merge(project, way)
            if way in {"as update says", "as it is"}:
                assert own <= histories.words(committed(project, "HEAD"), "owner"), way
        assert histories.bring(project, newer, folder / "made") is None, "a second update"
        version = newer


def survives(project: Path, version: Version, newer: Version, store: Path) -> bool:
    """Update a project and assert that the owner has lost nothing; return whether it was done."""
    head = git(project, "rev-parse", "HEAD")
    before, own = contents(project), committed(project, head)
    merge = histories.bring(project, newer, store)
    after = contents(project)
    if isinstance(merge, UnreadyError):
        assert after == before
        assert git(project, "rev-parse", "HEAD") == head
        return False
    if merge is None:
        assert newer.files == version.files
        return True
    sides = histories.own_sides(project)
    everywhere = histories.words(after, "owner") | histories.words(sides, "owner")
    assert histories.words(before, "owner") <= everywhere
    for path in before.keys() - own.keys():
        assert after[path] == before[path], f"{path}, which git does not know"
    moved = {name for pair in newer.moves for name in pair}
    for path, content in own.items():
        untouched = version.files.get(path) == newer.files.get(path)
        if path not in moved and path not in sides and untouched and path in after:
            assert after[path] == content, f"{path}, which the template did not change"
        assert path in after or path in sides or path in version.files, f"{path} is gone"
    for path in version.files.keys() - own.keys() - moved:
        assert (path in after) == (path in before), f"{path}, which the owner had deleted"
    if merge.conflicts:
        git(project, "merge", "--abort")
        assert contents(project) == before, "after git merge --abort"
        assert git(project, "rev-parse", "HEAD") == head
        histories.bring(project, newer, store)
    else:
        assert git(project, "status", "--porcelain") == ""
        assert RECORD not in own or after[RECORD] == newer.files[RECORD]
    return True


def end_merge(project: Path, way: str) -> None:
    """Solve all conflicts in one of the ways that people do."""
    if way == "as update says":
        git(project, "commit", "--quiet", "--all", "--no-edit")
        assert git(project, "status", "--porcelain") == "", "something was laid aside"
        return
    for path in {
        line.partition("\t")[2] for line in git(project, "ls-files", "-u", "-z").split("\0") if line
    }:
        if way != "as it is":  # git refuses where that side has no file
            words = ("checkout", "--quiet", f"--{way}", "--", path)
            subprocess.run(["git", *words], cwd=project, capture_output=True, check=False)
    git(project, "add", "--all")
    git(project, "commit", "--quiet", "--no-edit")


@settings(
    max_examples=40,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(seed=st.integers(0, 10**9))
def test_no_line_is_lost(seed: int) -> None:
    """Whatever the owner does, and whatever becomes of the template."""
    with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
        check(Random(seed), Path(folder))  # noqa: S311


@pytest.mark.project
@pytest.mark.parametrize("part", range(10))
def test_no_line_is_lost_in_a_thousand_histories(part: int) -> None:
    """The same, a hundred times ten."""
    for seed in range(100 * part, 100 * part + 100):
        with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
            check(Random(seed), Path(folder))  # noqa: S311
