"""The numbers of the model card: a `model-index` in its front matter, the results in its text.

The front matter is what the Hugging Face Hub reads. JSON is YAML, so each value is written as JSON
and no name from the data can break it.
"""

from __future__ import annotations

import json
from pathlib import Path

from .. import report
from ..data.task import Task
from ..evidence import Summary
from ..validation.metrics import METRICS

CARD = Path("MODEL_CARD.md")
START = "# results:start"
END = "# results:end"


def front_matter(summary: Summary | None) -> str:
    """Return the lines of YAML that hold the measured numbers."""
    if summary is None:
        return ""
    task = _task(summary)
    kind = "tabular-classification" if task.classifies else "tabular-regression"
    result = {
        "task": {"type": kind},
        "dataset": {"type": "tabular", "name": f"{summary.project.name}: training data"},
        "metrics": _metrics(summary, task),
    }
    index = [{"name": summary.project.name, "results": [result]}]
    return f"pipeline_tag: {kind}\nmodel-index: {json.dumps(index, ensure_ascii=False)}\n"


def inject(document: Path, summary: Summary | None) -> None:
    """Write the summary's numbers into the front matter and between the markers of the text."""
    report.inject(document, summary)
    text = document.read_text(encoding="utf-8")
    before, start, rest = text.partition(START)
    _, end, after = rest.partition(END)
    if start and end:
        text = f"{before}{START}\n{front_matter(summary)}{END}{after}"
        document.write_text(text, encoding="utf-8", newline="\n")


def is_current(document: Path, summary: Summary | None) -> bool:
    """Tell whether the card shows exactly the summary's numbers, in both places."""
    _, _, rest = document.read_text(encoding="utf-8").partition(START)
    block, _, _ = rest.partition(END)
    return block.lstrip("\n") == front_matter(summary) and report.is_current(document, summary)


def _task(summary: Summary) -> Task:
    """Return the task that the metrics are of; the headline may be any other scorer's."""
    first = {metrics[0].name: task for task, metrics in METRICS.items()}
    if summary.headline.metric in first:
        return first[summary.headline.metric]
    baseline = summary.headline.baseline.name
    return next(first[name] for name in first if f"{baseline}: {name}" in summary.metrics)


def _metrics(summary: Summary, task: Task) -> list[dict[str, str | float]]:
    """Return each metric of the model that the headline is of, under its id on the Hub."""
    headline, measured = summary.headline, summary.metrics
    names = (name.removesuffix(f": {headline.metric}") for name in measured)
    best = next(
        (name for name in names if measured.get(f"{name}: {headline.metric}") == headline.value),
        "",
    )
    of_task = {each.name: measured.get(f"{best}: {each.name}") for each in METRICS[task]}
    values = of_task | {headline.metric: headline.value}
    ids = {each.name: each.hub for each in METRICS[task]}
    return [
        {
            "type": ids.get(name, name.replace(" ", "_")),
            "name": f"{name}, mean over the folds",
            "value": value,
        }
        for name, value in values.items()
        if value is not None
    ]
