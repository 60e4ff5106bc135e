"""The sample submission of a competition: which rows it asks for, and in which columns."""

from __future__ import annotations

from pathlib import Path

from ..config import Config
from ..errors import UserError
from . import table


def find(root: Path, config: Config) -> str:
    """Return the sample's path: `kaggle.sample`, or the one file of that kind beside the data.

    Raises:
        UserError: there is none, or more than one that could be meant.
    """
    if config.kaggle.sample:
        return config.kaggle.sample
    there = _beside(root, config)
    if len(there) != 1:
        folder = Path(config.data.train).parent.as_posix()
        raise UserError(
            f"{folder}/ should hold one sample submission; there is: {', '.join(there) or 'none'}.",
            "Name it in kaggle.sample of config.toml.",
            2,
        )
    return there[0]


def meant(root: Path, config: Config) -> tuple[str, str]:
    """Return the columns of identifier and target that the sample means, "" for none.

    It means a column that the training table has, too. Without one sample it means nothing.
    """
    there = [config.kaggle.sample] if config.kaggle.sample else _beside(root, config)
    if not config.kaggle.competition or len(there) != 1:
        return "", ""
    known = set(table.header(root, config.data.train))
    first, *answers = table.header(root, there[0])
    target = answers[0] if len(answers) == 1 and answers[0] in known else ""
    return (first if first in known else ""), target


def _beside(root: Path, config: Config) -> list[str]:
    folder = (root / config.data.train).parent
    found = sorted(folder.glob("*submission*.csv"))
    return [path.relative_to(root).as_posix() for path in found]
