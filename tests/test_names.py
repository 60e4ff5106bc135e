"""From a project's name to its package, or to a refusal."""

from __future__ import annotations

import keyword
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlscaffold import names
from mlscaffold.errors import InvalidNameError

OTHER_PACKAGE = "Choose another project name, or give the package: --set package=NAME."


def refusal(name: str) -> tuple[str, str]:
    """Return the sentence and the hint by which a project's name is refused."""
    with pytest.raises(InvalidNameError) as caught:
        names.package(name)
    return str(caught.value), caught.value.hint


@pytest.mark.parametrize("name", ["../x", "a/b", "/", "a\\b", ".", "..", "C:\\x"])
def test_a_path_is_no_name(name: str) -> None:
    """A name that leads elsewhere is refused, and the hint tells PATH and name apart."""
    assert refusal(name) == (
        f"The project name '{name}' is a path.",
        "Give the folder as PATH and the name as --set project_name=NAME.",
    )


@pytest.mark.parametrize("name", ["", "   ", "🚀", "🚀🔥", "---", "___", "مشروع", "项目", "\u202e"])
def test_a_name_without_a_latin_letter_gives_no_package(name: str) -> None:
    """Nothing importable is left of it; the hint says how to have such a name all the same."""
    assert refusal(name) == (
        f"The project name '{name.strip()}' holds no letter that a Python package can have.",
        "Use at least one letter from a to z, or give the package: --set package=NAME.",
    )


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("import", "is a word of the Python language"),
        ("Class", "is a word of the Python language"),
        ("match", "is a word of the Python language"),
        ("json", "is a module of Python's standard library"),
        ("Random", "is a module of Python's standard library"),
        ("con", "is a device on Windows"),
        ("COM1", "is a device on Windows"),
        ("LPT9", "is a device on Windows"),
        ("numpy", "is a package that projects of this kind import"),
        ("torch", "is a package that projects of this kind import"),
        ("tests", "is a package that projects of this kind import"),
        ("mlscaffold", "is a package that projects of this kind import"),
        ("2048", "does not begin with a letter"),
        ("3d-vision", "does not begin with a letter"),
    ],
)
def test_a_name_that_is_taken_is_refused_with_the_reason(name: str, reason: str) -> None:
    """Python's, Windows' and the field's own names would be hidden by a project's package."""
    package = name.lower().replace("-", "_")
    assert refusal(name) == (f"The package name '{package}' {reason}.", OTHER_PACKAGE)


def test_a_name_of_three_hundred_characters_is_refused_in_a_short_sentence() -> None:
    """The name is cut where it is quoted."""
    sentence = f"The package name '{'a' * 64}…' is longer than 64 characters."
    assert refusal("a" * 300) == (sentence, OTHER_PACKAGE)


@pytest.mark.parametrize(
    "name", ["", "_", "a__b", "_a", "a_", "A", "a-b", "a b", "ä", "a.b", "\uff11"]
)
def test_a_package_is_lowercase_words_joined_by_underscores(name: str) -> None:
    """What `--set package=` may hold is narrower than what Python could import."""
    with pytest.raises(InvalidNameError, match="not made of lowercase letters and digits"):
        names.check_package(name)


@pytest.mark.parametrize("name", sorted(names.TAKEN | names.WINDOWS))
def test_what_is_taken_cannot_be_a_package(name: str) -> None:
    """Every name on the two lists is refused."""
    with pytest.raises(InvalidNameError):
        names.check_package(name)


@pytest.mark.parametrize(
    ("name", "package"),
    [
        ("Flight Delays", "flight_delays"),
        ("flight-delays", "flight_delays"),
        ("  Crème Brûlée 2  ", "creme_brulee_2"),
        ("İstanbul", "istanbul"),
        ("What's next?!", "what_s_next"),
        ("a.b", "a_b"),
        ("🚀 rocket", "rocket"),
        ("x" * 64, "x" * 64),
    ],
)
def test_a_package_is_made_of_the_letters_of_the_name(name: str, package: str) -> None:
    """Accents fall, everything else that is no letter or digit becomes one underscore."""
    assert names.package(name) == package


@given(st.text())
def test_any_name_gives_an_importable_package_or_a_refusal(name: str) -> None:
    """Whatever is typed, no package comes out that could not be imported and installed."""
    try:
        package = names.package(name)
    except InvalidNameError:
        return
    assert package.isidentifier()
    assert package.isascii()
    assert not keyword.iskeyword(package)
    assert package not in sys.stdlib_module_names
    names.check_package(package)


def test_a_distribution_has_hyphens() -> None:
    """The command and the repository are named as PyPI and GitHub name theirs."""
    assert names.distribution("flight_delays") == "flight-delays"
