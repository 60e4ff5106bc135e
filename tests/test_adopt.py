"""A project that was made without mlscaffold gets what it lacks, and keeps all that it has."""

from __future__ import annotations

from pathlib import Path

import pytest

from mlscaffold import __version__
from mlscaffold.errors import HistoryError, RefusedError, ScaffoldError, UnreadyError
from mlscaffold.updating import adopt, upgrade
from tests import previous
from tests.previous import run_at
from tests.support import committed, contents, git, make, run, subjects
from tests.upgrades import commit

FILES = {
    "README.rst": "Mine\n====\n",
    "LICENCE": "All mine.\n",
    "pyproject.toml": '[project]\nname = "old"\nversion = "3"\n',
    "Config.toml": "mine = 1\n",
    "data": "a file where the template has a folder, or none\n",
    "tests": "another\n",
    "src/old/mine.py": "mine = 1\n",
}


@pytest.fixture
def old(work: Path) -> Path:
    """Return somebody's old project."""
    folder = work / "old"
    git(work, "init", "--quiet", "--initial-branch=trunk", "old")
    for name, text in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message=Years of work")
    return folder


def taken(folder: Path, template: str = "pipeline", **request: object) -> adopt.Adoption:
    """Adopt a template in this process, unlocked."""
    given = {"lock": False, **request}
    return adopt.apply(
        adopt.plan(adopt.Request(template=template, path=folder, **given))  # type: ignore[arg-type]
    )


def test_what_is_there_stays_and_what_lacks_comes(old: Path) -> None:
    """Byte by byte, whatever its case, its family, or a folder in its way."""
    result = taken(old)
    after = contents(old)
    for name, text in FILES.items():
        assert after[name] == text.encode()
    assert {"src/old/pipeline.py", ".gitignore", ".mlscaffold.yml"} <= set(result.added)
    assert after.keys() - FILES.keys() == set(result.added)
    names = {name.lower() for name in after}
    assert len(names) == len(after)
    assert not {"readme.md", "license"} & names
    assert {"README.md", "LICENSE", "config.toml", "tests/test_cli.py"} <= set(result.kept)
    assert subjects(old)[-1] == "Adopt the template: Data pipeline"
    assert git(old, "status", "--porcelain") == ""
    assert git(old, "symbolic-ref", "--short", "HEAD") == "trunk"


def test_the_scaffold_commit_is_a_root_of_its_own(old: Path) -> None:
    """It holds what the template makes, and is what the next update starts from."""
    root, merge = taken(old).commits
    assert git(old, "rev-parse", f"{merge}^2") == root
    assert git(old, "rev-list", "--parents", "-1", root) == root
    make("pipeline", old.parent / "today" / "old", git=False, package="old")
    assert committed(old, root) == contents(old.parent / "today" / "old")
    result = upgrade.apply(upgrade.plan(upgrade.Request(path=old)))
    assert result.state == "current"


def test_later_updates_leave_the_owner_s_files_alone(old: Path, older: Path) -> None:
    """What was never the template's is no conflict; what came from it is brought up to date."""
    (old / "src" / "old" / "strict.py").write_text("mine = 2\n", encoding="utf-8")
    git(old, "add", "--all")
    git(old, "commit", "--quiet", "--message=More")
    outcome = run_at(older, "adopt", "pipeline", str(old), "--yes", "--no-lock")
    assert outcome.code == 0, outcome.err
    own = contents(old)
    result = upgrade.apply(upgrade.plan(upgrade.Request(path=old, lock=False)))
    assert result.state == "merged"
    assert "pyproject.toml" in result.left_out
    after = contents(old)
    for name in (*FILES, "src/old/strict.py"):
        assert after[name] == own[name]
    assert previous.OLD_LINE not in (old / "src/old/pipeline.py").read_text(encoding="utf-8")
    assert (old / "src/old/drill.py").exists()


def test_a_history_that_was_squashed_gets_its_base_again(work: Path) -> None:
    """With the answers that the project records, and without losing what was done to its files."""
    make("pipeline", work / "x", license="Apache-2.0")
    with (work / "x" / "README.md").open("a", encoding="utf-8") as stream:
        stream.write("Mine.\n")
    git(work / "x", "commit", "--quiet", "--all", "--amend", "--message=All of it")
    before = contents(work / "x")
    result = taken(work / "x")
    assert result.added == ()
    assert result.answers["license"] == "Apache-2.0"
    assert contents(work / "x") == before
    update = upgrade.apply(
        upgrade.plan(upgrade.Request(path=work / "x", answers={"license": "none"}, lock=False))
    )
    assert (update.state, update.removed) == ("merged", ("LICENSE",))
    assert (work / "x" / "README.md").read_text(encoding="utf-8").endswith("Mine.\n")


