"""The training as a list of steps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from .. import publish
from ..config import Config, read
from ..evidence import SUMMARY, Baseline, Figure, Headline, Project, Run, Stopwatch, Summary
from . import data, export, figure
from .model import fit, forecast, log_loss_with_month, score, spread

METRIC = "ROC AUC"
RULE = "late rate of the hour"


@dataclass(frozen=True)
class Outcome:
    """What a training found, and the files it wrote, from the project's folder."""

    summary: Summary
    written: tuple[Path, ...]


def train(root: Path, command: str, say: Callable[[str], None]) -> Outcome:
    """Train, judge, export and document the model of the project in `root`.

    Raises:
        UserError: a setting is wrong, or the exported model is not the fitted one.
    """
    stopwatch = Stopwatch(command)
    config = read(root)
    flights = data.load(config.data)
    past, holdout = data.split(flights, config.data, config.model.seed)
    say(f"learning from {len(past):,} flights before {config.data.holdout_from}")
    model = fit(past, config.model)
    say(f"judging on {len(holdout):,} flights from then on")
    judged = forecast(model, past, holdout)
    metrics = score(judged, holdout["month"].to_numpy())
    metrics["flights learned from"] = len(past)
    metrics["flights before the holdout"] = len(flights) - len(holdout)
    metrics["log loss, month added"] = log_loss_with_month(past, holdout, config.model)
    headline = Headline(
        METRIC,
        metrics[METRIC],
        spread(judged, holdout["day"].to_numpy(), config.model.seed),
        True,
        Baseline(RULE, metrics[f"{METRIC}, {RULE}"]),
    )
    promised, difference = export.write(
        root / publish.CARD.parent, model, config.model, past, holdout, headline
    )
    metrics["largest difference to scikit-learn"] = difference
    picture = figure.draw(
        judged, root, f"{len(holdout):,} flights from {config.data.holdout_from} on, none learned"
    )
    run = stopwatch.run(rows=len(flights), seed=config.model.seed, root=root)
    summary = summarize(config, headline, metrics, picture, run)
    summary.write(root)
    documents = publish.write(root, config, promised, summary)
    return Outcome(summary, (SUMMARY, figure.PATH, publish.SIGNATURE, *documents))


def summarize(
    config: Config, headline: Headline, metrics: dict[str, float], picture: Figure, run: Run
) -> Summary:
    """Return the evidence of the training."""
    return Summary(
        project=Project(config.project.name, "service", config.project.problem),
        headline=headline,
        metrics=metrics,
        figures=[picture],
        run=run,
    )
