"""What Prometheus reads: requests by route and status, how long they took, how many are in work.

One process serves, so its own counters are the whole truth; to count costs a request a microsecond.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from itertools import accumulate
from pathlib import Path

from . import scores
from .signature import Signature

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"
BOUNDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
"""Upper bounds of the latency histogram in seconds; what took longer is in one last bucket."""


class Metrics:
    """Counters of a running service; a route is one of few names, never what a client wrote.

    `watched` is the folder of the prediction log, where `drift` leaves what it found.
    """

    def __init__(self, watched: Path | None = None) -> None:
        self.in_flight = 0
        self._watched = watched
        self._requests: Counter[tuple[str, int]] = Counter()
        self._seconds: dict[str, float] = {}
        self._buckets: dict[str, list[int]] = {}

    def answered(self, route: str, status: int, seconds: float) -> None:
        """Count a request that was answered after so many seconds."""
        self._requests[route, status] += 1
        buckets = self._buckets.get(route)
        if buckets is None:
            buckets = self._buckets[route] = [0] * (len(BOUNDS) + 1)
            self._seconds[route] = 0.0
        buckets[bisect_left(BOUNDS, seconds)] += 1
        self._seconds[route] += seconds

    def refused(self, status: int) -> None:
        """Count a request that was refused before its route was known."""
        self._requests["none", status] += 1

    def text(self, signature: Signature, *, ready: bool) -> str:
        """Return everything in Prometheus' text format."""
        return "\n".join([*self._lines(signature, ready=ready), ""])

    def _lines(self, signature: Signature, *, ready: bool) -> Iterator[str]:
        yield "# HELP service_model_info The model that answers now."
        yield "# TYPE service_model_info gauge"
        yield _sample(
            "service_model_info",
            1,
            name=signature.name,
            version=signature.version,
            digest=signature.digest,
        )
        yield "# HELP service_ready Whether requests should come here."
        yield "# TYPE service_ready gauge"
        yield f"service_ready {int(ready)}"
        yield "# HELP service_requests_in_flight Requests in work, this one among them."
        yield "# TYPE service_requests_in_flight gauge"
        yield f"service_requests_in_flight {self.in_flight}"
        yield "# HELP service_requests_total Requests answered; 499 means that the client left."
        yield "# TYPE service_requests_total counter"
        for (route, status), count in sorted(self._requests.items()):
            yield _sample("service_requests_total", count, route=route, status=status)
        yield "# HELP service_request_seconds How long requests took, from headers to answer."
        yield "# TYPE service_request_seconds histogram"
        for route, buckets in sorted(self._buckets.items()):
            *within, all_of_them = accumulate(buckets)
            for bound, count in zip(BOUNDS, within, strict=True):
                yield _sample("service_request_seconds_bucket", count, route=route, le=bound)
            yield _sample("service_request_seconds_bucket", all_of_them, route=route, le="+Inf")
            seconds = f"{self._seconds[route]:.6f}"
            yield _sample("service_request_seconds_sum", seconds, route=route)
            yield _sample("service_request_seconds_count", all_of_them, route=route)
        found = scores.read(self._watched) if self._watched else None
        if found:
            yield "# HELP service_drift_psi How far a column has moved from the training."
            yield "# TYPE service_drift_psi gauge"
            for column, psi in found.psi.items():
                yield _sample("service_drift_psi", f"{psi:.6f}", column=_escaped(column))


def _escaped(text: str) -> str:
    """Return the text as a label may hold it: whoever named the column knew nothing of this."""
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


def _sample(measured: str, value: float | str, /, **labels: object) -> str:
    """Return a line: what is measured, of what, and how much."""
    told = ",".join(f'{key}="{text}"' for key, text in labels.items())
    return measured + "{" + told + "} " + str(value)
