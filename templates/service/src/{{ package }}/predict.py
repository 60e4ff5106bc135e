"""The serving path: body → rows → tensors → model → answer.

The usual way, a pydantic object a row, costs more than the prediction itself. Here the decoder
knows what a row of the training looks like (`rows.py`). A body that holds anything else is decoded
again: every check is made a column at a time, and only suspicious columns value by value.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from functools import cached_property
from http import HTTPStatus
from typing import Any

import msgspec
import numpy as np
from msgspec import Raw, Struct
from msgspec.structs import astuple
from numpy.typing import NDArray
from onnxruntime import InferenceSession

from .body import Receive, Scope, decode, read
from .columns import Column, json_type, shorten
from .journal import Journal
from .problems import Fault, ProblemError
from .rows import Familiar, Tensor, Values
from .settings import Settings
from .signature import Signature

SCALE = 1e6  # six decimals: a float32 carries no more
FAULTS_SHOWN = 100
INLINE_BYTES = 16_384  # up to here a prediction costs less than handing it to a thread
RETRY = ((b"retry-after", b"1"),)


@dataclass(frozen=True)
class Model:
    """A session, the signature that it was checked against, and a row that it answers.

    `columns` and `tensors` are the inputs, as clients send them and as the graph takes them.
    """

    signature: Signature
    session: InferenceSession
    columns: tuple[Column, ...]
    tensors: tuple[Tensor, ...]
    example: dict[str, Any]

    @cached_property
    def asked(self) -> list[str]:
        """The names of the outputs that the graph is asked for."""
        return [output.name for output in self.signature.outputs]


class Answer(Struct):
    """What a client gets: which model spoke, one prediction a row, what was odd in the rows."""

    model: Raw
    predictions: list[dict[str, Any]]
    warnings: list[Fault]


class Predictor:
    """Answers request bodies with one model, within limits; `route` is its name in metrics."""

    route = "predict"

    def __init__(self, model: Model, settings: Settings, journal: Journal | None = None) -> None:
        self.model = model
        self._settings = settings
        self._journal = journal
        self.max_rows = settings.max_rows
        self.refused = settings.refused_oddities
        self._batches = 0  # in a thread, or waiting for one
        signature = model.signature
        self._familiar = Familiar(signature.inputs)
        self._about = Raw(
            msgspec.json.encode(
                {
                    "name": signature.name,
                    "version": signature.version,
                    "digest": signature.digest,
                }
            )
        )

    async def __call__(self, scope: Scope, receive: Receive) -> bytes:
        """Return the answer to a request as JSON; many rows are worked on beside the event loop.

        Raises:
            ProblemError: the request cannot be answered.
        """
        body = await read(scope, receive, self._settings.max_body_bytes)
        if len(body) <= INLINE_BYTES:
            return self.answer(body)
        return await self._in_thread(body)

    async def _in_thread(self, body: bytes) -> bytes:
        """Answer beside the event loop, if there is room, and wait for it so long and no longer.

        A thread cannot be stopped: a batch that nobody waits for any more still takes its place.
        """
        settings = self._settings
        if self._batches >= settings.max_batches:
            raise _unavailable("overloaded", f"{self._batches} batches are waiting already.")
        self._batches += 1
        working = asyncio.get_running_loop().run_in_executor(None, self.answer, body)
        working.add_done_callback(self._done)
        try:
            return await asyncio.wait_for(asyncio.shield(working), settings.request_seconds)
        except TimeoutError:
            raise _unavailable(
                "timeout", f"The batch was not answered within {settings.request_seconds:g} s."
            ) from None

    def _done(self, working: asyncio.Future[bytes]) -> None:
        self._batches -= 1
        if not working.cancelled():
            working.exception()  # whoever still waits is told; asyncio need not complain

    def answer(self, body: bytes) -> bytes:
        """Return the answer to a body: an object is one row, an array is a batch."""
        rows = self._familiar.rows(body)
        if rows is None:
            predictions, warnings = self.predict(_rows(body, self.max_rows))
        else:
            count_rows(len(rows), self.max_rows)
            predictions, warnings = run(self.model, list(map(astuple, rows))), []
            self._keep(rows, predictions)
        return msgspec.json.encode(Answer(self._about, predictions, warnings))

    def predict(self, rows: Sequence[Any]) -> tuple[list[dict[str, Any]], list[Fault]]:
        """Return what the function of that name does; a sample of it is kept for `drift`."""
        predictions, warnings = predict(self.model, rows, refused=self.refused)
        self._keep(rows, predictions)
        return predictions, warnings

    def _keep(self, rows: Sequence[Any], predictions: Sequence[dict[str, Any]]) -> None:
        if self._journal:
            self._journal.keep(self.model.signature.version, rows, predictions)


def predict(
    model: Model, rows: Sequence[Any], *, refused: Set[str] = frozenset()
) -> tuple[list[dict[str, Any]], list[Fault]]:
    """Return one prediction a row, and a warning for every value unlike those of the training.

    `refused` has the oddities, range or category, that are no warning but a reason to refuse.

    Raises:
        ProblemError: a row is not what the signature asks for, or too odd.
    """
    values, warnings = check(model.columns, rows, refused)
    return run(model, values), warnings


def run(model: Model, rows: Sequence[Values]) -> list[dict[str, Any]]:
    """Return one prediction a row; the values of a row stand in the order of the signature."""
    outputs = model.signature.outputs
    inputs = {tensor.name: tensor.array(rows) for tensor in model.tensors}
    arrays = model.session.run(model.asked, inputs)
    predictions: list[dict[str, Any]] = [{} for _ in rows]
    for output, array in zip(outputs, arrays, strict=True):
        values = _rounded(array) if output.datatype == "FP32" else array
        if not output.labels:
            values = values.reshape(-1)  # regressors answer in the shape (rows, 1)
        for prediction, value in zip(predictions, values.tolist(), strict=True):
            prediction[output.name] = (
                dict(zip(output.labels, value, strict=True)) if output.labels else value
            )
    return predictions


def _rounded(array: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return numbers without the digits that mean nothing, as `round` does at twice the cost."""
    values = array.astype(np.float64)
    values *= SCALE
    np.rint(values, out=values)
    values /= SCALE
    return values


