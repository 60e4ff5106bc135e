"""Hold `mlscaffold update` beside `copier update`: the same template, the same change, one machine.

The first table is of time: cold processes that take turns. The second is of what becomes of an
owner's work, over histories that chance has invented (`tests/histories.py`): both tools get the
same template, the same next version of it and the same edits. With `--thousand` the invariant of
the tests is checked on a thousand longer histories of mlscaffold alone.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from random import Random

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks")]

from scaffold import COPIER, MEMORY, Bench, Contestant, environment, make_environment, measure  # noqa: E402
from update_rivals import NEW, OLD, Templates, Tool, begin, tools  # noqa: E402

from tests import histories, test_histories  # noqa: E402
from tests.histories import Inventor, Version  # noqa: E402
from tests.support import contents, git  # noqa: E402

BAR = 0.5
FILES = 60


def main() -> None:
    """Install, measure, compare, print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=7, help="runs of each update")
    parser.add_argument("--histories", type=int, default=50, help="invented histories")
    parser.add_argument("--thousand", action="store_true", help="check the invariant 1000 times")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=MEMORY if os.access(MEMORY, os.W_OK) else None) as memory:
        bench = Bench(ROOT / "build" / "benchmark", Path(memory), environment(Path(memory)))
        os.environ.clear()
        os.environ.update(bench.environment)  # the edits are made under the same configuration
        install(bench)
        templates = Templates.empty(bench.memory / "templates")
        if options.rounds:
            print_times(bench, templates, options.rounds)
        if options.histories:
            print_losses(bench, templates, options.histories)
        if options.thousand:
            print_thousand(bench.memory)


def install(bench: Bench) -> None:
    """Make one environment for each tool."""
    for name, requirements in {"copier": (COPIER,), "update": (str(ROOT), COPIER)}.items():
        make_environment(bench.cache / name, requirements)


# Time


def print_times(bench: Bench, templates: Templates, rounds: int) -> None:
    """Print how long an update without conflicts takes, where both come to the same files."""
    templates.fill(*sixty())
    ours, theirs = tools(bench, templates)
    contestants, starts = [], {}
    for tool in (ours, theirs):
        starts[tool.name] = begin(tool, bench.memory / f"start-{tool.name[:4]}")
        own_work(starts[tool.name])
    for tool in (ours, theirs):
        environment = tool.environments[1]
        path = environment.get("PYTHONPATH", "")
        script = f'cp -r "{starts[tool.name]}" x && cd x && PYTHONPATH="{path}" "$@"'
        command = ("sh", "-c", script, "sh", *tool.update)
        contestants.append(Contestant(tool.name, command, theirs.name))
    results = measure(bench, contestants, rounds)
    made = [
        {
            name: content
            for name, content in results[tool.name].files.items()
            if not name.endswith(".mlscaffold.yml")
        }
        for tool in (ours, theirs)
    ]
    if made[0] != made[1]:
        raise SystemExit("The two come to different files.")
    print(f"\n| update of {FILES} files, no conflict | wall ms | CPU ms | wall ratio | CPU ratio |")
    print("|---|--:|--:|--:|--:|")
    base = results[theirs.name].median
    for tool in (ours, theirs):
        wall, cpu = results[tool.name].median
        ratios = f"{wall / base.wall:.2f} | {cpu / base.cpu:.2f}"
        print(f"| {tool.name} | {1000 * wall:.0f} | {1000 * cpu:.0f} | {ratios} |")
    wall, cpu = results[ours.name].median
    ratio = max(wall / base.wall, cpu / base.cpu)
    print(f"\nBar {BAR}: {'PASS' if ratio < BAR else 'FAIL'} ({ratio:.2f})")


def sixty() -> tuple[Version, Version]:
    """Return a template of sixty files, and its next version: 20 changed, 3 added, 2 removed."""
    old = {f"src/part_{n}.py": text(n) for n in range(FILES)}
    new = dict(old)
    for number in range(20):
        new[f"src/part_{number}.py"] = text(number).replace(b"line 5 ", b"another line 5 ")
    for number in range(FILES, FILES + 3):
        new[f"src/part_{number}.py"] = text(number)
    for number in (30, 31):
        del new[f"src/part_{number}.py"]
    return Version(OLD, old, ()), Version(NEW, new, ())


def text(number: int) -> bytes:
    """Return a file of forty lines that no other file has."""
    return "".join(f"line {line} of part {number}\n" for line in range(40)).encode()


