"""The gate between a bundle that is sound and one that may take over while others rely on the old.

Whatever was asked yesterday has to be answered today: fields may be added to no model.
"""

from __future__ import annotations

from collections.abc import Iterator, Set
from typing import Literal

from .signature import Input, Signature

Policy = Literal["better", "any"]


def objections(
    serving: Signature, candidate: Signature, policy: Policy, refused: Set[str] = frozenset()
) -> list[str]:
    """Return why the candidate may not take over; nothing if it may.

    `refused` has the oddities, range or category, for which a row is not answered.
    """
    found = [*_incompatible(serving, candidate, refused)]
    if policy == "better":
        found += _not_better(candidate)
    return found


def _incompatible(serving: Signature, candidate: Signature, refused: Set[str]) -> Iterator[str]:
    if candidate.name != serving.name:
        yield f"it is the model {candidate.name}, not {serving.name}"
    old = {column.name: column for column in serving.inputs}
    new = {column.name: column for column in candidate.inputs}
    for name in old.keys() - new.keys():
        yield f"it does not know the field {name}"
    for name in new.keys() - old.keys():
        yield f"it asks for one more field, {name}"
    for name in old.keys() & new.keys():
        yield from _narrower(old[name], new[name], refused)
    for output in serving.outputs:
        if output not in candidate.outputs:
            yield f"it does not give {output.name} as before"


def _narrower(old: Input, new: Input, refused: Set[str]) -> Iterator[str]:
    """Yield why not every value of the old field is one of the new.

    A wider datatype is another: clients of the Open Inference Protocol name theirs.
    """
    if new.datatype != old.datatype or new.nullable < old.nullable:
        yield f"its field {old.name} is another"
    if "category" in refused and not set(old.categories or ()) <= set(new.categories or ()):
        yield f"it would refuse categories of {old.name} that are answered now"
    (low, high), (lowest, highest) = old.bounds, new.bounds
    if "range" in refused and not (lowest <= low and high <= highest):
        yield f"it would refuse numbers of {old.name} that are answered now"


def _not_better(candidate: Signature) -> Iterator[str]:
    headline = candidate.headline
    if headline is None:
        yield "it does not say how good it is"
        return
    gain = headline.value - headline.baseline.value
    if not (gain if headline.higher_is_better else -gain) > 0:
        yield (
            f"its {headline.metric} of {headline.value:.4g} is no better than the "
            f"{headline.baseline.value:.4g} of {headline.baseline.name}"
        )
