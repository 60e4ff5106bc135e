"""`python -m tests.github`: the stand-in, to try `mlscaffold publish` by hand until Ctrl-C."""

from __future__ import annotations

import secrets
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from tests.github import GitHub

if __name__ == "__main__":
    with (
        tempfile.TemporaryDirectory() as folder,
        GitHub(Path(folder), token=f"ghp_{secrets.token_hex(18)}") as github,
        suppress(KeyboardInterrupt),
    ):
        print(f"export GH_HOST={github.address}")
        print(f"export GH_ENTERPRISE_TOKEN={github.token}", flush=True)
        while True:
            time.sleep(3600)
