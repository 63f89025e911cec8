"""Attention: between an encoder and a decoder."""

from __future__ import annotations

from ctypes import c_int64
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from . import _abi
from ._arguments import Floats, choice, counted, integer, lengths_of, reals
from ._handle import Optioned, view
from ._library import library

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from .optimizer import Optimizer

Score = Literal["dot", "general", "additive"]


class Attention(Optioned):
    """Attention over a memory, with its parameters and gradients.

    Each query gets a mean of the vectors of the memory, weighted by how well they match.

    Parameters
    ----------
    score : str
        ``"dot"`` (q' m), ``"general"`` (q' W m) or ``"additive"`` (v' tanh(W q + U m)).
    query_size, memory_size : int
        Q and M, the elements of a query and of a vector of the memory.
    units : int
        A, the units of the additive score.
    seed : int
        Decides the initial parameters.

    Examples
    --------
    >>> import numpy as np
    >>> attention = Attention("general", query_size=4, memory_size=6)
    >>> attention.set_memory(np.ones((7, 2, 6)))           # [S,B,M]
    >>> context, weights = attention.forward(np.ones((5, 2, 4)))
    >>> context.shape, weights.shape
    ((5, 2, 6), (5, 2, 7))
    """

    _options = _abi.OPTIONS["Attention"]
    _prefix = "rnn_attention"

    def __init__(self, score: Score, query_size: int, memory_size: int, units: int = 0, seed: int = 0,
                 **options: Unpack[_abi.AttentionOptions]) -> None:
        self.score: str = score
        self._query_size, self._memory_size = integer("query_size", query_size), integer("memory_size", memory_size)
        self._units = integer("units", units)
        self._own("rnn_attention_create", "rnn_attention_destroy", choice("score", score, "attention"),
                  self._query_size, self._memory_size, self._units, integer("seed", seed, c_int64))
        self._memory: tuple[int, int] | None = None  # S and B; None: the library says that there is no memory
        self._set_all(options)

    def __setitem__(self, name: str, value: Any) -> None:
        super().__setitem__(name, value)
        self._memory = None

    def parameters(self) -> Floats:
        """The flat block of parameters, [N]: a view, read-only."""
        return view(self, "rnn_attention_parameters", writeable=False)

    def gradients(self) -> Floats:
        """The flat block of gradients, [N]: a view, to read and to write."""
        return view(self, "rnn_attention_gradients")

    def set_parameters(self, values: npt.ArrayLike) -> None:
        """Replace all parameters, [N]; drops the memory."""
        array = reals("values", values, {"N": self.parameters().size})
        library.rnn_attention_set_parameters(self, *counted(array))
        self._memory = None

    def step(self, optimizer: Optimizer) -> None:
        """One update of the parameters by their gradients; drops the memory."""
        library.rnn_attention_step(self, optimizer)
        self._memory = None

    def zero_gradients(self) -> None:
        """Set all gradients to 0."""
        library.rnn_attention_zero_gradients(self)

    def set_memory(self, memory: npt.ArrayLike, lengths: npt.ArrayLike | None = None) -> None:
        """Set what to attend over.

        Parameters
        ----------
        memory
            [S,B,M], such as the outputs of an encoder; copied.
        lengths
            Valid steps of each sequence, [B], 0 to S; default S.
        """
        array = reals("memory", memory, {"S": None, "B": None, "M": self._memory_size})
        steps, batch, _ = array.shape
        valid = lengths_of(lengths, batch, steps)
        library.rnn_attention_set_memory(self, *counted(array), *counted(valid), steps, batch)
        self._memory = steps, batch

    def forward(self, queries: npt.ArrayLike) -> tuple[Floats, Floats]:
        """(context [T,B,M], weights [T,B,S]) for queries [T,B,Q]."""
        memory_steps, batch = self._memory or (0, None)
        array = reals("queries", queries, {"T": None, "B": batch, "Q": self._query_size})
        steps, sequences, _ = array.shape
        context = np.empty((steps, sequences, self._memory_size), np.float32)
        weights = np.empty((steps, sequences, memory_steps), np.float32)
        library.rnn_attention_forward(self, *counted(context), *counted(weights), *counted(array))
        return context, weights

    def backward(self, dcontext: npt.ArrayLike, queries: npt.ArrayLike, weights: npt.ArrayLike) -> Floats:
        """Back through one `forward`: dqueries [T,B,Q]; `queries` and `weights` are its input and output."""
        memory_steps, batch = self._memory or (None, None)
        array = reals("queries", queries, {"T": None, "B": batch, "Q": self._query_size})
        steps, sequences, _ = array.shape
        gradient = reals("dcontext", dcontext, {"T": steps, "B": sequences, "M": self._memory_size})
        seen = reals("weights", weights, {"T": steps, "B": sequences, "S": memory_steps})
        dqueries = np.empty(array.shape, np.float32)
        library.rnn_attention_backward(self, *counted(dqueries), *counted(gradient), *counted(array), *counted(seen))
        return dqueries

    def memory_gradient(self) -> Floats:
        """dmemory [S,B,M].  Completes the backward pass, so call it for the gradients of the parameters too."""
        dmemory = np.empty((*(self._memory or (0, 0)), self._memory_size), np.float32)
        library.rnn_attention_backward_memory(self, *counted(dmemory))
        return dmemory

    def __reduce_ex__(self, protocol: Any) -> Any:
        """deepcopy and pickle copy options and parameters, without memory and gradients."""
        sizes = self.score, self._query_size, self._memory_size, self._units
        return _rebuild, (type(self), sizes, self.options(), self.parameters().copy())

    def __repr__(self) -> str:
        return f"<{self._name()} {self.score}: queries of {self._query_size}, memory of {self._memory_size}>"


def _rebuild(cls: Any, sizes: tuple[Any, ...], options: dict[str, Any], parameters: Floats) -> Any:
    attention = cls(*sizes, **options)
    attention.set_parameters(parameters)
    return attention
