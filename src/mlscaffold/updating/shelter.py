"""What a merge may touch, laid aside while it runs, so that there is a way back if git fails.

git gives up in the middle where a file may not be written, where a filter of the owner's fails or
the disk is full, and what it has written by then it leaves. What is laid aside are copies of the
files as they were: to move them back takes neither those filters nor room on the disk. They are
copies and no links, since a link to a file is a change of it to git, which then looks inside.
"""

from __future__ import annotations

import filecmp
import os
import shutil
import tempfile
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mlscaffold.errors import RepositoryError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mlscaffold.updating.checkout import Checkout
    from mlscaffold.updating.entries import Entry

INDEX = "index"


@dataclass(frozen=True)
class Shelter:
    """What was at some paths of a work tree, and git's index.

    `coming` are those paths, and what the merge would bring there, None where it takes away;
    `kept` are copies of the files that were there; `folders` were there too.
    """

    checkout: Checkout
    folder: Path
    coming: Mapping[str, Entry | None]
    kept: Mapping[str, Path]
    folders: frozenset[str]

    @classmethod
    def of(cls, checkout: Checkout, coming: Mapping[str, Entry | None]) -> Shelter:
        """Lay aside what is at the paths."""
        folder = Path(tempfile.mkdtemp(prefix="mlscaffold-", dir=checkout.private))
        try:
            if (checkout.private / INDEX).exists():
                _copy(checkout.private / INDEX, folder / INDEX)
            kept = {}
            for number, path in enumerate(coming):
                place = checkout.folder / path
                if place.is_symlink() or place.is_file():
                    kept[path] = folder / str(number)
                    _copy(place, kept[path])
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        above = {parent.as_posix() for path in coming for parent in Path(path).parents}
        there = frozenset(name for name in above if (checkout.folder / name).is_dir())
        return cls(checkout, folder, coming, kept, there)

    def put_back(self) -> None:
        """Have the paths and the index as they were; what somebody else has put there stays.

        Raises:
            RepositoryError: with the first path that is not as it was.
        """
        changed = [path for path in self.coming if not self._is_as_it_was(path)]
        ours = [path for path in changed if self._is_of_the_merge(path)]
        for path in ours:
            with suppress(OSError):
                (self.checkout.folder / path).unlink(missing_ok=True)
        self._remove_new_folders(ours)
        for path in ours:
            place = self.checkout.folder / path
            if path in self.kept and not os.path.lexists(place):
                with suppress(OSError):
                    place.parent.mkdir(parents=True, exist_ok=True)
                    shutil.move(self.kept[path], place)
        self._put_index_back()
        self.checkout.ask("update-index", "-q", "--refresh")
        left = [path for path in changed if not self._is_as_it_was(path, moved=True)]
        if left:
            more = f", nor are {len(left) - 1} more" if len(left) > 1 else ""
            raise RepositoryError(
                f"git gave up the merge, and '{left[0]}' is not as it was{more}.",
                "Everything else is: look at that with git diff, and bring it back with: "
                f"git restore {left[0]}",
            )

    def _is_as_it_was(self, path: str, *, moved: bool = False) -> bool:
        """Tell whether there is at a path what there was; what was `moved` back is."""
        place, kept = self.checkout.folder / path, self.kept.get(path)
        if kept is None:
            return not (place.is_symlink() or place.is_file())
        if not (place.is_symlink() or place.is_file()):
            return False
        if not os.path.lexists(kept):
            return moved
        if place.is_symlink() or kept.is_symlink():
            both = place.is_symlink() and kept.is_symlink()
            return both and os.readlink(place) == os.readlink(kept)  # noqa: PTH115
        same = place.stat().st_mode == kept.stat().st_mode
        return same and filecmp.cmp(place, kept, shallow=False)

    def is_there(self, path: str) -> bool:
        """Tell whether a file is still where it was, and what it was."""
        return path in self.kept and self._is_as_it_was(path)

    def remove(self) -> None:
        """Keep the copies no longer."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _is_of_the_merge(self, path: str) -> bool:
        """Tell whether nothing at a path is anybody's but git's.

        What a merge writes is among what git stores; what somebody types is not. A full disk
        leaves the beginning of it.
        """
        place = self.checkout.folder / path
        if not os.path.lexists(place) or (place.is_dir() and not place.is_symlink()):
            return True
        coming = self.coming[path]
        content = self.checkout.content(coming.blob) if coming else b""
        if place.is_symlink():
            return content == os.fsencode(os.readlink(place))  # noqa: PTH115
        return (
            self._stores("--no-filters", "--", str(place))
            or self._stores(f"--path={path}", "--", str(place))
            or content.startswith(place.read_bytes())
        )

    def _stores(self, *words: str) -> bool:
        """Tell whether git has the content of a file among what it stores."""
        hashed = self.checkout.ask("hash-object", *words)
        return hashed.status == 0 and self.checkout.ask("cat-file", "-e", hashed.output).status == 0

    def _put_index_back(self) -> None:
        place, kept = self.checkout.private / INDEX, self.folder / INDEX
        if kept.exists():
            shutil.move(kept, place)
        else:
            place.unlink(missing_ok=True)

    def _remove_new_folders(self, paths: list[str]) -> None:
        """Remove the empty folders above paths that were not there."""
        above = {parent.as_posix() for path in paths for parent in Path(path).parents}
        for name in sorted(above - self.folders, key=len, reverse=True):
            with suppress(OSError):  # it is not empty, or not there
                (self.checkout.folder / name).rmdir()


@contextmanager
def sheltered(checkout: Checkout, coming: Mapping[str, Entry | None]) -> Iterator[None]:
    """Put back what is at some paths if what is inside fails."""
    shelter = Shelter.of(checkout, coming)
    try:
        yield
    except BaseException:
        shelter.put_back()
        raise
    finally:
        shelter.remove()


def _copy(place: Path, beside: Path) -> None:
    """Copy a file with its time, which tells git whether to look inside; a link as a link."""
    if place.is_symlink():
        beside.symlink_to(os.readlink(place))  # noqa: PTH115  a Path would be tidied up
    else:
        beside.write_bytes(place.read_bytes())
        shutil.copystat(place, beside)
