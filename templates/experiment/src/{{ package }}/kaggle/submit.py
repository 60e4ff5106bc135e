"""A run's submission: checked, sent once, its score awaited and written into the ledger."""

from __future__ import annotations

import dataclasses
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from .. import config as settings
from .. import evidence
from ..data import sample
from ..errors import UserError
from ..report import number, spread
from ..tracking import ledger, runs
from . import submission
from .client import Budget, Competition, Sent

Say = Callable[[str], None]
Ask = Callable[[str], bool]

FILE = "sent.csv"
"""Exactly what was sent, in the run's folder."""

RECEIPT = "sent.json"
MOST_FAULTS = 8


@dataclass(frozen=True)
class Plan:
    """What is sent and how long its score is waited for; `pause` and `patience` are seconds."""

    run: str = ""
    message: str = ""
    wait: bool = True
    fetch: bool = False
    again: bool = False
    pause: float = 5
    patience: float = 600


@dataclass(frozen=True)
class Receipt:
    """A submission that was sent, and its scores as far as they are known."""

    competition: str
    reference: int
    public: float | None = None
    private: float | None = None


@dataclass(frozen=True)
class Outcome:
    """The run, the submission's receipt, and whether there is a score."""

    record: runs.Record
    receipt: Receipt

    def __str__(self) -> str:
        """Put cross-validation and leaderboard side by side."""
        headline = self.record.headline
        value = number(headline.value) + spread(headline.std)
        measured = f"cross-validation {headline.metric} {value}"
        if self.receipt.public is None and self.receipt.private is None:
            return f"submission {self.receipt.reference}: no score yet; {measured}"
        scores = (("public", self.receipt.public), ("private", self.receipt.private))
        shown = ", ".join(f"{name} {value:g}" for name, value in scores if value is not None)
        return f"submission {self.receipt.reference}: leaderboard {shown}; {measured}"


def run(root: Path, plan: Plan, *, ask: Ask, say: Say) -> Outcome:
    """Send the run's submission, unless it was, and wait for its score.

    `ask` is asked before anything is sent. A run that was sent is looked up, not sent again.

    Raises:
        UserError: the submission is not what the sample asks for, Kaggle refuses it, the budget is
            used up, or nobody says yes.
    """
    config = settings.read(root)
    record = runs.find(root, plan.run) if plan.run else runs.last(root)
    if plan.fetch and plan.again:
        raise UserError("--fetch sends nothing, --again sends once more.", "Give one of them.", 2)
    file = None if plan.fetch else _prepared(root, config, record, say)
    competition = Competition(config.kaggle.competition)
    receipt = None if plan.again else _known(root, record, competition)
    if receipt is None:
        if file is None:
            raise UserError(f"The run {record.id} was not sent yet.", "Leave out --fetch.")
        receipt = _send(root, record, competition, plan, file, ask, say)
    else:
        say(f"the run {record.id} was sent before, as submission {receipt.reference}")
    if plan.wait:
        try:
            receipt = _await(root, record, competition, receipt, plan, say)
        except KeyboardInterrupt:
            say(f"submission {receipt.reference} was sent; for its score run submit --fetch later")
            raise
    return Outcome(record, receipt)


def _prepared(root: Path, config: settings.Config, record: runs.Record, say: Say) -> Path:
    """Write the file as the sample wants it and return its path; refuse it if it is not so."""
    made = root / record.path(runs.SUBMISSION)
    if not made.exists():
        raise UserError(
            f"The run {record.id} made no submission.",
            "Name the rows to predict in data.test of config.toml, and train again.",
            2,
        )
    wanted = submission.read(root / sample.find(root, config))
    adapted, notes = submission.adapt(submission.read(made), wanted, record.classes)
    for note in notes:
        say(f"submission: {note}")
    faults = submission.faults(adapted, wanted, record.classes)
    if faults:
        shown = [*faults[:MOST_FAULTS], *(["..."] if len(faults) > MOST_FAULTS else [])]
        raise UserError(
            f"{record.path(runs.SUBMISSION).as_posix()} is not what the sample asks for. "
            + " ".join(shown),
            f"Nothing was sent. Compare it with {sample.find(root, config)}.",
        )
    say(f"submission: {len(adapted):,} rows, as in the sample")
    path = root / record.path(FILE)
    evidence.write(path, adapted.to_csv(index=False, lineterminator="\n"))
    return path


def _send(
    root: Path,
    record: runs.Record,
    competition: Competition,
    plan: Plan,
    file: Path,
    ask: Ask,
    say: Say,
) -> Receipt:
    budget = competition.budget()
    say(_told(budget))
    if not budget.left:
        raise UserError("No submission is left today.", "The limit starts afresh at midnight UTC.")
    if not ask(f"Send it to {competition.page}?"):
        raise UserError("Nothing was sent.", "Say yes, or give --yes.")
    message = " ".join([plan.message or record.note or record.best, f"[{record.id}]"])
    receipt = Receipt(competition.name, competition.send(file, message))
    _keep(root, record, receipt)
    say(f"sent as submission {receipt.reference}")
    return receipt


def _told(budget: Budget) -> str:
    return (
        f"budget: {budget.left} submissions are left today; "
        f"{budget.today} sent today, {budget.total} in all"
    )


def _known(root: Path, record: runs.Record, competition: Competition) -> Receipt | None:
    """Return the receipt of a run that was sent: kept here, or found at Kaggle by the run's id.

    Kaggle is asked since a run that was killed while sending has kept nothing.
    """
    try:
        kept = json.loads((root / record.path(RECEIPT)).read_text(encoding="utf-8"))
        receipt = Receipt(**kept)
        if receipt.competition == competition.name:
            return receipt
    except (FileNotFoundError, ValueError, TypeError):
        pass
    for sent in competition.submissions():
        if f"[{record.id}]" in sent.description:
            receipt = Receipt(competition.name, sent.reference)
            _keep(root, record, receipt)
            return receipt
    return None


def _await(
    root: Path,
    record: runs.Record,
    competition: Competition,
    receipt: Receipt,
    plan: Plan,
    say: Say,
) -> Receipt:
    """Return the receipt with its scores, or as it was where they take longer than `patience`."""
    for sent in _asked(competition, receipt.reference, plan, say):
        if sent.status == "error":
            raise UserError(
                f"Kaggle could not score submission {sent.reference}: "
                f"{sent.error or 'it gives no reason'}",
                f"Look at {competition.page}/submissions; mend it, and send it with --again.",
            )
        if sent.status == "complete":
            scored = dataclasses.replace(receipt, public=sent.public, private=sent.private)
            if scored != receipt:
                ledger.score(root, record.id, public=sent.public, private=sent.private)
                _keep(root, record, scored)
            return scored
    say(f"no score after {plan.patience:.0f} s; run submit --fetch later")
    return receipt


def _asked(competition: Competition, reference: int, plan: Plan, say: Say) -> Iterator[Sent]:
    """Give what Kaggle says of the submission until patience ends; a failure ends nothing."""
    until = time.monotonic() + plan.patience
    while True:
        try:
            yield from (each for each in competition.submissions() if each.reference == reference)
        except UserError as error:
            say(f"{error} Asking again.")
        if time.monotonic() + plan.pause > until:
            return
        say(f"waiting for the score of submission {reference}")
        time.sleep(plan.pause)


def _keep(root: Path, record: runs.Record, receipt: Receipt) -> None:
    text = json.dumps(dataclasses.asdict(receipt), indent=2)
    evidence.write(root / record.path(RECEIPT), text + "\n")
