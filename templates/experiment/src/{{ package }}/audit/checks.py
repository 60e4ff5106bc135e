"""The audit: every check, and what came of it."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from pathlib import Path

from threadpoolctl import threadpool_limits

from .. import config as settings
from .. import evidence
from ..data import dataset, source
from ..data.dataset import Dataset, Unseen
from ..validation import folds as splits
from ..validation.folds import Folds
from . import drift, duplicates, identity, leakage
from .finding import SEVERITIES, Finding

AUDIT = Path("results/audit.json")


@dataclass(frozen=True)
class Audit:
    """What was found, the gravest first, and the file that has it."""

    findings: tuple[Finding, ...]
    rows: int
    written: Path

    @property
    def grave(self) -> bool:
        """Tell whether a score would mean nothing."""
        return any(finding.severity == "high" for finding in self.findings)


def find(
    data: Dataset, unseen: Unseen | None, folds: Folds, *, target: str, seed: int
) -> tuple[Finding, ...]:
    """Return what every check finds, the gravest first."""
    with threadpool_limits(1):  # the models are small: threads would wait for each other
        found = [
            *leakage.find(data, target=target, seed=seed),
            *identity.find(data, seed=seed),
            *duplicates.find(data, unseen, folds),
            *(drift.find(data, unseen, seed=seed) if unseen is not None else ()),
        ]
    if data.times is not None and not folds.freeze.in_time:
        found.append(
            Finding(
                "medium",
                "time",
                str(data.times.name),
                f"The rows have a time, and the folds are {folds.freeze.scheme}:",
                'models learn from what came later; set validation.scheme to "time".',
            )
        )
    return tuple(sorted(found, key=lambda finding: SEVERITIES.index(finding.severity)))


def full(root: Path) -> Audit:
    """Check the project in `root` and write what was found.

    Raises:
        UserError: the settings or the data do not allow it.
    """
    config = settings.read(root)
    source.fetch(root, config, lambda _: None)
    config = dataset.settle(root, config)
    data = dataset.load(root, config)
    unseen = dataset.load_unseen(root, config, data)
    folds = splits.frozen(root, data, config.validation)
    seed = config.validation.seed
    found = find(data, unseen, folds, target=config.data.target, seed=seed)
    document = {
        "rows": len(data.features),
        "test_rows": 0 if unseen is None else len(unseen.features),
        "folds": folds.freeze.assignment,
        "findings": [dataclasses.asdict(finding) for finding in found],
    }
    text = json.dumps(document, indent=2, ensure_ascii=False)
    evidence.write(root / AUDIT, text + "\n")
    return Audit(found, len(data.features), AUDIT)
