"""From the prediction log to a verdict: whether what is asked has drifted from the training."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path

import msgspec

from .. import bundle, evidence, scores, versions
from ..errors import UserError
from ..scores import Scores
from ..settings import Settings
from ..signature import Input
from . import figure, read
from .compare import Shift, compare

REPORT = Path("results/drift.json")
FIGURE = Path("results/drift.png")
FEWEST_ROWS = 200


@dataclass(frozen=True)
class Verdict:
    """The columns, the one that moved most first, those beyond the threshold, what was written.

    Beside the `rows` there were lines that had been cut off.
    """

    rows: int
    cut: int
    since: str
    shifts: tuple[Shift, ...]
    beyond: tuple[Shift, ...]
    written: tuple[Path, ...]


def run(root: Path, settings: Settings, *, days: int, threshold: float) -> Verdict:
    """Compare what was asked in the last days with the histograms in the model's signature.

    Raises:
        UserError: there is no log, or it has too few rows to say anything; or no model.
    """
    if not settings.prediction_log:
        raise UserError(
            "No prediction log is kept.", "Name its folder: PREDICTION_LOG=predictions.", 2
        )
    folder = root / settings.prediction_log
    columns = bundle.read_signature(versions.newest(root / settings.model_dir)).inputs
    asked = read.since(folder, columns, days)
    if asked.rows < FEWEST_ROWS:
        raise UserError(
            f"{asked.rows} logged rows are too few to compare; {FEWEST_ROWS} are needed.",
            "Wait, look at more --days, or raise PREDICTION_SHARE.",
        )
    shifts = [_compare(column, asked) for column in columns]
    shifts.sort(key=lambda shift: -shift.psi)
    beyond = tuple(shift for shift in shifts if shift.beyond(threshold))
    found = Scores(
        since=asked.since.isoformat(),
        rows=asked.rows,
        psi={each.column: each.psi for each in shifts},
        beyond=[each.column for each in beyond],
    )
    told = {
        **msgspec.to_builtins(found),
        "threshold": threshold,
        "columns": [_plain(shift) for shift in shifts],
    }
    (root / REPORT).parent.mkdir(exist_ok=True)
    evidence.write(
        root / REPORT, msgspec.json.format(msgspec.json.encode(told), indent=2).decode() + "\n"
    )
    figure.draw(root / FIGURE, shifts, threshold)
    log = scores.write(folder, found)
    inside = log.relative_to(root) if log.is_relative_to(root) else log
    written = REPORT, FIGURE, inside
    return Verdict(asked.rows, asked.cut, found.since, tuple(shifts), beyond, written)


def _compare(column: Input, asked: read.Asked) -> Shift:
    return compare(column, asked.values[column.name], asked.missing[column.name])


def _plain(shift: Shift) -> dict[str, object]:
    document = asdict(shift)
    return document | {"trained": shift.trained.tolist(), "asked": shift.asked.tolist()}
