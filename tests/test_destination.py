"""The folder a project goes into: judged before, staged beside, filled in one step."""

from __future__ import annotations

import os
from contextlib import ExitStack
from pathlib import Path

import pytest

from mlscaffold import destination
from mlscaffold.destination import STAGING_PREFIX
from mlscaffold.errors import DestinationError, InvalidNameError
from tests.support import snapshot

EMPTY = "Give a PATH where nothing is yet; a README, a LICENSE and a .git may be there."


def refusal(path: Path) -> tuple[str, str]:
    """Return sentence and hint by which a path is refused."""
    with pytest.raises(DestinationError) as caught:
        destination.inspect(path)
    return str(caught.value), caught.value.hint


def test_a_file_is_refused(work: Path) -> None:
    """A project is a folder."""
    (work / "x").touch()
    assert refusal(Path("x")) == (
        f"'{work / 'x'}' is a file.",
        "Give a PATH where nothing is yet.",
    )


def test_a_name_that_no_disk_takes_is_refused(work: Path) -> None:
    """The limit is one of the name, not of the disk's space."""
    with pytest.raises(InvalidNameError, match="longer than 255 bytes") as caught:
        destination.inspect(Path("é" * 128))
    assert caught.value.hint == "Give a shorter PATH."
    assert not any(work.iterdir())


def test_a_dangling_link_is_refused(work: Path) -> None:
    """What a link points at may come back; nothing is put in its place."""
    (work / "x").symlink_to("nowhere")
    assert refusal(Path("x"))[0] == f"'{work / 'x'}' is a file."


def test_a_file_above_is_refused(work: Path) -> None:
    """A folder cannot be made inside a file."""
    (work / "x").touch()
    assert refusal(Path("x/y/z")) == (
        f"'{work / 'x/y/z'}' cannot be made: '{work / 'x'}' is a file.",
        "Give another PATH.",
    )


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (["main.py"], "'main.py'"),
        ([".env"], "'.env'"),
        (["a", "b", "c", "README.md"], "'a' and 2 more"),
        (["READMEANDMORE"], "'READMEANDMORE'"),
    ],
)
def test_a_folder_that_holds_files_is_refused(names: list[str], said: str, work: Path) -> None:
    """The sentence names one of the files that are in the way."""
    for name in names:
        (work / name).touch()
    assert refusal(work) == (f"The folder '{work}' is not empty: it holds {said}.", EMPTY)


@pytest.mark.parametrize("name", ["README", "LICENSE.d", ".gitignore"])
def test_a_folder_named_like_a_welcome_file_is_refused(name: str, work: Path) -> None:
    """What GitHub puts into a new repository are files."""
    (work / name).mkdir()
    assert refusal(work)[0] == f"The folder '{work}' is not empty: it holds '{name}'."


def test_the_root_is_refused() -> None:
    """A folder without a name is no project's."""
    with pytest.raises(InvalidNameError):
        destination.inspect(Path("/"))


@pytest.mark.skipif(os.name == "nt", reason="Windows has other rules for permissions")
def test_nothing_that_exists_is_taken_for_absent(work: Path) -> None:
    """A link to an empty folder is that folder."""
    (work / "real").mkdir()
    (work / "link").symlink_to("real")
    assert destination.inspect(Path("link")).exists


def test_a_path_of_a_user_that_is_not_there_is_a_plain_name(work: Path) -> None:
    """A tilde that stands for nobody's home is a letter of the name."""
    place = destination.inspect(Path("~nobody-of-that-name/x"))
    assert place.path == work / "~nobody-of-that-name" / "x"


def test_a_path_in_the_home_folder(home: Path) -> None:
    """A tilde that the shell left alone is the home folder."""
    assert destination.inspect(Path("~/x")).path == home / "x"


def test_an_empty_folder_is_welcome(work: Path) -> None:
    """`new .` in a fresh folder."""
    place = destination.inspect(Path())
    assert place == destination.Destination(work, exists=True, has_git=False, kept=())


def test_a_fresh_clone_is_welcome(work: Path) -> None:
    """What GitHub may put into a new repository is kept, and said to be."""
    (work / ".git").mkdir()
    for name in ("README.md", "licence.txt", "COPYING", ".gitignore"):
        (work / name).touch()
    place = destination.inspect(work)
    assert place.has_git
    assert place.kept == (".gitignore", "COPYING", "README.md", "licence.txt")


def test_what_a_killed_run_left_is_no_obstacle(work: Path) -> None:
    """A staging folder in the destination is neither a stranger nor kept."""
    (work / f"{STAGING_PREFIX}x").mkdir()
    assert destination.inspect(work).kept == ()


def test_staging_is_gone_after_a_failure(work: Path) -> None:
    """The folder and the parents made for it go, and nothing else does."""
    (work / "there").mkdir()
    before = snapshot(work)
    place = destination.inspect(Path("there/a/b/c"))
    stage = ExitStack()
    folder = stage.enter_context(destination.staging(place))
    (folder / "deep").mkdir()
    (folder / "deep" / "file").touch()
    assert (work / "there" / "a" / "b").is_dir()
    with pytest.raises(KeyboardInterrupt), stage:
        raise KeyboardInterrupt
    assert snapshot(work) == before


