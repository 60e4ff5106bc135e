"""What it means that GitHub refused: what its API answers, and what git says of a push."""

from __future__ import annotations

import re
import time
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from mlscaffold.errors import (
    CredentialError,
    ForbiddenError,
    HostError,
    LimitError,
    RefusedError,
    RejectedError,
    RepositoryError,
    TakenError,
    UnreachableError,
)
from mlscaffold.publishing.tokens import how_to_get

if TYPE_CHECKING:
    from collections.abc import Sequence
    from email.message import Message

    from mlscaffold.publishing.foreign import Response
    from mlscaffold.publishing.hosts import Host
    from mlscaffold.publishing.tokens import Token
    from mlscaffold.repository import Answer

AGAIN = "publish again: it continues where it stopped."
MINUTE = 60
DAY = 24 * 60 * MINUTE

REMARK = re.compile(r"^remote: *(?:error|fatal): *(.+?)\s*$", re.MULTILINE)
REJECTED = re.compile(r"^!\t.*\[(?:remote )?rejected\] \((.*)\)$", re.MULTILINE)
LOCKED_OUT = re.compile(r"could not read (Username|Password)|Authentication failed|error: 40[13]")
SPOKEN = re.compile(r"^remote: ?(.*?)\s*$", re.MULTILINE)
UNSENT = re.compile(r"^error: failed to push some refs", re.MULTILINE)
ELSEWHERE = re.compile(r"^(fatal|remote): |RPC failed", re.MULTILINE)
"""What git says when it was not a hook of the user's that stopped a push."""

NOT_THERE = re.compile(r"^fatal: repository '[^'\n]*' not found|error: 404", re.MULTILINE)
UNFIT = "Resource not accessible by "
"""How GitHub's words begin where the token, and nobody's rule, keeps us from something."""

MOST_LINES = 30
UNTRUSTED = re.compile("certificate|CERT_TRUST", re.IGNORECASE)
"""In the words of GnuTLS, OpenSSL, Secure Transport and Schannel: git has any of them."""

CUT_OFF = re.compile(r"unable to access|RPC failed|hung up|early EOF|unexpected disconnect")


def of_api(
    host: Host, token: Token, response: Response, *, doing: str, organization: bool
) -> RefusedError:
    """Return what a refusal means; of an organisation's route, it may be the organisation's."""
    status, said, name = response.status, response.message, host.name
    if status == 401:  # noqa: PLR2004
        return CredentialError(
            f"{name} does not know the token in {token.source}: it is wrong, expired or revoked.",
            how_to_get(host),
        )
    if status in {403, 404, 429}:
        barred = organization and status == 403 and not said.startswith(UNFIT)  # noqa: PLR2004
        limited = _limited(response, name)
        return limited or _forbidden(host, token, response, doing, barred=barred)
    if status >= 500:  # noqa: PLR2004
        return UnreachableError(
            f"{name} failed to {doing}: it has a fault of its own (status {status}).",
            f"Wait a little, then {AGAIN}",
        )
    if status == 422 and any(map(_is_taken, response.errors)):  # noqa: PLR2004
        return TakenError(
            f"{name} refused to {doing}: the name is taken.", "Give another with --name."
        )
    return HostError(
        f"{name} refused to {doing}: {said or f'status {status}.'}",
        f"Mend what it says, then {AGAIN}",
    )


def _is_taken(entry: object) -> bool:
    """Tell whether what GitHub has against a field is that its name is taken.

    It has a code for that, and answers "custom" and words where the name is a repository's.
    """
    if not isinstance(entry, dict) or entry.get("field") != "name":
        return False
    return entry.get("code") == "already_exists" or "already exists" in str(entry.get("message"))


def _forbidden(
    host: Host, token: Token, response: Response, doing: str, *, barred: bool
) -> ForbiddenError:
    """Return who does not let us: the organisation, or whoever made the token."""
    headers, said, source = response.headers, response.message, token.source
    if "X-GitHub-SSO" in headers:
        page = headers["X-GitHub-SSO"].partition("url=")[2]
        return ForbiddenError(
            f"The organisation wants the token in {source} to be authorised first.",
            f"Authorise it at {page or f'{host.web}/settings/tokens'}, then {AGAIN}",
        )
    if barred:
        return ForbiddenError(
            f"The organisation does not let you {doing}: {said}",
            "Ask one of its owners, or publish under your own name: leave --owner out.",
        )
    permissions = headers.get("X-Accepted-GitHub-Permissions")
    needed = permissions or headers.get("X-Accepted-OAuth-Scopes")
    lacks = f" It would need: {needed}." if needed else ""
    return ForbiddenError(f"The token in {source} may not {doing}: {said}{lacks}", how_to_get(host))


def of_look(host: Host, page: str, answer: Answer) -> RefusedError:
    """Return what it means that git could not ask for the branches of a repository."""
    return _of_line(host, page, answer) or RepositoryError(
        f"git could not look at {page}: {answer.reason.rstrip('.')}.",
        f"Mend what it says, then {AGAIN}",
    )