def test_what_was_deleted_before_a_squash_stays_deleted(work: Path) -> None:
    """The project is of this version: what it lacks it has had."""
    make("pipeline", work / "x")
    git(work / "x", "rm", "--quiet", "LICENSE", "src/x/drill.py")
    git(work / "x", "commit", "--quiet", "--amend", "--message=All of it")
    before = contents(work / "x")
    assert adopt.preview(adopt.plan(adopt.Request("pipeline", work / "x"))).added == ()
    assert taken(work / "x").added == ()
    assert contents(work / "x") == before
    with pytest.raises(HistoryError, match="made from the template 'pipeline' already"):
        taken(work / "x")


def test_what_was_kept_before_a_squash_stays_kept(old: Path) -> None:
    """A squash whose message has the messages of all its commits still says what it was."""
    root = taken(old).commits[0]
    text = git(old, "log", "-1", "--format=%B", root)
    first = git(old, "rev-list", "--max-parents=0", "--first-parent", "HEAD")
    git(old, "reset", "--quiet", "--soft", first)
    git(old, "commit", "--quiet", "--amend", f"--message={text}")
    before = contents(old)
    again = taken(old).commits[0]
    assert contents(old) == before
    kept = "--format=%(trailers:key=Mlscaffold-Kept,valueonly)"
    assert "pyproject.toml" in git(old, "log", "-1", kept, again).split("\n")
    assert git(old, "log", "-1", kept, again) == git(old, "log", "-1", kept, root)


def test_an_answer_that_the_record_gainsays_is_refused(work: Path) -> None:
    """What it would bring could not be told from what the owner has deleted."""
    make("pipeline", work / "x")
    git(work / "x", "commit", "--quiet", "--amend", "--message=All of it")
    with pytest.raises(HistoryError, match="license is another") as caught:
        taken(work / "x", answers={"license": "none"})
    assert caught.value.hint == ("Adopt without it, and then: mlscaffold update --set license=none")


def test_a_preview_changes_nothing(old: Path) -> None:
    """And lists what would come."""
    before = contents(old), git(old, "for-each-ref")
    result = adopt.preview(adopt.plan(adopt.Request(template="pipeline", path=old)))
    assert (contents(old), git(old, "for-each-ref")) == before
    assert result.commits == ()
    assert taken(old).added == result.added


def refusal(folder: Path, **request: object) -> ScaffoldError:
    """Return the error that adopting raises; assert that it changes nothing."""
    before = contents(folder), git(folder, "for-each-ref")
    with pytest.raises(ScaffoldError) as caught:
        taken(folder, **request)  # type: ignore[arg-type]
    assert (contents(folder), git(folder, "for-each-ref")) == before
    return caught.value


def test_what_git_does_not_know_is_never_overwritten(old: Path) -> None:
    """Ignored or not."""
    (old / ".git" / "info" / "exclude").write_text(".gitignore\n", encoding="utf-8")
    (old / ".gitignore").write_text("mine\n", encoding="utf-8")
    problem = refusal(old)
    assert isinstance(problem, RefusedError)
    assert str(problem).startswith("'.gitignore' is not in git")


def test_a_project_of_mlscaffold_is_refused(work: Path) -> None:
    """It has its base; another template is another project."""
    make("pipeline", work / "x")
    assert isinstance(refusal(work / "x", template="service"), HistoryError)


def test_another_template_than_the_record_s_is_refused(work: Path) -> None:
    """The record says what the project is."""
    make("pipeline", work / "x", git=False)
    git(work / "x", "init", "--quiet")
    git(work / "x", "add", "--all")
    git(work / "x", "commit", "--quiet", "--message=Start")
    problem = refusal(work / "x", template="service")
    assert problem.hint == "Adopt that one: mlscaffold adopt pipeline"


def test_a_folder_within_a_repository_is_refused(old: Path) -> None:
    """The files would come to the top of it, where nobody asked for them."""
    before = contents(old)
    with pytest.raises(UnreadyError) as caught:
        taken(old / "src")
    assert str(caught.value) == (
        f"'{old / 'src'}' is a part of the git repository '{old}', which is larger."
    )
    assert caught.value.hint == f"Adopt the whole of it: mlscaffold adopt pipeline {old}"
    assert contents(old) == before


def test_an_unknown_template_is_bad_input(old: Path) -> None:
    """As everywhere."""
    assert refusal(old, template="pipline").exit_code == 2


def test_changes_that_are_not_committed_are_refused(old: Path) -> None:
    """As an update would."""
    (old / "pyproject.toml").write_text("", encoding="utf-8")
    assert str(refusal(old)) == "There are changes that are not committed: 'pyproject.toml'."


def test_the_status_of_an_adopted_project(old: Path) -> None:
    """It is a project like any other."""
    taken(old)
    outcome = run("status", str(old))
    assert outcome.out.startswith(f"pipeline {__version__} in {old}\n")
    assert Path(old, ".mlscaffold.yml").exists()


