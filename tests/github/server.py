"""A stand-in for GitHub on loopback: its REST API with a memory, and git over HTTP behind a token.

    with GitHub(folder) as github:
        ...  # publish with --host github.address and the token github.token

What goes wrong is injected as a `Fault`: an answer of any kind to a request, or a line that is cut
before or after the request was carried out. A push is refused by a hook in the server's repository,
as on GitHub.
"""

from __future__ import annotations

import base64
import gzip
import json
import os
import re
import ssl
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import unquote, urlsplit

from tests.github import api
from tests.github.api import Response

if TYPE_CHECKING:
    from types import TracebackType

API = "/api/v3"
GIT = re.compile(r"/([^/]+)/([^/]+?)\.git/(info/refs|git-upload-pack|git-receive-pack)")
PEOPLE = {"ada": "User", "eve": "User", "lab": "Organization", "fort": "Organization"}
"""Who is there: `lab` lets its members make repositories, `fort` does not."""


@dataclass(frozen=True)
class Fault:
    """What a request meets, once: its method and a pattern that its whole path matches.

    Without a response the line is cut; with `done`, after the request was carried out.
    """

    method: str
    path: str
    response: Response | None = None
    done: bool = False

    def hits(self, method: str, path: str) -> bool:
        """Tell whether a request meets this fault."""
        return method == self.method and re.fullmatch(self.path, path) is not None


@dataclass(frozen=True)
class Seen:
    """A request that came: the route of the API it meant, or its path where that is git's."""

    method: str
    route: str
    body: Any
    authorization: str
    answer: Any = None


@dataclass
class Hosted:
    """A repository of the server: what the API says of it, and git's folder."""

    owner: str
    name: str
    folder: Path
    about: dict[str, Any] = field(default_factory=dict)


