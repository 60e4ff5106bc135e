"""From a fitted pipeline to a bundle on disk, which is written whole or not at all."""

from __future__ import annotations

import copy
import shutil
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import msgspec
import numpy as np
import pandas as pd
from onnx import ModelProto, helper, numpy_helper
from skl2onnx import convert_sklearn
from skl2onnx.common.data_types import FloatTensorType, Int64TensorType, StringTensorType
from sklearn.pipeline import Pipeline

from .. import bundle, signature
from ..config import Model
from ..errors import UserError
from ..evidence import Headline
from ..predict import Model as ServedModel
from ..predict import predict
from ..signature import Histogram, Input, Output, Signature
from .data import DESCRIPTIONS, FEATURES, TEXTS

OPSET = 18
BINS = 10
SAMPLE_ROWS = 8
PARITY_ROWS = 5000
LABELS = ("on_time", "late")
PROBABILITIES = "probabilities"
TENSORS = {"FP32": FloatTensorType, "INT64": Int64TensorType, "BYTES": StringTensorType}


def write(
    folder: Path,
    model: Pipeline,
    settings: Model,
    past: pd.DataFrame,
    holdout: pd.DataFrame,
    headline: Headline | None = None,
) -> tuple[Signature, float]:
    """Replace the bundle in `folder`; return its signature and the largest difference found.

    The new bundle is loaded as the service would load it, and asked about flights of the holdout.

    Raises:
        UserError: the exported model answers otherwise than the fitted one; the old bundle stays.
    """
    inputs = tuple(_input(name, past[name]) for name in FEATURES)
    weights = _convert(model, inputs)
    promised = Signature(
        schema=signature.SCHEMA,
        name=settings.name,
        version=settings.version,
        digest=bundle.digest(weights),
        inputs=inputs,
        outputs=(Output(PROBABILITIES, "FP32", (-1, len(LABELS)), LABELS),),
        headline=headline,
    )
    asked = holdout.sample(min(PARITY_ROWS, len(holdout)), random_state=settings.seed)
    with _replacing(folder) as new:
        (new / bundle.WEIGHTS).write_bytes(weights)
        (new / bundle.SIGNATURE).write_bytes(signature.encode(promised))
        (new / bundle.SAMPLE).write_bytes(_sample(model, asked.head(SAMPLE_ROWS)))
        (new / bundle.SUMS).write_bytes(bundle.sums(new))
        difference = _largest_difference(bundle.load(new), model, asked)
        if difference > bundle.TOLERANCE:
            raise UserError(
                f"The exported model differs from the fitted one by up to {difference:.2g}, "
                f"more than {bundle.TOLERANCE:g}.",
                "Features that are not exact in float32 do that; the old bundle stays.",
            )
    return promised, difference


def _convert(model: Pipeline, inputs: tuple[Input, ...]) -> bytes:
    """Return the pipeline as ONNX, with one input of shape (rows, columns) a datatype.

    The same pipeline gives the same bytes, and with them the same digest.
    """
    tensors = [(column.name, TENSORS[column.datatype]([None, 1])) for column in inputs]
    with warnings.catch_warnings():
        # skl2onnx 1.20 writes booleans where protobuf wants integers: 6 warns, 7 refuses.
        warnings.filterwarnings("ignore", "Field onnx", DeprecationWarning)
        graph = convert_sklearn(
            model, "classifier", tensors, target_opset=OPSET, options={"zipmap": False}
        )
    for datatype in TENSORS:
        _gather(graph, [column.name for column in inputs if column.datatype == datatype], datatype)
    graph.opset_import.sort(key=lambda opset: opset.domain)  # else their order changes by the run
    return bytes(graph.SerializeToString(deterministic=True))


def _gather(model: ModelProto, columns: list[str], name: str) -> None:
    """Replace the inputs of these columns by one, from which the graph splits them.

    ONNX Runtime takes most of a microsecond for each input that it is handed.
    """
    if len(columns) < 2:
        return
    inputs = {each.name: each for each in model.graph.input}
    gathered = copy.deepcopy(inputs[columns[0]])
    gathered.name = name
    gathered.type.tensor_type.shape.dim[1].dim_value = len(columns)
    for column in columns:
        model.graph.input.remove(inputs[column])
    model.graph.input.append(gathered)
    widths = numpy_helper.from_array(np.ones(len(columns), np.int64), f"{name}_widths")
    model.graph.initializer.append(widths)
    model.graph.node.insert(0, helper.make_node("Split", [name, widths.name], columns, axis=1))


def _input(name: str, values: pd.Series[Any]) -> Input:
    """Return what the training saw of a column."""
    if name in TEXTS:
        seen = values.value_counts().sort_index()
        return Input(
            name,
            "BYTES",
            (-1, 1),
            Histogram(tuple(seen.tolist())),
            DESCRIPTIONS[name],
            categories=tuple(seen.index.tolist()),
        )
    datatype: Literal["FP32", "INT64"] = "FP32" if values.dtype == np.float32 else "INT64"
    counts, edges = np.histogram(values.to_numpy(), bins=BINS)
    return Input(
        name,
        datatype,
        (-1, 1),
        Histogram(tuple(counts.tolist()), tuple(edges.tolist())),
        DESCRIPTIONS[name],
        range=(float(values.min()), float(values.max())),
    )


def _sample(model: Pipeline, rows: pd.DataFrame) -> bytes:
    """Return sample.json: rows, and what the fitted model itself answers to them."""
    features = rows[list(FEATURES)]
    expected = [
        {PROBABILITIES: dict(zip(LABELS, row, strict=True))}
        for row in model.predict_proba(features).round(6).tolist()
    ]
    sample = bundle.Sample(features.to_dict("records"), expected)
    return msgspec.json.format(msgspec.json.encode(sample), indent=2) + b"\n"


def _largest_difference(served: ServedModel, model: Pipeline, rows: pd.DataFrame) -> float:
    """Return by how much the answers of the service and of the fitted model differ at most."""
    features = rows[list(FEATURES)]
    answers, _ = predict(served, features.to_dict("records"))
    got = [[answer[PROBABILITIES][label] for label in LABELS] for answer in answers]
    return float(np.abs(np.array(got) - model.predict_proba(features)).max())


@contextmanager
def _replacing(folder: Path) -> Iterator[Path]:
    """Yield an empty folder that takes the place of `folder` unless an exception ends the block."""
    new, old = folder.with_name(f"{folder.name}.new"), folder.with_name(f"{folder.name}.old")
    if old.exists() and not folder.exists():
        old.rename(folder)  # a kill between the two renames below left it there
    for leftover in (new, old):
        shutil.rmtree(leftover, ignore_errors=True)
    new.mkdir(parents=True)
    try:
        yield new
    except BaseException:
        shutil.rmtree(new, ignore_errors=True)
        raise
    if folder.exists():
        folder.rename(old)
    new.rename(folder)
    shutil.rmtree(old, ignore_errors=True)
