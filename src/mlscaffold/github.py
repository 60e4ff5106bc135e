"""GitHub's REST API, as far as publishing needs it: the only module that speaks to it."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from mlscaffold import __version__
from mlscaffold.errors import CredentialError, HostError, PublishError, RefusedError
from mlscaffold.tokens import how_to_get

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from email.message import Message

    from mlscaffold.hosts import Host
    from mlscaffold.tokens import Token

PATIENCE = 30
"""Seconds that an answer may take."""

VERSION = "2022-11-28"
"""The edition of the API that is asked for; GitHub keeps each for years."""

MINUTE = 60
AGAIN = "run the same command again: it continues where it stopped."
MOST_REDIRECTS = 3


@dataclass(frozen=True)
class Account:
    """Whose token it is; `scopes` is None where GitHub does not say what the token may do."""

    login: str
    scopes: frozenset[str] | None


@dataclass(frozen=True)
class Hosted:
    """A repository on GitHub, as its user may see it."""

    owner: str
    name: str
    private: bool
    writable: bool
    archived: bool
    description: str
    homepage: str
    topics: tuple[str, ...]

    @property
    def full_name(self) -> str:
        """Return owner and name, as GitHub writes them."""
        return f"{self.owner}/{self.name}"


@dataclass(frozen=True)
class _Response:
    status: int
    headers: Message
    data: Any

    @property
    def message(self) -> str:
        """Return GitHub's own words: its sentence, and what it says of each field."""
        if not isinstance(self.data, dict):
            return ""
        fields = [e.get("message", "") if isinstance(e, dict) else e for e in self._errors]
        words = [str(word) for word in (self.data.get("message", ""), *fields)]
        return " ".join(word.rstrip(".") + "." for word in words if word)

    @property
    def _errors(self) -> list[Any]:
        listed = self.data.get("errors")
        return listed if isinstance(listed, list) else []


