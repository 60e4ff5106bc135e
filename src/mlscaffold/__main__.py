"""The console script, and `python -m mlscaffold`."""

from __future__ import annotations

import atexit
import gc


def main() -> None:
    """Run the command line."""
    # A short life that only ever adds objects: collecting them costs a quarter of it for nothing,
    # on the way and once more at the end, where frozen objects are passed over.
    gc.disable()
    atexit.register(gc.freeze)
    from mlscaffold.cli import mlscaffold

    mlscaffold(prog_name="mlscaffold")


if __name__ == "__main__":
    main()
