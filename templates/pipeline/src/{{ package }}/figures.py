"""The pictures of a run: volume and quality over time, and what the contract caught."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from .check import Balance, Result
from .drill import Drill
from .evidence import Figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes

RESULTS = "results"
# Blue and orange of the Okabe-Ito palette: told apart by everyone, also in grey print.
BLUE, ORANGE, GREY = "#0072B2", "#D55E00", "#8C8C8C"


def draw(
    connection: duckdb.DuckDBPyConnection, result: Result, main: Balance, drill: Drill, root: Path
) -> list[Figure]:
    """Draw all figures into results/ and return where they are and what they show."""
    import matplotlib as mpl

    mpl.use("Agg")
    (root / RESULTS).mkdir(exist_ok=True)
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
            "savefig.dpi": 144,
            "savefig.bbox": "tight",
        }
    ):
        return [_over_time(connection, main.quarantined, root), _contract(result, drill, root)]


def _over_time(connection: duckdb.DuckDBPyConnection, refused: int, root: Path) -> Figure:
    """Draw the mart `quality`: rows a day above, the share without an arrival below.

    `refused` rows are in quarantine; those without a readable date are in no day of the mart.
    """
    from matplotlib import dates, ticker
    from matplotlib import pyplot as plt

    rows = connection.execute(
        "SELECT date, published, quarantined, not_arrived_share, "
        "avg(published) OVER (ORDER BY date ROWS BETWEEN 3 PRECEDING AND 3 FOLLOWING) "
        "FROM quality ORDER BY date"
    ).fetchall()
    days, published, quarantined, lost, mean = (list(column) for column in zip(*rows, strict=True))
    figure, (volume, quality) = plt.subplots(
        2, sharex=True, figsize=(9, 4.8), height_ratios=[3, 2], layout="constrained"
    )
    marker = "" if len(days) > 1 else "o"  # one day makes no line
    volume.plot(
        days, published, color=BLUE, alpha=0.35, linewidth=0.8, marker=marker, label="a day"
    )
    volume.plot(days, mean, color=BLUE, linewidth=2, label="mean of 7 days")
    bad = [(d, p, q) for d, p, q in zip(days, published, quarantined, strict=True) if q]
    dated = sum(quarantined)
    rest = max(0, refused - dated)
    undated = f" + {rest:,} on no day shown" if rest else ""
    if bad:
        volume.scatter(
            [d for d, _, _ in bad],
            [p for _, p, _ in bad],
            s=[30 + 25 * math.log2(q) for _, _, q in bad],
            color=ORANGE,
            zorder=3,
            label=f"rows quarantined ({dated:,}{undated})",
        )
    volume.set_ylim(bottom=0)
    volume.set_title("Rows published a day")
    volume.yaxis.set_major_formatter(ticker.StrMethodFormatter("{x:,.0f}"))
    volume.legend(loc="lower left", ncols=3)
    quality.fill_between(days, lost, color=GREY, alpha=0.6, linewidth=0)
    worst = max(range(len(lost)), key=lost.__getitem__)
    quality.annotate(
        f"{days[worst]:%d %b}: {lost[worst]:.0%}",
        (days[worst], lost[worst]),
        xytext=(8, -4),
        textcoords="offset points",
    )
    quality.set_title("Share of them without an arrival: cancelled or diverted")
    quality.yaxis.set_major_formatter(ticker.PercentFormatter(1, decimals=0))
    quality.set_ylim(bottom=0)
    quality.xaxis.set_major_locator(dates.MonthLocator())
    quality.xaxis.set_major_formatter(dates.ConciseDateFormatter(dates.MonthLocator()))
    if len(days) > 1:
        quality.set_xlim(days[0], days[-1])
    path = f"{RESULTS}/volume_and_quality.png"
    figure.savefig(root / path)
    plt.close(figure)
    return Figure(
        path,
        "Volume and quality over time",
        f"{sum(published):,} rows from {days[0]} to {days[-1]}, {min(published):,} to "
        f"{max(published):,} a day; {dated:,}{undated} quarantined; the share without an arrival "
        f"peaks at {lost[worst]:.0%} on {days[worst]}",
    )


def _contract(result: Result, drill: Drill, root: Path) -> Figure:
    """Draw what the contract found in the data, and in the drill."""
    from matplotlib import pyplot as plt

    figure, (found, planted) = plt.subplots(
        1, 2, figsize=(9.6, 4), width_ratios=[4, 5], layout="constrained"
    )
    _found(found, result)
    _drilled(planted, drill)
    path = f"{RESULTS}/contract.png"
    figure.savefig(root / path)
    plt.close(figure)
    refused = sum(balance.quarantined for balance in result.balances)
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
        _empty(planted, "not measured: too few good rows")
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


def _found(axes: Axes, result: Result) -> None:
    """Draw the findings as bars on a logarithmic axis, since counts differ by powers of ten."""
    bars = [(f"{code} (kept)", rows, GREY) for code, rows in result.kept.items() if rows]
    bars += [(f"{code} (quarantined)", rows, ORANGE) for code, rows in result.reasons.items()]
    bars.sort(key=lambda bar: bar[1])
    axes.set_title("Found in the data, rows (log scale)")
    if not bars:
        _empty(axes, "nothing")
        return
    names = [name.replace(": ", "\n") for name, _, _ in bars]
    drawn = axes.barh(names, [n for _, n, _ in bars], color=[c for *_, c in bars], height=0.6)
    axes.bar_label(drawn, [f"{rows:,}" for _, rows, _ in bars], padding=3)
    axes.set_xscale("log")
    axes.set_xlim(0.5, max(rows for _, rows, _ in bars) * 40)
    # The bars bear their numbers; ticks would only repeat them.
    axes.xaxis.set_visible(False)
    axes.spines["bottom"].set_visible(False)


def _empty(axes: Axes, words: str) -> None:
    """Say in words that there is nothing to draw."""
    axes.text(0.5, 0.5, words, ha="center", va="center", transform=axes.transAxes)
    axes.set_axis_off()
