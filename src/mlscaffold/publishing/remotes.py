"""git between this repository and another machine: its addresses, its branches, a push.

The token reaches git through the environment alone, as a header for the one address that is pushed
to. So it stands in no process's arguments, no file, no address and no message; git sends it to no
other host; and the credential helpers of the user are neither asked nor told.
"""

from __future__ import annotations

import os
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from mlscaffold import repository
from mlscaffold.errors import RepositoryError
from mlscaffold.publishing import foreign, refusals
from mlscaffold.publishing.local import BRANCH

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlscaffold.publishing.local import Local
    from mlscaffold.publishing.tokens import Token
    from mlscaffold.repository import Answer

TRACES = ("GIT_TRACE", "GIT_TRACE_CURL", "GIT_TRACE2", "GIT_TRACE2_EVENT", "GIT_TRACE2_PERF")
"""What is switched off even where it is not set: the configuration can switch it on."""

STALLED = 120
"""Seconds without a byte after which git gives a connection up."""

UNVEILED = {"GIT_NO_REPLACE_OBJECTS": "1", "GIT_GRAFT_FILE": f"{os.devnull}/none"}
"""What has git show the objects that a push sends, and none that stands in for them here."""

STRONGER = ("GIT_CONFIG_PARAMETERS",)
"""What `git -c` hands to an alias that runs us: it would win over what we tell git."""

LOCKED = "could not lock config file"
UNLOCK = "If no other git is at work here, delete the file config.lock that one has left in .git"
TRIES, PAUSE = 10, 0.1
"""How often the configuration is tried to be locked, and the seconds between."""


@contextmanager
def plain_git() -> Iterator[None]:
    """Have git write down nothing of what it is told, and show what it would push; a decorator too.

    It covers the whole of what is done with a token: even `git version`, which GitPython asks when
    it is imported, may be told by its configuration to note down variables. And it covers all that
    is looked at before a push, which takes no notice of `git replace` and of grafts.
    """
    named = {name for name in os.environ if name.startswith("GIT_TRACE")}
    plain = dict.fromkeys({*TRACES, *named}, "0") | {"GIT_TRACE_REDACT": "1"} | UNVEILED
    # This one is on when it is there, whatever its value.
    before = {name: os.environ.pop(name, None) for name in (*plain, *STRONGER, "GIT_CURL_VERBOSE")}
    os.environ.update(plain)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value


def addresses(folder: Path, remote: str) -> tuple[str, ...]:
    """Return the addresses that a remote fetches from and pushes to; none where it is not set."""
    pattern = rf"^remote\.{_escaped(remote)}\.(url|pushurl)$"
    listed = repository.ask(folder, "config", "--null", "--get-regexp", pattern).output
    found = (entry.partition("\n")[2] for entry in listed.split("\0"))
    return tuple(address for address in found if address)


def expanded(folder: Path, address: str) -> str:
    """Return what an address of the user's own short form stands for, such as `gh:name`."""
    return repository.ask(folder, "ls-remote", "--get-url", "--", address).output


def heads(folder: Path, address: str, token: Token) -> dict[str, str] | Answer:
    """Return the branches at an address and their commits, or how git failed to ask for them."""
    answer = repository.ask(
        *(folder, "ls-remote", "--heads", _typed(address)),
        environment=_environment(folder, address, token),
    )
    if answer.status != 0:
        return foreign.answer(answer, token)
    pairs = (line.split("\t") for line in answer.output.splitlines())
    return {name.removeprefix(BRANCH): commit for commit, name in pairs}


def add(local: Local, remote: str, address: str) -> None:
    """Give an address a name in this repository.

    Raises:
        RepositoryError: git refused.
    """
    settings = {
        # The address comes last: by it we know that the remote is there, and whole.
        "fetch": f"+{BRANCH}*:refs/remotes/{remote}/*",
        "url": address,
    }
    for key, value in settings.items():
        answer = _set(local.folder, f"remote.{remote}.{key}", value)
        if answer.status != 0:
            first = UNLOCK if LOCKED in answer.errors else "Mend that"
            raise RepositoryError(
                f"git refused to name the remote '{remote}': {answer.reason.rstrip('.')}.",
                f"{first}; then {refusals.AGAIN}",
            )


