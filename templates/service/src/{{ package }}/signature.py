"""The signature of a model: what whoever trained it promises to whoever serves it.

It lies beside `model.onnx` as `signature.json`. Datatypes have the names of the Open Inference
Protocol; shapes hold -1 where the number of rows goes. Clients send columns by name. The graph has
one input for each datatype, of the shape (rows, columns of it), which holds them in the order that
they have here; what it is called does not matter.
"""

from __future__ import annotations

import math
from typing import Annotated, Literal

import msgspec
import numpy as np
from msgspec import Meta, Struct

from .evidence import Headline

SCHEMA: Literal[1] = 1
MISSING = "(missing)"
"""What a model of texts was trained to see where a value is missing."""

Datatype = Literal["FP32", "FP64", "INT64", "BYTES"]
LARGEST: dict[Datatype, float] = {
    "INT64": 2**63 - 1,
    "FP32": 3.4028235677973362e38,  # the largest that is rounded to one: 3.4028235e38 is above it
    "FP64": float(np.finfo(np.float64).max),
}
"""The largest magnitude that a column of the datatype takes."""
Word = Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$")]  # it stands in addresses


class Histogram(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """How a column was distributed in training, to compare with what is asked later.

    A numeric column has `edges`, one more than `counts`; the counts of a column of categories stand
    in the order of the categories. `missing` is how many rows had no number; where it is not told,
    nobody can say later whether more are missing.
    """

    counts: tuple[int, ...]
    edges: tuple[float, ...] = ()
    missing: Annotated[int, Meta(ge=0)] | None = None


class Input(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """One column: numeric with the range seen in training, or text with the categories seen.

    A `nullable` column takes null: NaN for a number, `MISSING` for a text.
    """

    name: str
    datatype: Datatype
    shape: tuple[int, int]
    histogram: Histogram
    description: str = ""
    range: tuple[float, float] | None = None
    categories: tuple[str, ...] | None = None
    nullable: bool = False

    def __post_init__(self) -> None:
        """Refuse a column that contradicts itself."""
        if self.shape != (-1, 1):
            raise ValueError(f"{self.name}: a column has the shape [-1, 1]")
        if self.nullable and self.datatype == "INT64":
            raise ValueError(f"{self.name}: INT64 knows no missing value")
        if self.datatype == "BYTES":
            self._check_categories()
        else:
            self._check_range()

    @property
    def bounds(self) -> tuple[float, float]:
        """The range as JSON writes numbers: 0.1 is what single precision holds as 0.100000001."""
        low, high = self.range or (0.0, 0.0)  # a signature has no number without one
        if self.datatype != "FP32":
            return low, high
        first, last = np.float32(low), np.float32(high)
        below = float(np.nextafter(first, np.float32(-np.inf)))
        above = float(np.nextafter(last, np.float32(np.inf)))
        return (
            low if math.isinf(below) else min(low, (float(first) + below) / 2),
            high if math.isinf(above) else max(high, (float(last) + above) / 2),
        )

    def _check_categories(self) -> None:
        if not self.categories or self.range is not None:
            raise ValueError(f"{self.name}: BYTES needs categories and has no range")
        if len(set(self.categories)) != len(self.categories):
            raise ValueError(f"{self.name}: a category is named twice")
        if self.histogram.missing is not None:
            raise ValueError(f"{self.name}: texts are missing in a category of their own")
        if len(self.histogram.counts) != len(self.categories):
            raise ValueError(f"{self.name}: the histogram needs one count a category")

    def _check_range(self) -> None:
        if self.range is None or self.categories is not None:
            raise ValueError(f"{self.name}: {self.datatype} needs a range and has no categories")
        if not self.range[0] <= self.range[1]:
            raise ValueError(f"{self.name}: the range ends before it begins")
        if max(map(abs, self.range)) > LARGEST[self.datatype]:
            raise ValueError(f"{self.name}: {self.datatype} cannot hold the range")
        if len(self.histogram.edges) != len(self.histogram.counts) + 1:
            raise ValueError(f"{self.name}: the histogram needs one edge more than counts")


class Output(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """One answer a row: a number or a text, or with `labels` one number a label."""

    name: str
    datatype: Datatype
    shape: tuple[int, ...]
    labels: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse an answer that is neither one value nor one a label."""
        wanted = ((-1, len(self.labels)),) if self.labels else ((-1,), (-1, 1))
        if self.shape not in wanted:
            raise ValueError(f"{self.name}: the shape has to be {list(wanted[0])}")
        if len(set(self.labels)) != len(self.labels):
            raise ValueError(f"{self.name}: a label is named twice")


class Signature(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """What goes in, what comes out, and which file of weights exactly it speaks of.

    The headline is how well the model did on data that it had not seen, beside what it had to beat.
    """

    schema: Literal[1]
    name: Word
    version: Word
    digest: Annotated[str, Meta(pattern="^sha256:[0-9a-f]{64}$")]
    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]
    headline: Headline | None = None

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
