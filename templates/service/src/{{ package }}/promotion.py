"""The gate between a bundle that is sound and one that may take over while others rely on the old.

Whatever was asked yesterday has to be answered today: fields may be added to no model.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from .signature import Input, Signature

Policy = Literal["better", "any"]


def objections(serving: Signature, candidate: Signature, policy: Policy) -> list[str]:
    """Return why the candidate may not take over; nothing if it may."""
    found = [*_incompatible(serving, candidate)]
    if policy == "better":
        found += _not_better(candidate)
    return found


def _incompatible(serving: Signature, candidate: Signature) -> Iterator[str]:
    if candidate.name != serving.name:
        yield f"it is the model {candidate.name}, not {serving.name}"
    old = {column.name: column for column in serving.inputs}
    new = {column.name: column for column in candidate.inputs}
    for name in old.keys() - new.keys():
        yield f"it does not know the field {name}"
    for name in new.keys() - old.keys():
        yield f"it asks for one more field, {name}"
    for name in old.keys() & new.keys():
        if not _takes(old[name], new[name]):
            yield f"its field {name} is another"
    answers = {(output.name, output.datatype, output.labels) for output in candidate.outputs}
    for output in serving.outputs:
        if (output.name, output.datatype, output.labels) not in answers:
            yield f"it does not give {output.name} as before"


def _takes(old: Input, new: Input) -> bool:
    """Tell whether every value of the old field is one of the new."""
    wider = {"INT64": {"INT64", "FP64"}, "FP32": {"FP32", "FP64"}}
    return new.datatype in wider.get(old.datatype, {old.datatype}) and new.nullable >= old.nullable


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