def squashed(work: Path, text: str) -> Path:
    """Return a project of one commit, with words of the owner's at the end of its record."""
    make("pipeline", work / "x")
    with (work / "x" / ".mlscaffold.yml").open("a", encoding="utf-8") as stream:
        stream.write(text)
    git(work / "x", "commit", "--quiet", "--all", "--amend", "--message=All of it")
    return work / "x"


def test_the_owner_s_lines_in_the_record_stay(work: Path) -> None:
    """A remark, a key of another tool: they are listed, and no update loses them either."""
    folder = squashed(work, "# keep this remark\nours: yes\n")
    before = contents(folder)
    preview = adopt.preview(adopt.plan(adopt.Request("pipeline", folder)))
    result = taken(folder)
    assert contents(folder) == before
    assert result.kept == preview.kept == (".mlscaffold.yml",)
    update = upgrade.Request(path=folder, answers={"license": "none"}, lock=False)
    assert upgrade.apply(upgrade.plan(update)).removed == ("LICENSE",)
    assert "# keep this remark" in (folder / ".mlscaffold.yml").read_text(encoding="utf-8")


def test_a_record_that_lacks_an_answer_is_completed(work: Path) -> None:
    """Around the owner's lines, which stay where they are."""
    folder = make("pipeline", work / "x").path
    record = folder / ".mlscaffold.yml"
    text = record.read_text(encoding="utf-8").replace("license: MIT", "license: MIT # why\n# mine")
    record.write_text(text.replace("source: sample\n", ""), encoding="utf-8")
    git(folder, "commit", "--quiet", "--all", "--amend", "--message=All of it")
    result = taken(folder)
    assert result.notes == (
        ".mlscaffold.yml has the answers of today; the lines that are yours stay in it.",
    )
    text = record.read_text(encoding="utf-8")
    assert "license: MIT # why\n# mine\n" in text
    assert "source: sample\n" in text


def test_a_project_of_another_version_is_adopted_by_that_one(older: Path, work: Path) -> None:
    """Its files and those of today need not fit each other."""
    outcome = run_at(older, "new", "pipeline", "x", "--yes", "--no-lock")
    assert outcome.code == 0, outcome.err
    git(work / "x", "commit", "--quiet", "--amend", "--message=All of it")
    problem = refusal(work / "x")
    assert str(problem).startswith(
        f"The project is of mlscaffold {previous.VERSION}, this is {__version__}, "
    )
    assert problem.hint.endswith(f": uvx mlscaffold@{previous.VERSION} adopt pipeline")


def test_a_shallow_clone_of_a_project_is_not_adopted(work: Path) -> None:
    """The commit that it lacks is in the rest of its history."""
    folder = make("pipeline", work / "x").path
    (folder / "more.txt").write_text("x", encoding="utf-8")
    commit(folder)
    git(work, "clone", "--quiet", "--depth=1", folder.as_uri(), "clone")
    problem = refusal(work / "clone")
    assert problem.hint == "Fetch the rest of it: git fetch --unshallow"


def test_another_file_of_the_record_s_name_is_refused(old: Path) -> None:
    """It is somebody else's."""
    (old / ".mlscaffold.yml").write_text("steps: all\n", encoding="utf-8")
    git(old, "add", "--all")
    git(old, "commit", "--quiet", "--message=More")
    assert str(refusal(old)).startswith(".mlscaffold.yml is there, and is no record of mlscaffold")


def test_what_was_reverted_is_brought_again_by_git(old: Path) -> None:
    """The template is in the history, and so no base is lacking: the way forward is named."""
    taken(old)
    git(old, "revert", "--mainline=1", "--no-edit", "HEAD")
    revert = git(old, "rev-parse", "HEAD")
    problem = refusal(old)
    assert problem.hint == (
        f"Commit {revert[:10]} took it away; to have it again: git revert {revert[:10]}"
    )
    result = upgrade.apply(upgrade.plan(upgrade.Request(path=old, lock=False)))
    assert result.state == "current"
    assert result.notes[0].startswith(f".mlscaffold.yml has been away since commit {revert[:10]}.")
    assert result.notes[0].endswith(f"git revert {revert[:10]}")
    git(old, "revert", "--no-edit", revert)
    assert (old / "src/old/pipeline.py").exists()
    result = upgrade.apply(upgrade.plan(upgrade.Request(path=old, lock=False)))
    assert (result.state, result.notes) == ("current", ())


def test_what_the_project_ignores_comes_with_a_note(work: Path) -> None:
    """It is in git, which its owner may not expect."""
    git(work, "init", "--quiet", "--initial-branch=main", "x")
    (work / "x" / ".gitignore").write_text("tests/\nconfig.toml\n", encoding="utf-8")
    git(work / "x", "add", "--all")
    git(work / "x", "commit", "--quiet", "--message=Start")
    preview = adopt.preview(adopt.plan(adopt.Request("pipeline", work / "x")))
    result = taken(work / "x")
    assert preview.notes == result.notes
    assert len(result.notes) == 1
    assert result.notes[0].startswith("'config.toml' and ")
    assert "would be ignored here" in result.notes[0]
