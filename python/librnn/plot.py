"""Plots by Matplotlib (the extra ``plot``).  Each function draws on an Axes, by default a new one, and returns it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Union

import numpy as np
import numpy.typing as npt

from . import _abi
from ._arguments import Floats, as_array, reals, whole
from ._errors import RnnTypeError, RnnValueError
from .callbacks import History
from .decoder import Decoder, Result
from .loss import softmax
from .model import Model
from .session import Session

if TYPE_CHECKING:
    from matplotlib.axes import Axes as Figure

Records = Union[History, Sequence[Mapping[str, float]]]


def _axes(ax: Any, width: float = 6.4, height: float = 4.0) -> Any:
    if ax is not None:
        return ax
    try:
        from matplotlib import pyplot
    except ImportError:
        raise ImportError("librnn.plot needs Matplotlib: pip install 'librnn[plot]'") from None
    return pyplot.subplots(figsize=(width, height), layout="constrained")[1]


def _ticks(axis: Any, names: Sequence[str] | None) -> None:
    if names is not None:
        axis.set_ticks(range(len(names)), labels=list(names))


def history(records: Records, ax: Figure | None = None) -> Figure:
    """The training and validation loss of each epoch.

    Parameters
    ----------
    records
        What `Trainer.fit` returned.

    Examples
    --------
    >>> ax = history([{"epoch": 1, "loss": 2.0, "val_loss": 2.1}, {"epoch": 2, "loss": 1.5, "val_loss": 1.7}])
    >>> [line.get_label() for line in ax.lines]
    ['training', 'validation']
    """
    ax = _axes(ax)
    rows = list(records)
    epochs = [row["epoch"] for row in rows]
    for name, label in (("loss", "training"), ("val_loss", "validation")):
        values = [row.get(name, np.nan) for row in rows]
        if np.isfinite(values).any():
            ax.plot(epochs, values, marker=".", label=label)
    ax.set(xlabel="epoch", ylabel="loss")
    ax.legend()
    return ax


def ctc_alignment(logits: npt.ArrayLike, result: Result | None = None, blank: int = 0,
                  names: Sequence[str] | None = None, ax: Figure | None = None) -> Figure:
    """The probabilities of the classes over time, and where each label begins.

    Parameters
    ----------
    logits
        Of one sequence, [T,C].
    result
        Labels with their steps; default those of the best path.
    names
        The name of each class, [C].

    Examples
    --------
    >>> ax = ctc_alignment(10 * np.eye(3)[[1, 1, 0, 2]], names=["-", "a", "b"])
    >>> [text.get_text() for text in ax.texts]
    ['a', 'b']
    """
    array = reals("logits", logits, {"T": None, "C": None})
    _check_names(names, array.shape[1])
    if result is None:
        [[result]] = Decoder("ctc_greedy", blank=blank).decode(array[:, None])
    ax = _axes(ax)
    ax.imshow(softmax(array).T, aspect="auto", origin="lower", interpolation="nearest", vmin=0, vmax=1, cmap="Blues")
    for token, step in zip(result.tokens, result.steps):
        ax.text(float(step), float(token), str(token) if names is None else names[token], ha="center", va="center",
                color="tab:red", weight="bold")
    ax.set(xlabel="step", ylabel="class")
    _ticks(ax.yaxis, names)
    return ax


def attention(weights: npt.ArrayLike, source: Sequence[str] | None = None, target: Sequence[str] | None = None,
              ax: Figure | None = None) -> Figure:
    """The weights of attention of one sequence.

    Parameters
    ----------
    weights
        [T,S], such as ``weights[:, b]`` of `Attention.forward`.
    source, target
        The names of the S steps of the memory and of the T queries.
    """
    array = reals("weights", weights, {"T": None, "S": None})
    _check_names(target, array.shape[0])
    _check_names(source, array.shape[1])
    ax = _axes(ax)
    ax.imshow(array, aspect="auto", interpolation="nearest", vmin=0, cmap="Greys")
    ax.set(xlabel="memory", ylabel="query")
    _ticks(ax.xaxis, source)
    _ticks(ax.yaxis, target)
    return ax


def confusion_matrix(targets: npt.ArrayLike, predictions: npt.ArrayLike, classes: int | None = None) -> Any:
    """How often class i was predicted as class j: [C,C].

    Examples
    --------
    >>> confusion_matrix([0, 0, 1], [0, 1, 1]).tolist()
    [[1, 1], [0, 1]]
    """
    true = whole("targets", np.ravel(as_array(targets)), {"N": None}, 0)
    found = whole("predictions", np.ravel(as_array(predictions)), {"N": len(true)}, 0)
    size = classes or int(max(true.max(initial=0), found.max(initial=0))) + 1
    if true.size and max(true.max(), found.max()) >= size:
        raise RnnValueError(f"a class is {max(true.max(), found.max())}, expected 0 to {size - 1}")
    counts = np.zeros((size, size), np.int64)
    np.add.at(counts, (true, found), 1)
    return counts


def confusion(targets: npt.ArrayLike, predictions: npt.ArrayLike, names: Sequence[str] | None = None,
              ax: Figure | None = None) -> Figure:
    """The confusion matrix: rows are targets, columns predictions, shades are proportions of the rows."""
    counts = confusion_matrix(targets, predictions, None if names is None else len(names))
    ax = _axes(ax, 5.0, 5.0)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    ax.imshow(shares, interpolation="nearest", vmin=0, vmax=1, cmap="Blues")
    for (row, column), count in np.ndenumerate(counts):
        if count:
            ax.text(column, row, str(count), ha="center", va="center",
                    color="white" if shares[row, column] > 0.5 else "black")
    ax.set(xlabel="predicted", ylabel="target")
    _ticks(ax.xaxis, names)
    _ticks(ax.yaxis, names)
    return ax


def input_gradient(model: Model, x: npt.ArrayLike, target: int | None = None) -> Floats:
    """The gradient of an output with respect to the input of one sequence.

    Parameters
    ----------
    model
        A network with real-valued input.
    x
        [T,I].
    target
        Which output, 0 to Y-1; default the largest at each step.

    Returns
    -------
    dx
        [T,I]: the gradient of the sum of that output over all steps that have one.

    Examples
    --------
    >>> model = Model(input_size=3, hidden_size=4, classes=2, output="last_step")
    >>> input_gradient(model, np.ones((5, 3)), target=1).shape
    (5, 3)
    """
    if model.takes_tokens:
        raise RnnTypeError("a network of tokens has no gradient with respect to its input")
    array = reals("x", x, {"T": None, "I": model["input_size"]})
    with Session(model, training=True) as session:
        y = session.forward(array[:, None])
        dy = np.zeros_like(y)
        if target is None:
            np.put_along_axis(dy, y.argmax(axis=-1)[..., None], 1, axis=-1)
        elif 0 <= target < y.shape[-1]:
            dy[..., target] = 1
        else:
            raise RnnValueError(f"target is {target}, expected 0 to {y.shape[-1] - 1}")
        dx = session.backward(dy, want_dx=True)
    assert dx is not None
    return dx[:, 0]


def saliency(model: Model, x: npt.ArrayLike, target: int | None = None, names: Sequence[str] | None = None,
             ax: Figure | None = None) -> Figure:
    """How much each element of the input changes an output: the absolute values of `input_gradient`.

    Parameters
    ----------
    names
        The names of the features, [I].
    """
    dx = np.abs(input_gradient(model, x, target))
    _check_names(names, dx.shape[1])
    ax = _axes(ax)
    ax.imshow(dx.T, aspect="auto", origin="lower", interpolation="nearest", vmin=0, cmap="magma")
    ax.set(xlabel="step", ylabel="feature")
    _ticks(ax.yaxis, names)
    return ax


def _check_names(names: Sequence[str] | None, count: int) -> None:
    if names is not None and len(names) != count:
        raise RnnValueError(f"{len(names)} names are given, expected {count}", _abi.E_SIZE)
