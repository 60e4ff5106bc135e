"""Clients that are greedy or slow, at a real server: none of them can hold it up."""

from __future__ import annotations

import json
import socket
import struct
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from running import process, status

HEAD = b"POST /predict HTTP/1.1\r\nHost: service\r\n"


@pytest.fixture(scope="module")
def address(tiny: Path) -> Iterator[tuple[str, int]]:
    """Return where a server with small limits listens; it has to be alive after every test."""
    limits = {"MAX_HEADER_BYTES": "2000", "MAX_CONNECTIONS": "4", "READ_SECONDS": "0.5"}
    with process(tiny, **limits) as (_, url):
        host, port = url.removeprefix("http://").split(":")
        yield host, int(port)
        assert status(f"{url}/health/ready") == 200


def answer(address: tuple[str, int], *pieces: bytes) -> tuple[bytes, dict[str, Any]]:
    """Send the pieces, read until the server closes; return the head and the problem."""
    with socket.create_connection(address, timeout=10) as client:
        for piece in pieces:
            client.sendall(piece)
        return _read(client)


def _read(client: socket.socket) -> tuple[bytes, dict[str, Any]]:
    received = b""
    while piece := client.recv(65_536):
        received += piece
    head, _, body = received.partition(b"\r\n\r\n")
    return head, json.loads(body) if body else {}


@pytest.mark.parametrize(
    "sent",
    [
        HEAD + b"X: " + b"x" * 3000,
        HEAD + b"X: " + b"x" * 3000 + b"\r\n\r\n",
        b"GET /" + b"x" * 3000,
        HEAD + b"X: y\r\n" * 600,
    ],
    ids=["endless", "complete", "endless path", "many"],
)
def test_headers_have_a_limit(address: tuple[str, int], sent: bytes) -> None:
    """Headers over the limit are refused, whether or not they ever end."""
    head, problem = answer(address, sent)
    assert head.startswith(b"HTTP/1.1 431 ")
    assert problem["type"] == "urn:problem-type:headers-too-large"


def test_a_body_counts_as_no_header(address: tuple[str, int], row: dict[str, Any]) -> None:
    """A body larger than headers may be, sent in one piece with them, is read."""
    body = json.dumps([row] * 50).encode()
    assert len(body) > 2000
    length = b"Connection: close\r\nContent-Length: %d\r\n\r\n" % len(body)
    assert answer(address, HEAD + length + body)[0].startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize(
    "sent", [HEAD, HEAD + b"Content-Length: 9\r\n\r\n", HEAD + b"Content-Length: 9\r\n\r\n{"]
)
def test_a_request_that_does_not_arrive_is_given_up(address: tuple[str, int], sent: bytes) -> None:
    """Headers or a body that stop coming hold a connection for READ_SECONDS and no longer."""
    head, problem = answer(address, sent)
    assert head.startswith(b"HTTP/1.1 408 ")
    assert problem["type"] == "urn:problem-type:request-timeout"
    assert problem["request_id"].encode() in head


def test_a_connection_that_asks_nothing_is_closed(address: tuple[str, int]) -> None:
    """A browser opens connections in advance: no answer to what was never asked."""
    assert answer(address) == (b"", {})


def test_what_is_not_http_is_a_problem(address: tuple[str, int]) -> None:
    """A parser's error has the form of every other mistake."""
    head, problem = answer(address, b"\x16\x03\x01 hello\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 ")
    assert problem["type"] == "urn:problem-type:malformed-http"


def test_a_client_that_does_not_read_is_dropped(address: tuple[str, int]) -> None:
    """Answers that nobody takes do not pile up: the connection is reset."""
    request = b"GET /openapi.json HTTP/1.1\r\nHost: service\r\n\r\n"

    def ask_and_never_read(client: socket.socket) -> None:
        while True:
            client.sendall(request * 1000)

    with socket.socket() as client:
        client.settimeout(60)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)  # else it takes megabytes
        client.connect(address)
        with pytest.raises(ConnectionError):
            ask_and_never_read(client)


def test_a_client_that_waits_for_a_go_ahead_gets_it(
    address: tuple[str, int], row: dict[str, Any]
) -> None:
    """The word comes before the body is sent, and the answer after it."""
    body = json.dumps(row).encode()
    head = b"Expect: 100-continue\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(body)
    with socket.create_connection(address, timeout=10) as client:
        client.sendall(HEAD + head)
        assert client.recv(65_536) == b"HTTP/1.1 100 Continue\r\n\r\n"
        client.sendall(body)
        head, answered = _read(client)
    assert head.startswith(b"HTTP/1.1 200 ")
    assert answered["predictions"]


def test_an_answer_goes_out_as_one(address: tuple[str, int], row: dict[str, Any]) -> None:
    """Head and body come together: a client is woken once."""
    body = json.dumps(row).encode()
    with socket.create_connection(address, timeout=10) as client:
        client.sendall(HEAD + b"Content-Length: %d\r\n\r\n" % len(body) + body)
        head, _, answered = client.recv(65_536).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 ")
    assert json.loads(answered)["predictions"]


