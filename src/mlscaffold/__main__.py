"""The console script, and `python -m mlscaffold`."""

from __future__ import annotations

import atexit
import gc
import io
import sys

from mlscaffold import interrupts


def main() -> None:
    """Run the command line."""
    # A short life that only ever adds objects: collecting them costs a quarter of it for nothing,
    # on the way and once more at the end, where frozen objects are passed over.
    gc.disable()
    atexit.register(gc.freeze)
    try:
        interrupts.heed()
        _speak_utf8()
        from mlscaffold.cli import mlscaffold

        mlscaffold(prog_name="mlscaffold")
    except KeyboardInterrupt:
        sys.exit(130)


def _speak_utf8() -> None:
    """Make every stream take every character, as JSON and the tree of files need.

    A pipe on Windows and a POSIX locale would stop at the first that they do not know.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")


if __name__ == "__main__":
    main()