def push(local: Local, address: str, token: Token) -> Answer:
    """Push the commit to its branch at an address, never by force, and return how git ended.

    The user's own pre-push hook runs, as it does whenever they push: a gate of theirs stays shut
    here too, and git-lfs, which is one, brings its files over first. What it says is shown, and it
    may say whatever is in its environment.
    """
    answer = repository.ask(
        local.folder,
        *("push", "--porcelain", "--no-signed", "--no-follow-tags", "--recurse-submodules=no"),
        *(_typed(address), f"{local.commit}:{BRANCH}{local.branch}"),
        environment=_environment(local.folder, address, token),
        alone=not sys.stdin.isatty(),  # a hook may ask; else nobody would end git's helpers
    )
    return foreign.answer(answer, token)


def is_following(local: Local) -> bool:
    """Tell whether the branch follows one of some remote."""
    key = f"branch.{local.branch}.merge"
    return repository.ask(local.folder, "config", "--get-all", key).status == 0


def follow(local: Local, remote: str, *, upstream: bool) -> list[str]:
    """Take down where the branch is at the remote; return what git would not take down, in words.

    With `upstream` the branch follows its twin there, as after `git push --set-upstream`.
    """
    twin = f"{remote}/{local.branch}"
    answers = [repository.ask(local.folder, "update-ref", f"refs/remotes/{twin}", local.commit)]
    if upstream:
        settings = {"remote": remote, "merge": BRANCH + local.branch}
        for key, value in settings.items():
            answers.append(_set(local.folder, f"branch.{local.branch}.{key}", value))
    failed = [answer for answer in answers if answer.status != 0]
    if not failed:
        return []
    way = f"git fetch {remote}" + f", git branch --set-upstream-to={twin}" * upstream
    reason = foreign.printable(failed[0].reason).rstrip(".")
    what = f"that '{local.branch}' follows '{twin}'" if upstream else f"where '{twin}' is"
    return [f"git did not take down {what}: {reason}. Do it yourself: {way}"]


def _set(folder: Path, key: str, value: str) -> Answer:
    """Set what the configuration of a repository says, which another git may be about to do."""
    for _ in range(TRIES):
        answer = repository.ask(folder, "config", "--local", key, value)
        if LOCKED not in answer.errors:
            break
        time.sleep(PAUSE)
    return answer


def _typed(address: str) -> str:
    """Return an address as git is given it: a rule for the very same one would win over ours."""
    return f"{address}/"


def _environment(folder: Path, address: str, token: Token) -> dict[str, str]:
    """Return the variables by which git knows the token for one address, and asks nobody."""
    settings = [
        # What the user set for this address is emptied first: two tokens are refused.
        (f"http.{address}.extraHeader", ""),
        (f"http.{address}.extraHeader", token.basic()),
        ("http.followRedirects", "false"),
        ("http.lowSpeedLimit", "1"),
        ("http.lowSpeedTime", str(STALLED)),
        ("credential.helper", ""),
        ("push.pushOption", ""),  # GitHub knows none, and refuses a push that has one
        # The longest match wins, so no rule of the user's turns the address into another.
        (f"url.{_typed(address)}.insteadOf", _typed(address)),
        (f"url.{_typed(address)}.pushInsteadOf", _typed(address)),
    ]
    if address.startswith("http://"):  # this machine, see hosts.py
        settings.append((f"http.{address}.proxy", ""))
    settings += _certificates(folder, address)
    count = os.environ.get("GIT_CONFIG_COUNT", "0")
    first = int(count) if count.isdigit() else 0
    numbered = enumerate(settings, start=first)
    variables = {"GIT_CONFIG_COUNT": str(first + len(settings))}
    for number, (key, value) in numbered:
        variables |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
    return variables | {"GIT_ASKPASS": "", "GIT_TERMINAL_PROMPT": "0"}


def _certificates(folder: Path, address: str) -> list[tuple[str, str]]:
    """Return the setting that has git trust whom Python trusts, where it was told of nobody."""
    file = os.environ.get("SSL_CERT_FILE", "")
    if not Path(file).is_file() or "GIT_SSL_CAINFO" in os.environ:
        return []
    told = repository.ask(folder, "config", "--get-urlmatch", "http.sslCAInfo", address)
    return [] if told.output else [("http.sslCAInfo", str(Path(file).absolute()))]


def _escaped(name: str) -> str:
    return "".join(c if c.isalnum() else f"\\{c}" for c in name)