@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize("step", [1, 7, 1_000_000])
def test_an_upgrade_is_ignored(
    address: tuple[str, int], row: dict[str, Any], step: int, chunked: bool
) -> None:
    """The request is answered, whose body it is stays clear, and so is the one behind it."""
    body = json.dumps(row).encode()
    length = b"Content-Length: %d\r\nX:\r\n\r\n" % len(body)
    if chunked:
        length = b"Transfer-Encoding: chunked\r\n\r\n"
        body = b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)
    upgrade = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AA\r\n"
    get = b"GET /v2 HTTP/1.1\r\nHost: service\r\n"
    sent = HEAD + upgrade + length + body + get + upgrade + b"\r\n" + get
    sent += b"Connection: close\r\n\r\n"
    received = b""
    with socket.create_connection(address, timeout=10) as client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for start in range(0, len(sent), step):
            client.sendall(sent[start : start + step])
        while piece := client.recv(65_536):
            received += piece
    answers = received.split(b"HTTP/1.1 ")[1:]
    assert [each[:3] for each in answers] == [b"200"] * 3
    assert [b"predictions" in each for each in answers] == [True, False, False]


def test_an_upgrade_makes_no_request_of_a_body(address: tuple[str, int]) -> None:
    """A body that looks like a request is a body still, and one with two lengths is refused."""
    upgrade = b"Connection: Upgrade\r\nUpgrade: h2c\r\n"
    inner = b"GET /health/live HTTP/1.1\r\nHost: service\r\n\r\n"
    length = b"Content-Length: %d\r\n" % len(inner)
    with socket.create_connection(address, timeout=10) as client:
        client.sendall(HEAD + upgrade + length + b"Connection: close\r\n\r\n" + inner)
        head, problem = _read(client)
    assert head.startswith(b"HTTP/1.1 400 ")
    assert problem["type"] == "urn:problem-type:malformed-json"
    both = HEAD + upgrade + length + b"Transfer-Encoding: chunked\r\n\r\n" + inner
    head, problem = answer(address, both)
    assert head.startswith(b"HTTP/1.1 400 ")
    assert problem["type"] == "urn:problem-type:malformed-http"


def test_a_tunnel_is_refused(address: tuple[str, int]) -> None:
    """CONNECT is for proxies: nothing that follows it is read."""
    inner = b"GET /health/live HTTP/1.1\r\nHost: service\r\n\r\n"
    head, problem = answer(address, b"CONNECT other:1 HTTP/1.1\r\nHost: other\r\n\r\n" + inner)
    assert head.startswith(b"HTTP/1.1 501 ")
    assert problem["type"] == "urn:problem-type:not-implemented"


def test_a_second_request_in_one_packet_cannot_dawdle(
    address: tuple[str, int], row: dict[str, Any]
) -> None:
    """The first is answered; the second holds the connection for READ_SECONDS and no longer."""
    body = json.dumps(row).encode()
    whole = HEAD + b"Content-Length: %d\r\n\r\n" % len(body) + body
    with socket.create_connection(address, timeout=10) as client:
        client.sendall(whole + HEAD + b"Content-Length: 100\r\n\r\n")
        received = b""
        while piece := client.recv(65_536):
            received += piece
    assert received.startswith(b"HTTP/1.1 200 ")
    assert received.count(b"HTTP/1.1 ") == 2
    assert b"HTTP/1.1 408 " in received


def test_a_body_that_is_no_body_is_a_problem(address: tuple[str, int]) -> None:
    """Also where it comes in one packet with its head, before the application has begun."""
    head, problem = answer(address, HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n")
    assert head.startswith(b"HTTP/1.1 400 ")
    assert problem["type"] == "urn:problem-type:malformed-http"
    assert problem["request_id"].encode() in head


def test_what_follows_a_request_does_not_take_its_answer(
    address: tuple[str, int], row: dict[str, Any]
) -> None:
    """A request that was whole is answered, and the connection closed behind it."""
    body = json.dumps(row).encode()
    whole = HEAD + b"Content-Length: %d\r\n\r\n" % len(body) + body
    head, answered = answer(address, whole + b"\x16\x03 garbage\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 ")
    assert b"connection: close" in head
    assert answered["predictions"]


def test_requests_that_wait_on_one_connection_are_few(address: tuple[str, int]) -> None:
    """A flood on one connection costs no memory: a few are answered, the last says so."""
    request = b"GET /health/live HTTP/1.1\r\nHost: service\r\n\r\n"
    received = b""
    with socket.create_connection(address, timeout=10) as client:
        client.sendall(request * 100)
        while piece := client.recv(65_536):
            received += piece
    answers = received.split(b"HTTP/1.1 ")[1:]
    assert 16 <= len(answers) < 100
    assert all(each.startswith(b"200 ") for each in answers)
    assert b"connection: close" in answers.pop()
    assert not any(b"connection: close" in each for each in answers)


def test_a_client_that_resets_takes_nobody_elses_answer(
    address: tuple[str, int], row: dict[str, Any]
) -> None:
    """Answers go out together; one that cannot be written is alone in being lost."""
    body = json.dumps(row).encode()
    whole = HEAD + b"Content-Length: %d\r\n\r\n" % len(body) + body
    done = threading.Event()

    def reset() -> None:
        while not done.is_set():
            with socket.create_connection(address, timeout=10) as client:
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                client.sendall(whole * 3)

    threads = [threading.Thread(target=reset) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        with socket.create_connection(address, timeout=10) as client:
            for _ in range(1000):
                client.sendall(whole)
                assert client.recv(65_536).startswith(b"HTTP/1.1 200 ")
    finally:
        done.set()
        for thread in threads:
            thread.join()
