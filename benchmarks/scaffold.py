"""Time mlscaffold beside other tools that start projects: cold processes, taking turns in one run.

Every tool is installed from a wheel, its bytecode compiled, and runs once unmeasured, so that its
caches are warm. All write to memory where the system offers that, with the same fresh git identity.
Nothing here fails for being slow: the verdicts are information.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shlex
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from uv import find_uv_bin

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).parents[1]
MEMORY = "/dev/shm"  # noqa: S108  wanted because it is memory
TEMPLATES = ("experiment", "service", "pipeline")
COPIER = "copier==9.19.1"
PEERS = {
    "copier": (COPIER,),
    "kedro": ("kedro==1.7.0",),
    "putup": ("pyscaffold==4.6", "pyscaffoldext-dsproject==0.7.2"),
    "cookiecutter": ("cookiecutter==2.7.1",),
}
LEFT_OUT = "Left out, as they fetch templates from the network: ccds, kedro new with an example."
NEW_BAR, NEW_AIM, HELP_BAR = 0.85, 0.6, 0.25
FIRST_RESULT_BARS = {"experiment": 20, "service": 15, "pipeline": 20}
COOKIES = 40  # files of the cookiecutter template made here: as many as our templates have


@dataclass(frozen=True)
class Contestant:
    """A command to time, and the name of the one it is compared with.

    `bars` are ratios to that one, in time; who has bars must also make the same files.
    """

    name: str
    command: tuple[str, ...]
    base: str
    bars: tuple[float, ...] = ()


class Sample(NamedTuple):
    """Seconds of one run: on the clock, and of the processors, with all child processes."""

    wall: float
    cpu: float


@dataclass(frozen=True)
class Result:
    """What a contestant took and made."""

    samples: list[Sample]
    files: Mapping[str, bytes]
    git: str

    @property
    def median(self) -> Sample:
        """Return the median wall time and the median CPU time."""
        return Sample(*map(statistics.median, zip(*self.samples, strict=True)))


@dataclass(frozen=True)
class Bench:
    """Where the tools are installed, and where and how they run."""

    cache: Path
    memory: Path
    environment: dict[str, str]

    def tool(self, name: str) -> str:
        """Return the path of a command in its environment."""
        return str(self.cache / name / "bin" / name)

    def run(self, command: tuple[str, ...], folder: Path) -> tuple[Sample, str]:
        """Run a command in a folder; return how long it took and what it printed.

        Raises:
            SystemExit: the command failed.
        """
        with tempfile.TemporaryFile("w+") as output, tempfile.TemporaryFile("w+") as errors:
            start = time.perf_counter()
            process = subprocess.Popen(
                command,
                cwd=folder,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=errors,
            )
            _, status, usage = os.wait4(process.pid, 0)
            wall = time.perf_counter() - start
            process.returncode = os.waitstatus_to_exitcode(status)
            output.seek(0)
            errors.seek(0)
            if process.returncode:
                raise SystemExit(f"{shlex.join(command)} failed:\n{output.read()}{errors.read()}")
            return Sample(wall, usage.ru_utime + usage.ru_stime), output.read()


def main() -> None:
    """Install, warm up, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=10, help="runs of each command")
    parser.add_argument("--first-result", action="store_true", help="also time the first result")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=MEMORY if os.access(MEMORY, os.W_OK) else None) as memory:
        bench = Bench(ROOT / "build" / "benchmark", Path(memory), environment(Path(memory)))
        install(bench)
        print(f"{options.rounds} rounds, {platform.platform()}, Python {platform.python_version()}")
        for contestants in (starters(bench), helpers(bench)):
            print_table(contestants, measure(bench, contestants, options.rounds))
        print(f"\n{LEFT_OUT}")
        if options.first_result:
            print_first_results(bench)


