"""Load a generated service beside the serving frameworks: one model, one core for each server.

    uv run python benchmarks/service.py --seconds 10

Needs Linux, two cores, taskset and wrk. Every server answers with the same gradient boosting on 30
named floats, pinned to the first core; wrk asks over 64 connections from the second. The echo,
which does nothing, is the limit. Ours runs as `serve` does, with validation, metrics, limits and
log lines. Printed are requests a second, latencies, memory, the time to the first 200, and ratios.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

SERVING = Path(__file__).with_name("serving")
CONNECTIONS = 64
MAX_CONNECTIONS = 1000  # the service's default
PATIENCE = 60
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
PACKAGES = (
    "bentoml>=1.4,<2",
    "fastapi>=0.165,<1",
    "httptools",
    "joblib",
    "litserve>=0.2",
    "onnxruntime>=1.31,<2",
    "pandas>=3,<4",
    "protobuf>=6,<7",
    "scikit-learn>=1.9,<2",
    "skl2onnx>=1.20,<2",
    "uvicorn>=0.54,<1",
    "uvloop",
)
UVICORN = ("-m", "uvicorn", "--log-level", "error", "--no-access-log", "--port")


@dataclass(frozen=True)
class Server:
    """How a server is started, below its environment's Python or as a program of its own."""

    name: str
    command: tuple[str, ...]
    path: str = "/predict"
    batch: str = ""
    wrapped: bool = False


@dataclass(frozen=True)
class Measured:
    """Requests a second, seconds of the latencies, MB, seconds to the first 200."""

    rate: float
    half: float
    p99: float
    memory: float
    first: float
    batch: float = 0.0
    errors: int = 0


def main() -> None:
    """Print one line for each server, and the ratios that the bars are about."""
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--seconds", type=int, default=10)
    options.add_argument("--overload", type=int, default=0, help="seconds; then only ours runs")
    given = options.parse_args()
    seconds = given.seconds
    missing = [name for name in ("wrk", "taskset", "uv") if shutil.which(name) is None]
    if missing:
        sys.exit(f"{' and '.join(missing)} not found: see the first lines of this file.")
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        python = _environment(folder)
        subprocess.run([python, SERVING / "model.py", folder], check=True, env=_env(folder, 0))
        servers = [
            Server("echo", (str(python), *UVICORN, "{port}", "echo:app")),
            Server("ours", (str(_service(folder)), "serve"), batch="/predict"),
            Server("LitServe", (str(python), "lit.py")),
            Server(
                "BentoML",
                (str(python.with_name("bentoml")), "serve", "bento:Boosting", "--port", "{port}"),
                wrapped=True,
            ),
            Server("tutorial", (str(python), *UVICORN, "{port}", "tutorial:app"), batch="/batch"),
        ]
        if given.overload:
            _overload(servers[1], folder, seconds, given.overload)
            return
        found = {server.name: _measure(server, folder, seconds) for server in servers}
    print("| server | req/s | p50 ms | p99 ms | batches/s | MB | first 200, s | errors |")
    print("|---|--:|--:|--:|--:|--:|--:|--:|")
    for name, each in found.items():
        print(
            f"| {name} | {each.rate:,.0f} | {each.half * 1000:.2f} | {each.p99 * 1000:.1f} "
            f"| {each.batch:.0f} | {each.memory:.0f} | {each.first:.2f} | {each.errors} |"
        )
    print()
    for words, value, kind, bar in _bars(found):
        kept = value >= bar if kind == "at least" else value <= bar
        print(f"{'PASS' if kept else 'FAIL'} {words}: {value:.3g} ({kind} {bar:g})")