class GitHub:
    """The API of a host, asked with somebody's token."""

    def __init__(self, host: Host, token: Token) -> None:
        self._host = host
        self._token = token

    def account(self) -> Account:
        """Return whose token it is.

        Raises:
            CredentialError: the host does not know the token.
            HostError: the host cannot be reached, refuses, or wants us to wait.
        """
        response = self._ask("GET", "/user", doing="ask whose token it is")
        listed = response.headers.get("X-OAuth-Scopes")
        scopes = None
        if listed is not None and self._token.has_scopes:
            scopes = frozenset(scope.strip() for scope in listed.split(",") if scope.strip())
        return Account(str(response.data["login"]), scopes)

    def is_organization(self, owner: str) -> bool:
        """Tell whether an owner is an organisation.

        Raises:
            PublishError: there is nobody of that name.
        """
        response = self._ask("GET", f"/users/{quote(owner)}", doing=f"look up {owner}", absent=True)
        if response.status == 404:  # noqa: PLR2004
            raise PublishError(
                f"There is no user or organisation '{owner}' on {self._host.name}.",
                "Give another --owner, or leave it out to publish under your own name.",
            )
        return str(response.data["type"]) == "Organization"

    def repository(self, owner: str, name: str) -> Hosted | None:
        """Return a repository, or None if there is none that the token may see."""
        response = self._ask(
            "GET",
            f"/repos/{quote(owner)}/{quote(name)}",
            doing=f"look up {owner}/{name}",
            absent=True,
        )
        return None if response.status == 404 else _hosted(response.data)  # noqa: PLR2004

    def create(
        self,
        owner: str,
        name: str,
        *,
        organization: bool,
        private: bool,
        description: str,
        homepage: str,
    ) -> Hosted:
        """Make an empty repository.

        Raises:
            PublishError: the name is taken.
            CredentialError: the token may not, or the organisation forbids it.
        """
        body: dict[str, Any] = {"name": name, "private": private, "auto_init": False}
        body |= {"description": description} if description else {}
        body |= {"homepage": homepage} if homepage else {}
        path = f"/orgs/{quote(owner)}/repos" if organization else "/user/repos"
        response = self._ask("POST", path, body, doing=f"create {owner}/{name}")
        return _hosted(response.data)

    def describe(self, repository: Hosted, **words: str) -> None:
        """Set the description or the homepage of a repository."""
        self._ask(
            "PATCH",
            f"/repos/{quote(repository.owner)}/{quote(repository.name)}",
            {"name": repository.name, **words},
            doing=f"describe {repository.full_name}",
        )

    def label(self, repository: Hosted, topics: Sequence[str]) -> None:
        """Set the topics of a repository, in place of those that it has."""
        self._ask(
            "PUT",
            f"/repos/{quote(repository.owner)}/{quote(repository.name)}/topics",
            {"names": list(topics)},
            doing=f"set the topics of {repository.full_name}",
        )

    def _ask(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        doing: str,
        absent: bool = False,
    ) -> _Response:
        """Return the answer to a request; with `absent`, that there is nothing is an answer."""
        address = self._host.api + path
        for _ in range(MOST_REDIRECTS):
            response = self._send(method, address, body)
            if response.status not in {301, 302, 307, 308}:
                break
            address = self._followed(address, response.headers.get("Location", ""))
        if response.status < 300 or (absent and response.status == 404):  # noqa: PLR2004
            if response.status != 404 and not isinstance(response.data, dict):  # noqa: PLR2004
                raise self._stranger()
            return response
        raise self._refusal(response, doing)

    def _followed(self, address: str, location: str) -> str:
        """Return where a redirect leads; never to a machine that the token is not for."""
        here, there = urlsplit(address), urlsplit(location)
        if (there.scheme, there.netloc) != (here.scheme, here.netloc):
            raise HostError(
                f"{self._host.name} sends us on to '{there.hostname or location}'.",
                "It was not given the token. Give the host itself with --host.",
            )
        return location

    def _send(self, method: str, address: str, body: Mapping[str, Any] | None) -> _Response:
        import http.client
        import urllib.error
        import urllib.request

        class Stay(urllib.request.HTTPRedirectHandler):
            """Hand redirects to us: urllib would take the token along to any host."""

            def redirect_request(self, *_: Any) -> None:  # noqa: ANN401
                """Follow nothing."""

        request = urllib.request.Request(  # noqa: S310  hosts.py lets no other scheme through
            address,
            data=None if body is None else json.dumps(body).encode(),
            method=method,
            headers={
                "Accept": "application/vnd.github+json",
                "Authorization": f"Bearer {self._token.reveal()}",
                "Content-Type": "application/json",
                "User-Agent": f"mlscaffold/{__version__}",
                "X-GitHub-Api-Version": VERSION,
            },
        )
        # What is meant for this machine stays on it, whatever proxy the environment names.
        handlers = [urllib.request.ProxyHandler({})] if self._host.is_loopback else []
        opener = urllib.request.build_opener(Stay, *handlers)
        try:
            try:
                with opener.open(request, timeout=PATIENCE) as answer:
                    return _Response(answer.status, answer.headers, _decoded(answer.read()))
            except urllib.error.HTTPError as error:
                with error:
                    return _Response(error.code, error.headers, _decoded(error.read()))
        except (OSError, http.client.HTTPException) as error:
            raise self._unreachable(error) from None

    def _unreachable(self, error: Exception) -> HostError:
        import ssl

        reason = getattr(error, "reason", None) or error
        if isinstance(reason, ssl.SSLCertVerificationError):
            return HostError(
                f"The certificate of {self._host.name} is not trusted: {reason.verify_message}.",
                "If a company's proxy is on the way, name its certificates in SSL_CERT_FILE.",
            )
        said = getattr(reason, "strerror", None) or str(reason) or type(reason).__name__
        return HostError(
            f"{self._host.name} cannot be reached: {str(said).rstrip('.')}.",
            f"Look at your network, then {AGAIN}",
        )

    def _stranger(self) -> HostError:
        return HostError(
            f"{self._host.name} answers, but not as GitHub does.",
            "Look whether --host is right, and whether a network wants you to log in first.",
        )

    def _refusal(self, response: _Response, doing: str) -> RefusedError:
        """Return what a refusal means."""
        status, said, host = response.status, response.message, self._host.name
        if status == 401:  # noqa: PLR2004
            return CredentialError(
                f"{host} does not know the token in {self._token.source}: it is wrong, expired "
                "or revoked.",
                how_to_get(self._host),
            )
        if status in {403, 404, 429}:
            return _limited(response, host) or self._forbidden(response, doing)
        if status >= 500:  # noqa: PLR2004
            return HostError(
                f"{host} failed to {doing}: it has a fault of its own (status {status}).",
                f"Wait a little, then {AGAIN}",
            )
        if "already exists" in said:
            return PublishError(
                f"{host} refused to {doing}: the name is taken.", "Give another with --name."
            )
        return HostError(
            f"{host} refused to {doing}: {said or f'status {status}.'}",
            f"Mend what it says, then {AGAIN}",
        )

    def _forbidden(self, response: _Response, doing: str) -> CredentialError:
        """Return who does not let us: the organisation, or whoever made the token."""
        headers, said, source = response.headers, response.message, self._token.source
        if "X-GitHub-SSO" in headers:
            page = headers["X-GitHub-SSO"].partition("url=")[2]
            return CredentialError(
                f"The organisation wants the token in {source} to be authorised first.",
                f"Authorise it at {page or f'{self._host.web}/settings/tokens'}, then {AGAIN}",
            )
        if "organization" in said:
            return CredentialError(
                f"The organisation does not let you {doing}: {said}",
                "Ask one of its owners, or publish under your own name: leave --owner out.",
            )
        permissions = headers.get("X-Accepted-GitHub-Permissions")
        needed = permissions or headers.get("X-Accepted-OAuth-Scopes")
        lacks = f" It would need: {needed}." if needed else ""
        return CredentialError(
            f"The token in {source} may not {doing}: {said}{lacks}", how_to_get(self._host)
        )


