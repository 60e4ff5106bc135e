"""Where GitHub is, and which addresses mean one of its repositories."""

from __future__ import annotations

import pytest

from mlscaffold.errors import BadInputError
from mlscaffold.publishing import hosts
from mlscaffold.publishing.hosts import Host


@pytest.mark.parametrize(
    ("typed", "web", "api"),
    [
        ("github.com", "https://github.com", "https://api.github.com"),
        ("https://github.com/", "https://github.com", "https://api.github.com"),
        ("WWW.GitHub.com", "https://github.com", "https://api.github.com"),
        ("octo.ghe.com", "https://octo.ghe.com", "https://api.octo.ghe.com"),
        ("git.example.org", "https://git.example.org", "https://git.example.org/api/v3"),
        ("git.example.org:8443", "https://git.example.org:8443", "https://git.example.org:8443/api/v3"),
        ("https://git.example.org/api/v3", "https://git.example.org", "https://git.example.org/api/v3"),
        ("http://127.0.0.1:80", "http://127.0.0.1:80", "http://127.0.0.1:80/api/v3"),
        ("http://localhost", "http://localhost", "http://localhost/api/v3"),
        ("http://[::1]:8970", "http://[::1]:8970", "http://[::1]:8970/api/v3"),
    ],
)  # fmt: skip
def test_a_host_has_pages_and_an_api(typed: str, web: str, api: str) -> None:
    """GitHub's own machines have the API on a name of its own, a company's under a path."""
    host = hosts.parse(typed)
    assert (host.web, host.api) == (web, api)


@pytest.mark.parametrize(
    "typed",
    [
        *("", " ", "a b", "-x", "https://", "ftp://github.com", "github.com/ada", "x?y", "x#y"),
        *("github.com:port", "héllo.org"),
        *("file:///etc/passwd", "a..b", ".a.b", "a.b.", "a.-b", "a-.b", f"{'a' * 64}.org"),
    ],
)
def test_what_is_no_host_is_refused(typed: str) -> None:
    """It names none that a token could go to."""
    with pytest.raises(BadInputError, match="is no host"):
        hosts.parse(typed)


@pytest.mark.parametrize(
    ("typed", "host"),
    [
        ("user:s3cret@github.com", "github.com"),
        ("https://s3cret@git.example.org:8443/", "git.example.org:8443"),
        ("https://user:s3/cret@h.org", "h.org"),
        ("https://user:s3cret@", "github.example.org"),
    ],
)
def test_a_credential_is_no_part_of_a_host(typed: str, host: str) -> None:
    """It is not repeated, and it is said where the token comes from."""
    with pytest.raises(BadInputError, match="a credential least of all") as caught:
        hosts.parse(typed)
    assert "s3" not in str(caught.value) + caught.value.hint
    assert caught.value.hint.startswith(f"Write --host {host}; the token is taken from")


@pytest.mark.parametrize(
    "typed",
    [
        *("http://github.com", "http://git.example.org:8080", "http://10.0.0.1", "http://0.0.0.0"),
        *("http://127.0.0.1.example.org", "http://localhost.example.org"),
    ],
)
def test_a_token_is_not_sent_where_it_could_be_read(typed: str) -> None:
    """Without encryption only this machine is spoken to."""
    with pytest.raises(BadInputError, match="http is not encrypted"):
        hosts.parse(typed)


@pytest.mark.parametrize(
    "address",
    [
        *("https://github.com/ada/x", "https://github.com/ada/x.git", "https://github.com/ada/x/"),
        *("https://ada:pw@github.com/ada/x.git", "https://github.com:443/ada/x"),
        "git@github.com:ada/x.git",
        *("ssh://git@github.com/ada/x.git", "ssh://git@ssh.github.com:443/ada/x.git"),
        *("git@github.com-work:ada/x.git", "ssh://git@github.com-my_2nd/ada/x"),
        *("git@GitHub.com:ada/x", "https://GITHUB.com/ada/x", "git://github.com/ada/x.git"),
    ],
)
def test_addresses_of_a_repository(address: str) -> None:
    """However git is told of it, it is the same."""
    assert hosts.parse("github.com").repository(address) == ("ada", "x")


@pytest.mark.parametrize(
    "address",
    [
        *("https://gitlab.com/ada/x", "git@gitlab.com:ada/x.git", "/srv/git/x.git", "../x", ""),
        *("https://github.com/ada", "https://github.com/ada/x/tree/main", "file:///ada/x"),
        *("https://github.com.evil.org/ada/x", "https://github.com@evil.org/ada/x", "C:\\ada\\x"),
        *("https://github.com:99999/ada/x", "https://github.com-work/ada/x"),
        *("git@github.com-work.org:ada/x", "git@github.com-:ada/x", "git@my-github.com:ada/x"),
    ],
)
def test_addresses_of_something_else(address: str) -> None:
    """Another host, or no repository."""
    assert hosts.parse("github.com").repository(address) is None


def test_a_port_belongs_to_the_host() -> None:
    """Two servers on one machine are two hosts."""
    host = Host("127.0.0.1:8970", "http")
    assert host.repository("http://127.0.0.1:8970/ada/x.git") == ("ada", "x")
    assert host.repository("http://127.0.0.1:8971/ada/x.git") is None
    assert host.address("ada", "x") == "http://127.0.0.1:8970/ada/x.git"


def test_credentials_are_not_shown() -> None:
    """Whatever stands before the @ is left out; the rest is as it was."""
    shown = hosts.without_credential("https://ada:s3cret@github.com/ada/x@y.git")
    assert shown == "https://github.com/ada/x@y.git"
    assert hosts.without_credential("git@github.com:ada/x") == "git@github.com:ada/x"
