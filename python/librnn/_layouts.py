"""Layouts of parameters: by name, and as ONNX operators and Keras layers have them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from . import _abi
from ._arguments import Floats, counted, empty, optional, reals
from ._library import library

if TYPE_CHECKING:
    from .model import Model

_GATES = {"tanh": 1, "relu": 1, "lstm": 4, "gru": 3, "mingru": 2, "slstm": 4, "indrnn": 1, "mingru_highway": 3}
_Layout = dict[str, tuple[dict[str, int], bool]]  # argument: its axes, and whether the model has it


def by_name(block: Floats, shapes: Mapping[str, tuple[int, ...]]) -> dict[str, Floats]:
    """Views of a flat block by name, in their shapes."""
    views, begin = {}, 0
    for name, shape in shapes.items():
        end = begin + int(np.prod(shape))
        views[name] = block[begin:end].reshape(shape)
        begin = end
    return views


def matrix_axes(name: str, embedding: str, head: str) -> tuple[str, str]:
    """The letters of the axes of a matrix with this name."""
    matrices = {"weight_ih_l": ("G*H", "K"), "weight_hh_l": ("G*H", "R"), "weight_hr_l": ("P", "H"),
                embedding: ("V", "E"), head: ("C", "F")}
    return next((axes for part, axes in matrices.items() if part and part in name), ("rows", "columns"))


def _inputs(model: Model, layer: int) -> int:
    """K of a layer."""
    if layer > 0:
        return model._features()
    return int(model["input_size"] or model["embedding_size"] or model["vocabulary"])


def _onnx(model: Model, layer: int) -> _Layout:
    directions, hidden = model.directions, model["hidden_size"]
    rows = _GATES[model["cell"]] * hidden
    return {"w": ({"D": directions, "G*H": rows, "K": _inputs(model, layer)}, True),
            "r": ({"D": directions, "G*H": rows, "H": hidden}, True),
            "b": ({"D": directions, "2*G*H": 2 * rows}, bool(model["bias"])),
            "p": ({"D": directions, "3*H": 3 * hidden}, bool(model["peepholes"]))}


def _keras(model: Model, layer: int, _direction: int) -> _Layout:
    hidden = model["hidden_size"]
    rows = _GATES[model["cell"]] * hidden
    two = model["cell"] == "gru" and model["reset"] == "after"
    return {"kernel": ({"K": _inputs(model, layer), "G*H": rows}, True),
            "recurrent": ({"H": hidden, "G*H": rows}, True),
            "bias": ({"2": 2, "G*H": rows} if two else {"G*H": rows}, bool(model["bias"]))}


_LAYOUTS: dict[str, Any] = {"onnx": _onnx, "keras": _keras}


def import_arrays(model: Model, form: str, place: tuple[int, ...], arrays: Mapping[str, Any]) -> None:
    """Sets a layer from arrays by argument; everything is checked before the first change."""
    layout = _LAYOUTS[form](model, *place)
    needed = ("w", "r", "kernel", "recurrent")
    converted = {argument: reals(argument, values, layout[argument][0]) if argument in needed else
                 optional(reals, argument, values, layout[argument][0]) for argument, values in arrays.items()}
    # First what the library refuses: what the model does not have, then what is missing.
    for argument, values in sorted(converted.items(), key=lambda one: (layout[one[0]][1], one[1] is not None)):
        if layout[argument][1] or values is not None:
            getattr(library, f"rnn_model_import_{form}")(model, *place, _abi.CHOICES[form][argument],
                                                         *counted(values))


def export_arrays(model: Model, form: str, place: tuple[int, ...]) -> list[Floats | None]:
    """The arrays of a layer, None for those that the model does not have."""
    arrays: list[Floats | None] = []
    for argument, (axes, has) in _LAYOUTS[form](model, *place).items():
        arrays.append(empty(axes) if has else None)
        if has:
            getattr(library, f"rnn_model_export_{form}")(model, *place, _abi.CHOICES[form][argument],
                                                         *counted(arrays[-1]))
    return arrays
