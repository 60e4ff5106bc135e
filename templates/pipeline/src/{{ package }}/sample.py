"""The sample: all flights that left New York in 2013, delivered day by day, with planted faults.

The flights are real and come with a Python package. A real feed is late, repeats itself and
breaks, and a year that was tidied up shows none of it; so each day becomes one file, and a seeded
generator spoils a known share of the rows. What it did is counted in planted.json.
"""

from __future__ import annotations

import importlib.util
import json
import random
import shutil
import zipfile
from collections import Counter
from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path

from .errors import UserError
from .evidence import write

SEED = 2013
PLANTED = "planted.json"
DIMENSIONS = ("airlines.csv", "airports.csv", "planes.csv")
# Of a thousand rows so many come a day or two late, and so many come twice.
LATE, REPEATED = 5, 3
# Of a thousand rows so many are spoilt in each of these ways.
SPOILT = 1
WAYS = ("truncated", "letters", "out of range", "unknown carrier")
KINDS = ("late",) * LATE + ("repeated",) * REPEATED + tuple(w for w in WAYS for _ in range(SPOILT))
# From this day on the files have a column more.
DRIFT = date(2013, 7, 1)


def deliver(package_name: str, folder: Path) -> None:
    """Put the small tables and one file for each day into the folder; what is there stays.

    The package is found and not imported: importing it would load all of its tables with pandas.

    Raises:
        UserError: the package is not installed.
    """
    spec = importlib.util.find_spec(package_name)
    if spec is None or not spec.submodule_search_locations:
        raise UserError(
            f"The sample {package_name!r} is not installed.",
            "Run `uv sync`, or empty `source` in config.toml and put your own files there.",
        )
    package = Path(spec.submodule_search_locations[0], "data")
    folder.mkdir(parents=True, exist_ok=True)
    for name in DIMENSIONS:
        if not (folder / name).exists():
            partial = folder / f"{name}.partial"
            shutil.copyfile(package / name, partial)
            partial.replace(folder / name)
    with zipfile.ZipFile(package / "flights.csv.zip") as archive:
        text = archive.read("flights.csv").decode("utf-8")
    partial = folder / "flights.partial"
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir()
    planted: Counter[str] = Counter()
    for day, lines in deliveries(text.splitlines(), planted):
        content = "".join(f"{line}\n" for line in lines)
        (partial / f"{day}.csv").write_text(content, encoding="utf-8", newline="\n")
    del planted[""]
    write(folder / PLANTED, json.dumps(dict(sorted(planted.items())), indent=1) + "\n")
    partial.rename(folder / "flights")


def deliveries(lines: list[str], planted: Counter[str]) -> Iterator[tuple[date, list[str]]]:
    """Give each day's delivery, header first, and count in `planted` what was spoilt in it."""
    header, *flights = lines
    chance = random.Random(SEED)  # noqa: S311  nothing secret
    days: dict[date, list[str]] = {}
    for flight in flights:
        year, month, number, _ = flight.split(",", 3)
        days.setdefault(_date(year, month, number), []).append(flight)
    calendar = sorted(days)
    waiting: dict[int, list[str]] = {}
    for place, day in enumerate(calendar):
        delivered = []
        for flight in days[day]:
            kind = _kind(chance)
            later = place + chance.randint(1, 2)
            if kind in ("late", "repeated"):
                if later >= len(calendar):
                    kind = ""  # nothing is delivered after the last day
                else:
                    waiting.setdefault(later, []).append(flight)
            if kind != "late":
                delivered.append(spoil(flight, kind) if kind else flight)
            planted[kind] += kind != ""
        delivered += waiting.pop(place, [])
        drifted = day >= DRIFT
        yield (
            day,
            [
                header + ",feed" * drifted,
                *(flight + ",2" * (drifted and flight.count(",") == 18) for flight in delivered),
            ],
        )


@cache
def _date(year: str, month: str, number: str) -> date:
    return date(int(year), int(month), int(number))


def _kind(chance: random.Random) -> str:
    """Choose what happens to a row; nothing does to most."""
    place = chance.randrange(1000)
    return KINDS[place] if place < len(KINDS) else ""


def spoil(flight: str, kind: str) -> str:
    """Return the line as the fault leaves it."""
    values = flight.split(",")
    match kind:
        case "truncated":
            return ",".join(values[:12])
        case "letters":
            values[15] += "x"  # distance
        case "out of range":
            values[15] = "99999"
        case "unknown carrier":
            values[9] = "ZZ"
    return ",".join(values)