def environment(memory: Path) -> dict[str, str]:
    """Return the variables of all contestants: a fresh home, a git identity, no telemetry."""
    home = memory / "home"
    home.mkdir()
    identity = "[user]\n\tname = Ada\n\temail = ada@example.org\n[init]\n\tdefaultBranch = main\n"
    (home / ".gitconfig").write_text(identity, encoding="utf-8")
    uv_cache = subprocess.run([find_uv_bin(), "cache", "dir"], capture_output=True, check=True)
    personal = ("GIT_", "XDG_", "VIRTUAL_ENV", "PYTHON")
    return {k: value for k, value in os.environ.items() if not k.startswith(personal)} | {
        "HOME": str(home),
        "GIT_CONFIG_NOSYSTEM": "1",
        "KEDRO_DISABLE_TELEMETRY": "1",
        "UV_CACHE_DIR": uv_cache.stdout.decode().strip(),
    }


def install(bench: Bench) -> None:
    """Make one environment for each tool; mlscaffold's from the wheel of this checkout."""
    for name, requirements in PEERS.items():
        installed = bench.cache / name / "requirements.txt"
        if not installed.exists() or installed.read_text() != "\n".join(requirements):
            make_environment(installed.parent, requirements)
            installed.write_text("\n".join(requirements))
    wheels = bench.cache / "wheel"
    shutil.rmtree(wheels, ignore_errors=True)
    subprocess.run([find_uv_bin(), "build", "-q", "--wheel", "-o", wheels, ROOT], check=True)
    make_environment(bench.cache / "mlscaffold", (str(next(wheels.glob("*.whl"))), COPIER))


def make_environment(folder: Path, requirements: tuple[str, ...]) -> None:
    """Make a virtual environment that holds the requirements and their bytecode."""
    new = ("venv", "--quiet", "--clear", "--python", sys.executable)
    fill = ("pip", "install", "--quiet", "--compile-bytecode", *requirements, "--python")
    for arguments in (new, fill):
        subprocess.run([find_uv_bin(), *arguments, folder], check=True)


def starters(bench: Bench) -> list[Contestant]:
    """Return what makes a project, each in the folder it is run in."""
    contestants = []
    templates = next(bench.cache.glob("mlscaffold/lib/*/site-packages/mlscaffold/templates"))
    for template in TEMPLATES:
        new = (bench.tool("mlscaffold"), "new", template, "flights", "--yes", "--no-lock")
        source = bench.memory / "source" / template
        source.mkdir(parents=True)
        answers = json.loads(bench.run((*new, "--no-git", "--json"), source)[1])["answers"]
        data = [f"--data={key}={value}" for key, value in answers.items()]
        base = f"copier copy {template}, no git"
        copier = (bench.tool("copier"), "copy", "--defaults", "--quiet", *data)
        git = "git init --quiet && git add --all && git commit --quiet --message=Start"
        floor = f"cp -r {shlex.quote(str(source / 'flights'))} . && cd flights && {git}"
        contestants += [
            Contestant(base, (*copier, str(templates), "flights"), base),
            Contestant(f"mlscaffold new {template}", new, base, (NEW_BAR, NEW_AIM)),
            Contestant(f"cp and git, {template}", ("sh", "-c", floor), base),
        ]
    base = contestants[0].name
    kedro = (bench.tool("kedro"), "new", "--name=Flights", "--example=n", "--telemetry=no")
    cookies = str(cookiecutter_template(bench.memory / "cookies"))
    peers = {
        "kedro new, bare": (*kedro, "--tools=none"),
        "kedro new, five tools": (*kedro, "--tools=lint,test,log,docs,data"),
        "putup": (bench.tool("putup"), "flights"),
        "putup --dsproject": (bench.tool("putup"), "--dsproject", "flights"),
        f"cookiecutter, {COOKIES} files": (bench.tool("cookiecutter"), "--no-input", cookies),
        "uv init": (find_uv_bin(), "init", "--quiet", f"--python={sys.executable}", "flights"),
    }
    return contestants + [Contestant(name, command, base) for name, command in peers.items()]


def cookiecutter_template(folder: Path) -> Path:
    """Make a plain template for cookiecutter: small files, each with a name to fill in."""
    files = folder / "{{ cookiecutter.name }}"
    files.mkdir(parents=True)
    (folder / "cookiecutter.json").write_text('{"name": "flights"}', encoding="utf-8")
    for number in range(COOKIES):
        text = f"'''Part {number} of {{{{ cookiecutter.name }}}}.'''\n" + "value = 1\n" * 40
        (files / f"part_{number}.py").write_text(text, encoding="utf-8")
    return folder


