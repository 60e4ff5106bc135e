"""The names in the warehouse: each table and view has one of its own."""

from __future__ import annotations

from . import transform
from .contract import Contract
from .errors import UserError

# What the pipeline itself keeps there, beside the data set, the marts and the views.
OWN = ("quarantine", "duplicates", "pipeline_loaded")


def agree(contract: Contract) -> None:
    """Look whether every table and view can have its name; capitals make no difference.

    Raises:
        UserError: two of them would share one.
    """
    claims = [(name, "a table of the pipeline itself") for name in OWN]
    claims.append((contract.dataset.table, "the data set of contract.toml"))
    claims += [
        (name, f"sql/{folder}/{name}.sql")
        for folder in ("marts", "views")
        for name in transform.names(folder)
    ]
    taken: dict[str, str] = {}
    for name, claim in claims:
        other = taken.setdefault(name.casefold(), claim)
        if other != claim:
            raise UserError(
                f"The warehouse can have only one {name!r}: it is {other}, and {claim} too.",
                "Give one of them another name.",
                2,
            )