def test_parents_go_again_when_one_cannot_be_made(work: Path) -> None:
    """A name that is too long for the disk comes after one that is not."""
    place = destination.inspect(Path("a") / ("b" * 300) / "c")
    with pytest.raises(OSError, match="too long"), destination.staging(place):
        pass
    assert snapshot(work) == {}


def test_parents_that_somebody_filled_meanwhile_stay(work: Path) -> None:
    """Only empty folders are taken away."""
    place = destination.inspect(Path("a/b"))
    with destination.staging(place):
        (work / "a" / "theirs").touch()
    assert set(snapshot(work)) == {"a", "a/theirs"}


def test_a_project_is_moved_to_a_new_path(work: Path) -> None:
    """One rename, with the parents it needs; the staging folder is gone."""
    place = destination.inspect(Path("a/b"))
    with destination.staging(place) as folder:
        (folder / "file").write_text("x", encoding="utf-8")
        destination.place(folder, place)
    assert snapshot(work) == {"a": None, "a/b": None, "a/b/file": b"x"}


def test_somebody_may_be_quicker_by_a_moment(work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What comes while the project is moved is told as what came before, and stays."""
    place = destination.inspect(Path("x"))
    rename = Path.rename

    def late(path: Path, target: Path) -> Path:
        (target / "theirs").mkdir(parents=True)
        return rename(path, target)

    with destination.staging(place) as folder:
        monkeypatch.setattr(Path, "rename", late)
        with pytest.raises(DestinationError, match="x' has appeared meanwhile"):
            destination.place(folder, place)
    assert set(snapshot(work)) == {"x", "x/theirs"}


def test_an_empty_folder_that_came_meanwhile_is_not_replaced(work: Path) -> None:
    """Somebody has made it for something."""
    place = destination.inspect(Path("x"))
    with destination.staging(place) as folder:
        (work / "x").mkdir()
        with pytest.raises(DestinationError, match="x' has appeared meanwhile"):
            destination.place(folder, place)


@pytest.mark.parametrize(
    ("word", "shown"),
    [("C:\\a-b\\x.y", "C:\\a-b\\x.y"), ("R&D", '"R&D"'), ("a b", '"a b"'), ("it's", '"it\'s"')],
)
def test_windows_is_told_what_all_its_shells_take(
    word: str, shown: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Double quotes, and none where there is no need."""
    with monkeypatch.context() as windows:
        windows.setattr(os, "name", "nt")
        quoted = destination.quoted(word)
    assert quoted == shown


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such bits")
def test_a_project_s_folder_has_the_user_s_usual_permissions(work: Path) -> None:
    """The staging folder is private; the project is not."""
    (work / "usual").mkdir()
    place = destination.inspect(Path("x"))
    with destination.staging(place) as folder:
        destination.place(folder, place)
    assert (work / "x").stat().st_mode == (work / "usual").stat().st_mode


def test_a_project_is_moved_into_a_folder_beside_what_is_kept(work: Path) -> None:
    """The owner's file stays as it is; everything else comes."""
    (work / "README.md").write_text("mine", encoding="utf-8")
    place = destination.inspect(work)
    with destination.staging(place) as folder:
        (folder / "README.md").write_text("theirs", encoding="utf-8")
        (folder / "new").write_text("x", encoding="utf-8")
        destination.place(folder, place)
    assert snapshot(work) == {"README.md": b"mine", "new": b"x"}


def test_what_came_meanwhile_is_not_overwritten(work: Path) -> None:
    """A file that appeared after the check stops the move, and what was moved goes back."""
    place = destination.inspect(work)
    with destination.staging(place) as folder:
        for name in ("a", "b", "c"):
            (folder / name).write_text("theirs", encoding="utf-8")
        (work / "b").write_text("mine", encoding="utf-8")
        with pytest.raises(DestinationError) as caught:
            destination.place(folder, place)
        assert sorted(path.name for path in folder.iterdir()) == ["a", "b", "c"]
    assert str(caught.value) == f"'{work / 'b'}' has appeared meanwhile."
    assert snapshot(work) == {"b": b"mine"}


def test_the_repository_is_moved_first(work: Path) -> None:
    """Whoever is killed between two moves has all of the project in git."""
    place = destination.inspect(work)
    with destination.staging(place) as folder:
        (folder / ".env.example").touch()
        (folder / ".git").mkdir()
        (work / ".env.example").touch()
        (work / ".git").mkdir()
        with pytest.raises(DestinationError, match=r"\.git' has appeared"):
            destination.place(folder, place)


def test_files_are_listed_without_git_s_own(work: Path) -> None:
    """Paths are POSIX and sorted; a `.git` deeper down is a file like others."""
    for name in (".git/config", "b/.git", "a", "b/c/d"):
        (work / name).parent.mkdir(parents=True, exist_ok=True)
        (work / name).touch()
    assert destination.files(work) == ("a", "b/.git", "b/c/d")
