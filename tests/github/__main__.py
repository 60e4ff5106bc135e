"""`python -m tests.github`: the stand-in, to try `mlscaffold publish` by hand until Ctrl-C."""

from __future__ import annotations

import secrets
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import click

from tests.github import GitHub

if __name__ == "__main__":
    with (
        tempfile.TemporaryDirectory() as folder,
        GitHub(Path(folder), token=f"ghp_{secrets.token_hex(18)}") as github,
        suppress(KeyboardInterrupt),
    ):
        click.echo(f"export GH_HOST={github.address}")
        click.echo(f"export GH_ENTERPRISE_TOKEN={github.token}")
        while True:
            time.sleep(3600)
