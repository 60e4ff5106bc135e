"""What the README claims is what was measured."""

from __future__ import annotations

import dataclasses
import shutil
import subprocess
from pathlib import Path

import pytest

from {{ package }} import report
from {{ package }}.errors import UserError
from {{ package }}.evidence import (
    SUMMARY,
    Baseline,
    Figure,
    Headline,
    Project,
    Stopwatch,
    Summary,
)

ROOT = Path(__file__).parents[1]


@pytest.fixture
def summary(tmp_path: Path) -> Summary:
    """Return a small summary, as a run would make it."""
    return Summary(
        project=Project(name="A project", template="any", problem=""),
        headline=Headline("accuracy", 0.75, 0.01, True, Baseline("majority class", 0.5)),
        metrics={"accuracy": 0.75, "rows refused": 12},
        figures=[Figure("results/a.png", "A figure", "A line that rises")],
        run=Stopwatch("uv run it").run(rows=1000, seed=7, root=tmp_path),
    )


def test_readme_shows_the_summary() -> None:
    """The README's numbers are those of results/summary.json."""
    stale = "README.md differs from results/summary.json: run the report command"
    assert report.is_current(ROOT / "README.md", Summary.read(ROOT)), stale


def test_a_number_changed_by_hand_is_found(tmp_path: Path, summary: Summary) -> None:
    """A README whose number was edited is not current."""
    readme = Path(shutil.copy(ROOT / "README.md", tmp_path))
    report.inject(readme, summary)
    assert report.is_current(readme, summary)
    readme.write_text(readme.read_text(encoding="utf-8").replace("0.75", "0.95"), encoding="utf-8")
    assert not report.is_current(readme, summary)


def test_large_numbers_are_written_out(summary: Summary) -> None:
    """The spread as the value beside it, and neither as 2.1e+04."""
    headline = Headline("RMSE", 21018.4, 1706.2, False, Baseline("mean", 70123.4))
    block = report.results(dataclasses.replace(summary, headline=headline))
    assert "| **this project** | **21,018 ± 1,700** |\n| mean | 70,123 |" in block


def test_a_readme_without_the_block_gets_one(tmp_path: Path, summary: Summary) -> None:
    """A README that its owner rewrote from nothing still gets the results, once."""
    readme = tmp_path / "README.md"
    readme.write_text("# Mine\n", encoding="utf-8")
    assert report.is_current(readme, None)
    assert not report.is_current(readme, summary)
    report.inject(readme, summary)
    report.inject(readme, summary)
    assert readme.read_text(encoding="utf-8").count(report.START) == 1
    assert report.is_current(readme, summary)


def test_the_text_around_the_results_stays(tmp_path: Path, summary: Summary) -> None:
    """What the owner wrote before and after the block is theirs."""
    readme = tmp_path / "README.md"
    readme.write_text(f"# Mine\n\n{report.START}\n{report.END}\n\n## After\n", encoding="utf-8")
    report.inject(readme, summary)
    text = readme.read_text(encoding="utf-8")
    assert text.startswith("# Mine\n\n")
    assert text.endswith("\n\n## After\n")


@pytest.mark.parametrize(
    "markers",
    [
        (report.START,),
        (report.END,),
        (report.END, report.START),
        (report.START, report.END, report.START, report.END),
    ],
)
def test_markers_that_are_no_pair_are_refused(
    tmp_path: Path, summary: Summary, markers: tuple[str, ...]
) -> None:
    """Writing between them could take the owner's text with it."""
    readme = tmp_path / "README.md"
    text = "\n\nmine\n\n".join(("# Mine", *markers, "## After"))
    readme.write_text(text, encoding="utf-8")
    with pytest.raises(UserError, match="one pair"):
        report.inject(readme, summary)
    assert readme.read_text(encoding="utf-8") == text


def test_a_run_tells_which_code_it_was(tmp_path: Path) -> None:
    """The commit is that of the project's own repository, and a local change is said."""
    if shutil.which("git") is None:
        pytest.skip("there is no git here")
    project = tmp_path / "project"
    project.mkdir()
    (project / "code.py").write_text("1\n", encoding="utf-8")
    outside = Stopwatch("uv run it").run(rows=1, seed=None, root=project)
    assert (outside.git_commit, outside.dirty) == (None, None)
    identity = ("-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")
    for words in (("init",), ("add", "."), (*identity, "commit", "--no-verify", "-m", "One")):
        # the words stand above; git is wherever its owner installed it
        subprocess.run(["git", "-C", project, *words], check=True, capture_output=True)  # noqa: S603, S607
    clean = Stopwatch("uv run it").run(rows=1, seed=None, root=project)
    (project / "code.py").write_text("2\n", encoding="utf-8")
    changed = Stopwatch("uv run it").run(rows=1, seed=None, root=project)
    assert clean.git_commit == changed.git_commit
    assert len(clean.git_commit or "") == 40
    assert (clean.dirty, changed.dirty) == (False, True)


def test_summary_survives_the_disk(tmp_path: Path, summary: Summary) -> None:
    """What is written is what is read."""
    summary.write(tmp_path)
    assert Summary.read(tmp_path) == summary


def test_a_number_that_is_not_one_is_refused(tmp_path: Path, summary: Summary) -> None:
    """NaN never reaches the evidence."""
    with pytest.raises(ValueError, match="JSON compliant"):
        dataclasses.replace(summary, metrics={"accuracy": float("nan")}).write(tmp_path)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"schema": 2}', '{"schema": 1, "headline": 1}'])
def test_a_broken_summary_is_one_clear_sentence(tmp_path: Path, text: str) -> None:
    """A file that is no summary is refused and says what to do."""
    path = tmp_path / SUMMARY
    path.parent.mkdir()
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UserError, match="not a summary") as caught:
        Summary.read(tmp_path)
    assert "again" in caught.value.hint
