"""The application: a request id, an answer, a log line for every request.

Predictions go straight to the model, everything else through FastAPI.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
import secrets
import time
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any

from fastapi import FastAPI

from . import api, problems
from .api import Health
from .inference import Inference
from .journal import Journal
from .logs import Log
from .metrics import Metrics
from .predict import Model, Predictor, Receive, Scope
from .problems import ProblemError
from .settings import Settings

Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

ACCEPTABLE_ID = re.compile(rb"[A-Za-z0-9._:/+=-]{1,128}")  # safe in a header and in a log line
CLIENT_LEFT = 499  # nobody is left to read a status: the log alone says so, as nginx does
WRONG_METHOD = ProblemError(
    HTTPStatus.METHOD_NOT_ALLOWED,
    "method-not-allowed",
    "Predictions are asked for with POST.",
    headers=((b"allow", b"POST"),),
)
SHUT_DOWN = ProblemError(
    HTTPStatus.SERVICE_UNAVAILABLE,
    "shutting-down",
    "The service ended before the answer was found.",
    headers=((b"retry-after", b"1"),),
)
BUG = ProblemError(HTTPStatus.INTERNAL_SERVER_ERROR, "bug", "The service failed; its log says why.")

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Serving:
    """Everything that belongs to one model; a request sees one of these from end to end."""

    model: Model
    routes: dict[str, Predictor]
    api: FastAPI


class Service:
    """The ASGI application around the model that serves now: `serving` may be replaced any time."""

    def __init__(
        self,
        model: Model,
        settings: Settings,
        *,
        health: Health | None = None,
        log: Log | None = None,
        journal: Journal | None = None,
    ) -> None:
        self.health = health or Health()
        self.log = log or Log()
        self.metrics = Metrics(Path(settings.prediction_log) if settings.prediction_log else None)
        self._journal = journal
        self._settings = settings
        self.serving = self.prepare(model)

    def prepare(self, model: Model) -> Serving:
        """Return a model ready to serve; the work can be done in a thread."""
        inference = Inference(model, self._settings, self._journal)
        routes = {"/predict": Predictor(model, self._settings, self._journal)}
        routes |= dict.fromkeys((f"{path}/infer" for path in api.model_paths(model)), inference)
        return Serving(model, routes, api.build(model, self.health, self.metrics))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, and never let an exception reach the server."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
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

        serving = self.serving
        predictor = serving.routes.get(scope["path"])
        self.metrics.in_flight += 1
        try:
            if predictor:
                await _answer(predictor, scope, receive, send_with_id)
            else:
                await serving.api(scope, receive, send_with_id)
        except ConnectionResetError:  # the connection may have refused what was slow to arrive
            status = scope["state"].get("refused", CLIENT_LEFT)
        except asyncio.CancelledError:
            if not status:
                await _send_problem(SHUT_DOWN, request_id, send_with_id)
        except Exception:
            logger.exception("a bug in the service", extra={"request_id": request_id})
            if not status:
                await _send_problem(BUG, request_id, send_with_id)
        self.metrics.in_flight -= 1
        seconds = time.perf_counter() - began
        self.metrics.answered(predictor.route if predictor else "other", int(status), seconds)
        self.log.request(request_id, scope["method"], scope["path"], status, seconds)

    def refused(self, request_id: str, status: int) -> None:
        """Note a request that was refused before it became one."""
        self.metrics.refused(int(status))
        self.log.request(request_id, "", "", status, 0.0)

    async def _live(self, receive: Receive, send: Send) -> None:
        """Be ready from start to shutdown: the model was warm before there was an application."""
        await receive()
        self.health.ready = True
        await send({"type": "lifespan.startup.complete"})
        with contextlib.suppress(asyncio.CancelledError):  # a second signal waits for nothing
            await receive()
            self.health.ready = False
            await send({"type": "lifespan.shutdown.complete"})


def _request_id(scope: Scope) -> str:
    """Return the id that the client sent, if it can be trusted in a log, or a new one."""
    for name, value in scope["headers"]:
        if name == b"x-request-id" and ACCEPTABLE_ID.fullmatch(value):
            return str(value, "ascii")
    return secrets.token_hex(8)


async def _answer(predictor: Predictor, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer a prediction without FastAPI's routing, which costs more than the prediction."""
    try:
        if scope["method"] != "POST":
            raise WRONG_METHOD
        answer = await predictor(scope, receive)
    except ProblemError as problem:
        inference = isinstance(predictor, Inference)
        await _send_problem(problem, scope["state"]["request_id"], send, error=inference)
    else:
        headers = [
            (b"content-type", b"application/json"),
            (b"content-length", b"%d" % len(answer)),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": answer})


async def _send_problem(
    problem: ProblemError, request_id: str, send: Send, *, error: bool = False
) -> None:
    body = problem.document(request_id, error=error)
    headers = [
        (b"content-type", problems.MEDIA_TYPE.encode()),
        (b"content-length", b"%d" % len(body)),
        *problem.headers,
    ]
    await send({"type": "http.response.start", "status": int(problem.status), "headers": headers})
    await send({"type": "http.response.body", "body": body})
