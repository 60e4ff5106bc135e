"""A picture of each mart: its numbers day by day, or its first one by what the rows are of.

Counts and amounts of money are added up; a fraction may be a share or a mean, which no sum has a
meaning for, so its mean is drawn.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from . import transform
from .config import Config
from .database import literal, quoted
from .drawing import BLUE, COLORS, RESULTS, dates, empty, save, sheet
from .errors import UserError
from .evidence import Figure, Summary
from .warehouse import query

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MANY = 1_000_000  # rows of an answer
PANELS = 4
# The types of fractions, as one warehouse or the other calls them.
FRACTIONS = "('double', 'double precision', 'float', 'real')"


@dataclass(frozen=True)
class Number:
    """A column of numbers: how its values are put together, in SQL and in words."""

    name: str
    is_fraction: bool

    @property
    def sql(self) -> str:
        """Return the aggregate of the column."""
        return f"{'avg' if self.is_fraction else 'sum'}({quoted(self.name)})"

    @property
    def words(self) -> str:
        """Return what the aggregate is called."""
        return f"mean of {self.name}" if self.is_fraction else self.name


def draw(config: Config, partition: str) -> list[Figure]:
    """Draw each mart and return where the pictures are and what they show.

    The pictures of marts that are gone since the last run are removed.
    """
    drawn = [_mart(config, mart, partition) for mart in transform.names("marts")]
    _remove_others(config.root, {figure.path for figure in drawn})
    return drawn


def _remove_others(root: Path, drawn: set[str]) -> None:
    """Remove the marts' pictures that only the last summary knows; all others are the owner's."""
    try:
        before = Summary.read(root)
    except UserError:
        return  # it is about to be written anew
    for figure in before.figures if before else ():
        if figure.path.startswith(f"{RESULTS}/mart_") and figure.path not in drawn:
            (root / figure.path).unlink(missing_ok=True)


def _mart(config: Config, mart: str, partition: str) -> Figure:
    """Draw a mart with one row a day number by number, and one with several by its first text."""
    first = query(config, f"SELECT * FROM {quoted(mart)} LIMIT 1", 1)
    row = dict(zip(first.columns, first.rows[0], strict=True)) if first.rows else {}
    fractions = query(
        config,
        "SELECT column_name FROM information_schema.columns "
        f"WHERE table_schema = current_schema() AND table_name = {literal(mart)} "
        f"AND lower(data_type) IN {FRACTIONS}",
        MANY,
    ).rows
    numbers = [
        Number(name, (name,) in fractions)
        for name, value in row.items()
        if isinstance(value, int | float | Decimal) and not isinstance(value, bool)
    ]
    texts = [name for name, value in row.items() if isinstance(value, str)]
    drawn = numbers[: 1 if texts else PANELS]
    columns = min(2, max(1, len(drawn)))
    lines = -(-max(1, len(drawn)) // columns)
    figure = sheet(9, 1 + 1.8 * lines)
    axes = list(figure.subplots(lines, columns, squeeze=False).flat)
    if not drawn:
        words = []
    elif texts:
        words = [_by_text(axes[0], config, mart, partition, drawn[0], texts[0])]
    else:
        words = _sums(axes, config, mart, partition, drawn)
    for place in axes[len(drawn) :]:
        empty(place, "" if drawn else "no rows, or no numbers")
    path = f"{RESULTS}/mart_{mart}.png"
    save(figure, config.root / Path(path))
    return Figure(path, f"The mart {mart}", "; ".join(words) or "no rows, or no numbers")


def _sums(
    axes: list[Axes], config: Config, mart: str, partition: str, numbers: list[Number]
) -> list[str]:
    """Draw each number over the days, and return that in words."""
    sums = ", ".join(number.sql for number in numbers)
    rows = query(
        config,
        f"SELECT {quoted(partition)}, {sums} FROM {quoted(mart)} GROUP BY 1 ORDER BY 1",
        MANY,
    ).rows
    days, *columns = zip(*rows, strict=True)
    words = []
    for place, number, column in zip(axes, numbers, columns, strict=False):
        values = list(map(_amount, column))
        _line(place, list(map(str, days)), values, BLUE)
        place.set_title(number.words)
        words.append(f"{number.words} {min(values):,.4g} to {max(values):,.4g} a day")
    return words


def _by_text(
    axes: Axes, config: Config, mart: str, partition: str, number: Number, text: str
) -> str:
    """Draw the number for the texts that have most of it, and return that in words."""
    source, column, day = quoted(mart), quoted(text), quoted(partition)
    most = {
        str(label): _amount(total)
        for label, total in query(
            config,
            f"SELECT {column}, {number.sql} FROM {source} WHERE {column} IS NOT NULL "
            f"GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT {len(COLORS)}",
            len(COLORS),
        ).rows
    }
    rows = query(
        config,
        f"SELECT {column}, {day}, {number.sql} FROM {source} "
        f"WHERE {column} IN ({', '.join(map(literal, most))}) GROUP BY 1, 2 ORDER BY 2",
        MANY,
    ).rows
    for label, color in zip(most, COLORS, strict=False):
        line = [(str(when), _amount(value)) for of, when, value in rows if of == label]
        _line(axes, [when for when, _ in line], [value for _, value in line], color, label)
    axes.set_title(f"{number.words} a day, by {text}")
    axes.legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=len(COLORS), borderaxespad=0)
    form = ",.4g" if number.is_fraction else ",.0f"
    listed = ", ".join(f"{label} {total:{form}}" for label, total in most.items())
    return f"{number.words} by {text}, most first: {listed}"


def _amount(value: object) -> float:
    """Return a sum or a mean as a number; of nothing but gaps it is none."""
    return float(str(value or 0))


def _line(
    axes: Axes, texts: list[str], values: list[float], color: str, label: str | None = None
) -> None:
    """Draw values over days; one day makes no line."""
    from matplotlib import dates as days_of
    from matplotlib import ticker

    days = [date.fromisoformat(text) for text in texts]
    places = [float(days_of.date2num(day)) for day in days]
    marker = "" if len(days) > 1 else "o"
    axes.plot(places, values, color=color, linewidth=1, marker=marker, label=label)
    axes.set_ylim(bottom=min(0.0, axes.get_ylim()[0] if min(values) < 0 else 0.0))
    if max(values) >= 1000:
        axes.yaxis.set_major_formatter(ticker.StrMethodFormatter("{x:,.0f}"))
    dates(axes, days)
