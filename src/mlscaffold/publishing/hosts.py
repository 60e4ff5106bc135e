"""Where GitHub is: its pages, its API, and the addresses that mean one of its repositories."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from mlscaffold.errors import BadInputError

PUBLIC = "github.com"
CLOUD = ".ghe.com"
"""What the names of GitHub's own machines for single enterprises end in."""

LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
"""What stands between two dots of a host's name: at most 63 characters, as in DNS."""

NAME = re.compile(rf"(?:{LABEL}(?:\.{LABEL})*|\[[0-9a-fA-F:]+\])(?::\d{{1,5}})?")
SCP = re.compile(r"(?:[^@/:]+@)?(?P<host>[^@/:]+):(?P<path>[^/].*)")
"""An address as `scp` takes it: `git@github.com:owner/name.git`."""

ALIAS = r"^{}-[\w-]+$"
"""What people with two keys call a host in their configuration of ssh: `github.com-work`."""


@dataclass(frozen=True)
class Host:
    """A machine that speaks GitHub's API; `name` may end in a port."""

    name: str
    scheme: str = "https"

    @property
    def web(self) -> str:
        """Return the address of its first page, without a slash at the end."""
        return f"{self.scheme}://{self.name}"

    @property
    def api(self) -> str:
        """Return the address that the routes of its API follow."""
        if self.is_github:
            return f"https://api.{self.name}"
        return f"{self.web}/api/v3"

    @property
    def is_github(self) -> bool:
        """Tell whether GitHub itself runs it, and not some company."""
        return self.name == PUBLIC or self.name.endswith(CLOUD)

    @property
    def is_loopback(self) -> bool:
        """Tell whether it is this machine: nothing sent there can be read on the way."""
        return _is_loopback(self.name)

    def page(self, owner: str, name: str) -> str:
        """Return the address of a repository's page."""
        return f"{self.web}/{owner}/{name}"

    def address(self, owner: str, name: str) -> str:
        """Return the address that git clones a repository from, and pushes it to."""
        return f"{self.page(owner, name)}.git"

    def repository(self, address: str) -> tuple[str, str] | None:
        """Return owner and name of the repository here that git means by an address, or None."""
        found = SCP.fullmatch(address)
        if found and "://" not in address:
            name, path = found["host"], found["path"]
        else:
            parts = _split(address)
            if parts.scheme not in {"https", "http", "ssh", "git"} or parts.hostname is None:
                return None
            port = parts.port if parts.scheme != "ssh" else None
            name, path = parts.hostname + (f":{port}" if port else ""), parts.path
        here = {self.name, f"{self.name}:443"}
        if "://" not in address or address.startswith("ssh"):
            plain = self.name.partition(":")[0]
            here = {plain, f"ssh.{self.name}"}
            name = re.sub(ALIAS.format(re.escape(plain)), plain, name.lower())
        words = path.strip("/").removesuffix(".git").split("/")
        if name.lower() not in here or len(words) != len(("owner", "name")) or not all(words):
            return None
        return words[0], words[1]


def parse(text: str) -> Host:
    """Return the host that was typed: a name, with a port or not, or the address of its page.

    Raises:
        BadInputError: it is no host, or what is said to it could be read on the way.
    """
    given = text.strip()
    if "@" in given:
        rest = given.rpartition("@")[2].partition("/")[0]
        raise BadInputError(
            "What stands before the @ does not belong to a host, and a credential least of all.",
            f"Write --host {rest if NAME.fullmatch(rest) else 'github.example.org'}; the token is "
            "taken from the environment, or from gh.",
        )
    parts = _split(given if "://" in given else f"https://{given}")
    name = parts.netloc.lower()
    extra = parts.path.strip("/") not in {"", "api/v3"} or parts.query or parts.fragment
    if extra or parts.scheme not in {"https", "http"} or not NAME.fullmatch(name):
        raise BadInputError(
            f"'{text}' is no host.",
            f"Write --host github.example.org; without it the host is {PUBLIC}.",
        )
    if parts.scheme == "http" and not _is_loopback(name):
        raise BadInputError(
            f"The token could be read on its way to '{name}': http is not encrypted.",
            f"Write --host {name}, which means https.",
        )
    name = name.removeprefix("www.") if name == f"www.{PUBLIC}" else name
    return Host(name, parts.scheme)


def without_credential(address: str) -> str:
    """Return an address as it may be shown: whatever stands before the @ is left out."""
    scheme, separator, rest = address.partition("://")
    if not separator:
        return address
    authority, slash, path = rest.partition("/")
    return f"{scheme}://{authority.rpartition('@')[2]}{slash}{path}"


def _split(address: str) -> SplitResult:
    try:
        parts = urlsplit(address)
        _ = parts.port, parts.hostname
    except ValueError:
        return urlsplit("")
    return parts


def _is_loopback(name: str) -> bool:
    host = name[1:].partition("]")[0] if name.startswith("[") else name.partition(":")[0]
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
