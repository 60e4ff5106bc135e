"""Raw files in portions: as much as one scan reads.

DuckDB remembers every value that it refuses until the scan has ended, with a message of about two
kilobytes and outside its memory limit. So what it has to remember must not grow with the files.
"""

from __future__ import annotations

import dataclasses
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from .extract import RawFile

MOST = 1 << 30  # bytes
_PIECE = 1 << 20


@dataclasses.dataclass(frozen=True)
class Part:
    """Records of the raw file of this number: all of them, or those of a copy of some.

    The line of a record is `ahead` of the one that it has in the copy.
    """

    number: int
    file: RawFile
    ahead: int = 0


def portions(files: Sequence[tuple[int, RawFile]]) -> Iterator[list[Part]]:
    """Give the files in their order, as many together as one scan reads.

    A larger file comes as copies of its lines below its header, one after the other: each is there
    until the next one is asked for.
    """
    together: list[Part] = []
    for number, file in files:
        if together and sum(part.file.bytes for part in together) + file.bytes > MOST:
            yield together
            together = []
        if file.bytes > MOST:
            yield from ([part] for part in _cut(number, file))
        else:
            together.append(Part(number, file))
    if together:
        yield together


def _cut(number: int, file: RawFile) -> Iterator[Part]:
    with tempfile.TemporaryDirectory() as folder, file.path.open("rb") as source:
        copy = Path(folder, "part.csv")
        header = source.readline()
        ahead = 0
        while first := source.readline():
            lines = 1
            with copy.open("wb") as target:
                target.write(header + first)
                while target.tell() < MOST and (piece := source.read(_PIECE)):
                    piece += source.readline()
                    lines += piece.count(b"\n")
                    target.write(piece)
            yield Part(number, dataclasses.replace(file, path=copy), ahead)
            ahead += lines