def own_work(project: Path) -> None:
    """Edit ten files far from what the template changes, and add two."""
    for number in range(10, 20):
        with (project / "src" / f"part_{number}.py").open("ab") as stream:
            stream.write(b"mine\n")
    for name in ("mine.py", "src/mine.py"):
        (project / name).write_text("mine = 1\n", encoding="utf-8")
    git(project, "add", "--all")
    git(project, "commit", "--quiet", "--message=Work")


# Losses


def print_losses(bench: Bench, templates: Templates, count: int) -> None:
    """Print what becomes of the owner's work under either tool."""
    names = [tool.name for tool in tools(bench, templates)]
    tallies = {name: Counter[str]() for name in names}
    for seed in range(count):
        for name, tally in zip(names, compare(bench, templates, seed), strict=True):
            tallies[name] += tally
    print(f"\n| over {count} invented histories | {' | '.join(names)} |")
    print("|---|--:|--:|")
    for row in (
        *("merged", "with conflicts", "refused, nothing changed", "failed"),
        *("histories with lines lost", "lines lost from files in git"),
        "lines lost from files that git ignores",
        *("deleted files that came back", "files left without the template's change"),
    ):
        print(f"| {row} | {' | '.join(str(tallies[name][row]) for name in names)} |")


def compare(bench: Bench, templates: Templates, seed: int) -> list[Counter[str]]:
    """Let both tools update the same project, with the same history."""
    inventor = Inventor(Random(seed))  # noqa: S311
    old = histories.first_version(inventor)
    new = histories.next_version(inventor, old, NEW)
    templates.fill(old, new)
    tallies = []
    for tool in tools(bench, templates):
        with tempfile.TemporaryDirectory(dir=bench.memory) as folder:
            project = begin(tool, Path(folder, "start"))
            # The words that the owner invents go on where the template's ended.
            owner = Inventor(Random(seed), count=inventor.count)  # noqa: S311
            while not git(project, "log", "--skip=1", "--format=%H"):
                histories.live(owner, project)
            tallies.append(judge(tool, project, old, new))
    return tallies


def judge(tool: Tool, project: Path, old: Version, new: Version) -> Counter[str]:
    """Update a project and say what it came to."""
    before = contents(project)
    tracked = set(git(project, "ls-files", "-z").split("\0"))
    ended = subprocess.run(
        tool.update, cwd=project, env=tool.environments[1], capture_output=True, check=False
    )
    after = contents(project)
    sides = histories.own_sides(project)
    unmerged = bool(sides) or any(b"\n<<<<<<< " in b"\n" + text for text in after.values())
    rejected = any(name.endswith(".rej") for name in after)
    tally = Counter[str]()
    if unmerged or rejected:
        tally["with conflicts"] += 1
    elif ended.returncode == 0:
        tally["merged"] += 1
    elif after == before:
        tally["refused, nothing changed"] += 1
    else:
        tally["failed"] += 1
    found = histories.words(after, "owner") | histories.words(sides, "owner")
    lost = histories.words(before, "owner") - found
    committed = histories.words({p: t for p, t in before.items() if p in tracked}, "owner")
    tally["histories with lines lost"] += bool(lost)
    tally["lines lost from files in git"] += len(lost & committed)
    tally["lines lost from files that git ignores"] += len(lost - committed)
    moved = {name for pair in new.moves for name in pair}
    for path in old.files.keys() - tracked - moved:
        tally["deleted files that came back"] += path in after and path not in before
    if after != before:
        for path, content in new.files.items():
            same = before.get(path) == old.files.get(path) != content
            stays = path == ".mlscaffold.yml" or path not in tracked
            tally["files left without the template's change"] += (
                same and not stays and after.get(path) != content
            )
    return tally


def print_thousand(memory: Path) -> None:
    """Check the invariant of the tests on a thousand histories of two updates each."""
    began, failures = time.perf_counter(), []
    for seed in range(1000):
        with tempfile.TemporaryDirectory(dir=memory) as folder:
            try:
                test_histories.check(Random(seed), Path(folder))  # noqa: S311
            except AssertionError as error:
                failures.append(f"{seed}: {error}")
    print(f"\n1000 histories, {time.perf_counter() - began:.0f} s, {len(failures)} with a loss")
    for failure in failures:
        print(failure)


if __name__ == "__main__":
    main()
