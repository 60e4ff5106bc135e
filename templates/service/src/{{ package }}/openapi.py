"""The API's description, made from the model's signature: the schema of a row is its inputs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from .predict import Model
from .problems import MEDIA_TYPE
from .signature import LARGEST, Input, Output, Signature

JSON_TYPES = {"FP32": "number", "FP64": "number", "INT64": "integer", "BYTES": "string"}
REFUSED = {
    "400": "The body is not JSON, or not what is asked for here",
    "408": "The request took too long to arrive",
    "413": "The body or the batch is too large",
    "415": "The body is said to be no JSON",
    "422": "A row is not what the model asks for; `errors` names row, field and reason",
    "503": "Too much at once, or shutting down; `Retry-After` says when to try again",
}
METADATA = "What the model takes and gives, after the Open Inference Protocol"
TEXT = {"type": "string"}
STRINGS = {"type": "array", "items": TEXT}
INTEGERS = {"type": "array", "items": {"type": "integer"}}
SAMPLES = {"text/plain": {"schema": TEXT}}
LIMITS: dict[str, dict[str, float]] = {
    datatype: {"minimum": -largest, "maximum": largest} for datatype, largest in LARGEST.items()
}


def document(model: Model) -> dict[str, Any]:
    """Return the description of what a model is asked over HTTP, as OpenAPI 3.1 has it."""
    signature, example = model.signature, model.example
    named = f"/v2/models/{signature.name}"
    return {
        "openapi": "3.1.0",
        "info": {
            "title": signature.name,
            "description": f"Model {signature.name} {signature.version}, `{signature.digest}`.",
            "version": signature.version,
            "x-model": {
                "digest": signature.digest,
                "headline": msgspec.to_builtins(signature.headline),
            },
        },
        "paths": {  # who reads this wants to predict: health and metadata come after
            "/predict": {"post": _predict(example)},
            f"{named}/infer": {"post": _infer(signature, example)},
            named: {"get": _get("metadata", METADATA, _holds("Metadata"))},
            "/v2": {"get": _get("server", "Which protocol this is", _holds("Server"))},
            "/health/live": {"get": _get("live", "The process answers", _holds("Live"))},
            "/health/ready": {"get": _ready()},
            "/metrics": {"get": _get("metrics", "What Prometheus reads", SAMPLES)},
        },
        "components": {"schemas": _own(signature, example) | _protocol(signature) | _seldom()},
    }


def _own(signature: Signature, example: dict[str, Any]) -> dict[str, Any]:
    """Return the schemas of /predict, and of what it refuses."""
    fault = _object({"row": {"type": "integer"}, "field": TEXT, "reason": TEXT})
    faults = {"type": "array", "items": _reference("Fault")}
    problem = _object(
        {
            "type": TEXT,
            "title": TEXT,
            "status": {"type": "integer"},
            "detail": TEXT,
            "request_id": TEXT,
            "errors": faults,
            "error": TEXT,
        }
    )
    problem["required"].remove("errors")  # only a problem in the rows has any
    problem["required"].remove("error")  # the detail again, for clients of the protocol
    return {
        "Row": _object({column.name: _input(column) for column in signature.inputs}, example),
        "Prediction": _object({output.name: _output(output) for output in signature.outputs}),
        "Fault": fault,
        "Problem": problem,
        "Answer": _object(
            {
                "model": _object({"name": TEXT, "version": TEXT, "digest": TEXT}),
                "predictions": {"type": "array", "items": _reference("Prediction")},
                "warnings": faults,
            }
        ),
    }


def _seldom() -> dict[str, Any]:
    """Return the schemas of health and metadata."""
    tensors = {
        "type": "array",
        "items": _object({"name": TEXT, "datatype": TEXT, "shape": INTEGERS}),
    }
    return {
        "Live": _object({"live": {"type": "boolean"}}),
        "Ready": _object({"ready": {"type": "boolean"}}),
        "Server": _object({"name": TEXT, "version": TEXT, "extensions": STRINGS}),
        "Metadata": _object(
            {
                "name": TEXT,
                "versions": STRINGS,
                "platform": TEXT,
                "inputs": tensors,
                "outputs": tensors,
                "parameters": _object({"digest": TEXT}),
            }
        ),
    }


def _get(operation: str, summary: str, content: dict[str, Any]) -> dict[str, Any]:
    return {
        "summary": summary,
        "operationId": operation,
        "responses": {"200": {"description": "The answer", "content": content}},
    }


def _ready() -> dict[str, Any]:
    content = _holds("Ready")
    described = _get("ready", "The model is loaded and warm, and no shutdown has begun", content)
    described["responses"]["503"] = {"description": "Not yet, or no longer", "content": content}
    return described


def _holds(schema: str) -> dict[str, Any]:
    """Return what a body of JSON is, as OpenAPI has it."""
    return {"application/json": {"schema": _reference(schema)}}


def _predict(example: dict[str, Any]) -> dict[str, Any]:
    row = _reference("Row")
    batch = {"type": "array", "items": row, "minItems": 1}
    return {
        "summary": "Predict one row, or a batch of rows",
        "description": "A value unlike those of the training is answered, with a warning.",
        "operationId": "predict",
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": {"oneOf": [row, batch]},
                    "examples": {"one row": {"value": example}, "batch": {"value": [example] * 2}},
                }
            },
        },
        "responses": _responses("One prediction a row, in the order of the rows", "Answer"),
    }


def _infer(signature: Signature, example: dict[str, Any]) -> dict[str, Any]:
    tensors = [
        {"name": c.name, "shape": [1, 1], "datatype": c.datatype, "data": [example[c.name]]}
        for c in signature.inputs
    ]
    return {
        "summary": "Predict a batch of rows, after the Open Inference Protocol",
        "description": "A tensor for each input, each with one value a row.",
        "operationId": "infer",
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": _reference("InferenceRequest"),
                    "examples": {"one row": {"value": {"inputs": tensors}}},
                }
            },
        },
        "responses": _responses("One tensor for each output of the model", "InferenceAnswer"),
    }


def _responses(description: str, schema: str) -> dict[str, Any]:
    """Return the answers of a prediction: one that holds the schema, and the refusals."""
    refused = {MEDIA_TYPE: {"schema": _reference("Problem")}}
    return {"200": {"description": description, "content": _holds(schema)}} | {
        status: {"description": reason, "content": refused} for status, reason in REFUSED.items()
    }


def _protocol(signature: Signature) -> dict[str, Any]:
    """Return the schemas of the Open Inference Protocol, as far as we speak it.

    What clients send may hold more than we read, `parameters` say; what we answer does not.
    """
    inputs, outputs = signature.inputs, signature.outputs
    sent = _open(
        {
            "inputs": {"type": "array", "items": _reference("InputTensor"), "minItems": 1},
            "id": {"type": ["string", "null"]},
            "outputs": {
                "type": ["array", "null"],
                "uniqueItems": True,
                "items": _open({"name": {"enum": [output.name for output in outputs]}}),
            },
        }
    )
    answer = _object(
        {
            "model_name": TEXT,
            "model_version": TEXT,
            "outputs": {"type": "array", "items": _reference("OutputTensor")},
            "parameters": _object({"digest": TEXT, "warnings": {"type": "integer"}}),
            "id": TEXT,
        }
    )
    sent["required"] = ["inputs"]
    answer["required"].remove("id")  # it comes back only where one was given
    return {
        "InferenceRequest": sent,
        "InputTensor": _open(_tensor(inputs)),
        "InferenceAnswer": answer,
        "OutputTensor": _object(_tensor(outputs)),
    }


def _tensor(tensors: Sequence[Input | Output]) -> dict[str, Any]:
    return {
        "name": {"enum": [tensor.name for tensor in tensors]},
        "shape": INTEGERS | {"minItems": 1, "maxItems": 2},
        "datatype": {"enum": sorted({tensor.datatype for tensor in tensors})},
        "data": {"type": "array", "items": {}},
    }


def _input(column: Input) -> dict[str, Any]:
    """Return the schema of one field; what the training saw is told, and not demanded.

    It is told twice: to people in the description, to programs, such as our page, in `x-input`.
    """
    if column.categories is not None:
        shown = ", ".join(column.categories[:10])
        more = len(column.categories) - 10
        seen = f"{shown} and {more} more" if more > 0 else shown
        example: object = column.categories[0]
        known: dict[str, object] = {"categories": column.categories}
    else:
        low, high = column.range or (0.0, 0.0)
        seen, example = f"{low:g} to {high:g}", low
        known = {"range": (low, high)}
    kind = JSON_TYPES[column.datatype]
    return {
        "type": [kind, "null"] if column.nullable else kind,
        **LIMITS.get(column.datatype, {}),
        "description": f"{column.description} (seen in training: {seen})".strip(),
        "examples": [example],
        "x-input": {"description": column.description, **known},
    }


def _output(output: Output) -> dict[str, Any]:
    """Return the schema of one answer; JSON has no NaN, so a number that is none is null."""
    kind = JSON_TYPES[output.datatype]
    number: dict[str, Any] = {"type": ["number", "null"] if kind == "number" else kind}
    return _object(dict.fromkeys(output.labels, number)) if output.labels else number


def _object(properties: dict[str, Any], example: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return the schema of an object that has exactly these properties."""
    schema = _open(properties) | {"additionalProperties": False}
    return schema if example is None else schema | {"examples": [example]}


def _open(properties: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of an object that has these properties, and may have others."""
    return {"type": "object", "properties": properties, "required": list(properties)}


def _reference(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}