def helpers(bench: Bench) -> list[Contestant]:
    """Return what only says something."""
    base = "copier --help"
    ours = ("mlscaffold --help", "mlscaffold list")
    contestants = []
    for name in (base, *ours, "kedro --help", "cookiecutter --help", "putup --help"):
        tool, argument = name.split()
        command = (bench.tool(tool), argument)
        contestants.append(Contestant(name, command, base, (HELP_BAR,) if name in ours else ()))
    return contestants


def measure(bench: Bench, contestants: list[Contestant], rounds: int) -> dict[str, Result]:
    """Let all contestants take turns; what the first round makes is kept, its time is not."""
    results: dict[str, Result] = {}
    for _ in range(rounds + 1):
        for contestant in contestants:
            with tempfile.TemporaryDirectory(dir=bench.memory) as folder:
                sample, _ = bench.run(contestant.command, Path(folder))
                if contestant.name in results:
                    results[contestant.name].samples.append(sample)
                else:
                    results[contestant.name] = made_in(Path(folder))
    return results


def made_in(folder: Path) -> Result:
    """Return what a contestant left in its folder."""
    paths = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*")}
    files = {name: path for name, path in paths.items() if path.is_file() and "/.git/" not in name}
    git = "commit" if any(folder.glob("*/.git/refs/heads/*")) else ""
    return Result([], {name: path.read_bytes() for name, path in files.items()}, git)


def print_table(contestants: list[Contestant], results: Mapping[str, Result]) -> None:
    """Print medians and ratios as a Markdown table.

    Raises:
        SystemExit: a contestant with a bar did not do the same work as its base.
    """
    print("\n| command | wall ms | least | CPU ms | wall ratio | CPU ratio | files | git | bar |")
    print("|---|--:|--:|--:|--:|--:|--:|---|---|")
    for contestant in contestants:
        result, base = results[contestant.name], results[contestant.base]
        if contestant.bars and result.files != base.files:
            raise SystemExit(f"{contestant.name} and {contestant.base} make different files.")
        wall, cpu = result.median
        ratios = wall / base.median.wall, cpu / base.median.cpu
        times = " | ".join(f"{1000 * t:.0f}" for t in (wall, min(result.samples).wall, cpu))
        verdicts = ", ".join(verdict(max(ratios), bar) for bar in contestant.bars)
        made = f"{len(result.files)} | {result.git} | {verdicts}"
        print(f"| {contestant.name} | {times} | {ratios[0]:.2f} | {ratios[1]:.2f} | {made} |")


def verdict(value: float, bar: float) -> str:
    """Return whether a value keeps below its bar."""
    return f"{bar}: {'PASS' if value <= bar else 'FAIL'}"


def print_first_results(bench: Bench) -> None:
    """Print how long it takes from nothing to what the project's first command makes.

    These projects go to the disk, where uv links its cache instead of copying it.
    """
    print("\n| first result, uv's cache warm | new, s | first command, s | CPU, s | sum, s |")
    print("|---|--:|--:|--:|---|")
    for template, bar in FIRST_RESULT_BARS.items():
        new = (bench.tool("mlscaffold"), "new", template, "flights", "--yes", "--json")
        for warm in (False, True):
            with tempfile.TemporaryDirectory() as folder:
                made, said = bench.run(new, Path(folder))
                _, first, *_ = json.loads(said)["commands"]
                command = (find_uv_bin(), *shlex.split(first)[1:])
                ran, _ = bench.run(command, Path(folder) / "flights")
            if warm:
                total = Sample(made.wall + ran.wall, made.cpu + ran.cpu)
                times = f"{made.wall:.1f} | {ran.wall:.1f} | {total.cpu:.1f} | {total.wall:.1f}"
                print(f"| {template}: {first} | {times}; {verdict(total.wall, bar)} |")


if __name__ == "__main__":
    main()
