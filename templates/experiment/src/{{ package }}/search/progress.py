"""The lines that tell how a search goes."""

from __future__ import annotations

import time
from collections.abc import Callable

import optuna
from optuna.trial import TrialState

from ..report import number
from . import study as trials


class Progress:
    """Says one line for each trial that has ended since the last look, whoever made it."""

    def __init__(self, study: optuna.Study, wanted: int, say: Callable[[str], None]) -> None:
        self._wanted, self._say = wanted, say
        self._known = {trial.number for trial in trials.finished(study)}
        self._before = len(self._known)
        self._begun = time.monotonic()

    def __call__(self, study: optuna.Study) -> None:
        """Look at the study."""
        ended = trials.finished(study)
        pruned = sum(trial.state == TrialState.PRUNED for trial in ended)
        pace = (time.monotonic() - self._begun) / max(1, len(ended) - self._before)
        left = pace * max(0, self._wanted - len(ended))
        best = trials.complete(study)[:1]
        for trial in ended:
            if trial.number in self._known:
                continue
            self._known.add(trial.number)
            whole = trial.state == TrialState.COMPLETE and trial.value is not None
            parts = [
                f"trial {len(self._known)} of {self._wanted}",
                number(trial.value) if whole and trial.value is not None else "pruned",
                *(f"best {number(each.value)}" for each in best if each.value is not None),
                f"{pruned} pruned",
                f"about {_duration(left)} left" if left else "done",
            ]
            self._say(", ".join(parts))


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 100 else f"{seconds / 60:.0f} min"
