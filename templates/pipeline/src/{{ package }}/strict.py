"""TOML into frozen dataclasses: nothing unknown, nothing missing, nothing of another type."""

from __future__ import annotations

import dataclasses
import difflib
import tomllib
import types
import typing
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Self

from .errors import UserError


def load(path: Path) -> dict[str, Any]:
    """Return the TOML document at `path`.

    Raises:
        UserError: there is no such file, or it cannot be read, or it is not TOML.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UserError(
            f"There is no {path.name} in {path.parent.resolve()}.",
            "Run the command from the project's folder.",
            2,
        ) from None
    except OSError as error:
        raise UserError(
            f"{path.name} cannot be read: {error.strerror}.", "It should be a text file.", 2
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UserError(f"{path.name} is not valid TOML: {error}.", "Mend that line.", 2) from None


@dataclass(frozen=True)
class Strict:
    """A dataclass that can be built from a table of TOML."""

    @classmethod
    def build(cls, values: Mapping[str, Any], where: str) -> Self:
        """Return `values` as an instance; `where` tells the reader which table is meant.

        Raises:
            UserError: a key is unknown or missing, or its value has another type.
        """
        hints = cls._hints()
        known = {field.name: field for field in dataclasses.fields(cls)}
        arguments: dict[str, Any] = {}
        for key, value in values.items():
            if key not in known:
                raise UserError(f"{where} has an unknown key {key!r}.", nearest(key, known), 2)
            arguments[key] = _typed(value, hints[key], f"{where}.{key}")
        for name, field in known.items():
            if name not in arguments and field.default is dataclasses.MISSING:
                raise UserError(f"{where} lacks the key {name!r}.", "Add it.", 2)
        return cls(**arguments)

    @classmethod
    @cache
    def _hints(cls) -> dict[str, Any]:
        """Return the types of the fields, which are text until they are asked for."""
        return typing.get_type_hints(cls)


def nearest(name: str, known: Iterable[str]) -> str:
    """Return a hint that names the nearest of the known names, or all of them."""
    names = list(known)
    close = difflib.get_close_matches(name, names, n=1)
    return f"Did you mean {close[0]!r}?" if close else f"Known are: {', '.join(names)}."


def _typed(value: object, hint: Any, where: str) -> object:  # noqa: ANN401  a hint is any form
    """Return the value when it is of the hinted type; lists become tuples."""
    allowed = typing.get_args(hint) if isinstance(hint, types.UnionType) else (hint,)
    for kind in allowed:
        origin = typing.get_origin(kind) or kind
        if origin is tuple and isinstance(value, list):
            (item, *_) = typing.get_args(kind)
            return tuple(_typed(element, item, where) for element in value)
        # A TOML boolean is a Python int; a whole number is a fine float.
        if origin is float and isinstance(value, int) and not isinstance(value, bool):
            return float(value)
        if type(value) is origin:
            return value
    expected = " or ".join(getattr(kind, "__name__", str(kind)) for kind in allowed)
    raise UserError(f"{where} is {value!r}, and should be of type {expected}.", "Correct it.", 2)
