"""The settings of the training: config.toml, typed and refused where it is wrong.

What the running service needs comes from the environment instead (`settings.py`): a container has
no config.toml.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from datetime import date
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from .errors import UserError

CONFIG = "config.toml"


class Project(Struct, frozen=True, forbid_unknown_fields=True):
    """What the project is called, and who needs its answer."""

    name: str
    problem: str = ""


class Data(Struct, frozen=True, forbid_unknown_fields=True):
    """What counts as late, and which flights are for learning and which for judging."""

    late_minutes: Annotated[int, Meta(ge=1)] = 15
    holdout_from: date = date(2013, 10, 1)
    rows: Annotated[int, Meta(ge=1000)] = 60_000


class Model(Struct, frozen=True, forbid_unknown_fields=True):
    """The bundle's name, version and licence, and the parameters of HistGradientBoosting."""

    name: Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
    version: Annotated[str, Meta(min_length=1)] = "1.0.0"
    license: str = "other"
    seed: Annotated[int, Meta(ge=0, lt=2**32)] = 7
    max_iter: Annotated[int, Meta(ge=1)] = 100
    learning_rate: Annotated[float, Meta(gt=0)] = 0.1
    max_leaf_nodes: Annotated[int, Meta(ge=2)] = 15


class Config(Struct, frozen=True, forbid_unknown_fields=True):
    """Everything in config.toml."""

    project: Project
    model: Model
    data: Data = Data()


def read(root: Path) -> Config:
    """Return the settings in `root`.

    Raises:
        UserError: there is no config.toml, it is not TOML, or it holds what is not a setting.
    """
    try:
        document = tomllib.loads((root / CONFIG).read_text(encoding="utf-8"))
        return msgspec.convert(document, Config)
    except FileNotFoundError:
        raise UserError(
            f"There is no {CONFIG} here.", "Run the command in the project's folder.", 2
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UserError(f"{CONFIG} is not TOML: {error}.", "Mend that line.", 2) from error
    except msgspec.ValidationError as error:
        raise UserError(f"{CONFIG}: {error}.", _hint(str(error)), 2) from None


def _hint(message: str) -> str:
    """Return the known setting nearest to the one the message complains about, if it names one."""
    unknown = re.search("unknown field `(.*?)`", message)
    fields = [
        name for section in (Config, Project, Data, Model) for name in section.__struct_fields__
    ]
    near = difflib.get_close_matches(unknown[1], fields, n=1) if unknown else []
    return f"Did you mean {near[0]!r}?" if near else "Mend that setting."
