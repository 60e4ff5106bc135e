"""A model bundle is read whole, or refused before anything is made of it."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest

from mlscaffold import bundles
from mlscaffold.errors import BadInputError, InvalidAnswerError
from tests.support import write_bundle

if TYPE_CHECKING:
    from pathlib import Path

HINT = "Give the folder that the export of an experiment wrote: --set bundle=PATH."


def refusal(answer: str) -> str:
    """Return the sentence that a bundle is refused with."""
    with pytest.raises(InvalidAnswerError) as caught:
        bundles.read(answer)
    assert caught.value.hint == HINT
    assert isinstance(caught.value, BadInputError)
    return str(caught.value)


def signature(**changes: object) -> bytes:
    """Return a signature with other values."""
    return json.dumps({"schema": 1, "version": "1"} | changes).encode()


def test_a_bundle_is_read_byte_by_byte(work: Path) -> None:
    """With its card, if there is one, and with nothing else that lies there."""
    folder = write_bundle(work / "model")
    (folder / "notes.txt").write_text("private", encoding="utf-8")
    (folder / "MODEL_CARD.md").write_bytes(b"# Card\r\n")
    bundle = bundles.read("model")
    assert bundle.version == "1.10"
    assert bundle.files == {
        name: (folder / name).read_bytes()
        for name in ("model.onnx", "signature.json", "sample.json", "SHA256SUMS", "MODEL_CARD.md")
    }


def test_the_request_is_the_beginning_of_the_sample(work: Path) -> None:
    """Two rows, as somebody would write them."""
    write_bundle(work / "model")
    request = bundles.read("model").request.decode()
    assert json.loads(request) == [{"size": 1.5, "kind": "é"}, {"size": 2, "kind": None}]
    assert '"é"' in request
    assert request.endswith("]\n")


def test_a_tilde_is_the_home(home: Path) -> None:
    """As a shell would say."""
    write_bundle(home / "model")
    assert bundles.read("~/model").version == "1.10"


@pytest.mark.parametrize("answer", ["none", "x" * 5000, "~nobody-of-that-name/x"])
def test_a_folder_that_is_not_there_is_refused(answer: str) -> None:
    """Paths that the system chokes on included."""
    assert refusal(answer) == f"There is no folder '{answer}'."


def test_a_file_is_no_bundle(work: Path) -> None:
    """The model alone is not enough."""
    folder = write_bundle(work / "model")
    assert refusal(str(folder / "model.onnx")).startswith("There is no folder ")


@pytest.mark.parametrize(
    ("part", "name"),
    [
        ("weights", "model.onnx"),
        ("signature", "signature.json"),
        ("sample", "sample.json"),
        ("sums", "SHA256SUMS"),
    ],
)
def test_a_file_that_is_missing_is_named(part: str, name: str, work: Path) -> None:
    """Each of the four is needed."""
    write_bundle(work / "model", **{part: None})
    said = f"'model' is no sound model bundle: {name}: {os.strerror(2).lower()}."
    assert refusal("model") == said


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"signature": b"{"}, "signature.json is not JSON"),
        ({"signature": b"\xff\xfe"}, "signature.json is not JSON"),
        ({"signature": b"[" * 100_000}, "signature.json is not JSON"),
        ({"signature": b"[]"}, "signature.json is not a JSON object"),
        ({"signature": b"{}"}, "signature.json is not of schema 1"),
        ({"signature": signature(schema=2)}, "signature.json is not of schema 1"),
        ({"sample": b"{"}, "sample.json is not JSON"),
        ({"sample": b"{}"}, "sample.json holds no rows"),
        ({"sample": b'{"rows": []}'}, "sample.json holds no rows"),
        ({"sample": b'{"rows": {"a": 1}}'}, "sample.json holds no rows"),
        ({"sample": b'{"rows": [{"a": NaN}]}'}, "sample.json holds what no request can"),
        ({"sample": b'{"rows": [{"a": "\\ud800"}]}'}, "sample.json holds what no request can"),
        ({"sums": b""}, "model.onnx is not the file that SHA256SUMS speaks of"),
    ],
)
def test_a_file_that_is_broken_is_named(changes: dict[str, bytes], reason: str, work: Path) -> None:
    """One sentence says which file and why."""
    write_bundle(work / "model", **changes)
    assert refusal("model") == f"'model' is no sound model bundle: {reason}."


@pytest.mark.parametrize("name", ["model.onnx", "signature.json", "sample.json"])
def test_a_file_that_was_changed_is_named(name: str, work: Path) -> None:
    """One byte more, even where the file still says the same."""
    folder = write_bundle(work / "model")
    (folder / name).write_bytes((folder / name).read_bytes() + b"\n")
    assert refusal("model").endswith(f": {name} is not the file that SHA256SUMS speaks of.")


@pytest.mark.parametrize(
    "version", [None, 1, "", "../up", "a/b", "a\\b", ".1", "1.", "1.new", "1.old", "x" * 129, "é"]
)
def test_a_version_is_the_name_of_a_folder(version: object, work: Path) -> None:
    """No path, nothing that Windows refuses, nothing that a service takes for unfinished."""
    write_bundle(work / "model", signature=signature(version=version))
    assert refusal("model").endswith("names no version that a folder can be called.")
