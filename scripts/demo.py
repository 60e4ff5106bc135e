"""Make one project of each type, run each one's main job on real data, and show what came out.

`make demo` runs this; so does `uv run python scripts/demo.py`, on any system.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from uv import find_uv_bin

CHECKOUT = Path(__file__).parents[1]
DEMO = CHECKOUT / "demo"
PROJECTS = {
    "pipeline": "flight-records",
    "experiment": "late-flights",
    "service": "late-flights-api",
}
PATIENCE = 60
"""Seconds that a service may take until it answers."""


@dataclass(frozen=True)
class Made:
    """A project that `mlscaffold new` made: its folder, its type, its own two commands."""

    folder: Path
    template: str
    command: str
    main: tuple[str, ...]

    def run(self, *arguments: str) -> None:
        """Run one of the project's commands, as its README shows it."""
        announce(f"uv run {' '.join(arguments)}", self.folder)
        words = [find_uv_bin(), "run", *arguments]
        subprocess.run(words, cwd=self.folder, env=environment(), check=True)


def main() -> int:
    """Make, run and show every project; return the exit code."""
    DEMO.mkdir(exist_ok=True)
    made = []
    for template, name in PROJECTS.items():
        project = new(template, name)
        project.run(*project.main)
        made.append(project)
    for project in made:
        show(project)
        if project.template == "service":
            call(project)
    print(f"\nThe projects are in {DEMO}: each is a git repository of its own.")
    return 0


def new(template: str, name: str) -> Made:
    """Make a project where the last demo's was."""
    folder = DEMO / name
    if (folder / ".mlscaffold.yml").exists():
        shutil.rmtree(folder)
    announce(f"mlscaffold new {template} {name} --yes", DEMO)
    answer = subprocess.run(
        [sys.executable, "-m", "mlscaffold", "new", template, name, "--yes", "--json"],
        cwd=DEMO,
        env=environment(),
        check=True,
        stdout=subprocess.PIPE,
        encoding="utf-8",
    )
    project = json.loads(answer.stdout)
    for note in project["notes"]:
        print(f"note: {note}")
    words = next(c for c in project["commands"] if c.startswith("uv run")).split()[2:]
    return Made(folder=folder, template=template, command=words[0], main=tuple(words))


def show(project: Made) -> None:
    """Print the headline beside its baseline, and where the figures are."""
    summary = json.loads((project.folder / "results" / "summary.json").read_text(encoding="utf-8"))
    headline, run = summary["headline"], summary["run"]
    baseline = headline["baseline"]
    print(f"\n{project.folder.name} ({project.template})")
    print(f"  {headline['metric']}: {headline['value']:.4g}", end="")
    print("" if headline["std"] is None else f" ± {headline['std']:.2g}", end="")
    print(f", where {baseline['name']} has {baseline['value']:.4g}")
    print(f"  measured on {run['rows']:,} rows in {run['seconds']:.1f} s")
    for figure in summary["figures"]:
        print(f"  {figure['title']}: {project.folder / figure['path']}")


def call(project: Made) -> None:
    """Start the service, send it its example, and print the request and the answer."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    announce(f"uv run {project.command} serve", project.folder)
    server = subprocess.Popen(
        [find_uv_bin(), "run", project.command, "serve"],
        cwd=project.folder,
        env=environment() | {"PORT": str(port)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        wait(f"{address}/health/ready", server)
        example = project.folder / "examples" / "request.json"
        request = json.loads(example.read_text(encoding="utf-8"))
        print(f"  POST {address}/predict")
        print(f"  {json.dumps(request, ensure_ascii=False)}")
        print(f"  → {json.dumps(fetch(f'{address}/predict', request), ensure_ascii=False)}")
    finally:
        server.terminate()
        server.wait()


def wait(address: str, server: subprocess.Popen[bytes]) -> None:
    """Return as soon as the address answers."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            fetch(address)
        except (urllib.error.URLError, ConnectionError) as error:
            if time.monotonic() > deadline or server.poll() is not None:
                raise SystemExit(f"The service does not answer: {error}") from error
            time.sleep(0.2)
        else:
            return


def fetch(address: str, document: object = None) -> object:
    """Return the JSON that the address answers; post a document if one is given."""
    body = None if document is None else json.dumps(document).encode()
    request = urllib.request.Request(
        address, data=body, headers={"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
        return json.load(answer)


def environment() -> dict[str, str]:
    """Return the environment without the virtual environment that this script runs in."""
    return {k: v for k, v in os.environ.items() if k != "VIRTUAL_ENV"}


def announce(command: str, folder: Path) -> None:
    """Show a command as it would be typed."""
    print(f"\n{folder.name}$ {command}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