class GitHub:
    """A GitHub with a few people, one token, and no repository yet."""

    def __init__(self, folder: Path, *, token: str, login: str = "ada") -> None:
        """Prepare a server whose repositories lie in a folder."""
        self.folder = folder
        self.token = token
        self.login = login
        self.scopes: str | None = "repo, workflow"
        self.repositories: dict[tuple[str, str], Hosted] = {}
        self.renamed: dict[tuple[str, str], tuple[str, str]] = {}
        self.faults: list[Fault] = []
        self.seen: list[Seen] = []
        self.hook = ""
        """The text of a pre-receive hook that every new repository gets."""
        self.watched: set[str] = set()
        """What no process of this machine may have among its arguments while a request is here."""
        self.exposed: list[str] = []
        self._scheme = "http"
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))

    def __enter__(self) -> Self:
        """Start to answer."""
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop, and leave no thread behind."""
        self.stop()

    def stop(self) -> None:
        """Go away, as a host that cannot be reached; may be called twice."""
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
            self._server.server_close()

    @property
    def name(self) -> str:
        """Return the host and its port."""
        return f"127.0.0.1:{self._server.server_address[1]}"

    @property
    def address(self) -> str:
        """Return what `--host` takes."""
        return f"{self._scheme}://{self.name}"

    def encrypt(self, certificate: Path, key: Path) -> None:
        """Speak https from now on, with a certificate that nobody else has signed."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self._scheme = "https"

    def page(self, owner: str, name: str) -> str:
        """Return the address of a repository's page."""
        return f"{self.address}/{owner}/{name}"

    def branches(self, owner: str, name: str) -> dict[str, str]:
        """Return the branches of a repository and their commits."""
        listed = _git(self.repositories[owner, name].folder, "for-each-ref", "refs/heads")
        pairs = (line.split() for line in listed.splitlines())
        return {words[2].removeprefix("refs/heads/"): words[0] for words in pairs}

    def add(self, owner: str, name: str, **about: Any) -> Hosted:
        """Make a repository, as somebody else or an earlier day would have."""
        folder = self.folder / owner / f"{name}.git"
        folder.mkdir(parents=True)
        _git(folder, "init", "--quiet", "--bare", "--initial-branch=main")
        _git(folder, "config", "http.receivepack", "true")
        if self.hook:
            hook = folder / "hooks" / "pre-receive"
            hook.parent.mkdir(exist_ok=True)
            hook.write_text(f"#!/bin/sh\n{self.hook}\n", encoding="utf-8", newline="\n")
            hook.chmod(0o755)
        there = {
            "id": len(self.repositories) + 1,
            "name": name,
            "full_name": f"{owner}/{name}",
            "owner": {"login": owner, "type": PEOPLE.get(owner, "User")},
            "private": False,
            "archived": False,
            "description": None,
            "homepage": None,
            "topics": [],
            "html_url": self.page(owner, name),
            "clone_url": f"{self.page(owner, name)}.git",
            "permissions": {"admin": True, "push": True, "pull": True},
        }
        hosted = Hosted(owner, name, folder, {**there, **about})
        self.repositories[owner, name] = hosted
        return hosted

    def fault(self, method: str, path: str) -> Fault | None:
        """Return the fault that a request meets, which then is over."""
        for fault in self.faults:
            if fault.hits(method, path):
                self.faults.remove(fault)
                return fault
        return None

    def answer(self, name: str, words: dict[str, str], body: dict[str, Any]) -> Response:
        """Return what a route answers."""
        headers = {} if self.scopes is None else {"X-OAuth-Scopes": self.scopes}
        if name == "GET /user":
            return Response(200, {"login": self.login, "type": PEOPLE[self.login]}, headers)
        if name == "GET /orgs/{org}":
            return self._organization(words["org"])
        if name in {"POST /user/repos", "POST /orgs/{org}/repos"}:
            return self._create(words.get("org", self.login), body)
        return self._repository(name, words, body)

    def _repository(self, route: str, words: dict[str, str], body: dict[str, Any]) -> Response:
        key = words["owner"], words["repo"]
        if key in self.renamed:
            owner, repo = self.renamed[key]
            there = f"{self.address}{API}/repos/{owner}/{repo}"
            return Response(
                301, {"message": "Moved Permanently", "url": there}, {"Location": there}
            )
        hosted = next(
            (
                entry
                for (owner, repo), entry in self.repositories.items()
                if (owner.lower(), repo.lower()) == (key[0].lower(), key[1].lower())
            ),
            None,
        )
        if hosted is None:
            return api.refusal(404, "Not Found")
        if route == "GET /repos/{owner}/{repo}/branches/{branch}":
            return self._branch(hosted, unquote(words["branch"]))
        if route == "PUT /repos/{owner}/{repo}/topics":
            hosted.about["topics"] = body["names"]
            return Response(200, {"names": body["names"]})
        hosted.about |= body
        return Response(200, hosted.about)

    def _branch(self, hosted: Hosted, branch: str) -> Response:
        commit = self.branches(hosted.owner, hosted.name).get(branch)
        if commit is None:
            return api.refusal(404, "Branch not found")
        return Response(200, {"name": branch, "commit": {"sha": commit}})

    def _organization(self, login: str) -> Response:
        if PEOPLE.get(login) != "Organization":
            return api.refusal(404, "Not Found")
        return Response(200, {"login": login})

    def _create(self, owner: str, body: dict[str, Any]) -> Response:
        if owner == "fort":
            message = "You need admin access to the organization before adding a repository to it."
            return api.refusal(403, message)
        if (owner, body["name"]) in self.repositories:
            return api.refusal(
                422, "Repository creation failed.", "name already exists on this account"
            )
        about = {key: value for key, value in body.items() if key != "auto_init"}
        return Response(201, self.add(owner, **about).about)

    def look(self) -> None:
        """Note every process that shows what is watched, where the system lets us see them."""
        if sys.platform != "linux" or not self.watched:
            return
        for file in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                line = file.read_bytes().decode(errors="replace")
            except OSError:
                continue
            self.exposed += [line for word in self.watched if word in line]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    github: GitHub

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Say nothing: the tests look at `seen`."""

    def serve(self) -> None:
        """Answer a request of any method."""
        github, path = self.github, urlsplit(self.path).path
        raw = self._body()
        github.look()
        fault = github.fault(self.command, self.path)
        if fault and not fault.done:
            self._note(path, None)
            self._send_or_cut(fault.response)
            return
        git = GIT.fullmatch(path)
        if git:
            self._note(path, None)
            response = None
            self._git(git[1], git[2], raw, cut=fault is not None)
            return
        response = self._api(path, raw)
        self._send_or_cut(fault.response if fault else response)

    def _api(self, path: str, raw: bytes) -> Response:
        kind, _, token = self.headers.get("Authorization", "").partition(" ")
        body = json.loads(raw) if raw else {}
        if kind.lower() not in {"bearer", "token"} or token != self.github.token:
            self._note(path, body)
            return api.refusal(401, "Bad credentials")
        found = api.route(self.command, path.removeprefix(API))
        if not path.startswith(API) or found is None:
            self._note(path, body)
            return api.refusal(404, "Not Found")
        name, words = found
        wrong = api.objections(name, body)
        if wrong:
            response = api.refusal(422, "Invalid request. " + " ".join(wrong))
        else:
            response = self.github.answer(name, words, body)
        self._note(name, body, response.body)
        return response

    def _git(self, owner: str, name: str, raw: bytes, *, cut: bool) -> None:
        sent = self.headers.get("Authorization", "")
        pair = base64.b64encode(f"x-access-token:{self.github.token}".encode()).decode()
        if sent != f"Basic {pair}":
            self._send(Response(401, None, {"WWW-Authenticate": 'Basic realm="GitHub"'}))
            return
        if (owner, name) not in self.github.repositories:
            self._send(api.refusal(404, "Not Found"))
            return
        if self.headers.get("Content-Encoding") == "gzip":
            raw = gzip.decompress(raw)
        url = urlsplit(self.path)
        ended = subprocess.run(
            ["git", "http-backend"],
            input=raw,
            env={
                **os.environ,
                "GIT_PROJECT_ROOT": str(self.github.folder),
                "GIT_HTTP_EXPORT_ALL": "1",
                "PATH_INFO": url.path,
                "QUERY_STRING": url.query,
                "REQUEST_METHOD": self.command,
                "CONTENT_TYPE": self.headers.get("Content-Type", ""),
                "CONTENT_LENGTH": str(len(raw)),
                "REMOTE_USER": self.github.login,
                "REMOTE_ADDR": "127.0.0.1",
                "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
            },
            capture_output=True,
            check=False,
        )
        head, _, content = ended.stdout.partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode().splitlines())
        status = int(headers.pop("Status", "200").split()[0])
        if cut:
            self._send_or_cut(None)
        else:
            self._send(Response(status, content, headers))

    def _note(self, route: str, body: Any, answer: Any = None) -> None:
        sent = self.headers.get("Authorization", "")
        self.github.seen.append(Seen(self.command, route, body, sent, answer))

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)

    def _send_or_cut(self, response: Response | None) -> None:
        if response is None:
            self.close_connection = True
            self.connection.close()
        else:
            self._send(response)

    def _send(self, response: Response) -> None:
        body = response.body
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
        self.send_response_only(response.status)
        for key, value in response.headers.items():
            self.send_header(key, value)
        if "Content-Type" not in response.headers:
            self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(body or b"")))
        self.end_headers()
        self.wfile.write(body or b"")


def _handler(github: GitHub) -> type[_Handler]:
    methods = dict.fromkeys(("do_GET", "do_POST", "do_PATCH", "do_PUT"), _Handler.serve)
    return type("Handler", (_Handler,), {"github": github, **methods})


def _git(folder: Path, *words: str) -> str:
    ended = subprocess.run(
        ["git", "-C", str(folder), *words], capture_output=True, encoding="utf-8", check=True
    )
    return ended.stdout.strip()
