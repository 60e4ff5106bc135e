"""What an update brings, path by path: pure decisions over three lists of paths."""

from __future__ import annotations

import pytest

from mlscaffold.updating import course
from mlscaffold.updating.course import Course
from mlscaffold.updating.entries import Entry


def entries(**contents: str) -> dict[str, Entry]:
    """Return a tree of files; two underscores in a name are a slash."""
    return {path.replace("__", "/"): Entry("100644", content) for path, content in contents.items()}


def chart(
    base: dict[str, Entry],
    head: dict[str, Entry],
    made: dict[str, Entry],
    *moves: tuple[str, str],
    kept: tuple[str, ...] = (),
    stated: bool = False,
) -> Course:
    """Return the course of an update between these trees."""
    return course.chart(base=base, head=head, made=made, moves=moves, kept=kept, stated=stated)


def test_what_the_template_makes_is_merged() -> None:
    """As it is, where the owner has deleted nothing."""
    made = entries(a="2", b="1")
    assert chart(entries(a="1"), entries(a="9"), made) == Course(made, (), {})


def test_a_deleted_file_is_as_it_was() -> None:
    """So that git sees a deletion on the owner's side alone."""
    found = chart(entries(a="1", b="1"), entries(b="1"), entries(a="2", b="2"))
    assert found == Course(entries(a="1", b="2"), ("a",), {})


def test_a_deleted_file_that_has_not_changed_needs_nothing() -> None:
    """Git leaves it away by itself."""
    assert chart(entries(a="1", b="1"), entries(b="1"), entries(a="1", b="2")).left_out == ()


def test_what_is_new_in_a_deleted_folder_stays_out() -> None:
    """A folder of which the owner has kept nothing; not one that keeps a file of the owner's."""
    base, made = entries(x__a="1", y__a="1"), entries(x__a="1", y__a="1", x__b="1", y__b="1")
    assert chart(base, entries(y__mine="1"), made).left_out == ("x/b",)


def test_the_lock_file_is_never_merged() -> None:
    """Neither brought nor taken away."""
    lock = {"uv.lock": Entry("100644", "1")}
    assert chart({}, {}, lock) == Course({}, ("uv.lock",), {})
    assert chart(lock, lock, {}) == Course(lock, ("uv.lock",), {})


def test_a_renamed_file_is_followed() -> None:
    """Where the owner has it under one of its names, and under the new one only if it is away."""
    base, made = entries(a="1"), entries(b="2")
    assert chart(base, entries(a="9"), made, ("a", "b")).followed == {"a": "b"}
    assert chart(base, entries(b="9"), made, ("a", "b")).followed == {"a": "b"}
    assert chart(base, entries(a="9", b="9"), made, ("a", "b")).followed == {}
    deleted = chart(base, {}, made, ("a", "b"))
    assert (deleted.followed, deleted.left_out, deleted.entries) == ({}, ("b",), {})


def test_a_rename_to_what_was_there_is_none() -> None:
    """Nor is one of a file that is still made under its old name."""
    assert chart(entries(a="1", b="1"), entries(a="1"), entries(b="2"), ("a", "b")).followed == {}
    both = entries(a="1", b="1")
    assert chart(entries(a="1"), entries(a="1"), both, ("a", "b")).followed == {}


def test_what_was_the_owner_s_first_stays() -> None:
    """Until it is what the template makes of it."""
    base, made = entries(a="1"), entries(a="2")
    assert chart(base, entries(a="mine"), made, kept=("a",)).left_out == ("a",)
    assert chart(base, entries(a="1"), made, kept=("a",)).left_out == ()


def test_of_a_stated_base_nothing_is_removed() -> None:
    """Nobody knows which of its files were the template's."""
    base = entries(a="1", b="1")
    assert chart(base, base, entries(a="2"), stated=True).entries == entries(a="2", b="1")
    assert chart(base, base, entries(a="2")).entries == entries(a="2")


def test_what_both_have_deleted_is_nobody_s_wish() -> None:
    """Nor does it come back where the template now has a folder."""
    assert chart(entries(a="1"), {}, {}).left_out == ()
    assert chart(entries(a="1"), {}, entries(a__x="1")) == Course(entries(a__x="1"), (), {})


def link(target: str) -> Entry:
    """Return a symbolic link."""
    return Entry("120000", target)


@pytest.mark.parametrize(
    ("base", "head", "made", "barred"),
    [
        ({}, entries(a="mine"), entries(a__x="2"), {"a/x": "a"}),
        ({}, entries(a="mine"), entries(a__b__x="2"), {"a/b/x": "a"}),
        ({}, entries(a__mine="1"), entries(a="2"), {"a": "a/mine"}),
        (entries(a="1"), entries(a="mine"), entries(a__x="2"), {"a/x": "a"}),
        (entries(a="1"), entries(a="1"), entries(a__x="2"), {}),
        (entries(a__x="1"), entries(a__x="mine"), entries(a="2"), {"a": "a/x"}),
        (entries(a__x="1"), entries(a__x="1"), entries(a="2"), {}),
        (entries(a="1"), {"a": link("mine")}, entries(a="2"), {"a": "a"}),
        (entries(a="1"), {"a": link("mine")}, entries(a="1"), {}),
        ({}, {"a": link("mine")}, entries(a="2"), {"a": "a"}),
        ({"a": link("old")}, {"a": link("old")}, entries(a="2"), {}),
    ],
)
def test_what_is_of_another_kind_bars_the_template_s(
    base: dict[str, Entry],
    head: dict[str, Entry],
    made: dict[str, Entry],
    barred: dict[str, str],
) -> None:
    """Git would lay the owner's aside; so the template's does not come, and is reported."""
    found = chart(base, head, made)
    assert found.barred == barred
    assert set(found.left_out) == set(barred)


def test_a_renamed_file_of_another_kind_stays_where_it_is() -> None:
    """As does one whose new place is taken: neither name of the template's comes."""
    base = entries(a="1")
    for head in ({"a": link("mine")}, entries(a="9", b="mine"), entries(a="1", b="mine")):
        new = "b" if "b" not in head else "b/a"
        found = chart(base, head, entries(**{new.replace("/", "__"): "2"}), ("a", new))
        assert (found.followed, found.left_out) == ({}, ("a", new))
        assert found.entries == base


@pytest.mark.parametrize(
    ("path", "now"),
    [("a", "c"), ("old/x/y", "new/x/y"), ("older/x", "older/x"), ("old", "old"), ("b", "b")],
)
def test_moves_are_made_in_their_order(path: str, now: str) -> None:
    """A file may move twice; a folder takes along what is in it."""
    assert course.moved(path, [("a", "b2"), ("b2", "c"), ("old/", "new/")]) == now
