"""The tree of refusals."""

from __future__ import annotations

import errno
import inspect
import os
import re
from pathlib import Path

import pytest

from mlscaffold import errors
from mlscaffold.cli.publish import publish
from mlscaffold.errors import DiskError, ScaffoldError, UnknownNameError

KINDS = [
    kind
    for _, kind in inspect.getmembers(errors, inspect.isclass)
    if issubclass(kind, ScaffoldError) and kind.__module__ == errors.__name__
]


@pytest.mark.parametrize("kind", KINDS)
def test_every_error_is_drawn_in_the_tree(kind: type[ScaffoldError]) -> None:
    """The module's docstring is the map of all errors; none is missing."""
    assert kind.__name__ in str(errors.__doc__)


CAUSES: dict[type[ScaffoldError], int] = {
    errors.CredentialError: 3,
    errors.ForbiddenError: 4,
    errors.TakenError: 5,
    errors.LimitError: 6,
    errors.UnreachableError: 7,
    errors.RejectedError: 8,
    errors.SecretError: 9,
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_refusal_exits_with_one_and_bad_input_with_two(kind: type[ScaffoldError]) -> None:
    """The exit code follows from the branch of the tree, but for what a script acts upon."""
    branches = {errors.BadInputError: 2, errors.RefusedError: 1, errors.HalfwayError: 130}
    expected = [code for branch, code in branches.items() if issubclass(kind, branch)]
    code = CAUSES.get(kind, *(expected or [errors.ScaffoldError.exit_code]))
    assert kind.exit_code == code


def test_exit_codes_are_documented() -> None:
    """In the README's table and in --help, which name each once and no other."""
    readme = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
    rows = [int(code) for code in re.findall(r"^\| (\d+) \| ", readme, re.MULTILINE)]
    assert rows == sorted({0, 1, 2, 130, *CAUSES.values()})
    shown = str(publish.help).partition("Exit codes:")[2]
    assert sorted(map(int, re.findall(r"\d+", shown))) == rows


def test_an_unknown_name_proposes_the_nearest_and_lists_all() -> None:
    """A slip of the finger is named, and so is everything that can be typed."""
    problem = UnknownNameError("template", "servise", ["pipeline", "service"])
    assert str(problem) == "There is no template 'servise'."
    assert problem.hint == "Did you mean 'service'? Known: pipeline, service."


def test_an_unknown_name_that_resembles_nothing_lists_all() -> None:
    """Nothing far-fetched is proposed."""
    assert UnknownNameError("key", "xyzzy", ["b", "a"]).hint == "Known: a, b."


def test_an_unknown_name_among_none_says_so() -> None:
    """An empty list reads as one."""
    assert UnknownNameError("key", "x", []).hint == "Known: none."


def test_a_disk_error_says_where_and_why() -> None:
    """The system's own words come through, with the file they are about."""
    problem = DiskError(OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "here/file"))
    assert str(problem) == "The disk refused at 'here/file': No space left on device."


def test_a_disk_error_without_a_file_says_why() -> None:
    """Some calls of the system name no file."""
    problem = DiskError(OSError(errno.EIO, os.strerror(errno.EIO)))
    assert str(problem) == "The disk refused: Input/output error."
