"""GitHub's REST API, as far as publishing needs it: the only module that speaks to it."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urljoin, urlsplit

from mlscaffold import __version__
from mlscaffold.errors import HostError, UnreachableError
from mlscaffold.publishing import foreign, refusals

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from mlscaffold.publishing.foreign import Response
    from mlscaffold.publishing.hosts import Host
    from mlscaffold.publishing.tokens import Token

VERSION = "2022-11-28"
"""The edition of the API that is asked for; GitHub keeps each for years."""

MOST_REDIRECTS = 3
ABSENT = 404


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
        with self._as_github():
            return Account(_text(response.data["login"]), scopes)

    def is_organization(self, owner: str) -> bool:
        """Tell whether an owner is an organisation, and not a user or nobody."""
        path = f"/orgs/{quote(owner)}"
        return self._ask("GET", path, doing=f"look up {owner}", absent=True).status != ABSENT

    def repository(self, owner: str, name: str) -> Hosted | None:
        """Return a repository, or None if there is none that the token may see."""
        response = self._ask(
            "GET",
            f"/repos/{quote(owner)}/{quote(name)}",
            doing=f"look up {owner}/{name}",
            absent=True,
        )
        if response.status == ABSENT:
            return None
        with self._as_github():
            return _hosted(response.data)

    def tip(self, repository: Hosted, branch: str) -> str:
        """Return the commit that a branch of a repository is at; empty where there is none."""
        owner, name = quote(repository.owner), quote(repository.name)
        response = self._ask(
            "GET",
            f"/repos/{owner}/{name}/branches/{quote(branch, safe='')}",
            doing=f"look up the branch {branch} of {repository.full_name}",
            absent=True,
        )
        if response.status == ABSENT:
            return ""
        with self._as_github():
            return _text(response.data["commit"]["sha"])

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
            TakenError: the name is taken.
            ForbiddenError: the token may not, or the organisation forbids it.
        """
        body: dict[str, Any] = {"name": name, "private": private, "auto_init": False}
        body |= {"description": description} if description else {}
        body |= {"homepage": homepage} if homepage else {}
        path = f"/orgs/{quote(owner)}/repos" if organization else "/user/repos"
        response = self._ask("POST", path, body, doing=f"create {owner}/{name}")
        with self._as_github():
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
    ) -> Response:
        """Return the answer to a request; with `absent`, that there is nothing is an answer."""
        address = self._host.api + path
        for _ in range(MOST_REDIRECTS):
            response = self._send(method, address, body)
            if response.status not in {301, 302, 307, 308}:
                break
            address = self._followed(address, response.headers.get("Location", ""))
        if response.status < 300 or (absent and response.status == ABSENT):  # noqa: PLR2004
            if response.status != ABSENT:
                with self._as_github():
                    _mapping(response.data)
            return response
        organization = path.startswith("/orgs/")
        raise refusals.of_api(
            self._host, self._token, response, doing=doing, organization=organization
        )

    def _followed(self, address: str, location: str) -> str:
        """Return where a redirect leads; never to a machine that the token is not for."""
        here = urlsplit(address)
        try:
            followed = urljoin(address, location)
            there = urlsplit(followed)
        except ValueError:
            there = urlsplit("")
        if (there.scheme, there.netloc) != (here.scheme, here.netloc):
            raise HostError(
                f"{self._host.name} sends us on to '{there.hostname or location}'.",
                "It was not given the token. Give the host itself with --host.",
            )
        return followed

    def _send(self, method: str, address: str, body: Mapping[str, Any] | None) -> Response:
        import http.client
        import urllib.request

        from mlscaffold.publishing import transport

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
        try:
            # What is meant for this machine stays on it, whatever proxy the environment names.
            answer = transport.send(request, proxied=not self._host.is_loopback)
        except (OSError, http.client.HTTPException) as error:
            raise self._unreachable(error) from None
        return foreign.response(*answer, self._token)

    def _unreachable(self, error: Exception) -> UnreachableError:
        import ssl

        reason = getattr(error, "reason", None) or error
        if isinstance(reason, ssl.SSLCertVerificationError):
            words = foreign.line(reason.verify_message, self._token)
            return refusals.untrusted(self._host, words)
        words = getattr(reason, "strerror", None) or str(reason) or type(reason).__name__
        said = foreign.line(str(words), self._token)
        plain = isinstance(reason, ssl.SSLError) and self._host.is_loopback
        return UnreachableError(
            f"{self._host.name} cannot be reached: {said.rstrip('.')}.",
            f"If it does not encrypt, write http://{self._host.name} for the host."
            if plain
            else f"Look at your network, then {refusals.AGAIN}",
        )

    @contextmanager
    def _as_github(self) -> Iterator[None]:
        """Read an answer as GitHub's, which anything may give that took a request."""
        try:
            yield
        except (KeyError, TypeError) as error:
            raise HostError(
                f"{self._host.name} answers, but not as GitHub does.",
                "Look whether --host is right, and whether a network wants you to log in first.",
            ) from error


def _mapping(value: Any) -> Mapping[str, Any]:  # noqa: ANN401
    if not isinstance(value, dict):
        raise TypeError
    return value


def _text(value: Any) -> str:  # noqa: ANN401
    if not isinstance(value, str) or not value:
        raise TypeError
    return value


def _hosted(data: Mapping[str, Any]) -> Hosted:
    permissions = _mapping(data.get("permissions") or {})
    return Hosted(
        owner=_text(data["owner"]["login"]),
        name=_text(data["name"]),
        private=bool(data["private"]),
        writable=bool(permissions.get("push", False)),
        archived=bool(data.get("archived", False)),
        description=str(data.get("description") or ""),
        homepage=str(data.get("homepage") or ""),
        topics=tuple(map(_text, data.get("topics") or ())),
    )
