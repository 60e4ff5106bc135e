"""A load test of a running service, from the rows of the example request."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

import msgspec
import numpy as np

from .. import evidence
from ..errors import UserError
from . import client, figure

REQUEST = Path("examples/request.json")
REPORT = Path("results/load.json")
FIGURE = Path("results/load.png")
PERCENTILES = {"half": 50.0, "95 in 100": 95.0, "99 in 100": 99.0, "999 in 1000": 99.9}
WARM_SECONDS = 0.5
REFUSED = 503


@dataclass(frozen=True)
class Plan:
    """Whom to ask, how long, over how many connections, and how many rows at once."""

    url: str = "http://127.0.0.1:8000"
    seconds: float = 10.0
    connections: int = 16
    rows: int = 1


@dataclass(frozen=True)
class Outcome:
    """Answers a second, by status in all, seconds by percentile, and what was written."""

    per_second: float
    statuses: dict[int, int]
    lost: int
    percentiles: dict[str, float]
    written: tuple[Path, ...]

    @property
    def sound(self) -> bool:
        """Tell whether everything was answered, or refused as too much; and something answered."""
        return set(self.statuses) <= {200, REFUSED} and 200 in self.statuses and not self.lost


def run(root: Path, plan: Plan) -> Outcome:
    """Ask the service and write what came of it.

    Raises:
        UserError: there is nobody to ask, or nothing to ask with.
    """
    address, port = _address(plan.url)
    request = _request(root, address.netloc, f"{address.path.rstrip('/')}/predict", plan.rows)
    try:
        client.ask(str(address.hostname), port, request, connections=1, seconds=WARM_SECONDS)
        asked = client.ask(
            str(address.hostname), port, request, connections=plan.connections, seconds=plan.seconds
        )
    except (OSError, TimeoutError) as error:
        raise UserError(
            f"{plan.url} does not answer: {error or 'it took too long'}.",
            "Start the serve command.",
        ) from None
    if not asked.seconds:
        raise UserError(f"{plan.url} closed every connection without an answer.", "See its log.")
    found = np.percentile(asked.seconds, list(PERCENTILES.values())).tolist()
    percentiles = dict(zip(PERCENTILES, found, strict=True))
    per_second = len(asked.seconds) / asked.elapsed
    statuses = dict(sorted(asked.statuses.items()))
    told = {
        "url": plan.url,
        "seconds": round(asked.elapsed, 3),
        "connections": plan.connections,
        "rows": plan.rows,
        "answers": len(asked.seconds),
        "answers_per_second": round(per_second, 1),
        "statuses": {str(status): count for status, count in statuses.items()},
        "lost": asked.lost,
        "seconds_by_percentile": percentiles | {"slowest": max(asked.seconds)},
    }
    (root / REPORT).parent.mkdir(exist_ok=True)
    evidence.write(
        root / REPORT, msgspec.json.format(msgspec.json.encode(told), indent=2).decode() + "\n"
    )
    figure.draw(root / FIGURE, asked.seconds, percentiles)
    return Outcome(per_second, statuses, asked.lost, percentiles, (REPORT, FIGURE))


def _address(url: str) -> tuple[SplitResult, int]:
    """Return the parts of an address, and the port."""
    try:
        address = urlsplit(url)
        port = address.port or 80
    except ValueError:
        address, port = SplitResult("", "", "", "", ""), 0
    if address.scheme != "http" or not address.hostname:
        raise UserError(
            f"{url!r} is no address of a service.", "Write it as http://127.0.0.1:8000.", 2
        )
    return address, port


def _request(root: Path, host: str, path: str, rows: int) -> bytes:
    """Return a whole request with so many rows, those of the example one after the other."""
    try:
        document = msgspec.json.decode((root / REQUEST).read_bytes())
    except (OSError, msgspec.DecodeError) as error:
        raise UserError(f"{REQUEST.as_posix()} cannot be read: {error}.", "Put it back.") from None
    example = document if isinstance(document, list) else [document]
    body = msgspec.json.encode(list(itertools.islice(itertools.cycle(example), rows)))
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body
