"""The application: /predict goes straight to the model, everything else through FastAPI."""

from __future__ import annotations

import logging
import re
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request, Response
from starlette.exceptions import HTTPException

from . import openapi, problems
from .predict import Model, Predictor, Receive, Scope
from .problems import ProblemError
from .settings import Settings

Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

ACCEPTABLE_ID = re.compile(rb"[A-Za-z0-9._:/+=-]{1,128}")  # safe in a header and in a log line

logger = logging.getLogger(__name__)


@dataclass
class Health:
    """Whether requests should come here: not before the model is warm, not after SIGTERM."""

    ready: bool = False


class Service:
    """The ASGI application: a request id, an answer, a log line for every request."""

    def __init__(
        self, model: Model, example: dict[str, Any], settings: Settings, health: Health
    ) -> None:
        self._predict = Predictor(
            model, max_body_bytes=settings.max_body_bytes, max_rows=settings.max_rows
        )
        self._api = build_api(model, example, health)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, and never let an exception reach the server."""
        if scope["type"] != "http":
            await self._api(scope, receive, send)
            return
        began = time.perf_counter()
        request_id = _request_id(scope)
        scope.setdefault("state", {})["request_id"] = request_id
        status = 0

        async def send_with_id(message: MutableMapping[str, Any]) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (b"x-request-id", request_id.encode())]
            await send(message)

        try:
            if scope["path"] == "/predict":
                await self._answer(scope, receive, send_with_id)
            else:
                await self._api(scope, receive, send_with_id)
        except ConnectionResetError:
            status = 499  # nobody is left to read it: the log alone says so, as nginx does
        except Exception:
            logger.exception("a bug in the service", extra={"request_id": request_id})
            if not status:
                bug = ProblemError(
                    HTTPStatus.INTERNAL_SERVER_ERROR, "bug", "The service failed; its log says why."
                )
                await _send_problem(bug, request_id, send_with_id)
        logger.info(
            "request",
            extra={
                "request_id": request_id,
                "method": scope["method"],
                "path": scope["path"],
                "status": status,
                "ms": round((time.perf_counter() - began) * 1000, 3),
            },
        )

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a prediction without FastAPI's routing, which costs more than the prediction."""
        try:
            if scope["method"] != "POST":
                raise problems.from_status(
                    405, "Predictions are asked for with POST.", allow="POST"
                )
            answer = await self._predict(scope, receive)
        except ProblemError as problem:
            await _send_problem(problem, scope["state"]["request_id"], send)
        else:
            await _send(200, b"application/json", answer, send)


def build_api(model: Model, example: dict[str, Any], health: Health) -> FastAPI:
    """Return the FastAPI application for all but predictions: health, metadata, documentation."""
    signature = model.signature

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        health.ready = True  # the model was checked and warmed before there was an application
        yield
        health.ready = False

    api = FastAPI(lifespan=lifespan, redoc_url=None)
    api.add_exception_handler(HTTPException, _http_problem)

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
    @api.get(f"/v2/models/{signature.name}/ready", include_in_schema=False)
    async def ready(response: Response) -> dict[str, bool]:
        if not health.ready:
            response.status_code = HTTPStatus.SERVICE_UNAVAILABLE
        return {"ready": health.ready}

    @api.get(
        f"/v2/models/{signature.name}",
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

    described = openapi.document(api, signature, example)
    api.openapi = lambda: described  # type: ignore[method-assign]  # as FastAPI documents it
    return api


def _tensor(tensor: Any) -> dict[str, Any]:  # noqa: ANN401  an Input or an Output
    return {"name": tensor.name, "datatype": tensor.datatype, "shape": list(tensor.shape)}


async def _http_problem(request: Request, error: Exception) -> Response:
    """Give what FastAPI refuses, an unknown path say, the form of every other problem."""
    assert isinstance(error, HTTPException)  # noqa: S101  registered for nothing else
    problem = problems.from_status(error.status_code, f"{error.detail}: {request.url.path}")
    return Response(
        problem.document(request.state.request_id),
        status_code=problem.status,
        media_type=problems.MEDIA_TYPE,
        headers=error.headers,
    )


def _request_id(scope: Scope) -> str:
    """Return the id that the client sent, if it can be trusted in a log, or a new one."""
    for name, value in scope["headers"]:
        if name == b"x-request-id" and ACCEPTABLE_ID.fullmatch(value):
            return str(value, "ascii")
    return secrets.token_hex(8)


async def _send_problem(problem: ProblemError, request_id: str, send: Send) -> None:
    document, extra = problem.document(request_id), []
    if problem.allow:
        extra.append((b"allow", problem.allow.encode()))
    await _send(problem.status, problems.MEDIA_TYPE.encode(), document, send, extra)


async def _send(
    status: int,
    media_type: bytes,
    body: bytes,
    send: Send,
    extra: Sequence[tuple[bytes, bytes]] = (),
) -> None:
    headers = [(b"content-type", media_type), (b"content-length", b"%d" % len(body)), *extra]
    await send({"type": "http.response.start", "status": int(status), "headers": headers})
    await send({"type": "http.response.body", "body": body})