def check(
    columns: Sequence[Column], rows: Sequence[Any], refused: Set[str] = frozenset()
) -> tuple[list[Values], list[Fault]]:
    """Return the values of each row in the order of the columns, and the warnings.

    Raises:
        ProblemError: fields are missing, unknown, of the wrong type, or odd in a way that is
            refused; it names every one of them.
    """
    names = {column.name for column in columns}
    if not all(type(row) is dict and row.keys() == names for row in rows):
        raise _invalid(columns, rows)
    found: list[list[Any]] = []
    warnings: list[Fault] = []
    too_odd: list[Fault] = []
    for column in columns:
        values = [row[column.name] for row in rows]
        if not column.as_in_training(values):
            if any(map(column.fault, values)):
                raise _invalid(columns, rows)
            odd = too_odd if column.oddity in refused else warnings
            odd += column.oddities(values)
        found.append(values)
    if too_odd:
        raise _refusal("unlike-training", rows, too_odd)
    return list(zip(*found, strict=True)), warnings


def _invalid(columns: Sequence[Column], rows: Sequence[Any]) -> ProblemError:
    faults = [fault for at, row in enumerate(rows) for fault in _faults(columns, at, row)]
    return _refusal("invalid-rows", rows, faults)


def _refusal(kind: str, rows: Sequence[Any], faults: Sequence[Fault]) -> ProblemError:
    """Return the problem that names what is wrong; of thousands of findings it shows the first."""
    bad = len({fault.row for fault in faults})
    return ProblemError(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        kind,
        f"{bad} of {len(rows)} rows cannot be predicted; findings: {len(faults)}.",
        tuple(faults[:FAULTS_SHOWN]),
    )


def _faults(columns: Sequence[Column], at: int, row: Any) -> Iterator[Fault]:  # noqa: ANN401  JSON
    """Yield everything that is wrong with one row."""
    if not isinstance(row, dict):
        yield Fault(at, "", f"a row is an object with named fields, not {json_type(row)}")
        return
    names = {column.name for column in columns}
    for name in row:
        if name not in names:
            yield Fault(at, shorten(name), "is no field of this model")
    for column in columns:
        reason = column.fault(row[column.name]) if column.name in row else "is missing"
        if reason:
            yield Fault(at, column.name, reason)


def _rows(body: bytes, limit: int) -> list[Any]:
    """Return the rows in the body, at least one and at most `limit`."""
    document = decode(body)
    rows = document if isinstance(document, list) else [document]
    count_rows(len(rows), limit)
    return rows


def count_rows(rows: int, limit: int) -> None:
    """Refuse a batch that is empty or too large.

    Raises:
        ProblemError: it is.
    """
    if not rows:
        raise ProblemError(
            HTTPStatus.UNPROCESSABLE_ENTITY, "empty-batch", "The batch holds no row."
        )
    if rows > limit:
        raise ProblemError(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            "too-many-rows",
            f"The batch holds {rows} rows; at most {limit} are answered at once.",
        )


def _unavailable(kind: str, detail: str) -> ProblemError:
    return ProblemError(HTTPStatus.SERVICE_UNAVAILABLE, kind, detail, headers=RETRY)
