"""The signature of a model: what whoever trained it promises to whoever serves it.

It lies beside `model.onnx` as `signature.json`. Datatypes have the names of the Open Inference
Protocol; shapes hold -1 where the number of rows goes.
"""

from __future__ import annotations

from typing import Literal

import msgspec
from msgspec import Struct

SCHEMA: Literal[1] = 1


class Histogram(Struct, frozen=True, omit_defaults=True):
    """How a column was distributed in training, to compare with what is asked later.

    A numeric column has `edges`, one more than `counts`; the counts of a column of categories stand
    in the order of the categories.
    """

    counts: tuple[int, ...]
    edges: tuple[float, ...] = ()


class Input(Struct, frozen=True, omit_defaults=True):
    """One column: numeric with the range seen in training, or text with the categories seen."""

    name: str
    datatype: Literal["FP32", "INT64", "BYTES"]
    shape: tuple[int, int]
    histogram: Histogram
    description: str = ""
    range: tuple[float, float] | None = None
    categories: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        """Refuse a column that contradicts itself."""
        if self.shape != (-1, 1):
            raise ValueError(f"{self.name}: a column has the shape [-1, 1]")
        if self.datatype == "BYTES":
            self._check_categories()
        else:
            self._check_range()

    def _check_categories(self) -> None:
        if not self.categories or self.range is not None:
            raise ValueError(f"{self.name}: BYTES needs categories and has no range")
        if len(set(self.categories)) != len(self.categories):
            raise ValueError(f"{self.name}: a category is named twice")
        if len(self.histogram.counts) != len(self.categories):
            raise ValueError(f"{self.name}: the histogram needs one count a category")

    def _check_range(self) -> None:
        if self.range is None or self.categories is not None:
            raise ValueError(f"{self.name}: {self.datatype} needs a range and has no categories")
        if not self.range[0] <= self.range[1]:
            raise ValueError(f"{self.name}: the range ends before it begins")
        if len(self.histogram.edges) != len(self.histogram.counts) + 1:
            raise ValueError(f"{self.name}: the histogram needs one edge more than counts")


class Output(Struct, frozen=True, omit_defaults=True):
    """One answer a row: a number, or with `labels` one number a label."""

    name: str
    datatype: Literal["FP32", "INT64"]
    shape: tuple[int, ...]
    labels: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse an answer that is neither one number nor one a label."""
        wanted = (-1, len(self.labels)) if self.labels else (-1,)
        if self.shape != wanted:
            raise ValueError(f"{self.name}: the shape has to be {list(wanted)}")


class Signature(Struct, frozen=True):
    """What goes in, what comes out, and which file of weights exactly it speaks of."""

    schema: Literal[1]
    name: str
    version: str
    digest: str
    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]

    def __post_init__(self) -> None:
        """Refuse a model without inputs or outputs, or with two of one name."""
        for what, columns in (("input", self.inputs), ("output", self.outputs)):
            names = [column.name for column in columns]
            if not names:
                raise ValueError(f"there is no {what}")
            if len(set(names)) != len(names):
                raise ValueError(f"an {what} is named twice")


def decode(text: bytes) -> Signature:
    """Return the signature that the JSON holds.

    Raises:
        msgspec.DecodeError: it is not JSON, or not a signature; the message says where.
    """
    return msgspec.json.decode(text, type=Signature)


def encode(signature: Signature) -> bytes:
    """Return the signature as indented JSON."""
    return msgspec.json.format(msgspec.json.encode(signature), indent=2) + b"\n"
