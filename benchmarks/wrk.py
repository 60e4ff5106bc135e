"""The load on a server under measurement: wrk, pinned to the second core."""

from __future__ import annotations

import re
import subprocess
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

COUNT = """
counts = {}
response = function(status) counts[status] = (counts[status] or 0) + 1 end
local thread
setup = function(one) thread = one end
done = function()
  for status, count in pairs(thread:get("counts")) do
    print("status " .. status .. ": " .. count)
  end
end
"""


@dataclass(frozen=True)
class Load:
    """What wrk saw: answers a second, seconds of the latencies, answers that were no 200."""

    rate: float
    half: float
    p99: float
    errors: int


def load(folder: Path, url: str, body: str, seconds: int, connections: int) -> Load:
    """Ask as fast as the server answers, with one body over so many connections."""
    told = _wrk(folder, url, body, seconds, connections)
    rate = float(re.findall(r"Requests/sec:\s+([\d.]+)", told)[0])
    half, p99 = (_seconds(re.findall(rf"{share}%\s+([\d.]+\w+)", told)[0]) for share in (50, 99))
    errors = sum(map(int, re.findall(r"Non-2xx or 3xx responses: (\d+)", told)))
    return Load(rate, half, p99, errors)


def statuses(folder: Path, url: str, body: str, seconds: int, connections: int) -> Counter[int]:
    """Return how many answers of each status came; to count costs wrk some of its core."""
    told = _wrk(folder, url, body, seconds, connections, more=COUNT)
    lines = re.findall(r"status (\d+): (\d+)", told)
    return Counter({int(status): int(count) for status, count in lines})


def _wrk(
    folder: Path, url: str, body: str, seconds: int, connections: int, *, more: str = ""
) -> str:
    script = folder / "post.lua"
    script.write_text(
        'wrk.method = "POST"\nwrk.headers["Content-Type"] = "application/json"\n'
        f"wrk.body = [==[{body}]==]\n{more}",
        encoding="utf-8",
    )
    options = ["-t1", f"-c{connections}", f"-d{seconds}s", "--latency", "--timeout", "10s"]
    return subprocess.run(
        ["taskset", "-c", "1", "wrk", *options, "-s", str(script), url],
        check=True,
        capture_output=True,
        text=True,
    ).stdout


def _seconds(text: str) -> float:
    number, unit = re.fullmatch(r"([\d.]+)(us|ms|s|m)", text).groups()  # type: ignore[union-attr]
    return float(number) * {"us": 1e-6, "ms": 1e-3, "s": 1, "m": 60}[unit]
