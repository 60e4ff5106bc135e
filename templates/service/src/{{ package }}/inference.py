"""The Open Inference Protocol, version 2: the same predictions, as tensors by column in JSON.

Any public client of the protocol can ask, as long as it sends its tensors as JSON. The extension
that puts binary tensors behind the JSON is not offered, and `GET /v2` does not list it.
"""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

import msgspec
from msgspec import Struct

from .body import decode
from .columns import shorten
from .predict import Predictor, count_rows
from .problems import ProblemError
from .signature import Datatype, Output


class Tensor(Struct):
    """A column as the protocol sends it: `data` in the order of the rows, nested or flat."""

    name: str
    shape: list[int]
    datatype: str
    data: list[Any]


class Wanted(Struct):
    """An output that the client asks for by name."""

    name: str


class InferenceRequest(Struct):
    """What a client asks; what else the protocol allows in it is left unread."""

    inputs: list[Tensor]
    id: str | None = None
    outputs: list[Wanted] | None = None


class OutputTensor(Struct):
    """A column of the answer, flat."""

    name: str
    shape: list[int]
    datatype: Datatype
    data: list[Any]


class InferenceAnswer(Struct, omit_defaults=True):
    """What a client gets; the parameters name the digest and say how many values were odd."""

    model_name: str
    model_version: str
    outputs: list[OutputTensor]
    parameters: dict[str, str | int]
    id: str = ""


class Inference(Predictor):
    """Answers the protocol's requests with one model, within the limits of every prediction."""

    route = "infer"

    def answer(self, body: bytes) -> bytes:
        """Return the answer to a body.

        Raises:
            ProblemError: it is no request of the protocol, or not one for this model.
        """
        try:
            request = msgspec.convert(decode(body), InferenceRequest)
        except msgspec.ValidationError as error:
            raise _invalid(f"This is no inference request: {error}.") from None
        signature = self.model.signature
        outputs = _wanted(request, signature.outputs)
        rows = self._rows(request)
        predictions, warnings = self.predict(rows)
        answer = InferenceAnswer(
            model_name=signature.name,
            model_version=signature.version,
            outputs=[_tensor(output, predictions) for output in outputs],
            parameters={"digest": signature.digest, "warnings": len(warnings)},
            id=request.id or "",
        )
        return msgspec.json.encode(answer)

    def _rows(self, request: InferenceRequest) -> list[dict[str, Any]]:
        """Return the rows that the tensors hold; whether they fit the model is checked later."""
        datatypes = {column.name: column.datatype for column in self.model.signature.inputs}
        columns: dict[str, list[Any]] = {}
        for tensor in request.inputs:
            if tensor.name in columns:
                raise _invalid(f"The input {shorten(tensor.name)!r} is given twice.")
            if tensor.datatype != datatypes.get(tensor.name, tensor.datatype):
                raise _invalid(f"The input {tensor.name!r} is {datatypes[tensor.name]}.")
            values = list(_flat(tensor.data))
            if tensor.shape not in ([len(values)], [len(values), 1]):
                raise _invalid(f"The data of {shorten(tensor.name)!r} has not the shape it names.")
            columns[tensor.name] = values
        lengths = {len(values) for values in columns.values()}
        if len(lengths) > 1:
            raise _invalid("The inputs have different numbers of rows.")
        count_rows(max(lengths, default=0), self.max_rows)
        return [
            dict(zip(columns, values, strict=True))
            for values in zip(*columns.values(), strict=True)
        ]


def _flat(data: list[Any]) -> Iterator[Any]:
    """Yield the values of a column, whether or not each row is an array of one."""
    for value in data:
        if isinstance(value, list) and len(value) == 1:
            yield value[0]
        else:
            yield value


def _wanted(request: InferenceRequest, outputs: tuple[Output, ...]) -> list[Output]:
    """Return the outputs asked for by name, or all of them."""
    if not request.outputs:
        return list(outputs)
    by_name = {output.name: output for output in outputs}
    found: dict[str, Output] = {}
    for wanted in request.outputs:
        if wanted.name not in by_name:
            raise _invalid(f"There is no output {shorten(wanted.name)!r}.")
        if wanted.name in found:
            raise _invalid(f"The output {shorten(wanted.name)!r} is asked for twice.")
        found[wanted.name] = by_name[wanted.name]
    return list(found.values())


def _tensor(output: Output, predictions: list[dict[str, Any]]) -> OutputTensor:
    values = [prediction[output.name] for prediction in predictions]
    data = [number for row in values for number in row.values()] if output.labels else values
    return OutputTensor(output.name, [len(values), *output.shape[1:]], output.datatype, data)


def _invalid(detail: str) -> ProblemError:
    return ProblemError(HTTPStatus.BAD_REQUEST, "invalid-inference", detail)
