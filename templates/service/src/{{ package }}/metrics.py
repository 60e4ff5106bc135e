"""What Prometheus reads: requests by route and status, how long they took, how many are in work.

The counters lie in memory that all processes of the service see: each writes its own share, and
whichever is asked adds all of them up. To count costs a request a microsecond.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from itertools import accumulate
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from . import scores
from .signature import Signature

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"
BOUNDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
"""Upper bounds of the latency histogram in seconds; what took longer is in one last bucket."""

ROUTES = ("predict", "infer", "other", "none")
"""Few names, never what a client wrote; `none` is refused before its route is known."""

STATUSES = 600
WATCHED = (200, 500, 503)
"""What alerts count has its series from the start, on every route: of one that appears with its
first burst of failures, `rate` sees none of them."""

IN_FLIGHT = 0
SERVED, WAITING = 1, 2
REQUESTS = 3  # by route, then by status
BUCKETS = REQUESTS + len(ROUTES) * STATUSES  # by route, then by bound
NANOSECONDS = BUCKETS + len(ROUTES) * (len(BOUNDS) + 1)  # by route
CELLS = NANOSECONDS + len(ROUTES)

BYTES = CELLS * 8
"""The memory that one process needs: whole numbers of eight bytes."""


class Metrics:
    """Counters of a running service.

    `watched` is the folder of the prediction log, where `drift` leaves what it found; `memory` has
    `BYTES` for each process, and that at `place` belongs to this one.
    """

    def __init__(
        self, watched: Path | None = None, memory: memoryview | None = None, place: int = 0
    ) -> None:
        self._watched = watched
        self._memory = memoryview(bytearray(BYTES)) if memory is None else memory
        self._cells = self._memory[place * BYTES : (place + 1) * BYTES].cast("q")
        self._cells[IN_FLIGHT] = 0  # a process that died here finished none of its requests
        self.connected(0, 0)

    def began(self) -> None:
        """Count a request as in work."""
        self._cells[IN_FLIGHT] += 1

    def answered(self, route: str, status: int, seconds: float) -> None:
        """Count a request that was answered after so many seconds."""
        at = ROUTES.index(route)
        cells = self._cells
        cells[IN_FLIGHT] -= 1
        cells[REQUESTS + at * STATUSES + status] += 1
        cells[BUCKETS + at * (len(BOUNDS) + 1) + bisect_left(BOUNDS, seconds)] += 1
        cells[NANOSECONDS + at] += int(seconds * 1e9)

    def refused(self, status: int) -> None:
        """Count a request that was refused before its route was known."""
        self._cells[REQUESTS + ROUTES.index("none") * STATUSES + status] += 1

    def connected(self, served: int, waiting: int) -> None:
        """Note how many clients have a place, and how many wait for one."""
        self._cells[SERVED] = served
        self._cells[WAITING] = waiting

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
        cells = self._sum()
        requests = cells[REQUESTS:BUCKETS].reshape(len(ROUTES), STATUSES)
        buckets = cells[BUCKETS:NANOSECONDS].reshape(len(ROUTES), -1)
        yield "# HELP service_requests_in_flight Requests in work, this one among them."
        yield "# TYPE service_requests_in_flight gauge"
        yield f"service_requests_in_flight {cells[IN_FLIGHT]}"
        yield "# HELP service_connections Clients that are served, up to MAX_CONNECTIONS."
        yield "# TYPE service_connections gauge"
        yield f"service_connections {cells[SERVED]}"
        yield "# HELP service_connections_waiting Clients that wait until one of those leaves."
        yield "# TYPE service_connections_waiting gauge"
        yield f"service_connections_waiting {cells[WAITING]}"
        yield "# HELP service_requests_total Requests answered; 499 means that the client left."
        yield "# TYPE service_requests_total counter"
        shown = requests > 0
        shown[:, WATCHED] = True
        for at, status in np.argwhere(shown).tolist():
            count = requests[at, status]
            yield _sample("service_requests_total", count, route=ROUTES[at], status=status)
        yield "# HELP service_request_seconds How long requests took once they had arrived."
        yield "# TYPE service_request_seconds histogram"
        for route, counts, spent in zip(ROUTES, buckets, cells[NANOSECONDS:], strict=True):
            *within, all_of_them = accumulate(counts.tolist())
            if not all_of_them:
                continue
            for bound, count in zip(BOUNDS, within, strict=True):
                yield _sample("service_request_seconds_bucket", count, route=route, le=bound)
            yield _sample("service_request_seconds_bucket", all_of_them, route=route, le="+Inf")
            yield _sample("service_request_seconds_sum", f"{spent / 1e9:.6f}", route=route)
            yield _sample("service_request_seconds_count", all_of_them, route=route)
        found = scores.read(self._watched) if self._watched else None
        if found:
            yield "# HELP service_drift_psi How far a column has moved from the training."
            yield "# TYPE service_drift_psi gauge"
            for column, psi in found.psi.items():
                yield _sample("service_drift_psi", f"{psi:.6f}", column=_escaped(column))
            yield "# HELP service_drift_beyond Whether it is too far, and not by chance."
            yield "# TYPE service_drift_beyond gauge"
            for column in found.psi:
                beyond = int(column in found.beyond)
                yield _sample("service_drift_beyond", beyond, column=_escaped(column))

    def _sum(self) -> NDArray[np.int64]:
        """Return the counters of all processes, added up."""
        cells: NDArray[np.int64] = np.frombuffer(self._memory, np.int64)
        total: NDArray[np.int64] = cells.reshape(-1, CELLS).sum(axis=0)
        return total


def _escaped(text: str) -> str:
    """Return the text as a label may hold it: whoever named the column knew nothing of this."""
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


def _sample(measured: str, value: float | str, /, **labels: object) -> str:
    """Return a line: what is measured, of what, and how much."""
    told = ",".join(f'{key}="{text}"' for key, text in labels.items())
    return measured + "{" + told + "} " + str(value)
