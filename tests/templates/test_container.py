"""The image of a generated service, built by whatever Docker Engine there is, and called."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from tests.templates import readme, workshop
from tests.templates.workshop import CHECKOUT, ENVIRONMENT, Terminal

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.container, pytest.mark.xdist_group("container")]

NAME = "late-or-not"
IMAGE = "mlscaffold-test-image"
NEEDED = "MLSCAFFOLD_NEEDS_DOCKER" in os.environ and os.environ["MLSCAFFOLD_NEEDS_DOCKER"] != ""
"""Where an engine must be, its absence is a failure and not a reason to skip."""

HARDENED = ("--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges")
LARGEST = 130_000_000
"""Bytes that an image adds to Python's, ONNX Runtime and NumPy most of them: 105 million when this
was written. A training library would not fit."""

TRAINING = ("sklearn", "pandas", "matplotlib", "skl2onnx")


@dataclass(frozen=True)
class Container:
    """A running container and where it answers."""

    id: str
    address: str
    docker: Terminal

    def inspect(self, path: str) -> str:
        """Return one value of what Docker knows about the container."""
        return self.docker.must("docker", "inspect", "--format", path, self.id).output.strip()

    def python(self, code: str) -> str:
        """Return what a line of Python prints in the container."""
        return self.docker.must("docker", "exec", self.id, "python", "-c", code).output.strip()


@pytest.fixture(scope="session")
def engine() -> None:
    """Skip, or fail where that was asked for, when no Docker Engine answers."""
    reason = "there is no docker on the PATH"
    if shutil.which("docker", path=ENVIRONMENT["PATH"]):
        outcome = Terminal(workshop.CHECKOUT, ENVIRONMENT).run("docker", "info")
        reason = "" if outcome else "no Docker Engine answers"
    if reason and NEEDED:
        pytest.fail(reason)
    if reason:
        pytest.skip(reason)


@pytest.fixture(scope="session")
def service(engine: None, tmp_path_factory: pytest.TempPathFactory) -> Terminal:  # noqa: ARG001
    """Make a service and its model; return a terminal in it."""
    shell = workshop.install(tmp_path_factory.mktemp("user"))
    shell.must("mlscaffold", "new", "service", NAME, "--yes")
    terminal = shell.in_folder(shell.folder / NAME)
    (train, *_) = readme.section((terminal.folder / "README.md").read_text("utf-8"), "Run it")
    terminal.must(*train)
    return terminal


@pytest.fixture(scope="session")
def image(service: Terminal) -> Iterator[Terminal]:
    """Build the image as it stands."""
    service.must("docker", "build", "--tag", IMAGE, ".")
    yield service
    service.run("docker", "image", "rm", "--force", IMAGE)


@pytest.fixture(scope="session")
def container(image: Terminal) -> Iterator[Container]:
    """Run the image with nothing that it can do without, and wait until it calls itself healthy."""
    with _started(image) as started:
        yield started


@contextmanager
def _started(image: Terminal) -> Iterator[Container]:
    """Keep a container for as long as the context lasts."""
    published = ("--publish", "127.0.0.1::8000")
    run = image.must("docker", "run", "--detach", *HARDENED, *published, IMAGE)
    identifier = run.output.strip().splitlines()[-1]
    try:
        address = image.must("docker", "port", identifier, "8000/tcp").output.strip()
        container = Container(identifier, f"http://{address}", image)
        _wait_until_healthy(container)
        yield container
    finally:
        image.run("docker", "rm", "--force", "--volumes", identifier)


def test_image_holds_what_serves_and_no_more(image: Terminal) -> None:
    """No training library, no tests, no history; and it is small."""
    dockerfile = (image.folder / "Dockerfile").read_text("utf-8")
    *_, base = re.findall(r"^FROM (\S+)", dockerfile, re.MULTILINE)
    sizes = image.must("docker", "image", "inspect", "--format", "{{.Size}}", IMAGE, base).output
    whole, below = map(int, sizes.split())
    assert whole - below < LARGEST
    code = f"import importlib.util as u; print([m for m in {TRAINING} if u.find_spec(m)])"
    found = image.must("docker", "run", "--rm", IMAGE, "python", "-c", code).output
    assert found.strip() == "[]"
    code = "from pathlib import Path; print(sorted(p.name for p in Path().iterdir()))"
    listed = image.must("docker", "run", "--rm", IMAGE, "python", "-c", code).output
    assert listed.strip() == "['.venv', 'model', 'predictions']"


def test_container_runs_as_nobody_special(container: Container) -> None:
    """The user is a number other than 0, named in the image, and cannot write to it."""
    user, _, group = container.inspect("{{.Config.User}}").partition(":")
    assert int(user) > 0
    assert int(group) > 0
    assert container.python("import os; print(os.getuid(), os.geteuid())") == f"{user} {user}"
    folders = ("/", "/app", "/app/model", "/usr")
    code = f"import os; print([d for d in {folders} if os.access(d, os.W_OK)])"
    assert container.python(code) == "[]"


def test_container_answers(container: Container) -> None:
    """The documented example gets a prediction, and a wrong one is refused."""
    description = _call(container, "/openapi.json")
    assert _call(container, "/health/live") == {"live": True}
    assert _call(container, "/health/ready") == {"ready": True}
    body = description["paths"]["/predict"]["post"]["requestBody"]["content"]["application/json"]
    example = body["examples"]["one row"]["value"]
    answer = _call(container, "/predict", example)
    assert len(answer["predictions"]) == 1
    with pytest.raises(urllib.error.HTTPError) as refused:
        _call(container, "/predict", {**example, "no such field": 1})
    assert refused.value.code == 422
    refused.value.close()


def test_container_stops_when_it_is_told_to(image: Terminal) -> None:
    """SIGTERM ends it with 0 at once, long before Docker would kill it."""
    with _started(image) as container:
        began = time.monotonic()
        image.must("docker", "stop", "-t", "30", container.id)
        assert time.monotonic() - began < 10
        assert container.inspect("{{.State.ExitCode}}") == "0"
        assert container.inspect("{{.State.OOMKilled}}") == "false"


def test_smoke_test_passes(image: Terminal) -> None:
    """What both workflows run on the image, with nothing but Python and Docker."""
    told = image.must(sys.executable, "scripts/smoke.py", IMAGE).output
    assert told.startswith(f"{IMAGE} serves {NAME} 1.0.0 sha256:")


def test_compose_brings_it_up(service: Terminal, image: Terminal) -> None:  # noqa: ARG001
    """`docker compose up` waits until it is healthy, publishes it on this machine alone."""
    port = {"PORT": "0", "COMPOSE_PROJECT_NAME": "mlscaffold-test"}
    compose = ("docker", "compose")
    service.must(*compose, "config", "--quiet", **port)
    up = ("up", "--detach", "--build", "--pull", "never", "--wait", "--wait-timeout", "120")
    try:
        service.must(*compose, *up, **port)
        published = service.must(*compose, "port", NAME, "8000", **port).output.strip()
        assert published.startswith("127.0.0.1:")
        with urllib.request.urlopen(f"http://{published}/health/ready", timeout=30) as answer:
            assert json.load(answer) == {"ready": True}
    finally:
        service.run(*compose, "down", "--volumes", "--rmi", "all", **port)


def test_drift_of_what_a_container_was_asked_is_seen(service: Terminal, image: Terminal) -> None:  # noqa: ARG001
    """The log leaves through its volume, the alarm is raised, and its numbers are in the metrics."""
    port = {"PORT": "0", "COMPOSE_PROJECT_NAME": "mlscaffold-test"}
    compose = ("docker", "compose")
    settings = service.folder / ".env"
    settings.write_text("PREDICTION_LOG=predictions\nPREDICTION_SHARE=1\n", encoding="utf-8")
    try:
        service.must(*compose, "up", "--detach", "--pull", "never", "--wait", **port)
        published = service.must(*compose, "port", NAME, "8000", **port).output.strip()
        body = json.loads((service.folder / "examples" / "request.json").read_text("utf-8"))
        _send(f"http://{published}/predict", body * 200)
        log = service.folder / "predictions"
        for _ in range(50):
            service.must(*compose, "cp", f"{NAME}:/app/predictions", ".", **port)
            if any(log.glob("*.jsonl")):
                break
            time.sleep(0.2)
        outcome = service.run("uv", "run", "--env-file", ".env", NAME, "drift")
        assert outcome.code == 3
        assert "columns moved too far in 400 rows" in outcome.output
        service.must(*compose, "cp", "predictions/drift.json", f"{NAME}:/app/predictions/", **port)
        with urllib.request.urlopen(f"http://{published}/metrics", timeout=30) as answer:
            assert b'service_drift_psi{column="dest"} ' in answer.read()
    finally:
        service.run(*compose, "down", "--volumes", **port)
        settings.unlink()


def test_commands_of_the_readme_work(service: Terminal, image: Terminal) -> None:  # noqa: ARG001
    """What the README shows for Docker does what it says, as it stands there."""
    text = (service.folder / "README.md").read_text("utf-8")
    blocks = [block for block in readme.blocks(text) if block.names("docker")]
    assert blocks
    try:
        service.play(words for block in blocks for words in block.commands)
    finally:
        service.run("docker", "compose", "down", "--volumes", "--rmi", "all")


def test_from_a_trained_experiment_to_a_container_in_two_commands(
    engine: None,  # noqa: ARG001
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """The commands that our own README shows, and the request behind them."""
    shell = workshop.install(tmp_path_factory.mktemp("user"))
    text = (CHECKOUT / "README.md").read_text("utf-8")
    first, *_ = readme.blocks(text)
    shell.must(*first.commands[0])
    experiment = shell.in_folder(shell.folder / "flight-delays")
    experiment.must(*first.commands[-1])
    experiment.must("uv", "run", "flight-delays", "export")
    shown = [line.strip() for line in text.splitlines() if "late-api" in line and line[:4] == " " * 4]
    made, up, asked = map(shlex.split, shown)
    shell.must(*made)
    try:
        shell.must(*up)
        assert json.loads(shell.must(*asked, "--silent").output)["predictions"]
    finally:
        shell.run(*up[:4], "down", "--volumes", "--rmi", "all")


def _wait_until_healthy(container: Container) -> None:
    deadline = time.monotonic() + 60
    while (health := container.inspect("{{.State.Health.Status}}")) != "healthy":
        if time.monotonic() > deadline or container.inspect("{{.State.Running}}") != "true":
            log = container.docker.run("docker", "logs", container.id).output
            pytest.fail(f"the container is {health}:\n{log}")
        time.sleep(0.2)


def _call(container: Container, path: str, document: object = None) -> Any:
    return _send(f"{container.address}{path}", document)


def _send(address: str, document: object = None) -> Any:
    body = None if document is None else json.dumps(document).encode()
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(address, data=body, headers=headers)
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)
