"""Kaggle, asked through its own client: the only module that imports it.

The client authenticates when it is imported, prints its advice, and may end the process; each of
its failures leaves here as a sentence. Credentials are its business alone: nothing here reads one.
"""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlparse

from ..errors import UserError

if TYPE_CHECKING:
    import requests

SITE = "https://www.kaggle.com"
WAYS = (
    f"Make a token at {SITE}/settings/api and put it into KAGGLE_API_TOKEN or "
    "~/.kaggle/access_token, or run: uv run kaggle auth login"
)
NEWEST = 100
"""How many of the newest submissions are looked through for one of ours."""

MOST_WORDS = 200


@dataclass(frozen=True)
class Budget:
    """How many submissions the team sent today and ever, and how many it may still send today."""

    today: int
    total: int
    left: int


@dataclass(frozen=True)
class Sent:
    """A submission as Kaggle has it: `status` is pending, complete or error."""

    reference: int
    status: str
    public: float | None
    private: float | None
    description: str
    error: str


def slug(competition: str) -> str:
    """Return the competition's name, also where its address was given.

    Raises:
        UserError: it is neither.
    """
    if not competition:
        raise UserError(
            "No competition is named.",
            "Set kaggle.competition in config.toml: the last part of its address.",
            2,
        )
    parts = [part for part in urlparse(competition).path.split("/") if part]
    for before in ("competitions", "c"):
        if before in parts[:-1]:
            return parts[parts.index(before) + 1]
    if len(parts) != 1 or "://" in competition:
        raise UserError(
            f"{competition!r} is no competition of Kaggle.",
            "kaggle.competition in config.toml is the last part of its address, such as titanic.",
            2,
        )
    return parts[0]


class Competition:
    """One competition, asked with the credentials of whoever runs this."""

    def __init__(self, name: str) -> None:
        """Log in.

        Raises:
            UserError: the client is not installed, there are no credentials, or none that Kaggle
                accepts, or Kaggle cannot be reached.
        """
        self.name = slug(name)
        self.page = f"{SITE}/competitions/{self.name}"
        self._api = _logged_in(self.page)

    def download(self, folder: Path) -> Path:
        """Download all files of the competition into `folder`, as one archive or one file."""
        with _translated(self.page):
            self._api.competition_download_files(self.name, path=str(folder), force=True)
        return next(path for path in folder.iterdir() if path.stem == self.name)

    def budget(self) -> Budget:
        """Return how many submissions are left."""
        with _translated(self.page):
            limits = self._api.competition_get_submission_limits(self.name)
        return Budget(limits.num_today, limits.num_total, limits.num_allowed_now)

    def send(self, path: Path, message: str) -> int:
        """Send the file and return the submission's number at Kaggle."""
        with _translated(self.page):
            answer = self._api.competition_submit(str(path), message, self.name, quiet=True)
        if not answer.ref:
            raise UserError(
                f"Kaggle did not take the file: {_words(answer.message) or 'it gives no reason'}",
                "Try again in a minute.",
            )
        return int(answer.ref)

    def submissions(self) -> list[Sent]:
        """Return the newest submissions, the newest first."""
        with _translated(self.page):
            found = self._api.competition_submissions(self.name, page_size=NEWEST) or []
        return [
            Sent(
                reference=each.ref,
                status=each.status.name.lower(),
                public=_score(each.public_score),
                private=_score(each.private_score),
                description=each.description or "",
                error=_words(each.error_description),
            )
            for each in found
        ]


def _logged_in(page: str) -> Any:  # noqa: ANN401  the client ships no types
    """Return the client; what it prints on the way is advice for its own command line."""
    with contextlib.redirect_stdout(io.StringIO()), _translated(page):
        try:
            import kaggle
            from kagglesdk.kaggle_env import get_access_token_from_env
        except ImportError as error:
            raise UserError(
                f"Kaggle's client is not installed: {error.name} is missing.",
                "uv sync --group kaggle",
            ) from error
        try:
            kaggle.api.authenticate()  # the import has tried, too, but swallows the reason
        except SystemExit as error:
            _, place = get_access_token_from_env()
            if place:
                raise UserError(
                    f"Kaggle does not accept the token in {place}: it is wrong or has expired.",
                    WAYS,
                ) from error
            raise UserError("There are no credentials for Kaggle.", WAYS) from error
    return kaggle.api


@contextlib.contextmanager
def _translated(page: str) -> Iterator[None]:
    """Keep the client quiet, and say what its failures mean."""
    try:
        import requests  # what the client speaks through
    except ImportError as error:
        raise UserError("Kaggle's client is not installed.", "uv sync --group kaggle") from error
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            yield
    except requests.HTTPError as error:
        if error.response is None:
            raise UserError(f"Kaggle gave no answer: {error}.", "Try again later.") from error
        raise _refusal(error.response.status_code, _reason(error.response), page) from error
    except requests.RequestException as error:
        raise UserError(
            f"Kaggle cannot be reached: {type(error).__name__}.",
            "Look at the network and at the proxy settings, then run the same command again.",
        ) from error


def _refusal(status: int, reason: str, page: str) -> UserError:
    told = f": {reason}" if reason else ""
    words = reason.lower()
    if status == 401:
        return UserError(
            f"Kaggle does not accept these credentials for {page} (401){told}",
            f"{WAYS}; if they are right, accept the rules at {page}/rules.",
        )
    if any(word in words for word in ("daily", "submission limit", "submissions allowed")):
        return UserError(
            f"Kaggle takes no further submission today ({status}){told}",
            "The limit starts afresh at midnight UTC.",
        )
    if any(word in words for word in ("deadline", "closed", "ended", "not accepting", "is over")):
        return UserError(
            f"The competition takes no submission ({status}){told}", f"Read its dates at {page}."
        )
    if status == 403:
        return UserError(
            f"Kaggle does not let you into this competition (403){told}",
            f"Open {page}/rules, accept the rules, and run the same command again.",
        )
    if status == 404:
        return UserError(
            f"Kaggle knows no such competition, or shows it to others only: {page}",
            "kaggle.competition in config.toml is the last part of its address.",
            2,
        )
    if status == 429:
        return UserError(f"Kaggle was asked too often (429){told}", "Wait a few minutes.")
    if status >= 500:
        return UserError(f"Kaggle is not well ({status}){told}", "Try again later.")
    return UserError(f"Kaggle refused ({status}){told}", f"Look at {page}.")


def _reason(response: requests.Response) -> str:
    """Return what the server said, where it said it in JSON; a page of HTML is no reason."""
    try:
        return _words(response.json()["message"])
    except (ValueError, KeyError, TypeError):
        return ""


def _words(text: str | None) -> str:
    words = " ".join((text or "").split())
    return words if len(words) <= MOST_WORDS else words[:MOST_WORDS] + "..."


def _score(text: str | None) -> float | None:
    try:
        return float(text or "")
    except ValueError:
        return None