def _bars(found: dict[str, Measured]) -> Iterator[tuple[str, float, str, float]]:
    """Yield what is asked of ours: words, number, the kind of bar, the bar."""
    ours = found["ours"]
    for name, bar in (("LitServe", 15), ("BentoML", 15), ("tutorial", 30), ("echo", 0.5)):
        yield f"requests a second, ours / {name}", ours.rate / found[name].rate, "at least", bar
    yield "p99, ours / LitServe", ours.p99 / found["LitServe"].p99, "at most", 0.2
    yield "batches of 1000, ours / tutorial", ours.batch / found["tutorial"].batch, "at least", 2.5
    yield "seconds to the first 200", ours.first, "at most", 1
    yield "MB", ours.memory, "at most", 110


def _overload(server: Server, folder: Path, seconds: int, overload: int) -> None:
    """Print the goodput with twice as many clients as may be connected, beside the peak."""
    with _running(server, folder) as (process, url, _):
        one = (folder / "one.json").read_text(encoding="utf-8")
        path = f"{url}{server.path}"
        _load(folder, path, one, max(1, seconds // 5))
        peak = _statuses(folder, path, one, seconds, CONNECTIONS)[HTTPStatus.OK] / seconds
        many = MAX_CONNECTIONS * 2
        half = overload // 2
        found = _statuses(folder, path, one, half, many)
        before = _memory(process.pid)
        found += _statuses(folder, path, one, overload - half, many)
        memory = _memory(process.pid)
        after, *_ = _load(folder, path, one, seconds)
        alive = process.poll() is None
    good = found[HTTPStatus.OK] / overload
    print(f"peak {peak:,.0f} requests a second over {CONNECTIONS} connections")
    print(f"{many} connections for {overload} s, {MAX_CONNECTIONS} allowed: {dict(found)}")
    print(f"{after:,.0f} requests a second afterwards, over {CONNECTIONS} connections again")
    kept = good >= 0.8 * peak
    print(f"{'PASS' if kept else 'FAIL'} goodput / peak: {good / peak:.3g} (at least 0.8)")
    others = set(found) - {HTTPStatus.OK, HTTPStatus.SERVICE_UNAVAILABLE}
    print(f"{'FAIL' if others or not alive else 'PASS'} answers are 200 or 503, and no crash")
    flat = memory <= 1.05 * before
    print(f"{'PASS' if flat else 'FAIL'} MB after half of it {before:.0f}, after all {memory:.0f}")


def _statuses(folder: Path, url: str, body: str, seconds: int, connections: int) -> Counter[int]:
    """Return how many answers of each status came."""
    script = _script(folder, body)
    with script.open("a", encoding="utf-8") as file:
        file.write(COUNT)
    options = ["-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "10s", "-s", str(script)]
    command = ["taskset", "-c", "1", "wrk", *options, url]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    lines = re.findall(r"status (\d+): (\d+)", told)
    return Counter({int(status): int(count) for status, count in lines})


def _environment(folder: Path) -> Path:
    """Install the frameworks into an environment of their own and return its Python."""
    python = folder / "peers" / "bin" / "python"
    make = ["uv", "venv", "--quiet", "--python", sys.executable, str(python.parents[1])]
    subprocess.run(make, check=True)
    subprocess.run(["uv", "pip", "install", "--quiet", "--python", python, *PACKAGES], check=True)
    return python


def _service(folder: Path) -> Path:
    """Make a service around the model, as a user would, and return its program."""
    project = folder / "boosting"
    words = ["new", "service", str(project), "--yes", "--no-git", "--set", f"bundle={folder}/model"]
    subprocess.run([sys.executable, "-m", "mlscaffold", *words], check=True, capture_output=True)
    environment = {key: value for key, value in os.environ.items() if key != "VIRTUAL_ENV"}
    sync = ["uv", "sync", "--quiet", "--no-default-groups", "--project", str(project)]
    subprocess.run(sync, check=True, env=environment)
    return project / ".venv" / "bin" / "boosting"


def _measure(server: Server, folder: Path, seconds: int) -> Measured:
    with _running(server, folder) as (process, url, first):
        body = json.loads((folder / "one.json").read_text(encoding="utf-8"))
        one = json.dumps({"row": body} if server.wrapped else body)
        _load(folder, f"{url}{server.path}", one, max(1, seconds // 5))
        rate, half, p99, errors = _load(folder, f"{url}{server.path}", one, seconds)
        batch = 0.0
        if server.batch:
            many = (folder / "many.json").read_text(encoding="utf-8")
            batch, *_ = _load(folder, f"{url}{server.batch}", many, seconds, connections=2)
        memory = _memory(process.pid)
    return Measured(rate, half, p99, memory, first, batch, errors)


@contextlib.contextmanager
def _running(server: Server, folder: Path) -> Iterator[tuple[subprocess.Popen[bytes], str, float]]:
    """Start a server on the first core; yield it, its address, and the seconds to the first 200."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [word.format(port=port) for word in server.command]
    began = time.perf_counter()
    process = subprocess.Popen(
        ["taskset", "-c", "0", *command],
        cwd=SERVING if server.name != "ours" else folder / "boosting",
        env=_env(folder, port),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        url = f"http://127.0.0.1:{port}"
        body = json.loads((folder / "one.json").read_text(encoding="utf-8"))
        content = json.dumps({"row": body} if server.wrapped else body).encode()
        yield process, url, _first(f"{url}{server.path}", content, began)
    finally:
        for pid in _family(process.pid):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        process.wait()


def _first(url: str, content: bytes, began: float) -> float:
    request = urllib.request.Request(url, content, {"Content-Type": "application/json"})
    while time.perf_counter() - began < PATIENCE:
        with contextlib.suppress(OSError), urllib.request.urlopen(request, timeout=5) as answer:
            if answer.status == HTTPStatus.OK:
                return time.perf_counter() - began
        time.sleep(0.005)
    sys.exit(f"{url} did not answer within {PATIENCE} s.")


def _load(
    folder: Path, url: str, body: str, seconds: int, *, connections: int = CONNECTIONS
) -> tuple[float, float, float, int]:
    """Return requests a second, p50 and p99 in seconds, and how many were no 200."""
    script = _script(folder, body)
    options = ["-t1", f"-c{connections}", f"-d{seconds}s", "--latency", "--timeout", "10s"]
    told = subprocess.run(
        ["taskset", "-c", "1", "wrk", *options, "-s", str(script), url],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    rate = float(re.findall(r"Requests/sec:\s+([\d.]+)", told)[0])
    half, p99 = (_seconds(re.findall(rf"{share}%\s+([\d.]+\w+)", told)[0]) for share in (50, 99))
    errors = sum(map(int, re.findall(r"Non-2xx or 3xx responses: (\d+)", told)))
    return rate, half, p99, errors


def _script(folder: Path, body: str) -> Path:
    """Write what wrk sends."""
    script = folder / "post.lua"
    script.write_text(
        'wrk.method = "POST"\nwrk.headers["Content-Type"] = "application/json"\n'
        f"wrk.body = [==[{body}]==]\n",
        encoding="utf-8",
    )
    return script


def _seconds(text: str) -> float:
    number, unit = re.fullmatch(r"([\d.]+)(us|ms|s|m)", text).groups()  # type: ignore[union-attr]
    return float(number) * {"us": 1e-6, "ms": 1e-3, "s": 1, "m": 60}[unit]


def _memory(leader: int) -> float:
    """Return the MB that a process and all below it hold, shared pages counted once."""
    total = 0
    for pid in _family(leader):
        with contextlib.suppress(OSError):
            status = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="utf-8")
            total += int(re.findall(r"Pss:\s+(\d+)", status)[0])
    return total / 1024


def _family(pid: int) -> list[int]:
    """Return a process and all below it, whatever session they moved to."""
    found = [pid]
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            for child in task.read_text(encoding="utf-8").split():
                found += _family(int(child))
    return found


def _env(folder: Path, port: int) -> dict[str, str]:
    return {**os.environ, "BENCHMARK": str(folder), "PORT": str(port), "OMP_NUM_THREADS": "1"}


if __name__ == "__main__":
    main()
