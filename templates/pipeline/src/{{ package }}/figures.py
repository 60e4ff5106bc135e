"""The pictures of what is published: volume and quality, the contract, freshness."""

from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from . import mart_figures, origins
from .config import Config
from .contract import Contract
from .drawing import BLUE, GREY, ORANGE, RESULTS, dates, empty, save, sheet
from .drill import Drill
from .evidence import Figure
from .found import Found
from .state import State

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_LAGS = 15


def draw(
    config: Config, contract: Contract, state: State, tables: dict[str, Found], drill: Drill
) -> list[Figure]:
    """Draw all figures into results/ and return where they are and what they show."""
    import matplotlib as mpl

    (config.root / RESULTS).mkdir(exist_ok=True)
    with mpl.rc_context(
        {
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.titlelocation": "left",
            "axes.titlesize": 11,
            "axes.titleweight": "bold",
            "axes.axisbelow": True,
            "font.size": 9.5,
            "legend.frameon": False,
        }
    ):
        return [
            _over_time(state, config.root),
            _contract(tables, drill, config.root),
            _freshness(state, config.root),
            *mart_figures.draw(config, contract.dataset.partition),
        ]


def _over_time(state: State, root: Path) -> Figure:
    """Draw the rows published a day, and below which share of each file was set aside."""
    from matplotlib import ticker

    days = [date.fromisoformat(day) for day in state.partitions]
    rows = [part.rows for part in state.partitions.values()]
    repeated = [
        part.duplicates / (part.rows + part.duplicates) for part in state.partitions.values()
    ]
    seen = sorted(
        (day, entry.found.quarantined / max(1, entry.found.records))
        for name, entry in state.files.items()
        # Of few mended rows, one that is still wrong would be a mountain.
        if (day := _newest(entry.found)) and not origins.are_of(name)
    )
    figure = sheet(9, 4.8)
    volume, quality = figure.subplots(2, sharex=True, height_ratios=[3, 2])
    marker = "" if len(days) > 1 else "o"  # one day makes no line
    volume.plot(days, rows, color=BLUE, linewidth=1.2, marker=marker)
    volume.set_ylim(bottom=0)
    volume.set_title("Rows published a day")
    volume.yaxis.set_major_formatter(ticker.StrMethodFormatter("{x:,.0f}"))
    quality.scatter(
        [day for day, _ in seen],
        [share for _, share in seen],
        s=9,
        color=ORANGE,
        label="quarantined, of a file's rows",
    )
    quality.plot(
        days, repeated, color=GREY, linewidth=1, marker=marker, label="duplicates, of a day's rows"
    )
    quality.set_title("Share that was set aside")
    quality.yaxis.set_major_formatter(ticker.PercentFormatter(1, decimals=1))
    quality.set_ylim(bottom=0)
    quality.legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=2, borderaxespad=0)
    dates(quality, days)
    path = f"{RESULTS}/volume_and_quality.png"
    save(figure, root / path)
    refused = sum(entry.found.quarantined for entry in state.files.values())
    span = f"from {days[0]} to {days[-1]}, {min(rows):,} to {max(rows):,} a day" if days else "none"
    return Figure(
        path,
        "Volume and quality over time",
        f"{sum(rows):,} rows {span}; {refused:,} rows quarantined, "
        f"{sum(part.duplicates for part in state.partitions.values()):,} duplicates",
    )


def _freshness(state: State, root: Path) -> Figure:
    """Draw how many rows came how many days after their day."""
    lags = arrivals(state)
    figure = sheet(9, 3)
    axes = figure.subplots()
    heights = bars(lags)
    drawn = axes.bar(list(heights), list(heights.values()), color=BLUE)
    axes.bar_label(drawn, [f"{rows:,}" for rows in heights.values()], padding=2)
    axes.set_yscale("log")
    axes.set_ylim(0.5, 10 * max(heights.values(), default=1))
    axes.set_xlabel("days after the day itself, at least")
    axes.set_title("When rows came (log scale)")
    # The bars bear their numbers; ticks would only repeat them.
    axes.yaxis.set_visible(False)
    axes.spines["left"].set_visible(False)
    path = f"{RESULTS}/freshness.png"
    save(figure, root / path)
    late = sum(rows for lag, rows in lags.items() if lag)
    return Figure(
        path,
        "Freshness: when rows came",
        f"{late:,} of {sum(lags.values()):,} published rows are known to have come a day or more "
        "after their day",
    )


