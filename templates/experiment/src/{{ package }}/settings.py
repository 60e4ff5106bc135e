"""TOML files as frozen dataclasses, strictly.

A key that is no field is refused, so that a misspelt setting cannot be silently ignored. What a
value may be is said once, by the field's type: `Annotated[int, Between(2, 100)]`, `Literal["a"]`.
"""

from __future__ import annotations

import dataclasses
import math
import tomllib
import typing
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from . import nearest
from .errors import UserError

Kind = TypeVar("Kind")


@dataclass(frozen=True)
class Between:
    """The bounds of a number, both of them allowed, unless `above` excludes the lower one."""

    low: float = -math.inf
    high: float = math.inf
    above: bool = False

    def __contains__(self, value: float) -> bool:
        """Tell whether the number is within the bounds."""
        return (self.low < value if self.above else self.low <= value) and value <= self.high

    def __str__(self) -> str:
        """Say the bounds in words."""
        low = f"above {self.low:g}" if self.above else f"{self.low:g} or more"
        return low if math.isinf(self.high) else f"{low}, at most {self.high:g}"


def read(path: Path, kind: type[Kind], *, name: str) -> Kind:
    """Return the TOML file as the dataclass `kind`; `name` is what errors call the file.

    Raises:
        UserError: there is no such file, it is not TOML, or it holds what is not a setting.
    """
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UserError(
            f"There is no {name} here.", "Run the command in the project's folder.", 2
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UserError(f"{name} is not TOML: {error}.", "Mend that line.", 2) from error
    return _section(kind, document, file=name, where="")


def _section(kind: type[Kind], table: dict[str, Any], *, file: str, where: str) -> Kind:
    """Return the table as the dataclass `kind`; `where` is its dotted name in the file."""
    types = typing.get_type_hints(kind, include_extras=True)
    for key in table:
        if key not in types:
            raise UserError(
                f"{file} has an unknown setting {where + key!r}.", nearest.hint(key, types), 2
            )
    for each in dataclasses.fields(kind):  # type: ignore[arg-type]  # every kind is a dataclass
        optional = (each.default, each.default_factory) != (dataclasses.MISSING,) * 2
        if each.name not in table and not optional:
            raise UserError(f"{file} lacks the setting {where + each.name!r}.", "Add it.", 2)
    values = {
        key: _value(types[key], value, file=file, name=where + key) for key, value in table.items()
    }
    return kind(**values)


def _value(kind: Any, value: Any, *, file: str, name: str) -> Any:  # noqa: ANN401  TOML comes in here
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if dataclasses.is_dataclass(kind) and isinstance(kind, type):
        if isinstance(value, dict):
            return _section(kind, value, file=file, where=f"{name}.")
        wanted = "a table"
    elif origin is Annotated:
        number = _value(arguments[0], value, file=file, name=name)
        if number in arguments[1]:
            return number
        wanted = str(arguments[1])
    elif origin is Literal:
        if value in arguments:
            return value
        wanted = f"one of {', '.join(map(repr, arguments))}"
    elif origin is dict:
        if isinstance(value, dict):
            items = value.items()
            return {
                key: _value(arguments[1], item, file=file, name=f"{name}.{key}")
                for key, item in items
            }
        wanted = "a table"
    elif origin is tuple:
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            return tuple(value)
        wanted = "a list of texts"
    elif kind is float:
        if type(value) in (int, float) and math.isfinite(value):
            return float(value)
        wanted = "a finite number"
    else:
        if type(value) is kind:
            return value
        wanted = {int: "a whole number", str: "text", bool: "true or false"}[kind]
    raise UserError(f"{file}: {name} is {value!r}.", f"It has to be {wanted}.", 2)
