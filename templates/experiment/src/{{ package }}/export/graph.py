"""A fitted model as one ONNX graph, preprocessing included.

skl2onnx converts neither the mean of models whose columns are text nor names such as "a-b". So
each member is converted alone, and the graphs are joined here: the columns get their own names
back, and the answer is the weighted sum of the members' answers.
"""

from __future__ import annotations

import copy
import re
import warnings
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnx
import pandas as pd
import skl2onnx
from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper
from onnxmltools.convert.lightgbm.operator_converters.LightGbm import convert_lightgbm
from skl2onnx.common.data_types import FloatTensorType, StringTensorType
from skl2onnx.common.shape_calculator import (
    calculate_linear_classifier_output_shapes,
    calculate_linear_regressor_output_shapes,
)
from sklearn.base import BaseEstimator
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.ensemble import VotingClassifier, VotingRegressor
from sklearn.pipeline import Pipeline

from ..data.task import Target
from ..errors import UserError
from ..models import boosting

OPSETS = {"": 18, "ai.onnx.ml": 3}
TREES_A_SUM = 50
"""So many trees are added up in single precision; their sums, in double."""


@dataclass(frozen=True)
class Member:
    """A fitted pipeline whose last step is one estimator, and its share in the answer."""

    weight: float
    pipeline: Pipeline


def build(model: Pipeline, features: pd.DataFrame, target: Target) -> ModelProto:
    """Return the fitted model as a graph with one input for all numbers, and one for all texts.

    `inputs` says which; ONNX Runtime takes most of a microsecond for each input that it is handed.
    The one output has the shape (rows, classes), or (rows,) for a regression, and single precision.

    Raises:
        UserError: the model has a part that cannot be converted.
    """
    converted = [
        (member.weight, _convert(member.pipeline, features, target))
        for member in members(model, 1.0)
    ]
    return _join(converted, features, target)


def inputs(features: pd.DataFrame) -> dict[str, list[str]]:
    """Return which features each input of the graph holds, in their order: numbers, then texts."""
    columns = [str(name) for name in features]
    texts = [name for name in columns if features[name].dtype == object]
    numbers = [name for name in columns if name not in texts]
    taken = {"numbers": numbers, "texts": texts}
    return {_free(name, columns): each for name, each in taken.items() if each}


def output(target: Target, columns: Collection[str]) -> str:
    """Return the name of the answer, which in a graph no column may have."""
    return _free("probabilities" if target.classes else "prediction", columns)


def _free(name: str, columns: Collection[str]) -> str:
    while name in columns:
        name += "_"
    return name


def members(model: Pipeline, weight: float) -> Iterator[Member]:
    """Yield the models that a fitted one is the weighted mean of, however deep they lie."""
    *before, (name, last) = model.steps
    if not isinstance(last, VotingClassifier | VotingRegressor):
        yield Member(weight, model)
        return
    shares = np.ones(len(last.estimators_)) if last.weights is None else np.array(last.weights)
    for each, share in zip(last.estimators_, shares / shares.sum(), strict=True):
        inner = each.steps if isinstance(each, Pipeline) else [(name, each)]
        yield from members(Pipeline([*before, *inner]), weight * float(share))


def _convert(pipeline: Pipeline, features: pd.DataFrame, target: Target) -> ModelProto:
    *before, (last, estimator) = pipeline.steps
    _refuse(estimator)
    options: dict[str, Any] = {"zipmap": False} if target.classes else {}
    if boosting.loads():
        _register()
        import lightgbm

        if isinstance(estimator, lightgbm.LGBMModel):
            estimator = _in_single(estimator)
            pipeline = Pipeline([*before, (last, estimator)])
        if isinstance(estimator, lightgbm.LGBMRegressor):
            options["split"] = TREES_A_SUM
    texts = {name for name in features if features[name].dtype == object}
    tensors = [
        (str(name), (StringTensorType if name in texts else FloatTensorType)([None, 1]))
        for name in features
    ]
    with warnings.catch_warnings():
        # skl2onnx 1.20 writes booleans where protobuf wants integers: 6 warns, 7 refuses.
        warnings.filterwarnings("ignore", "Field onnx", DeprecationWarning)
        converted: ModelProto = skl2onnx.convert_sklearn(
            pipeline,
            "model",
            tensors,
            target_opset=OPSETS,
            options={id(estimator): options} if options else None,
        )
    return converted


def _in_single(estimator: BaseEstimator) -> BaseEstimator:
    """Return a copy of a LightGBM model whose thresholds single precision can hold.

    The converter rounds them to the nearest such number. Rounded up, a threshold between two
    neighbouring numbers would send the upper one the other way; rounded down, no number of single
    precision, which is all that features are, changes its side.
    """
    import lightgbm

    text = re.sub(r"^tree_sizes=.*\n", "", estimator.booster_.model_to_string(), flags=re.MULTILINE)
    text = re.sub(
        r"^threshold=(.*)$",
        lambda found: "threshold=" + " ".join(map(_rounded_down, found[1].split())),
        text,
        flags=re.MULTILINE,
    )
    rounded = copy.copy(estimator)
    rounded._Booster = lightgbm.Booster(model_str=text)  # scikit-learn's wrapper has no setter
    return rounded


def _rounded_down(threshold: str) -> str:
    exact = float(threshold)
    nearest = np.float32(exact)
    if float(nearest) > exact:
        nearest = np.nextafter(nearest, np.float32(-np.inf))
    return repr(float(nearest))


