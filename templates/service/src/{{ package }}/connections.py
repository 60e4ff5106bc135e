"""One HTTP connection: uvicorn's own, with limits for clients that are greedy, slow, or too many.

uvicorn has no limit for headers and waits for ever for a client that sends a byte a minute. Checks
that need a clock are made by one sweep over all connections, so that a request pays for none.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Set
from dataclasses import dataclass, field
from typing import Any

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from .body import arrived
from .outbox import Joined, Outbox
from .places import Places
from .problems import SHUT_DOWN, ProblemError
from .refusals import GREEDY, MALFORMED, OVERLOADED, SLOW, TUNNEL, answer, illegible, objection
from .reply import CLIENT_LEFT, Reply, Send, new_id, request_id

PIPELINED = 16
"""So many requests may wait behind another on one connection; uvicorn would take any number."""

ROOM = 32  # so many idle connections are closed at once where there are too many
HURRY = 20  # where others wait, a larger one has such a part of READ_SECONDS to arrive

LINGER_SECONDS = 0.5  # a request sent just before the end can still be on its way


@dataclass
class Gate:
    """What all connections have in common: the limits, and whether the service is to end.

    `refused` is told the id and status of each request that is refused before the application sees
    it, and, if known, its method, its path and for how many seconds it has waited.
    The paths in `probes` need no place: who watches a service wants to know most when it is full.
    """

    max_header_bytes: int
    max_open: int
    read_seconds: float
    places: Places
    probes: Set[str]
    refused: Callable[..., None]
    draining: bool = False
    made: int = 0  # connections, since the start
    outbox: Outbox = field(default_factory=Outbox)


class Connection(HttpToolsProtocol):
    """A connection that refuses what goes over the limits of its gate."""

    def __init__(self, *arguments: Any, gate: Gate, **named: Any) -> None:  # noqa: ANN401  uvicorn's
        super().__init__(*arguments, **named)
        self._gate = gate
        self._service, self.app = self.app, self._admit
        self.url = b""
        self._head_open = False
        self._packet = 0  # bytes of the last one
        self._framing = 0  # bytes since the last of a body: heads, sizes of chunks, trailers
        self._began: float | None = None  # when the request that is arriving began to
        self._stuck: float | None = None  # since when the client has not read its answers
        self._busy = 0.0  # when it was last answered

    def connection_made(self, transport: Any) -> None:  # noqa: ANN401  uvicorn's
        """Begin to count the time until the first request."""
        super().connection_made(transport)
        self._began = self._busy = self.loop.time()
        self._gate.made += 1
        if len(self.connections) > self._gate.max_open:
            self._make_room()

    def connection_lost(self, exc: Exception | None) -> None:
        """Make room for another."""
        super().connection_lost(exc)
        self._gate.places.leave(self)

    def data_received(self, data: bytes) -> None:
        """Parse what has arrived, and refuse headers and trailers that do not end."""
        if self._began is None:
            self._began = self.loop.time()
        self._packet = len(data)
        self._framing += self._packet
        self._unset_keepalive_if_required()
        try:
            self._parse(data)
        except httptools.HttpParserInvalidMethodError:
            self._refuse(illegible(data))
        except httptools.HttpParserError:
            self._refuse(MALFORMED)
        if self._framing > self._gate.max_header_bytes:
            self._refuse(GREEDY)

    def on_message_begin(self) -> None:
        """Note that headers are to come, maybe in one packet with the request before."""
        super().on_message_begin()
        self._head_open = True
        if self._began is None:
            self._began = self.loop.time()

    def on_headers_complete(self) -> None:
        """Hand the request to the application, unless it is over a limit.

        Raises:
            ValueError: it is; the parser turns that into `send_400_response`.
        """
        self._head_open = False
        gate = self._gate
        if len(self.pipeline) >= PIPELINED:  # those that wait are answered, then it is over
            self._refuse(MALFORMED)
            raise ValueError("too many requests at once")
        if self.parser.get_method() == b"CONNECT":
            self._refuse(TUNNEL)
            raise ValueError(TUNNEL.detail)
        if self.parser.should_upgrade():
            return  # the head comes again, see _parse
        if problem := objection(self.parser.get_http_version(), self.headers):
            self._refuse(problem)
            raise ValueError(problem.detail)
        limit = gate.max_header_bytes
        if self._packet > limit or self._framing > limit:  # a body may be among these
            line = len(self.url) + 16  # with the method, the version and its end
            size = line + sum(len(name) + len(value) + 4 for name, value in self.headers)
            if size > limit:
                self._refuse(GREEDY)
                raise ValueError(GREEDY.detail)
        super().on_headers_complete()
        self._framing = 0
        self.headers = []  # what comes after the body is no header of the request (RFC 9110, 6.5.1)
        if self.scope["method"] != "HEAD":  # which has no body to wait for
            joined: Any = Joined(self.transport, gate.outbox)
            self.cycle.transport = joined
        if gate.draining:
            self.cycle.keep_alive = False

    def on_body(self, body: bytes) -> None:
        """Note that what arrives is the body."""
        super().on_body(body)
        self._framing = 0

    def on_message_complete(self) -> None:
        """Note that the request has arrived."""
        if self.parser.should_upgrade():
            return
        super().on_message_complete()
        self._began = None
        self._framing = 0
        if "began" in (state := self.cycle.scope["state"]):
            state["began"] = time.perf_counter()  # so far its client has taken the time

    def on_response_complete(self) -> None:
        """Make room for those who wait, once in a while."""
        self._busy = self.loop.time()
        self._gate.places.answered(self, self._busy)
        super().on_response_complete()

    def pause_writing(self) -> None:
        """Note since when the client does not read."""
        super().pause_writing()
        self._stuck = self.loop.time()

    def resume_writing(self) -> None:
        """Note that the client reads again."""
        super().resume_writing()
        self._stuck = None

    def shutdown(self) -> None:
        """Close after the answer under way; a connection that seems idle is given a moment."""
        if self._idle:
            self.loop.call_later(LINGER_SECONDS, self._close_idle)
        else:
            self.cycle.keep_alive = False

    def rests(self, since: float) -> bool:
        """Tell whether it was answered before then, and has asked nothing more."""
        return self._idle and self._busy < since

    def sweep(self, now: float) -> None:
        """End the connection if its client has been too slow; called several times a second."""
        places, read_seconds = self._gate.places, self._gate.read_seconds
        if self._began is not None and places.waits(self):
            self._began = now  # it cannot go on before there is a place
        if self._sends and places.blocks(self, now - read_seconds / HURRY):
            self._refuse(OVERLOADED)
        too_late = now - read_seconds
        if self.transport.is_closing() and self._stuck is None:
            self._stuck = now  # the last answer waits for a client that may never read it
        if self._stuck is not None and self._stuck < too_late:
            self.transport.abort()
        elif (
            self._began is not None
            and self._began < too_late
            and not self.pipeline  # what came before has not been answered yet
            and not self.transport.is_closing()
        ):
            if self._head_open or not self._idle:
                self._refuse(SLOW)
            else:  # nothing was ever asked, or it was answered long ago
                self.transport.close()

    def _parse(self, data: bytes) -> None:
        """Parse, as if nobody had asked for another protocol: so a server may ignore that.

        The parser stops behind such a head, and takes no body after it. A new parser is given the
        head once more, as the first one understood it and without Upgrade, then what follows.

        Raises:
            HttpParserError: this is not HTTP.
        """
        while data:
            try:
                self.parser.feed_data(data)
            except httptools.HttpParserUpgrade as stop:
                method, version = self.parser.get_method(), self.parser.get_http_version()
                head = [b"%b %b HTTP/%b" % (method, self.url, version.encode())]
                head += [name + b": " + value for name, value in self.headers if name != b"upgrade"]
                data = b"\r\n".join([*head, b"", data[stop.args[0] :]])
                self.parser = httptools.HttpRequestParser(self)
                self.parser.set_dangerous_leniencies(lenient_data_after_close=True)  # as uvicorn
            else:
                return

    @property
    def _idle(self) -> bool:
        return self.cycle is None or self.cycle.response_complete

    @property
    def _sends(self) -> bool:
        """Whether it is the body of the request in work that has not arrived."""
        return not self._idle and not self.pipeline and self.cycle.more_body

    def _make_room(self) -> None:
        """Close those that have been idle for longest, or this one if none is."""
        others = [each for each in self.connections if isinstance(each, Connection)]
        idle = [each for each in others if each._idle and not each.transport.is_closing()]
        closing = sum(each.transport.is_closing() for each in others)
        if len(others) - closing > self._gate.max_open:
            idle.sort(key=lambda each: each._busy)
            for each in idle[:ROOM] or [self]:
                each.transport.abort()

    def _close_idle(self) -> None:
        if self._idle and not self.transport.is_closing():
            self.transport.close()

    def _refuse(self, problem: ProblemError) -> None:
        """Answer with a problem and close; requests that were whole before get their answers."""
        if self.transport.is_closing():
            return
        self._gate.outbox.flush()
        if self._idle:
            number = new_id()
            self._gate.refused(number, problem.status)
            self.transport.write(answer(problem, number, self.url.decode("latin-1")))
        elif not self.cycle.more_body:
            self.cycle.keep_alive = False  # its answer is the last
            return
        elif not self.pipeline and not self.cycle.response_started:
            state = self.cycle.scope["state"]
            state["refused"] = problem.status  # for the application, which will log it
            number = state.setdefault("request_id", request_id(dict(self.cycle.scope)))
            self.transport.write(answer(problem, number, self.cycle.scope["path"]))
        self.transport.close()

    async def _admit(self, scope: Any, receive: Any, send: Send) -> None:  # noqa: ANN401  ASGI's
        """Let the application answer as soon as there is a place; answer here if there is none."""
        state, gate = scope["state"], self._gate
        try:
            admitted = await self._placed(scope)
        except asyncio.CancelledError:  # a second signal waits for nothing
            admitted = False
        if admitted:
            await self._service(scope, receive, send)
            return
        reply = Reply(send, scope)
        problem = SHUT_DOWN if gate.draining else OVERLOADED
        left = self.transport.is_closing()
        status = state.get("refused", CLIENT_LEFT) if left else problem.status
        seconds = time.perf_counter() - state["began"]
        gate.refused(reply.request_id, status, scope["method"], scope["path"], seconds)
        await reply.problem(problem)

    async def _placed(self, scope: Any) -> bool:  # noqa: ANN401  ASGI's
        """Wait until a request is there and has a place; False if it has to do without."""
        places, cycle = self._gate.places, self.cycle
        scope["state"]["began"] = time.perf_counter()
        if cycle.scope is scope and cycle.more_body:  # else it is whole
            places.leave(self)
            await arrived(cycle)
        if self.transport.is_closing():  # nobody could give back the place of who has left
            return False
        if scope["path"] in self._gate.probes or places.take(self):
            return True
        return await places.wait(self) and not self.transport.is_closing()
