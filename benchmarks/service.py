"""Load a generated service beside the serving frameworks: one model, one core for each server.

    uv run python benchmarks/service.py --seconds 10

Needs Linux, two cores, taskset and wrk. Every server answers with the same gradient boosting on 30
named floats, pinned to the first core; wrk asks over 64 connections from the second. The echo,
which does nothing, is the limit. Ours runs as `serve` does, with validation, metrics, limits and
log lines. Printed are requests a second, latencies, processor time, memory, the time to the first
200, and ratios. Processor time is what other load on the machine disturbs least.
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

import wrk

if TYPE_CHECKING:
    from collections.abc import Iterator

SERVING = Path(__file__).with_name("serving")
CONNECTIONS = 64
MAX_CONNECTIONS = 64  # the service's default
GOODPUT = 0.8  # the bar for the share of the peak that overload leaves
PATIENCE = 60
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
COMPILED = "--compile-bytecode"  # as in an image: else the first start would do it, and be measured
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
    """What wrk saw, seconds of processor time a request, MB, seconds to the first 200."""

    one: wrk.Load
    cpu: float
    memory: float
    first: float
    batch: float = 0.0


def main() -> None:
    """Print one line for each server, and the ratios that the bars are about."""
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--seconds", type=int, default=10)
    options.add_argument("--overload", type=int, default=0, help="seconds; then only ours runs")
    options.add_argument("--clients", type=int, default=2 * MAX_CONNECTIONS, help="of the overload")
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
            *(
                Server(
                    f"tutorial, {kind}",
                    (str(python), *UVICORN, "{port}", f"tutorial_{kind}:app"),
                    batch="/batch",
                )
                for kind in ("frame", "array")
            ),
        ]
        if given.overload:
            _overload(servers[1], folder, seconds, given.overload, given.clients)
            return
        found = {server.name: _measure(server, folder, seconds) for server in servers}
    print("| server | req/s | p50 ms | p99 ms | CPU µs | batches/s | MB | first 200, s | errors |")
    print("|---|--:|--:|--:|--:|--:|--:|--:|--:|")
    for name, each in found.items():
        print(
            f"| {name} | {each.one.rate:,.0f} | {each.one.half * 1000:.2f} "
            f"| {each.one.p99 * 1000:.1f} | {each.cpu * 1e6:.0f} | {each.batch:.0f} "
            f"| {each.memory:.0f} | {each.first:.2f} | {each.one.errors} |"
        )
    print()
    for words, value, kind, bar in _bars(found):
        kept = value >= bar if kind == "at least" else value <= bar
        _say(f"{words}: {value:.3g} ({kind} {bar:g})", kept=kept)


def _bars(found: dict[str, Measured]) -> Iterator[tuple[str, float, str, float]]:
    """Yield what is asked of ours: words, number, the kind of bar, the bar."""
    ours = found["ours"]
    bars = {"LitServe": 15, "BentoML": 15, "tutorial, frame": 30, "tutorial, array": 30}
    for name, bar in (bars | {"echo": 0.5}).items():
        each = found[name]
        yield f"requests a second, ours / {name}", ours.one.rate / each.one.rate, "at least", bar
        yield f"the same by processor time, {name}", each.cpu / ours.cpu, "at least", bar
    yield "p99, ours / LitServe", ours.one.p99 / found["LitServe"].one.p99, "at most", 0.2
    for name in ("tutorial, frame", "tutorial, array"):
        yield f"batches of 1000, ours / {name}", ours.batch / found[name].batch, "at least", 2.5
    yield "seconds to the first 200", ours.first, "at most", 1
    yield "MB", ours.memory, "at most", 110


def _overload(server: Server, folder: Path, seconds: int, overload: int, clients: int) -> None:
    """Print the goodput with more clients than are served at once, beside the peak.

    Each client asks again when it has its answer: more of them than the service has places is more
    than it takes, whatever it takes. The peak is the best of three, before, amid and after.
    """
    with _running(server, folder) as (process, url, _):
        one = (folder / "one.json").read_text(encoding="utf-8")
        path = f"{url}{server.path}"
        wrk.load(folder, path, one, max(1, seconds // 5), CONNECTIONS)
        peaks = []
        found: Counter[int] = Counter()
        memory = []
        spent = 0.0
        for _ in range(2):
            peaks.append(wrk.statuses(folder, path, one, seconds, CONNECTIONS)[HTTPStatus.OK])
            before = _cpu(process.pid)
            found += wrk.statuses(folder, path, one, overload // 2, clients)
            spent += _cpu(process.pid) - before
            memory.append(_memory(process.pid))
        before = _cpu(process.pid)
        peaks.append(wrk.statuses(folder, path, one, seconds, CONNECTIONS)[HTTPStatus.OK])
        alone = (_cpu(process.pid) - before) / peaks[-1]
        alive = process.poll() is None
    good, peak = found[HTTPStatus.OK] / (overload // 2 * 2), max(peaks) / seconds
    told = ", ".join(f"{each / seconds:,.0f}" for each in peaks)
    print(f"{CONNECTIONS} connections, before, amid and after: {told} requests a second")
    print(f"{clients} connections for {overload} s, {MAX_CONNECTIONS} places: {dict(found)}")
    _say(f"goodput / peak: {good / peak:.3g} (at least {GOODPUT})", kept=good >= GOODPUT * peak)
    ratio = alone / (spent / found[HTTPStatus.OK])
    _say(f"the same by processor time: {ratio:.3g} (at least {GOODPUT})", kept=ratio >= GOODPUT)
    others = set(found) - {HTTPStatus.OK, HTTPStatus.SERVICE_UNAVAILABLE}
    _say("answers are 200 or 503, and no crash", kept=alive and not others)
    told = f"MB after half of it {memory[0]:.0f}, after all {memory[1]:.0f}"
    _say(told, kept=memory[1] <= 1.05 * memory[0])


def _say(words: str, *, kept: bool) -> None:
    print("PASS" if kept else "FAIL", words)


def _environment(folder: Path) -> Path:
    """Install the frameworks into an environment of their own and return its Python."""
    python = folder / "peers" / "bin" / "python"
    make = ["uv", "venv", "--quiet", "--python", sys.executable, str(python.parents[1])]
    subprocess.run(make, check=True)
    subprocess.run(
        ["uv", "pip", "install", "--quiet", COMPILED, "--python", python, *PACKAGES], check=True
    )
    return python


def _service(folder: Path) -> Path:
    """Make a service around the model, as a user would, and return its program."""
    project = folder / "boosting"
    words = ["new", "service", str(project), "--yes", "--no-git", "--set", f"bundle={folder}/model"]
    subprocess.run([sys.executable, "-m", "mlscaffold", *words], check=True, capture_output=True)
    environment = {key: value for key, value in os.environ.items() if key != "VIRTUAL_ENV"}
    sync = ["uv", "sync", "--quiet", COMPILED, "--no-default-groups", "--project", str(project)]
    subprocess.run(sync, check=True, env=environment)
    return project / ".venv" / "bin" / "boosting"


def _measure(server: Server, folder: Path, seconds: int) -> Measured:
    with _running(server, folder) as (process, url, first):
        body = json.loads((folder / "one.json").read_text(encoding="utf-8"))
        one = json.dumps({"row": body} if server.wrapped else body)
        wrk.load(folder, f"{url}{server.path}", one, max(1, seconds // 5), CONNECTIONS)
        before = _cpu(process.pid)
        seen = wrk.load(folder, f"{url}{server.path}", one, seconds, CONNECTIONS)
        cpu = (_cpu(process.pid) - before) / (seen.rate * seconds)
        batch = 0.0
        if server.batch:
            many = (folder / "many.json").read_text(encoding="utf-8")
            batch = wrk.load(folder, f"{url}{server.batch}", many, seconds, 2).rate
        memory = _memory(process.pid)
    return Measured(seen, cpu, memory, first, batch)


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


def _memory(leader: int) -> float:
    """Return the MB that a process and all below it hold, shared pages counted once."""
    total = 0
    for pid in _family(leader):
        with contextlib.suppress(OSError):
            status = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="utf-8")
            total += int(re.findall(r"Pss:\s+(\d+)", status)[0])
    return total / 1024


def _cpu(leader: int) -> float:
    """Return the seconds of processor time that a process and all below it have used."""
    ticks = 0
    for pid in _family(leader):
        with contextlib.suppress(OSError):
            status = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2]
            ticks += sum(map(int, status.split()[11:13]))
    return ticks / os.sysconf("SC_CLK_TCK")


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