def _limited(response: _Response, host: str) -> HostError | None:
    """Return that a limit is reached and when to come again, if that is what GitHub says."""
    headers = response.headers
    secondary = "secondary rate limit" in response.message.lower()
    if headers.get("Retry-After", "").isdigit():
        seconds = int(headers["Retry-After"])
    elif headers.get("X-RateLimit-Remaining") == "0":
        seconds = _until(headers)
    elif secondary or response.status == 429:  # noqa: PLR2004
        seconds = MINUTE
    else:
        return None
    if secondary or "X-RateLimit-Remaining" not in headers:
        sentence = f"{host} takes no more from you for now: its secondary rate limit is reached."
    else:
        sentence = f"{host} takes no more from you for now: the token's rate limit is used up."
    return HostError(sentence, f"Wait {_spoken(seconds)}, then {AGAIN}")


def _until(headers: Message) -> int:
    """Return the seconds until the limit ends, by GitHub's own clock where it shows it."""
    try:
        now = parsedate_to_datetime(headers.get("Date", "")).timestamp()
    except ValueError:
        now = time.time()
    reset = headers.get("X-RateLimit-Reset", "")
    return max(int(int(reset) - now), 1) if reset.isdigit() else MINUTE


def _spoken(seconds: int) -> str:
    if seconds <= 2 * MINUTE:
        return f"{seconds} second{'s' * (seconds != 1)}"
    return f"{-(-seconds // MINUTE)} minutes"


def _decoded(content: bytes) -> Any:  # noqa: ANN401
    try:
        return json.loads(content) if content else None
    except ValueError:
        return None


def _hosted(data: Mapping[str, Any]) -> Hosted:
    permissions = data.get("permissions") or {}
    return Hosted(
        owner=str(data["owner"]["login"]),
        name=str(data["name"]),
        private=bool(data["private"]),
        writable=bool(permissions.get("push", False)),
        archived=bool(data.get("archived", False)),
        description=str(data.get("description") or ""),
        homepage=str(data.get("homepage") or ""),
        topics=tuple(data.get("topics") or ()),
    )
