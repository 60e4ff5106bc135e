"""All but the predictions: health, metadata and documentation, where FastAPI is quick enough."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.responses import PlainTextResponse
from starlette.exceptions import HTTPException

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


def build(model: Model, health: Health, counted: Metrics) -> FastAPI:
    """Return the application around the predictions of a model."""
    signature = model.signature
    named, versioned = model_paths(model)
    # Pages of FastAPI's own load scripts from elsewhere; its redirects go to whatever Host says.
    api = FastAPI(docs_url=None, redoc_url=None, redirect_slashes=False)
    api.add_exception_handler(HTTPException, _problem)

    @api.get("/health/live", summary="The process answers")
    @api.get("/v2/health/live", include_in_schema=False)
    async def live() -> dict[str, bool]:
        return {"live": True}

    @api.get(
        "/health/ready",
        summary="The model is loaded and warm, and no shutdown has begun",
        responses={503: {"description": "Not yet, or no longer"}},
    )
    @api.get("/v2/health/ready", include_in_schema=False)
    @api.get(f"{named}/ready", include_in_schema=False)
    @api.get(f"{versioned}/ready", include_in_schema=False)
    async def ready(response: Response) -> dict[str, bool]:
        if not health.ready:
            response.status_code = HTTPStatus.SERVICE_UNAVAILABLE
        return {"ready": health.ready}

    @api.get("/metrics", summary="What Prometheus reads", response_class=PlainTextResponse)
    async def metrics() -> Response:
        text = counted.text(signature, ready=health.ready)
        return Response(text, media_type=MEDIA_TYPE)

    @api.get("/v2", summary="Which protocol this is")
    async def server() -> dict[str, Any]:
        return {"name": signature.name, "version": signature.version, "extensions": []}

    @api.get(versioned, include_in_schema=False)
    @api.get(
        named,
        summary="What the model takes and gives, after the Open Inference Protocol",
    )
    async def metadata() -> dict[str, Any]:
        return {
            "name": signature.name,
            "versions": [signature.version],
            "platform": "onnxruntime_onnx",
            "inputs": [_tensor(column) for column in signature.inputs],
            "outputs": [_tensor(output) for output in signature.outputs],
            "parameters": {"digest": signature.digest},
        }

    for path, page in pages.PAGES.items():
        api.add_route(path, page, include_in_schema=False)
    described = openapi.document(api, model)
    api.openapi = lambda: described  # type: ignore[method-assign]  # as FastAPI documents it
    return api


def model_paths(model: Model) -> tuple[str, str]:
    """Return where the Open Inference Protocol finds a model, without and with its version."""
    named = f"/v2/models/{model.signature.name}"
    return named, f"{named}/versions/{model.signature.version}"


def _tensor(tensor: Input | Output) -> dict[str, Any]:
    return {"name": tensor.name, "datatype": tensor.datatype, "shape": list(tensor.shape)}


async def _problem(request: Request, error: Exception) -> Response:
    """Give what FastAPI refuses, an unknown path say, the form of every other problem."""
    assert isinstance(error, HTTPException)  # noqa: S101  registered for nothing else
    problem = problems.from_status(error.status_code, f"{error.detail}: {request.url.path}")
    return Response(
        problem.document(request.state.request_id, error=request.url.path.startswith("/v2/")),
        status_code=problem.status,
        media_type=problems.MEDIA_TYPE,
        headers=error.headers,
    )
