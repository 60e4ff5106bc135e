"""What a row is, compiled from the signature: read from JSON, and laid out as the graph takes it.

A row as the training knew it is a type of its own, with the ranges and categories that were seen.
The JSON decoder checks it while it reads, which costs less than to read and then to look; only
what it does not take is looked at value by value (`columns.py`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from operator import itemgetter
from typing import Annotated, Any, Literal

import msgspec
import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from .signature import MISSING, Datatype, Input

Values = tuple[Any, ...]
"""The values of one row in the order of the signature."""

DTYPES: dict[Datatype, type[np.generic]] = {
    "FP32": np.float32,
    "FP64": np.float64,
    "INT64": np.int64,
    "BYTES": np.object_,  # ONNX Runtime takes Python's own strings
}


class Familiar:
    """Reads bodies in which every row is like those of the training."""

    def __init__(self, inputs: Sequence[Input]) -> None:
        names = {f"field_{place}": column.name for place, column in enumerate(inputs)}
        kinds = [(field, _kind(column)) for field, column in zip(names, inputs, strict=True)]
        self._decoder: msgspec.json.Decoder[Any] | None = None
        with suppress(ValueError):  # a name that JSON has to escape; no row is familiar then
            row: Any = msgspec.defstruct(
                "Row", kinds, rename=names, forbid_unknown_fields=True, gc=False
            )
            self._decoder = msgspec.json.Decoder(row | list[row])

    def rows(self, body: bytes) -> list[Any] | None:
        """Return the rows, one if the body is an object; None if anything in it is unlike them."""
        if self._decoder is None:
            return None
        try:
            found = self._decoder.decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return None
        return found if isinstance(found, list) else [found]


def _kind(column: Input) -> Any:  # noqa: ANN401  a type
    """Return the type of the values that the training saw in a column."""
    if column.categories is not None:
        seen: Any = Literal[column.categories]
    elif column.datatype == "INT64":
        low, high = column.bounds
        seen = Annotated[int, Meta(ge=math.ceil(low), le=math.floor(high))]
    else:
        low, high = column.bounds
        seen = Annotated[float, Meta(ge=low, le=high)]
    return seen | None if column.nullable else seen


@dataclass(frozen=True)
class Tensor:
    """An input of the graph: all columns of one datatype, by their places in a row."""

    name: str
    datatype: Datatype
    places: tuple[int, ...]
    nullable: bool

    def array(self, rows: Sequence[Values]) -> NDArray[Any]:
        """Return the columns of the rows, without fault, in the shape (rows, columns).

        Null becomes NaN, or what the training knew where a text is missing.
        """
        values: Sequence[Any] = rows
        if self.nullable and self.datatype == "BYTES":
            texts = ([row[place] for place in self.places] for row in rows)
            values = [[MISSING if text is None else text for text in row] for row in texts]
        elif len(self.places) != len(rows[0]):
            values = list(map(itemgetter(*self.places), rows))
        array = np.array(values, DTYPES[self.datatype])
        return array.reshape(len(rows), len(self.places))


def tensors(inputs: Sequence[Input], names: dict[Datatype, str]) -> tuple[Tensor, ...]:
    """Return the inputs of a graph, which calls that of each datatype by the name given."""
    return tuple(
        Tensor(
            name,
            datatype,
            tuple(place for place, each in enumerate(inputs) if each.datatype == datatype),
            any(each.nullable for each in inputs if each.datatype == datatype),
        )
        for datatype, name in names.items()
    )
