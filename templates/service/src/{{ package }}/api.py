"""All but the predictions: health, metadata, pages; there Starlette's routing is quick enough."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from . import openapi, pages, problems
from .metrics import MEDIA_TYPE, Metrics
from .predict import Model
from .signature import Input, Output

PROBES = frozenset(
    {"/health/live", "/health/ready", "/v2/health/live", "/v2/health/ready", "/metrics"}
)
"""What orchestrators and Prometheus ask, and have to be answered however many clients there are."""


@dataclass
class Health:
    """Whether requests should come here: not before the model is warm, not after SIGTERM."""

    ready: bool = False


def build(model: Model, health: Health, counted: Metrics) -> Starlette:
    """Return the application around the predictions of a model."""
    signature = model.signature
    named, versioned = model_paths(model)
    about = {"name": signature.name, "version": signature.version, "extensions": []}
    described = openapi.document(model)
    metadata = {
        "name": signature.name,
        "versions": [signature.version],
        "platform": "onnxruntime_onnx",
        "inputs": [_tensor(column) for column in signature.inputs],
        "outputs": [_tensor(output) for output in signature.outputs],
        "parameters": {"digest": signature.digest},
    }

    async def live(_: Request) -> Response:
        return JSONResponse({"live": True})

    async def ready(_: Request) -> Response:
        status = HTTPStatus.OK if health.ready else HTTPStatus.SERVICE_UNAVAILABLE
        return JSONResponse({"ready": health.ready}, status)

    async def metrics(_: Request) -> Response:
        return Response(counted.text(signature, ready=health.ready), media_type=MEDIA_TYPE)

    endpoints = {
        "/health/live": live,
        "/v2/health/live": live,
        "/health/ready": ready,
        "/v2/health/ready": ready,
        f"{named}/ready": ready,
        f"{versioned}/ready": ready,
        "/metrics": metrics,
        "/v2": pages.fixed(about),
        named: pages.fixed(metadata),
        versioned: pages.fixed(metadata),
        "/openapi.json": pages.fixed(described),
        **pages.PAGES,
    }
    api = Starlette(
        routes=[Route(path, endpoint) for path, endpoint in endpoints.items()],
        exception_handlers={HTTPException: _problem},
    )
    api.router.redirect_slashes = False  # it would send clients to whatever Host says
    return api


def model_paths(model: Model) -> tuple[str, str]:
    """Return where the Open Inference Protocol finds a model, without and with its version."""
    named = f"/v2/models/{model.signature.name}"
    return named, f"{named}/versions/{model.signature.version}"


def _tensor(tensor: Input | Output) -> dict[str, Any]:
    return {"name": tensor.name, "datatype": tensor.datatype, "shape": list(tensor.shape)}


async def _problem(request: Request, error: Exception) -> Response:
    """Give what Starlette refuses, an unknown path say, the form of every other problem."""
    assert isinstance(error, HTTPException)  # noqa: S101  registered for nothing else
    problem = problems.from_status(error.status_code, f"{error.detail}: {request.url.path}")
    return Response(
        problem.document(request.state.request_id, request.url.path),
        status_code=problem.status,
        media_type=problems.MEDIA_TYPE,
        headers=error.headers,
    )
