"""The application: a request id, an answer, a log line for every request.

Predictions go straight to the model, everything else through Starlette.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from dataclasses import dataclass
from http import HTTPStatus

from starlette.applications import Starlette

from . import api
from .api import Health
from .body import Receive, Scope
from .inference import Inference
from .journal import Journal
from .logs import Log
from .metrics import Metrics
from .predict import Model, Predictor
from .problems import SHUT_DOWN, ProblemError
from .reply import CLIENT_LEFT, Reply, Send
from .settings import Settings

WRONG_METHOD = ProblemError(
    HTTPStatus.METHOD_NOT_ALLOWED,
    "method-not-allowed",
    "Predictions are asked for with POST.",
    headers=((b"allow", b"POST"),),
)
BUG = ProblemError(HTTPStatus.INTERNAL_SERVER_ERROR, "bug", "The service failed; its log says why.")

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Serving:
    """Everything that belongs to one model; a request sees one of these from end to end."""

    model: Model
    routes: dict[str, Predictor]
    api: Starlette


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
        metrics: Metrics | None = None,
    ) -> None:
        self.health = health or Health()
        self.log = log or Log()
        self.metrics = metrics or Metrics(settings.watched)
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
        state = scope.setdefault("state", {})
        state.setdefault("began", time.perf_counter())  # else the connection has
        reply = Reply(send, scope)
        state["request_id"] = reply.request_id
        serving = self.serving
        predictor = serving.routes.get(scope["path"])
        self.metrics.began()
        try:
            if predictor:
                await _answer(predictor, scope, receive, reply)
            else:
                await serving.api(scope, receive, reply)
        except ConnectionResetError:  # the connection may have refused what was slow to arrive
            reply.status = scope["state"].get("refused", CLIENT_LEFT)
        except asyncio.CancelledError:
            if not reply.status:
                await reply.problem(SHUT_DOWN)
        except Exception:
            logger.exception("a bug in the service", extra={"request_id": reply.request_id})
            if not reply.status:
                await reply.problem(BUG)
        seconds = time.perf_counter() - state["began"]  # moved on while it arrived
        status = int(reply.status)
        self.metrics.answered(predictor.route if predictor else "other", status, seconds)
        self.log.request(reply.request_id, scope["method"], scope["path"], status, seconds)

    def refused(
        self, request_id: str, status: int, method: str = "", path: str = "", seconds: float = 0.0
    ) -> None:
        """Note a request that was refused before it was one, or before there was a place for it."""
        self.metrics.refused(int(status))
        self.log.request(request_id, method, path, status, seconds)

    async def _live(self, receive: Receive, send: Send) -> None:
        """Be ready from start to shutdown: the model was warm before there was an application."""
        await receive()
        self.health.ready = True
        await send({"type": "lifespan.startup.complete"})
        with contextlib.suppress(asyncio.CancelledError):  # a second signal waits for nothing
            await receive()
            self.health.ready = False
            await send({"type": "lifespan.shutdown.complete"})


async def _answer(predictor: Predictor, scope: Scope, receive: Receive, reply: Reply) -> None:
    """Answer a prediction without Starlette's routing, which costs more than the prediction."""
    try:
        if scope["method"] != "POST":
            raise WRONG_METHOD
        body = await predictor(scope, receive)
    except ProblemError as problem:
        await reply.problem(problem)
    else:
        await reply.answer(body)
