"""More clients than places: a short queue, then 503; real sockets, and a server with two places."""

from __future__ import annotations

import contextlib
import json
import re
import signal
import socket
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from running import process, status

PLACES = {"MAX_CONNECTIONS": "2", "MAX_WAITING": "1", "WAIT_SECONDS": "60", "READ_SECONDS": "600"}
CALM_SECONDS = 0.02  # longer than a place is kept for who was answered
LARGE = 20_000  # bytes, of a body that arrives at a place


def connect(stack: contextlib.ExitStack, url: str) -> socket.socket:
    """Return a connection that ends with the stack."""
    host, port = url.removeprefix("http://").split(":")
    return stack.enter_context(socket.create_connection((host, int(port)), timeout=10))


def whole(row: dict[str, Any], size: int = 0, more: bytes = b"") -> bytes:
    """Return a request for a prediction, whose body has so many bytes at least."""
    body = json.dumps(row).encode().rjust(size)
    head = b"POST /predict HTTP/1.1\r\nHost: service\r\n%bContent-Length: %d\r\n\r\n"
    return head % (more, len(body)) + body


def head(client: socket.socket) -> bytes:
    """Return the first line of an answer; the rest is in the same packet."""
    return client.recv(65_536).split(b"\r\n")[0]


def gauges(url: str) -> tuple[int, int]:
    """Return how many clients have a place, and how many wait."""
    with urllib.request.urlopen(f"{url}/metrics", timeout=5) as answer:  # noqa: S310  our own
        text = answer.read().decode()
    return tuple(
        int(re.findall(rf"^service_connections{name} (\d+)", text, re.MULTILINE)[0])
        for name in ("", "_waiting")
    )  # type: ignore[return-value]  # two of them


def until(url: str, wanted: tuple[int, int]) -> None:
    """Wait until the service says that so many have a place, and so many wait."""
    end = time.monotonic() + 10
    while gauges(url) != wanted:
        assert time.monotonic() < end, gauges(url)
        time.sleep(0.02)


@contextlib.contextmanager
def full(folder: Path, row: dict[str, Any], **settings: str) -> Iterator[tuple[Any, str, Any, Any]]:
    """Start a server; yield it, its address, a stack, and the two clients who are at its places."""
    with process(folder, **PLACES | settings) as (server, url), contextlib.ExitStack() as stack:
        clients = [connect(stack, url) for _ in range(2)]
        for client in clients:
            client.sendall(whole(row, LARGE)[:-1])
        until(url, (2, 0))
        yield server, url, stack, clients


def test_who_waits_is_let_in_when_another_leaves(tiny: Path, row: dict[str, Any]) -> None:
    """Nobody is refused while there is room to wait, and nobody is forgotten."""
    with full(tiny, row) as (_, url, stack, (first, _)):
        third = connect(stack, url)
        third.sendall(whole(row))
        until(url, (2, 1))
        first.close()
        assert head(third) == b"HTTP/1.1 200 OK"


def test_who_was_answered_and_asks_nothing_is_in_nobodys_way(
    tiny: Path, row: dict[str, Any]
) -> None:
    """Ten that ask now and then need no more than two places, though nobody may wait for one."""
    settings = PLACES | {"MAX_WAITING": "0"}
    with process(tiny, **settings) as (_, url), contextlib.ExitStack() as stack:
        clients = [connect(stack, url) for _ in range(10)]
        for client in clients:
            client.sendall(whole(row))
            assert head(client) == b"HTTP/1.1 200 OK"
            time.sleep(CALM_SECONDS)


def test_the_queue_is_short(tiny: Path, row: dict[str, Any]) -> None:
    """Who finds it full is told to come back; who was in it before stays there."""
    with full(tiny, row) as (_, url, stack, (first, _)):
        third, fourth = connect(stack, url), connect(stack, url)
        third.sendall(whole(row))
        until(url, (2, 1))
        fourth.sendall(whole(row).replace(b"/predict", b"/v2/models/tiny/infer"))
        received = b"".join(iter(lambda: fourth.recv(65_536), b""))  # until it is closed
        assert received.startswith(b"HTTP/1.1 503 ")
        assert b"retry-after: 1" in received
        problem = json.loads(received.partition(b"\r\n\r\n")[2])
        assert problem["type"] == "urn:problem-type:overloaded"
        assert problem["error"] == problem["detail"]  # where that protocol's clients look
        first.sendall(whole(row)[-1:])
        assert head(first) == b"HTTP/1.1 200 OK"
        assert head(third) == b"HTTP/1.1 200 OK"


def test_nobody_waits_for_long(tiny: Path, row: dict[str, Any]) -> None:
    """After WAIT_SECONDS it is 503, counted and logged, and the connection is closed."""
    with full(tiny, row, WAIT_SECONDS="0.2") as (server, url, stack, _):
        third = connect(stack, url)
        third.sendall(whole(row, more=b"X-Request-Id: mine\r\n"))
        received = b"".join(iter(lambda: third.recv(65_536), b""))
        assert received.startswith(b"HTTP/1.1 503 ")
        assert b"x-request-id: mine\r\n" in received
        until(url, (2, 0))
        with urllib.request.urlopen(f"{url}/metrics", timeout=5) as answer:  # noqa: S310
            assert 'service_requests_total{route="none",status="503"} 1' in answer.read().decode()
        server.terminate()
        logged = [json.loads(line) for line in server.stderr]
        (line,) = [line for line in logged if line.get("request_id") == "mine"]
        assert (line["status"], line["method"], line["path"]) == (503, "POST", "/predict")
        assert line["ms"] >= 200


