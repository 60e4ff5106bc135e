"""The owner's CSV files, as far as `new` has to know them: an address, a path, a header."""

from __future__ import annotations

import csv
import os
from contextlib import suppress

SEPARATORS = ",;\t|"
LONGEST_HEADER = 1 << 20


def is_address(answer: str) -> bool:
    """Tell whether the file is on the web: the project downloads it, and nothing is copied."""
    return answer.startswith(("http://", "https://"))


def is_there(answer: str) -> bool:
    """Tell whether the answer is an address or a file's path, which may begin with a tilde."""
    return is_address(answer) or _is_file(answer)


def _is_file(answer: str) -> bool:
    return os.path.isfile(os.path.expanduser(answer))  # noqa: PTH111, PTH113  these never raise


def header(answer: str) -> list[str]:
    """Return the names of the file's columns; none where it is not there or its header is odd.

    What is wrong with the file is for the project to say, which reads all of it.
    """
    if is_address(answer) or not _is_file(answer):
        return []
    with suppress(OSError, UnicodeDecodeError, csv.Error):
        path = os.path.expanduser(answer)  # noqa: PTH111  never raises
        with open(path, encoding="utf-8-sig", newline="") as stream:  # noqa: PTH123  as above
            line = stream.readline(LONGEST_HEADER)
        separator = max(SEPARATORS, key=line.count)  # the first of them where none is there
        if line.strip() and line.count('"') % 2 == 0:  # else a name goes on in the next line
            return next(csv.reader([line], delimiter=separator), [])
    return []
