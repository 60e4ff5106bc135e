"""A look at a picture without a library of pictures."""

from __future__ import annotations

import itertools
import struct
import xml.etree.ElementTree as ET
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

SIGNATURE = b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True)
class Picture:
    """A picture's width and height in pixels, and how much is in it.

    `changes` counts the rows of a PNG that differ from the one above, or the elements of an SVG.
    """

    width: int
    height: int
    changes: int


def read(path: Path) -> Picture:
    """Return what a PNG shows, decoded to its last byte, or an SVG, parsed."""
    if path.suffix == ".svg":
        drawing = ET.fromstring(path.read_bytes())  # noqa: S314  a project of ours wrote it
        width, height = (round(float(drawing.attrib[name])) for name in ("width", "height"))
        return Picture(width, height, len(list(drawing.iter())))
    data = path.read_bytes()
    assert data.startswith(SIGNATURE), f"{path.name} is no PNG"
    chunks: dict[bytes, bytes] = {}
    position = len(SIGNATURE)
    while position < len(data):
        (length,) = struct.unpack_from(">I", data, position)
        kind = data[position + 4 : position + 8]
        body = data[position + 8 : position + 8 + length]
        (checksum,) = struct.unpack_from(">I", data, position + 8 + length)
        assert checksum == zlib.crc32(kind + body), f"{path.name} is damaged"
        chunks[kind] = chunks.get(kind, b"") + body
        position += 12 + length
    assert b"IEND" in chunks, f"{path.name} is cut off"
    width, height = struct.unpack_from(">II", chunks[b"IHDR"])
    pixels = zlib.decompress(chunks[b"IDAT"])
    row = len(pixels) // height
    rows = [pixels[start : start + row] for start in range(0, len(pixels), row)]
    changes = sum(above != below for above, below in itertools.pairwise(rows))
    return Picture(width, height, changes)
