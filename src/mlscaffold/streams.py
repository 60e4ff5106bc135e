"""stdout and stderr, whether or not anybody reads them.

What is under way does not depend on its words being read: it goes on, and whether what was asked
for could be printed is asked at the end.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mlscaffold.errors import OutputError

if TYPE_CHECKING:
    from typing import TextIO

_refused: list[OSError] = []
"""Why stdout took no more of what was asked for, if it did not."""


def say(text: str) -> None:
    """Say on stderr how things stand."""
    try:
        click.echo(text, err=True)
    except OSError:  # there is nobody left to tell
        _drop(sys.stderr)


def output(text: str) -> None:
    """Print on stdout what was asked for."""
    try:
        click.echo(text)
    except BrokenPipeError:  # whoever reads it has seen enough
        _drop(sys.stdout)
    except OSError as error:
        _drop(sys.stdout)
        _refused.append(error)


def require_printed() -> None:
    """Refuse to call it done where what was asked for is nowhere to be read.

    Raises:
        OutputError: stdout has taken no more.
    """
    if _refused:
        raise OutputError(_refused.pop())


def _drop(stream: TextIO) -> None:
    """Lead a stream to nowhere: what it still holds back would be refused at the very end."""
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        os.dup2(nowhere.fileno(), stream.fileno())
