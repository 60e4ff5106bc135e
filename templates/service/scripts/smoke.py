"""Run an image with as few rights as it needs, ask it, stop it: `uv run scripts/smoke.py IMAGE`.

Python and Docker are all it takes. The container has no network, so it is asked from within; the
model that answers has to be one of this folder's. Exit code 0: all held; 1: one sentence says what
did not.
"""

import hashlib
import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

REQUEST = Path("examples/request.json")
MODELS = Path("model")
FEW_RIGHTS = (
    "--read-only",
    "--cap-drop=ALL",
    "--security-opt=no-new-privileges",
    "--network=none",
    "--memory=512m",
    "--pids-limit=128",
)
READY_SECONDS = 60
STOP_SECONDS = 10
ASK = """\
import os, sys, urllib.error, urllib.request

url = f"http://127.0.0.1:{os.environ['PORT']}{sys.argv[1]}"
request = urllib.request.Request(url, sys.stdin.buffer.read() or None)
request.add_header("Content-Type", "application/json")
try:
    with urllib.request.urlopen(request, timeout=10) as answer:
        sys.stdout.buffer.write(answer.read())
except urllib.error.HTTPError as error:
    sys.exit(f"{sys.argv[1]} answers {error.code}: {error.read().decode()}")
"""
"""What the container's own Python runs: it asks for a path, with the body that stdin holds."""


class SmokeError(Exception):
    """Something about the image is not as it should be."""


def main(image: str) -> None:
    """Raise SmokeError unless the image starts, answers, counts, logs and stops as it should."""
    with running(image) as container:
        wait_until_healthy(container)
        check_user(container)
        model = check_predictions(container)
        check_metrics(container, model)
        check_stop(container)
        check_log(container)
    print(f"{image} serves {model['name']} {model['version']} {model['digest']}")


@contextmanager
def running(image: str) -> Iterator[str]:
    """Keep a container of the image for as long as the context lasts."""
    container = docker("run", "--detach", *FEW_RIGHTS, image).decode().strip()
    try:
        yield container
    finally:
        docker("rm", "--force", "--volumes", container)


def wait_until_healthy(container: str) -> None:
    """Return when the image's own health check is content."""
    deadline = time.monotonic() + READY_SECONDS
    while (state := inspect(container)["State"])["Health"]["Status"] != "healthy":
        if not state["Running"]:
            raise SmokeError(f"It ended with {state['ExitCode']}:\n{log(container)}")
        if time.monotonic() > deadline:
            raise SmokeError(f"It is not healthy after {READY_SECONDS} s:\n{log(container)}")
        time.sleep(0.2)


def check_user(container: str) -> None:
    """Refuse root, and a user without a number: Kubernetes could not tell that it is not root."""
    user = inspect(container)["Config"]["User"]
    if not re.fullmatch(r"[1-9]\d*(:[1-9]\d*)?", user):
        raise SmokeError(f"It runs as {user or 'root'!r}, which is no number above 0.")


def check_predictions(container: str) -> dict:
    """Return which model answers the example; it is one whose weights lie in model/."""
    body = REQUEST.read_bytes()
    rows = json.loads(body)
    answer = json.loads(ask(container, "/predict", body))
    if len(answer["predictions"]) != len(rows):
        raise SmokeError(f"{len(rows)} rows got {len(answer['predictions'])} predictions.")
    here = {f"sha256:{hashlib.sha256(p.read_bytes()).hexdigest()}" for p in MODELS.rglob("*.onnx")}
    if answer["model"]["digest"] not in here:
        raise SmokeError(f"It serves {answer['model']}, which is no model of {MODELS}/.")
    return answer["model"]


def check_metrics(container: str, model: dict) -> None:
    """Hold the metrics against what was asked: one prediction, by this model."""
    metrics = ask(container, "/metrics").decode()
    labels = ",".join(f'{name}="{model[name]}"' for name in ("name", "version", "digest"))
    for expected in (
        "service_model_info{" + labels + "} 1",
        'service_requests_total{route="predict",status="200"} 1',
    ):
        if f"\n{expected}" not in metrics:
            raise SmokeError(f"/metrics does not hold {expected}:\n{metrics}")


def check_stop(container: str) -> None:
    """Send SIGTERM and expect exit code 0, long before Docker loses patience."""
    docker("stop", f"--time={STOP_SECONDS}", container)
    code = inspect(container)["State"]["ExitCode"]
    if code != 0:
        raise SmokeError(f"SIGTERM ended it with {code}:\n{log(container)}")


def check_log(container: str) -> None:
    """Expect JSON in every line, whoever wrote it."""
    for line in log(container).splitlines():
        try:
            json.loads(line)
        except ValueError:
            raise SmokeError(f"A line of its log is no JSON: {line}") from None


def ask(container: str, path: str, body: bytes = b"") -> bytes:
    """Return what the service answers to a request from within its container."""
    return docker("exec", "--interactive", container, "python", "-c", ASK, path, stdin=body)


def inspect(container: str) -> dict:
    """Return what Docker knows about a container."""
    (known,) = json.loads(docker("inspect", container))
    return known


def log(container: str) -> str:
    """Return what the container has written, to stdout and to stderr."""
    command = ["docker", "logs", container]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=True)
    return done.stdout.decode(errors="replace")


def docker(*arguments: str, stdin: bytes = b"") -> bytes:
    """Return what a docker command prints.

    Raises:
        SmokeError: it failed; the error is what it complains about.
    """
    try:
        done = subprocess.run(["docker", *arguments], input=stdin, capture_output=True)
    except FileNotFoundError:
        raise SmokeError("There is no docker on the PATH.") from None
    if done.returncode != 0:
        raise SmokeError(done.stderr.decode(errors="replace").strip())
    return done.stdout


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    try:
        main(sys.argv[1])
    except (SmokeError, OSError) as error:
        raise SystemExit(f"error: {error}") from None