def of_push(host: Host, page: str, answer: Answer) -> RefusedError:
    """Return what it means that git did not push to the repository of a page."""
    said = f"{answer.output}\n{answer.errors}"
    rejected = REJECTED.search(said)
    if UNSENT.search(said) and not rejected and not ELSEWHERE.search(said):
        return _of_hook(answer)
    if rejected or REMARK.search(said):
        return _of_rules(host, page, said, rejected[1] if rejected else "")
    hooked = _of_hook(answer) if UNSENT.search(said) else None
    return (
        _of_line(host, page, answer)
        or hooked
        or RepositoryError(
            f"git could not push to {page}: {answer.reason.rstrip('.')}.",
            f"Mend what it says, then {AGAIN}",
        )
    )


def untrusted(host: Host, reason: str) -> UnreachableError:
    """Return that whoever answers for a host has not shown that it is the host."""
    return UnreachableError(
        f"The certificate of {host.name} is not trusted: {reason.rstrip('.')}.",
        "If a company's proxy is on the way, name its certificates in SSL_CERT_FILE.",
    )


def _of_line(host: Host, page: str, answer: Answer) -> RefusedError | None:
    """Return what kept git from speaking with the other side, or from being let in there."""
    said = f"{answer.output}\n{answer.errors}"
    if LOCKED_OUT.search(said):
        return ForbiddenError(
            f"git may not do at {page} what it has to, with this token.",
            f"{how_to_get(host)} Then {AGAIN}",
        )
    if NOT_THERE.search(said):
        return ForbiddenError(
            f"To this token there is no repository at {page}.",
            f"{how_to_get(host)} Then {AGAIN}",
        )
    if "update url base from redirection" in said or "error: 30" in said:
        return HostError(
            f"{page} sends git on to another address, which was not given the token.",
            "Give the repository's present name with --owner and --name.",
        )
    if CUT_OFF.search(said):
        reason = re.sub(r"^unable to access '[^']*': ", "", answer.reason).rstrip(".")
        if UNTRUSTED.search(reason):
            return untrusted(host, reason)
        again = "Wait a little" if "error: 5" in said else "Look at your network"
        return UnreachableError(
            f"git could not speak with {page}: {reason}.",
            f"{again}, then {AGAIN}",
        )
    return None


def _of_hook(answer: Answer) -> RejectedError:
    """Return that a push did not even begin, with what the user's own hook said of it."""
    lines = [*answer.output.splitlines(), *answer.errors.splitlines()]
    words = [line for line in lines if not UNSENT.match(line) and line != f"error: {answer.reason}"]
    return RejectedError(
        f"git did not push: {answer.reason.rstrip('.')}.{_below(words[-MOST_LINES:])}",
        f"A pre-push hook of yours may have stopped it; mend what it says, then {AGAIN}",
    )


def _of_rules(host: Host, page: str, said: str, reason: str) -> RefusedError:
    """Return which rule a push broke: GitHub's, the repository's, or git's own."""
    if reason in {"fetch first", "non-fast-forward"}:
        return RejectedError(
            f"{page} took no push: somebody else has pushed to it meanwhile.",
            f"Bring that in first, with git pull {page}.git; then {AGAIN}",
        )
    if "workflow" in reason and "without" in reason:
        return ForbiddenError(
            f"{page} took no push: the token may not push a file in .github/workflows.",
            f"{how_to_get(host)} Then {AGAIN}",
        )
    if "GH007" in said or "private email address" in said:
        return RejectedError(
            f"{page} took no push: it would show an e-mail address that you keep private.",
            f"Take the one that GitHub made for you, from {host.web}/settings/emails: "
            "git config user.email ADDRESS, git commit --amend --reset-author --no-edit; "
            f"then {AGAIN}",
        )
    remark = REMARK.search(said)
    words = remark[1] if remark else reason
    lines = SPOKEN.findall(said)
    if remark:
        lines.remove(SPOKEN.findall(remark[0])[0])
    return RejectedError(
        f"{page} took no push, by a rule of its own: {words.rstrip('.')}."
        f"{_below(lines[:MOST_LINES])}",
        f"Mend what it says, then {AGAIN}",
    )


def _below(lines: Sequence[str]) -> str:
    """Return lines of somebody else's to stand below a sentence."""
    shown = [line.expandtabs().rstrip() for line in lines]
    return "".join(f"\n  {line}" for line in shown if line)


def _limited(response: Response, host: str) -> LimitError | None:
    """Return that a limit is reached and when to come again, if that is what GitHub says."""
    headers = response.headers
    secondary = "secondary rate limit" in response.message.lower()
    wait = _number(headers.get("Retry-After", ""))
    if wait is not None:
        seconds = wait
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
    return LimitError(sentence, f"Wait {_spoken(seconds)}, then {AGAIN}")


def _until(headers: Message) -> int:
    """Return the seconds until the limit ends, by GitHub's own clock where it shows it."""
    try:
        now = parsedate_to_datetime(headers.get("Date", "")).timestamp()
    except (ValueError, OverflowError):
        now = time.time()
    reset = _number(headers.get("X-RateLimit-Reset", ""))
    return MINUTE if reset is None else max(int(reset - now), 1)


def _number(text: str) -> int | None:
    """Return the number that a header is; None where it is a date, or none of ours."""
    return int(text) if re.fullmatch(r"[0-9]{1,12}", text) else None


def _spoken(seconds: int) -> str:
    if seconds <= 2 * MINUTE:
        return f"{seconds} second{'s' * (seconds != 1)}"
    if seconds > DAY:  # no limit of GitHub's is so long
        return "a day or longer"
    return f"{-(-seconds // MINUTE)} minutes"