def _refuse(estimator: BaseEstimator) -> None:
    if isinstance(estimator, DummyClassifier | DummyRegressor):
        raise UserError(
            "The best model of the run is the dummy, which looks at no column: nothing to export.",
            "Bring columns that say something about the target, and run the train command again.",
        )
    if type(estimator).__module__.partition(".")[0] == "catboost":
        raise UserError(
            "The run's model has CatBoost in it, which the export does not convert.",
            "Run `train` without --full, and export that run.",
        )


def _register() -> None:
    """Tell skl2onnx how LightGBM is converted."""
    import lightgbm

    for model, alias, shapes, options in (
        (
            lightgbm.LGBMClassifier,
            "LightGbmLGBMClassifier",
            calculate_linear_classifier_output_shapes,
            {"nocl": [True, False], "zipmap": [True, False, "columns"]},
        ),
        (
            lightgbm.LGBMRegressor,
            "LightGbmLGBMRegressor",
            calculate_linear_regressor_output_shapes,
            {"split": None},
        ),
    ):
        skl2onnx.update_registered_converter(
            model, alias, shapes, convert_lightgbm, overwrite=True, options=options
        )


def _join(
    converted: list[tuple[float, ModelProto]], features: pd.DataFrame, target: Target
) -> ModelProto:
    columns = [str(name) for name in features]
    inside = "inside"
    while any(name.startswith(inside) for name in columns):
        inside += "_"
    taken = inputs(features)
    nodes = [_split(name, each, f"{inside}/{name}") for name, each in taken.items()]
    weights = [
        numpy_helper.from_array(np.ones(len(each), np.int64), f"{inside}/{name}")
        for name, each in taken.items()
    ]
    weighted = []
    for at, (weight, model) in enumerate(converted):
        prefix = f"{inside}/{at}/"
        names = dict(zip((each.name for each in model.graph.input), columns, strict=True))
        nodes += _renamed(model, names, prefix)
        weights += [_named(tensor, prefix) for tensor in model.graph.initializer]
        weights.append(numpy_helper.from_array(np.array([weight], np.float32), f"{prefix}weight"))
        answer = prefix + model.graph.output[-1].name  # a classifier's first one is the label
        weighted.append(f"{prefix}weighted")
        nodes.append(helper.make_node("Mul", [answer, f"{prefix}weight"], [weighted[-1]]))
    said = output(target, columns)
    shape = [-1, len(target.classes)] if target.classes else [-1]
    weights.append(numpy_helper.from_array(np.array(shape, np.int64), f"{inside}/shape"))
    nodes.append(helper.make_node("Sum", weighted, [f"{inside}/sum"]))
    nodes.append(helper.make_node("Reshape", [f"{inside}/sum", f"{inside}/shape"], [said]))
    kept = _needed(nodes, said)
    used = {name for node in kept for name in node.input}
    graph = helper.make_graph(
        kept,
        "model",
        [_input(name, features[each[0]], len(each)) for name, each in taken.items()],
        [helper.make_tensor_value_info(said, TensorProto.FLOAT, [None, *shape[1:]])],
        [tensor for tensor in weights if tensor.name in used],
    )
    opsets = _opsets([model for _, model in converted])
    joined = helper.make_model(graph, opset_imports=opsets, ir_version=8)
    onnx.checker.check_model(joined)
    return joined


def _split(name: str, columns: list[str], widths: str) -> NodeProto:
    """Return the node that makes the columns of an input, which are one wide each."""
    return helper.make_node("Split", [name, widths], columns, axis=1)


def _input(name: str, values: pd.Series, width: int) -> onnx.ValueInfoProto:
    kind = TensorProto.STRING if values.dtype == object else TensorProto.FLOAT
    return helper.make_tensor_value_info(name, kind, [None, width])


def _renamed(model: ModelProto, columns: dict[str, str], prefix: str) -> Iterator[NodeProto]:
    """Yield the nodes, the columns under their own names and all else under the prefix."""
    for at, node in enumerate(model.graph.node):
        new = NodeProto()
        new.CopyFrom(node)
        del new.input[:], new.output[:]
        new.name = f"{prefix}{at}"
        new.input.extend(columns.get(name, prefix + name) if name else "" for name in node.input)
        new.output.extend(prefix + name if name else "" for name in node.output)
        yield new


def _named(tensor: TensorProto, prefix: str) -> TensorProto:
    new = TensorProto()
    new.CopyFrom(tensor)
    new.name = prefix + tensor.name
    return new


def _needed(nodes: list[NodeProto], said: str) -> list[NodeProto]:
    """Return the nodes that the answer depends on, in their order: labels are not asked for."""
    wanted = {said}
    kept = []
    for node in reversed(nodes):
        if wanted.intersection(node.output):
            wanted.update(node.input)
            kept.append(node)
    return kept[::-1]


def _opsets(models: list[ModelProto]) -> list[onnx.OperatorSetIdProto]:
    """Return the newest version that a member asks for, of each set of operators."""
    newest: dict[str, int] = {"": 13}
    for model in models:
        for opset in model.opset_import:
            newest[opset.domain] = max(opset.version, newest.get(opset.domain, 0))
    return [helper.make_opsetid(domain, version) for domain, version in sorted(newest.items())]
