"""The API's description, made from the model's signature: the schema of a row is its inputs."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from .columns import LARGEST
from .predict import Model
from .problems import MEDIA_TYPE
from .signature import Input, Output

JSON_TYPES = {"FP32": "number", "FP64": "number", "INT64": "integer", "BYTES": "string"}
LIMITS: dict[str, dict[str, float]] = {
    datatype: {"minimum": -largest, "maximum": largest} for datatype, largest in LARGEST.items()
}


def document(api: FastAPI, model: Model) -> dict[str, Any]:
    """Return FastAPI's own document for its routes, and /predict from the signature."""
    signature, example = model.signature, model.example
    description = get_openapi(
        title=signature.name,
        version=signature.version,
        description=f"Model {signature.name} {signature.version}, `{signature.digest}`.",
        routes=api.routes,
    )
    row = _object({column.name: _input(column) for column in signature.inputs}, example)
    prediction = _object({output.name: _output(output) for output in signature.outputs})
    text = {"type": "string"}
    fault = _object({"row": {"type": "integer"}, "field": text, "reason": text})
    about = _object({"name": text, "version": text, "digest": text})
    faults = {"type": "array", "items": _reference("Fault")}
    problem = _object(
        {
            "type": text,
            "title": text,
            "status": {"type": "integer"},
            "detail": text,
            "request_id": text,
            "errors": faults,
        }
    )
    problem["required"].remove("errors")  # only a problem in the rows has any
    answer = _object(
        {
            "model": about,
            "predictions": {"type": "array", "items": _reference("Prediction")},
            "warnings": faults,
        }
    )
    schemas = description.setdefault("components", {}).setdefault("schemas", {})
    schemas |= {
        "Row": row,
        "Prediction": prediction,
        "Fault": fault,
        "Problem": problem,
        "Answer": answer,
    }
    description["paths"]["/predict"] = {"post": _predict(example)}
    return description


def _predict(example: dict[str, Any]) -> dict[str, Any]:
    row = _reference("Row")
    batch = {"type": "array", "items": row, "minItems": 1}
    problems = {
        "400": "The body is not JSON",
        "408": "The request took too long to arrive",
        "413": "The body or the batch is too large",
        "415": "The body is said to be no JSON",
        "422": "A row is not what the model asks for; `errors` names row, field and reason",
        "503": "Too much at once, or shutting down; `Retry-After` says when to try again",
    }
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
        "responses": {
            "200": {
                "description": "One prediction a row, in the order of the rows",
                "content": {"application/json": {"schema": _reference("Answer")}},
            }
        }
        | {
            status: {
                "description": description,
                "content": {MEDIA_TYPE: {"schema": _reference("Problem")}},
            }
            for status, description in problems.items()
        },
    }


def _input(column: Input) -> dict[str, Any]:
    """Return the schema of one field; what the training saw is told, and not demanded."""
    if column.categories is not None:
        shown = ", ".join(column.categories[:10])
        more = len(column.categories) - 10
        seen = f"{shown} and {more} more" if more > 0 else shown
        example: object = column.categories[0]
    else:
        low, high = column.range or (0.0, 0.0)
        seen, example = f"{low:g} to {high:g}", low
    kind = JSON_TYPES[column.datatype]
    return {
        "type": [kind, "null"] if column.nullable else kind,
        **LIMITS.get(column.datatype, {}),
        "description": f"{column.description} (seen in training: {seen})".strip(),
        "examples": [example],
    }


def _output(output: Output) -> dict[str, Any]:
    number: dict[str, Any] = {"type": JSON_TYPES[output.datatype]}
    return _object(dict.fromkeys(output.labels, number)) if output.labels else number


def _object(properties: dict[str, Any], example: dict[str, Any] | None = None) -> dict[str, Any]:
    schema = {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }
    return schema if example is None else schema | {"examples": [example]}


def _reference(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}
