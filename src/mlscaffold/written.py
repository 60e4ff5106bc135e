"""Answers as they are written: words on the command line, and files of YAML."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from mlscaffold import catalog, tables
from mlscaffold.errors import BadInputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

FILE_HINT = "An answers file is YAML, one 'key: value' a line."


def parse_assignments(assignments: Iterable[str]) -> dict[str, str]:
    """Return the mapping that `KEY=VALUE` words mean; a later word wins.

    Raises:
        BadInputError: a word has no `=` or no key.
    """
    answers = {}
    for assignment in assignments:
        key, separator, value = assignment.partition("=")
        if not separator or not key:
            raise BadInputError(f"'{assignment}' is no answer.", "Write --set KEY=VALUE.")
        answers[key.strip()] = value
    return answers


def read_file(path: Path, *, named: bool = False) -> dict[str, str]:
    """Return the answers in a YAML file; a project's own `.mlscaffold.yml` is one.

    What they name of the owner's is looked for from the file's folder. With `named`, they are for a
    project that has a name already: another one's is left behind.

    Raises:
        BadInputError: the file is not there, is no YAML, or is no mapping to plain values.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise BadInputError(
            f"The answers file '{path}' cannot be read: {reason}.", FILE_HINT
        ) from error
    document = parse_file(text, str(path))
    is_project = document.pop("version", None) is not None
    answers = _nameless(document) if named and is_project else document
    return answers | _placed(answers, path.parent)


def _nameless(answers: Mapping[str, str]) -> dict[str, str]:
    """Return a project's answers without its name, and what is its name once more."""
    own = {"project_name", "package"}
    if answers.get("description") == answers.get("project_name"):
        own.add("description")
    return {key: value for key, value in answers.items() if key not in own}


def _placed(answers: Mapping[str, str], folder: Path) -> dict[str, str]:
    """Return the answers that name something of the owner's, as paths by way of a folder."""
    keys = {key for entry in catalog.templates() for key in (*entry.copies, *entry.bundles)}
    return {
        key: str(folder / os.path.expanduser(answers[key]))  # noqa: PTH111  never raises
        for key in keys & answers.keys()
        if answers[key] and not tables.is_address(answers[key])
    }


def parse_file(text: str, name: str) -> dict[str, str]:
    """Return the answers, and the version, in the text of an answers file of that name.

    Raises:
        BadInputError: the text is no YAML, or is no mapping to plain values.
    """
    import yaml

    try:
        # Not the safe loader: it takes 3.10 for 3.1, and no for False. This one reads only text.
        document = yaml.load(text, yaml.BaseLoader)  # noqa: S506
    except (yaml.YAMLError, RecursionError) as error:
        raise BadInputError(f"The answers file '{name}' is not valid YAML.", FILE_HINT) from error
    if not isinstance(document, dict):
        raise BadInputError(f"The answers file '{name}' holds no mapping.", FILE_HINT)
    for key, value in document.items():
        if isinstance(value, (dict, list)):
            raise BadInputError(f"The answer '{key}' in '{name}' is not a plain value.", FILE_HINT)
    return {str(key): str(value) for key, value in document.items()}
