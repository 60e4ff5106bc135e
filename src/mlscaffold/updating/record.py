"""The record of a project's answers, brought up to date without losing a line of its owner's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlscaffold import written
from mlscaffold.errors import BadInputError, HistoryError
from mlscaffold.updating.checkout import RECORD

if TYPE_CHECKING:
    from collections.abc import Mapping


def require_record(record: Mapping[str, str], *, there: bool) -> None:
    """Refuse a file of the record's name that mlscaffold has not made.

    Raises:
        HistoryError: it is there, and names no template or no version.
    """
    if there and not {"template", "version"} <= record.keys():
        raise HistoryError(
            f"{RECORD} is there, and is no record of mlscaffold's: it names no template and no "
            "version.",
            "Give the file another name, and commit that.",
        )


def mended(own: str, made: str) -> str:
    """Return the owner's record with the answers of a new one; all else in it stays, in its place.

    Raises:
        HistoryError: what the owner has written around the answers leaves no way to do so.
    """
    now = written.parse_file(made, RECORD)
    fresh = {_key(block): block for block in _blocks(made) if _key(block) in now}
    found = []
    for block in _blocks(own):
        key = _key(block)
        if key not in fresh:
            found.append(block)
            continue
        new = fresh.pop(key)
        same = written.parse_file(block, RECORD) == written.parse_file(new, RECORD)
        found.append(block if same else _commented(new, block))
    text = "".join(_ended(block) for block in (*found, *fresh.values()))
    if not _holds(text, now):
        raise HistoryError(
            f"{RECORD} cannot be brought up to date beside what you have written into it.",
            "Leave one 'key: value' a line in it, commit that, and try again.",
        )
    return text


def _holds(text: str, answers: Mapping[str, str]) -> bool:
    try:
        return answers.items() <= written.parse_file(text, RECORD).items()
    except BadInputError:
        return False


def _blocks(text: str) -> list[str]:
    """Return the lines of a record; one that goes on in the next, indented, is one with it."""
    blocks: list[str] = []
    for line in text.splitlines(keepends=True):
        if line.startswith((" ", "\t")) and line.strip() and blocks:
            blocks[-1] += line
        else:
            blocks.append(line)
    return blocks


def _key(block: str) -> str:
    key, separator, _ = block.partition(":")
    return key.strip("'\" ") if separator and not block.startswith("#") else ""


def _commented(new: str, old: str) -> str:
    """Return a new answer with what the owner has remarked behind the old one."""
    _, mark, remark = old.rstrip().partition(" #")
    if not mark or len(new.splitlines()) > 1:
        return new
    text = f"{new.rstrip()} #{remark}\n"
    return text if _holds(text, written.parse_file(new, RECORD)) else new


def _ended(block: str) -> str:
    return block if block.endswith(("\n", "\r")) else f"{block}\n"