def test_a_full_service_still_says_how_it_is(tiny: Path, row: dict[str, Any]) -> None:
    """A probe that waited would get the service killed for having much to do."""
    with full(tiny, row) as (_, url, stack, _):
        connect(stack, url).sendall(whole(row))
        until(url, (2, 1))
        assert status(f"{url}/health/live") == status(f"{url}/health/ready") == 200


def test_a_place_is_for_who_asks(tiny: Path, row: dict[str, Any]) -> None:
    """Clients that keep their connections and say nothing hold nobody up, and lose nothing."""
    with full(tiny, row) as (_, url, stack, clients):
        for client in clients:
            client.sendall(whole(row)[-1:])
            assert head(client) == b"HTTP/1.1 200 OK"
        until(url, (0, 0))
        for client in [connect(stack, url), connect(stack, url), *clients]:
            client.sendall(whole(row))
            assert head(client) == b"HTTP/1.1 200 OK"


def test_who_sends_slowly_has_no_place(tiny: Path, row: dict[str, Any]) -> None:
    """Heads and bodies that dribble hold nobody up, and are answered when they are whole."""
    with process(tiny, **PLACES) as (_, url), contextlib.ExitStack() as stack:
        slow = [connect(stack, url) for _ in range(8)]
        for number, client in enumerate(slow):
            client.sendall(whole(row)[: 10 if number % 2 else -1])
        time.sleep(0.3)
        assert gauges(url) == (0, 0)
        client = connect(stack, url)
        client.sendall(whole(row))
        assert head(client) == b"HTTP/1.1 200 OK"
        for number, client in enumerate(slow):
            client.sendall(whole(row)[10 if number % 2 else -1 :])
            assert head(client) == b"HTTP/1.1 200 OK"


def test_a_large_body_has_to_arrive_where_others_wait(tiny: Path, row: dict[str, Any]) -> None:
    """It holds a place for a part of READ_SECONDS; alone it could take all of them."""
    with full(tiny, row, READ_SECONDS="10") as (_, url, stack, clients):
        time.sleep(1)
        third = connect(stack, url)
        third.sendall(whole(row))
        assert head(third) == b"HTTP/1.1 200 OK"
        for client in clients:
            answer = client.recv(65_536)
            assert answer.startswith(b"HTTP/1.1 503 ")
            assert b"retry-after: 1\r\n" in answer


def test_idle_clients_make_room_for_a_probe(tiny: Path, row: dict[str, Any]) -> None:
    """However many connections are open, another is taken; the oldest that is idle ends."""
    with process(tiny, **PLACES) as (_, url), contextlib.ExitStack() as stack:
        clients = [connect(stack, url) for _ in range(2)]
        for client in clients:
            client.sendall(whole(row, LARGE)[:-1])
        until(url, (2, 0))
        idle = [connect(stack, url) for _ in range(400)]
        for _ in range(20):
            assert status(f"{url}/health/live") == 200
        with contextlib.suppress(ConnectionError):
            assert idle[0].recv(1) == b""
        for client in clients:
            client.sendall(whole(row)[-1:])
            assert head(client) == b"HTTP/1.1 200 OK"


def test_who_always_asks_makes_room(tiny: Path, row: dict[str, Any]) -> None:
    """Two clients that never pause do not keep a third out."""
    with process(tiny, **PLACES) as (_, url), contextlib.ExitStack() as stack:
        done = threading.Event()

        def ask(client: socket.socket) -> None:
            while not done.is_set():
                client.sendall(whole(row))
                assert head(client) == b"HTTP/1.1 200 OK"

        threads = [threading.Thread(target=ask, args=(connect(stack, url),)) for _ in range(2)]
        for thread in threads:
            thread.start()
        try:
            until(url, (2, 0))
            third = connect(stack, url)
            for _ in range(3):
                third.sendall(whole(row))
                assert head(third) == b"HTTP/1.1 200 OK"
        finally:
            done.set()
            for thread in threads:
                thread.join()


def test_who_gives_up_waiting_is_forgotten(tiny: Path, row: dict[str, Any]) -> None:
    """A client that left the queue gets no place, and makes room in it."""
    with full(tiny, row) as (server, url, stack, (first, second)):
        third = connect(stack, url)
        third.sendall(whole(row))
        until(url, (2, 1))
        third.close()
        until(url, (2, 0))
        fourth = connect(stack, url)
        fourth.sendall(whole(row))
        until(url, (2, 1))
        first.close()
        second.sendall(whole(row)[-1:])
        assert head(fourth) == head(second) == b"HTTP/1.1 200 OK"
        server.terminate()
        logged = [json.loads(line) for line in server.stderr]
        assert [line["status"] for line in logged if line.get("path") == "/predict"].count(499) == 2
        assert [line for line in logged if line["level"] == "error"] == []


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM to be graceful about")
def test_at_the_end_nobody_waits_any_more(tiny: Path, row: dict[str, Any]) -> None:
    """SIGTERM sends the queue away at once; who has a place is answered."""
    with full(tiny, row) as (server, url, stack, clients):
        third = connect(stack, url)
        third.sendall(whole(row))
        until(url, (2, 1))
        server.send_signal(signal.SIGTERM)
        assert head(third) == b"HTTP/1.1 503 Service Unavailable"
        for client in clients:
            client.sendall(whole(row)[-1:])
            assert head(client) == b"HTTP/1.1 200 OK"
        assert server.wait(timeout=10) == 0
