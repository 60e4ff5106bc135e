"""Model bundles, as far as `new` has to know them: whole, of which version, with which sample.

Whether the model answers as it should is for the project to say, which can run it.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlscaffold.errors import InvalidAnswerError

if TYPE_CHECKING:
    from collections.abc import Mapping

WEIGHTS, SIGNATURE, SAMPLE, SUMS = "model.onnx", "signature.json", "sample.json", "SHA256SUMS"
CARD = "MODEL_CARD.md"
"""The one file that a bundle may lack."""

SCHEMA = 1
VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}(?<!\.)(?<!\.new)(?<!\.old)")
"""What a folder can be called on every system, and a service takes for a version of a model."""

SHOWN = 2
"""So many rows of the sample make an example."""


@dataclass(frozen=True)
class Bundle:
    """A bundle's folder, the version of its model, its files, and an example of a request."""

    folder: Path
    version: str
    files: Mapping[str, bytes]
    request: bytes


def read(answer: str) -> Bundle:
    """Return the bundle in the folder, whose path may begin with a tilde.

    Raises:
        InvalidAnswerError: there is none, or its files are not those that it was written with.
    """
    folder = os.path.expanduser(answer)  # noqa: PTH111  never raises
    if not os.path.isdir(folder):  # noqa: PTH112  never raises
        raise _refusal(f"There is no folder '{answer}'.")
    files = {name: _content(answer, name) for name in (WEIGHTS, SIGNATURE, SAMPLE, SUMS)}
    if os.path.isfile(os.path.join(folder, CARD)):  # noqa: PTH113, PTH118  as above
        files[CARD] = _content(answer, CARD)
    version = _version(answer, files[SIGNATURE])
    request = _request(answer, files[SAMPLE])
    for name in (WEIGHTS, SIGNATURE, SAMPLE):
        line = f"{hashlib.sha256(files[name]).hexdigest()}  {name}"
        if line.encode() not in files[SUMS].split(b"\n"):
            raise _broken(answer, f"{name} is not the file that {SUMS} speaks of")
    return Bundle(Path(folder), version, files, request)


def _content(answer: str, name: str) -> bytes:
    try:
        return Path(os.path.expanduser(answer), name).read_bytes()  # noqa: PTH111  never raises
    except OSError as error:
        reason = (error.strerror or "it cannot be read").lower()
        raise _broken(answer, f"{name}: {reason}") from error


def _version(answer: str, signature: bytes) -> str:
    """Return the version that the signature names."""
    document = _document(answer, SIGNATURE, signature)
    if document.get("schema") != SCHEMA:
        raise _broken(answer, f"{SIGNATURE} is not of schema {SCHEMA}")
    version = document.get("version")
    if not isinstance(version, str) or not VERSION.fullmatch(version):
        raise _broken(answer, f"{SIGNATURE} names no version that a folder can be called")
    return version


def _request(answer: str, sample: bytes) -> bytes:
    """Return the first rows of the sample as the body of a request."""
    rows = _document(answer, SAMPLE, sample).get("rows")
    if not isinstance(rows, list) or not rows:
        raise _broken(answer, f"{SAMPLE} holds no rows")
    try:
        text = json.dumps(rows[:SHOWN], indent=2, ensure_ascii=False, allow_nan=False)
        return f"{text}\n".encode()
    except ValueError as error:  # a number or a text that JSON can be read with, and not sent
        raise _broken(answer, f"{SAMPLE} holds what no request can") from error


def _document(answer: str, name: str, content: bytes) -> dict[str, Any]:
    try:
        document = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise _broken(answer, f"{name} is not JSON") from error
    if not isinstance(document, dict):
        raise _broken(answer, f"{name} is not a JSON object")
    return document


def _broken(answer: str, reason: str) -> InvalidAnswerError:
    return _refusal(f"'{answer}' is no sound model bundle: {reason}.")


def _refusal(sentence: str) -> InvalidAnswerError:
    return InvalidAnswerError(
        sentence, "Give the folder that the export of an experiment wrote: --set bundle=PATH."
    )
