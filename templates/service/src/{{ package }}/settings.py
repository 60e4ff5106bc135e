"""The settings of the service: environment variables, as .env.example lists them."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Literal, get_args, get_origin

import msgspec
from msgspec import Meta, Struct

from .errors import UserError

NEAR = 0.9  # so much of two names has to be the same; LOGLEVEL is LOG_LEVEL, HOSTNAME is not HOST


class Settings(Struct, frozen=True):
    """Each field is read from the environment variable of the same name in capitals."""

    host: str = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65535)] = 8000
    workers: Annotated[int, Meta(ge=1, le=256)] = 1
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    model_dir: Path = Path("model")
    max_body_bytes: Annotated[int, Meta(ge=1)] = 1_048_576
    max_rows: Annotated[int, Meta(ge=1)] = 1000
    max_header_bytes: Annotated[int, Meta(ge=256)] = 16_384
    max_connections: Annotated[int, Meta(ge=1)] = 64
    max_waiting: Annotated[int, Meta(ge=0)] = 1000
    wait_seconds: Annotated[float, Meta(gt=0, le=3600)] = 1.0
    max_batches: Annotated[int, Meta(ge=1)] = 16
    read_seconds: Annotated[float, Meta(gt=0, le=3600)] = 10.0
    keep_alive_seconds: Annotated[int, Meta(ge=1, le=3600)] = 75
    request_seconds: Annotated[float, Meta(gt=0, le=3600)] = 5.0
    drain_seconds: Annotated[float, Meta(ge=0, le=3600)] = 0.0
    reload_seconds: Annotated[float, Meta(ge=0, le=3600)] = 5.0
    promote: Literal["better", "any"] = "better"
    out_of_range: Literal["warn", "refuse"] = "warn"
    unknown_category: Literal["warn", "refuse"] = "warn"
    prediction_log: str = ""
    prediction_share: Annotated[float, Meta(ge=0, le=1)] = 0.1

    @property
    def watched(self) -> Path | None:
        """The folder of the prediction log, if there is to be one."""
        return Path(self.prediction_log) if self.prediction_log else None

    @property
    def refused_oddities(self) -> frozenset[str]:
        """What is refused of that which the training never saw: range, category."""
        found = {"range": self.out_of_range, "category": self.unknown_category}
        return frozenset(oddity for oddity, policy in found.items() if policy == "refuse")


def read(environment: Mapping[str, str]) -> Settings:
    """Return the settings that the environment holds; a variable that is empty counts as not set.

    Raises:
        UserError: a variable cannot be what it sets.
    """
    given = {
        field: environment[field.upper()]
        for field in Settings.__struct_fields__
        if environment.get(field.upper())
    }
    values: dict[str, object] = {}
    for field in msgspec.structs.fields(Settings):
        if field.name not in given:
            continue
        choice = get_origin(field.type) is Literal
        text = given[field.name].lower() if choice else given[field.name]
        try:  # one at a time, so that the message can name the variable and quote its value
            values[field.name] = msgspec.convert(
                text, field.type, strict=False, dec_hook=lambda kind, raw: kind(raw)
            )
        except msgspec.ValidationError as error:
            name, words = field.name.upper(), get_args(field.type)
            raise UserError(
                f"{name} cannot be {given[field.name]!r}" + ("." if choice else f": {error}."),
                f"It can be {', '.join(words[:-1])} or {words[-1]}."
                if choice
                else "See .env.example for what it can be.",
                2,
            ) from None
    return Settings(**values)  # type: ignore[arg-type]  # each was converted to its field's type


def misspelt(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that are none of the service's but look like one, with which.

    They are no error: the environment belongs to other programs too.
    """
    known = [field.upper() for field in Settings.__struct_fields__]
    found = {}
    for name in environment:
        near = get_close_matches(name.upper(), known, 1, cutoff=NEAR)
        if near and name not in known:
            found[name] = near[0]
    return found