def arrivals(state: State) -> Counter[int]:
    """Return how many published rows came how many days after their day, at least.

    A file came no earlier than its newest day, so files come in the order of these; one that brings
    several days may hold them all in time. A row is late where a file before its own had reached
    its day: its own came no earlier than the first day that it brings anew, or the last one that
    was there. A day has no more rows than are published: what comes again is not late.
    """
    parts = {date.fromisoformat(text): part for text, part in state.partitions.items()}
    left = {day: part.rows for day, part in parts.items()}
    files: dict[str, Counter[date]] = {}
    for day, part in parts.items():
        for name, rows in part.sources.items():
            files.setdefault(origins.delivered(name), Counter())[day] += rows
    lags: Counter[int] = Counter()
    reached = date.min
    for _, days in sorted(files.items(), key=lambda file: (max(file[1]), file[0])):
        came = min((day for day in days if day > reached), default=reached)
        for day, rows in days.items():
            if new := min(rows, left[day]):
                lags[(came - day).days if day <= reached else 0] += new
                left[day] -= new
        reached = max(days)
    return lags


def bars(lags: Counter[int]) -> dict[str, int]:
    """Return the rows of each lag; of many lags the longest share the last bar."""
    if len(lags) <= MOST_LAGS:
        return {str(lag): lags[lag] for lag in sorted(lags)}
    *few, first = sorted(lags)[:MOST_LAGS]
    last = sum(rows for lag, rows in lags.items() if lag >= first)
    return {str(lag): lags[lag] for lag in few} | {f"{first} or more": last}


def _newest(found: Found) -> date | None:
    """Return the newest day of which the file holds rows."""
    return max(map(date.fromisoformat, found.days), default=None)


def _contract(tables: dict[str, Found], drill: Drill, root: Path) -> Figure:
    """Draw what the contract found in the data, and in the drill."""
    figure = sheet(9.6, 4)
    found, planted = figure.subplots(1, 2, width_ratios=[4, 5])
    _found(found, tables)
    _drilled(planted, drill)
    path = f"{RESULTS}/contract.png"
    save(figure, root / path)
    refused = sum(each.quarantined for each in tables.values())
    alt = f"{refused:,} rows quarantined in the data; "
    if drill.planted:
        alt += (
            f"in the drill the contract caught {drill.caught_share:.0%} of the planted faults, a "
            f"typed CSV reader alone {drill.baseline_share:.0%}"
        )
    else:
        alt += "too few good rows for a drill"
    return Figure(
        path, "What the contract found in the data, and in a drill with planted faults", alt
    )


def _drilled(planted: Axes, drill: Drill) -> None:
    """Draw the share of each kind that was caught, beside the baseline's."""
    planted.set_title("Planted faults caught, by kind")
    if not drill.planted:
        empty(planted, "not measured: too few good rows")
        return
    kinds = list(drill.planted)[::-1]
    shares = [
        [counts[kind] / drill.planted[kind] for kind in kinds]
        for counts in (drill.caught, drill.baseline)
    ]
    for offset, share, color, label in (
        (0.2, shares[0], BLUE, "this contract"),
        (-0.2, shares[1], GREY, "typed CSV reader alone"),
    ):
        places = [index + offset for index in range(len(kinds))]
        planted.barh(places, share, height=0.36, color=color, label=label)
    planted.set_yticks(range(len(kinds)), kinds)
    planted.set_xlim(0, 1)
    planted.xaxis.set_major_formatter("{x:.0%}")
    planted.legend(loc="upper center", bbox_to_anchor=(0.5, -0.08), ncols=2)


def _found(axes: Axes, tables: dict[str, Found]) -> None:
    """Draw the findings as bars on a logarithmic axis, since counts differ by powers of ten."""
    bars = []
    for table, each in tables.items():
        bars += [(f"{table}: {code} (kept)", n, GREY) for code, n in each.kept.items() if n]
        bars += [(f"{table}: {c} (quarantined)", n, ORANGE) for c, n in each.reasons.items()]
    bars.sort(key=lambda bar: bar[1])
    axes.set_title("Found in the data, rows (log scale)")
    if not bars:
        empty(axes, "nothing")
        return
    names = [name.replace(": ", "\n") for name, _, _ in bars]
    drawn = axes.barh(names, [n for _, n, _ in bars], color=[c for *_, c in bars], height=0.6)
    axes.bar_label(drawn, [f"{rows:,}" for _, rows, _ in bars], padding=3)
    axes.set_xscale("log")
    axes.set_xlim(0.5, max(rows for _, rows, _ in bars) * 40)
    # The bars bear their numbers; ticks would only repeat them.
    axes.xaxis.set_visible(False)
    axes.spines["bottom"].set_visible(False)
