"""A model bundle on disk, and everything that must hold before it may answer.

model.onnx      the weights; the columns of one datatype go in together, (rows, columns) in order
signature.json  what goes in and what comes out, and the digest of model.onnx
sample.json     a few rows with the answers that the trained model gave
SHA256SUMS      the digests of these three, as `sha256sum` writes and checks them
"""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from pathlib import Path
from typing import Any

import msgspec
import onnxruntime
from msgspec import Struct

from . import signature
from .columns import compile_column
from .errors import UserError
from .predict import Model, predict
from .problems import ProblemError
from .rows import Tensor, tensors
from .signature import Datatype, Signature

WEIGHTS = "model.onnx"
SIGNATURE = "signature.json"
SAMPLE = "sample.json"
SUMS = "SHA256SUMS"
FILES = (WEIGHTS, SIGNATURE, SAMPLE)

TOLERANCE = 1e-4  # single precision against the double of scikit-learn
ONNX_TYPES: dict[Datatype, str] = {
    "FP32": "tensor(float)",
    "FP64": "tensor(double)",
    "INT64": "tensor(int64)",
    "BYTES": "tensor(string)",
}


class Sample(Struct, frozen=True, forbid_unknown_fields=True):
    """Rows of the holdout, and what the trained model answered before it became ONNX."""

    rows: list[dict[str, Any]]
    expected: list[dict[str, Any]]


def digest(weights: bytes) -> str:
    """Return the name by which exactly these weights are known."""
    return f"sha256:{hashlib.sha256(weights).hexdigest()}"


def sums(folder: Path) -> bytes:
    """Return what SHA256SUMS has to hold for the files in `folder`."""
    lines = (f"{hashlib.sha256(_read(folder / name)).hexdigest()}  {name}\n" for name in FILES)
    return "".join(lines).encode()


def load(folder: Path) -> Model:
    """Return the model in `folder`, checked and warm: it has predicted the whole sample.

    Raises:
        UserError: a file is missing or broken, or the files contradict each other.
    """
    weights = _read(folder / WEIGHTS)
    promised = read_signature(folder)
    if digest(weights) != promised.digest:
        raise _broken(folder, f"{WEIGHTS} is not the file that {SIGNATURE} speaks of")
    session = _session(folder, weights)
    _check_outputs(folder, session, promised)
    known = sample(folder)
    columns = tuple(map(compile_column, promised.inputs))
    model = Model(promised, session, columns, _tensors(folder, session, promised), known.rows[0])
    _check_sample(folder, model, known)
    _check_sums(folder)
    return model


def sample(folder: Path) -> Sample:
    """Return the sample in `folder`.

    Raises:
        UserError: it is missing or broken.
    """
    try:
        rows = msgspec.json.decode(_read(folder / SAMPLE), type=Sample)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _broken(folder, f"{SAMPLE} is no sample: {error}") from None
    if not rows.rows or len(rows.rows) != len(rows.expected):
        raise _broken(folder, f"{SAMPLE} needs rows, and one expected answer for each")
    return rows


def read_signature(folder: Path) -> Signature:
    """Return the signature in `folder`, held against nothing else.

    Raises:
        UserError: it is missing or broken.
    """
    try:
        return signature.decode(_read(folder / SIGNATURE))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _broken(folder, f"{SIGNATURE} is no signature: {error}") from None


def _read(path: Path) -> bytes:
    if path.exists() and not path.is_file():  # to read a pipe would wait for who writes into it
        raise _broken(path.parent, f"{path.name}: it is no file")
    try:
        return path.read_bytes()
    except OSError as error:
        reason = (error.strerror or "it cannot be read").lower()
        raise _broken(path.parent, f"{path.name}: {reason}") from None


def _session(folder: Path, weights: bytes) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1  # requests run beside each other; one must not take all cores
    options.inter_op_num_threads = 1
    options.log_severity_level = 4  # what it would print, the exception says
    try:
        return onnxruntime.InferenceSession(weights, options, providers=["CPUExecutionProvider"])
    except Exception:  # ONNX Runtime documents no type for what it raises
        raise _broken(folder, f"{WEIGHTS} is no model that ONNX Runtime can run") from None


def _tensors(
    folder: Path, session: onnxruntime.InferenceSession, promised: Signature
) -> tuple[Tensor, ...]:
    """Return the graph's inputs: for each datatype of the signature one, as wide as its columns."""
    declared = [(node.type, node.shape[1:]) for node in session.get_inputs()]
    columns = Counter(column.datatype for column in promised.inputs)
    wanted = [(ONNX_TYPES[datatype], [width]) for datatype, width in columns.items()]
    if sorted(declared) != sorted(wanted):
        raise _broken(folder, f"{SIGNATURE} names other inputs than {WEIGHTS} has")
    names = {node.type: node.name for node in session.get_inputs()}
    return tensors(promised.inputs, {each: names[ONNX_TYPES[each]] for each in columns})


def _check_outputs(
    folder: Path, session: onnxruntime.InferenceSession, promised: Signature
) -> None:
    """Hold the signature against the outputs that the graph itself declares."""
    outputs = {node.name: (node.type, len(node.shape)) for node in session.get_outputs()}
    wanted = {o.name: (ONNX_TYPES[o.datatype], len(o.shape)) for o in promised.outputs}
    if not wanted.items() <= outputs.items():
        raise _broken(folder, f"{SIGNATURE} names outputs that {WEIGHTS} does not have")


def _check_sums(folder: Path) -> None:
    """Compare the files with their digests: an edited range or sample would contradict nothing."""
    listed = _read(folder / SUMS).split(b"\n")
    for line in sums(folder).splitlines():
        if line not in listed:
            name = line.decode().split()[1]
            raise _broken(folder, f"{name} is not the file that {SUMS} speaks of")


def _check_sample(folder: Path, model: Model, known: Sample) -> None:
    """Predict the sample, and hold the answers against those of the trained model."""
    try:
        predictions, _ = predict(model, known.rows)
    except ProblemError as problem:
        first = f": row {problem.errors[0].row}, {problem.errors[0].field}"
        raise _broken(folder, f"{SAMPLE} does not fit {SIGNATURE}{first}") from None
    for row, (answer, expected) in enumerate(zip(predictions, known.expected, strict=True)):
        if not _equal(answer, expected):
            raise _broken(folder, f"{WEIGHTS} answers row {row} of {SAMPLE} otherwise than it did")


def _equal(answer: object, expected: object) -> bool:
    if isinstance(answer, dict) and isinstance(expected, dict):
        return answer.keys() == expected.keys() and all(
            _equal(answer[name], expected[name]) for name in answer
        )
    if isinstance(answer, int | float) and isinstance(expected, int | float):
        return math.isclose(answer, expected, rel_tol=TOLERANCE, abs_tol=TOLERANCE)
    return isinstance(answer, str) and answer == expected


def _broken(folder: Path, reason: str) -> UserError:
    return UserError(
        f"The model bundle in {folder.as_posix()}/ is not fit to serve: {reason}.",
        "Have it written anew by what trained it, or point MODEL_DIR at another.",
    )
