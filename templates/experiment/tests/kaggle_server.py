"""A stand-in for Kaggle on loopback, which the real client talks to without knowing it.

The client speaks to api.kaggle.com over TLS and cannot be told another address, but it honours
HTTPS_PROXY. So the stand-in is a proxy: it answers CONNECT, shows a certificate of its own for
whatever host is asked for, and plays that host itself. Nothing it is asked for leaves the machine.

Covered, in the shape that kaggle 2.2.4 sends and reads:

* security.OAuthService/IntrospectToken, by which a token is checked
* competitions.CompetitionApiService/DownloadDataFiles, and the redirect to the storage
* .../GetSubmissionLimits, .../StartSubmissionUpload, the upload itself, .../CreateSubmission,
  .../ListSubmissions with a score that is pending first
* any of these failing with a status and a message, or with the connection cut

Not covered: OAuth's log-in and its renewal of tokens, code competitions, paging, resumed uploads
and downloads, and whether Kaggle words its refusals as here; they were written from the client.
"""

from __future__ import annotations

import contextlib
import json
import ssl
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, Self

import trustme

TOKEN = "KGAT_of-nobody"  # noqa: S105  a token that only the stand-in knows
STORAGE = "storage.googleapis.com"


@dataclass
class Kaggle:
    """The state that the stand-in answers from; a test sets it and reads it.

    `failing` maps the last part of an endpoint's name to what it answers instead: a status, a
    message, and how often; status 0 cuts the connection.
    """

    archive: bytes = b""
    left: int = 4
    pending: int = 1
    score: str = "0.77511"
    private: str = ""
    status: str = "COMPLETE"
    error: str = ""
    failing: dict[str, tuple[int, str, int]] = field(default_factory=dict)
    called: list[str] = field(default_factory=list)
    authorised: list[str] = field(default_factory=list)
    uploaded: list[bytes] = field(default_factory=list)
    submissions: list[dict[str, Any]] = field(default_factory=list)

    def answer(self, endpoint: str, request: dict[str, Any]) -> dict[str, Any]:
        """Return what the endpoint answers."""
        return getattr(self, endpoint)(request)  # type: ignore[no-any-return]

    def IntrospectToken(self, request: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        """Tell whether the token is one that was given out."""
        return {"active": request["token"] == TOKEN, "username": "nobody"}

    def GetSubmissionLimits(self, _: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        """Tell what is left."""
        sent = len(self.submissions)
        return {"numToday": sent, "numTotal": sent + 10, "numAllowedNow": self.left}

    def StartSubmissionUpload(self, _: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        """Tell where to upload to."""
        return {"token": "blob", "createUrl": f"https://{STORAGE}/upload"}

    def CreateSubmission(self, request: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        """Take what was uploaded."""
        number = 501 + len(self.submissions)
        said = {"ref": number, "description": request.get("submissionDescription", "")}
        self.submissions.insert(0, said | {"date": "2026-01-02T03:04:05.678Z"})
        return {"message": "Successfully submitted", "ref": number}

    def ListSubmissions(self, _: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        """Give the submissions, scored once they were asked for often enough."""
        scored = {
            "status": self.status,
            "publicScore": self.score,
            "privateScore": self.private,
            "errorDescription": self.error,
        }
        if self.submissions and self.pending > 0:
            self.pending -= 1
            scored = {"status": "PENDING"}
        return {"submissions": [each | scored for each in self.submissions]}


class Server(ThreadingHTTPServer):
    """The proxy; as a context manager it runs in a thread of its own."""

    daemon_threads = True

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.kaggle = Kaggle()
        self.authority = trustme.CA()
        self.bundle = folder / "authority.pem"
        self.authority.cert_pem.write_to_path(self.bundle)
        self.hosts: set[str] = set()

    def __enter__(self) -> Self:
        Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()

    def environment(self) -> dict[str, str]:
        """Return the variables that lead every request here, plain ones too."""
        address = f"http://127.0.0.1:{self.server_port}"
        names = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
        return {
            **dict.fromkeys((*names, *map(str.lower, names)), address),
            "NO_PROXY": "",
            "no_proxy": "",
            "REQUESTS_CA_BUNDLE": str(self.bundle),
        }


class Handler(BaseHTTPRequestHandler):
    """One connection: CONNECT first, then whatever is asked through it."""

    protocol_version = "HTTP/1.1"
    server: Server

    def do_CONNECT(self) -> None:
        """Play the host that is asked for."""
        host = self.path.rpartition(":")[0]
        self.server.hosts.add(host)
        self.wfile.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.server.authority.issue_cert(host).configure_cert(context)
        self.close_connection = False  # though an old client says CONNECT in HTTP/1.0
        with contextlib.suppress(OSError):  # the client may have gone
            self.connection = context.wrap_socket(self.connection, server_side=True)
            self.rfile = self.connection.makefile("rb")
            self.wfile = self.connection.makefile("wb", buffering=0)

    def do_POST(self) -> None:
        """Answer an endpoint of the API."""
        content = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        endpoint = self.path.rpartition("/")[2]
        kaggle = self.server.kaggle
        kaggle.called.append(endpoint)
        kaggle.authorised.append(self.headers.get("Authorization", ""))
        status, message, times = kaggle.failing.get(endpoint, (200, "", 0))
        if times:
            kaggle.failing[endpoint] = (status, message, times - 1)
            if status == 0:
                self.close_connection = True
                return
            body = {"code": status, "message": message}
            self._send(status, json.dumps(body).encode(), {"Retry-After": "0"})
        elif endpoint == "DownloadDataFiles":
            self._send(302, b"", {"Location": f"https://{STORAGE}/files/archive.zip?signed=1"})
        else:
            self._send(200, json.dumps(kaggle.answer(endpoint, content)).encode(), {})

    def do_GET(self) -> None:
        """Give the archive of the competition's files."""
        self._send(200, self.server.kaggle.archive, {"Content-Type": "application/zip"})

    def do_PUT(self) -> None:
        """Take an upload."""
        self.server.kaggle.uploaded.append(self.rfile.read(int(self.headers["Content-Length"])))
        self._send(200, b"", {})

    def finish(self) -> None:
        """Close what CONNECT has put in the socket's place."""
        super().finish()
        self.connection.close()

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in ({"Content-Type": "application/json"} | headers).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)
