"""Recurrent layers: torch.nn's classes, run by librnn."""

# mypy: allow-untyped-calls, allow-subclassing-any, no-warn-unused-ignores, no-warn-return-any

from __future__ import annotations

from typing import Any, Union

import torch
from torch import Tensor
from torch.nn.utils.rnn import PackedSequence

from .._arguments import lengths_of
from .._errors import RnnTypeError
from ._network import Network, Packing, Run
from ._tensors import check, check_type, differentiable_once, threads_of

Input = Union[Tensor, PackedSequence]
States = Union[Tensor, "tuple[Tensor, Tensor]"]

_CELLS = {"LSTM": "lstm", "GRU": "gru", "RNN_TANH": "tanh", "RNN_RELU": "relu"}


class _Layer(torch.autograd.Function):
    """(run, number of states, x, states, weights) to (y, final states)."""

    @staticmethod
    def forward(ctx: Any, run: Run, count: int, x: Tensor, *others: Tensor) -> tuple[Tensor, ...]:
        ctx.run, ctx.count = run, count
        ctx.save_for_backward(x, *others)  # PyTorch then finds what is modified before backward
        ctx.set_materialize_grads(False)
        return run.forward(x, others[:count], others[count:])

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor | None) -> tuple[Tensor | None, ...]:
        x, *others = ctx.saved_tensors
        found = ctx.run.backward(gradients, x, others[:ctx.count], others[ctx.count:], ctx.needs_input_grad[2:])
        return None, None, *differentiable_once(ctx.run.layer, found, [*gradients, x, *others])


class _Recurrent(torch.nn.RNNBase):
    """What the layers share: forward by librnn.  Everything else is inherited."""

    threads: int | None = None
    _networks: dict[float, Network] | None = None  # by probability of dropout; not copied and not saved

    def __init__(self, *arguments: Any, threads: int | None = None, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.threads = threads

    def flatten_parameters(self) -> None:
        """Compare all weights at the next call; needed only after writes that PyTorch does not count.

        Changes that PyTorch counts are found by themselves: those of optimisers, ``load_state_dict`` and all functions
        on the parameters.  Writes through ``parameter.data`` or NumPy are found if they change many elements.
        """
        super().flatten_parameters()
        for network in (self._networks or {}).values():
            network.doubt()

    def forward(self, input: Input, hx: Any = None, lengths: Any = None) -> tuple[Any, Any]:  # type: ignore[override]
        """Run the layer over all steps.

        Parameters
        ----------
        input
            [T,B,I], or [B,T,I] with ``batch_first``; [T,I] for one sequence; or a PackedSequence.
        hx
            The initial state [L*D,B,R], for an LSTM (h, c) with c [L*D,B,H]; without B for one sequence.  Default 0.
        lengths
            Valid steps of each sequence, [B], 0 to T, in any order; default T.  The output is 0 past the end of a
            sequence, and the final state is that after its last valid step: as with a PackedSequence, without packing.

        Returns
        -------
        output
            [T,B,D*R], [B,T,D*R] or [T,D*R], or a PackedSequence, as the input.
        hx
            The final state, in the shapes of the initial one.

        Raises
        ------
        RnnTypeError
            A tensor that is not float32 on the CPU.
        RnnValueError
            A wrong shape, or a length out of range.
        """
        if isinstance(input, PackedSequence):
            return self._run_packed(input, hx, lengths)
        check_type("input", input)
        if input.dim() == 2:
            return self._run_one(input, hx, lengths)
        check("input", input, {"B": None, "T": None, "I": self.input_size} if self.batch_first else
              {"T": None, "B": None, "I": self.input_size})
        x = input.transpose(0, 1) if self.batch_first else input
        y, ends = self._run(x, self._states(hx, x.shape[1]), lengths_of(lengths, x.shape[1], x.shape[0]), x.shape[1])
        return y.transpose(0, 1) if self.batch_first else y, ends

    def _run_one(self, input: Tensor, hx: Any, lengths: Any) -> tuple[Tensor, States]:
        """One sequence [T,I]."""
        check("input", input, {"T": None, "I": self.input_size})
        if lengths is not None:
            raise RnnTypeError("lengths are for a batch of sequences; the input is one sequence [T,I]")
        states = [state.unsqueeze(1) for state in self._states(hx, None)]
        y, ends = self._run(input.unsqueeze(1), states, None, 1)
        if isinstance(ends, tuple):
            return y.squeeze(1), (ends[0].squeeze(1), ends[1].squeeze(1))
        return y.squeeze(1), ends.squeeze(1)

    def _run_packed(self, input: PackedSequence, hx: Any, lengths: Any) -> tuple[PackedSequence, States]:
        """The sequences of a PackedSequence, whose longest comes first; hx has the order before it was packed."""
        if lengths is not None:
            raise RnnTypeError("a PackedSequence has its own lengths; lengths must be None")
        check("input.data", input.data, {"N": None, "I": self.input_size})
        packing = Packing(input.batch_sizes)
        states = self._states(hx, packing.batch)
        if input.sorted_indices is not None:
            states = [state.index_select(1, input.sorted_indices) for state in states]
        y, ends = self._run(input.data, states, packing, packing.batch)
        if input.unsorted_indices is not None:
            ends = self.permute_hidden(ends, input.unsorted_indices)  # type: ignore[arg-type]
        return PackedSequence(y, input.batch_sizes, input.sorted_indices, input.unsorted_indices), ends

    def _states(self, hx: Any, batch: int | None) -> list[Tensor]:
        """The initial states, checked; none if there is no hx."""
        if hx is None:
            return []
        states = [hx]
        if self.mode == "LSTM":
            if not isinstance(hx, (tuple, list)) or len(hx) != 2:
                raise RnnTypeError("hx must be a tuple (h, c) of two tensors")
            states = list(hx)
        rows = {"L*D": self.num_layers * (2 if self.bidirectional else 1), **({} if batch is None else {"B": batch})}
        sizes = {"R": self.proj_size or self.hidden_size}, {"H": self.hidden_size}
        names = ["hx"] if len(states) == 1 else ["hx[0]", "hx[1]"]
        for name, state, size in zip(names, states, sizes):
            check(name, state, {**rows, **size})
        return states

    def _run(self, x: Tensor, states: list[Tensor], lengths: Any, batch: int) -> tuple[Tensor, States]:
        """y [T,B,D*R] and the final states for x [T,B,I]; with a Packing both are data of a PackedSequence."""
        weights = [getattr(self, name) for name in self._flat_weights_names]
        backward = torch.is_grad_enabled() and any(tensor.requires_grad for tensor in (x, *states, *weights))
        dropout = self.dropout if self.num_layers > 1 else 0.0
        drops = self.training and dropout > 0
        training = backward or drops  # sessions for inference have no dropout
        network = self._network(dropout if drops or not training else 0.0)
        seed = int(torch.randint(2**63 - 1, ())) if drops else None
        run = Run(network, training, threads_of(self.threads), batch, lengths, seed)
        if backward:
            y, *ends = _Layer.apply(run, len(states), x, *states, *weights)
        else:
            y, *ends = run.forward(x, states, weights)
            run.release()
        return y, ends[0] if len(ends) == 1 else (ends[0], ends[1])

    def _network(self, dropout: float) -> Network:
        """The network with this dropout."""
        if self._networks is None or (dropout not in self._networks and len(self._networks) > 1):
            self._networks = {}
        if dropout not in self._networks:
            self._networks[dropout] = Network(
                type(self).__name__, cell=_CELLS[self.mode], input_size=self.input_size, hidden_size=self.hidden_size,
                layers=self.num_layers, bias=int(self.bias), dropout=dropout, projection_size=self.proj_size,
                direction="both" if self.bidirectional else "forward")
        return self._networks[dropout]

    def __getstate__(self) -> dict[str, Any]:
        """What copies and files have."""
        state: dict[str, Any] = super().__getstate__()
        state.pop("_networks", None)
        return state

    def extra_repr(self) -> str:
        """The arguments, for people."""
        return super().extra_repr() + ("" if self.threads is None else f", threads={self.threads}")


class LSTM(_Recurrent, torch.nn.LSTM):
    """``torch.nn.LSTM``, run by librnn.

    Parameters
    ----------
    *arguments, **options
        Those of ``torch.nn.LSTM``: input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional,
        proj_size.
    threads : int, optional
        Threads of this layer; default ``torch.get_num_threads()`` at each call.

    Notes
    -----
    The class derives from ``torch.nn.LSTM``: parameters, their initial values, ``state_dict`` and copies are its own.
    The random masks of dropout follow ``torch.manual_seed``, but are others than those of PyTorch.  Second derivatives
    are refused.  In graphs that are kept (``retain_graph=True``) every backward but the first runs forward again.

    Examples
    --------
    >>> import torch, librnn.torch
    >>> layer = librnn.torch.LSTM(3, 5, num_layers=2, bidirectional=True)
    >>> output, (h, c) = layer(torch.ones(7, 4, 3), lengths=[7, 2, 5, 1])
    >>> output.shape, h.shape
    (torch.Size([7, 4, 10]), torch.Size([4, 4, 5]))
    >>> output.sum().backward()
    >>> layer.weight_ih_l0.grad.shape
    torch.Size([20, 3])
    """


class GRU(_Recurrent, torch.nn.GRU):
    """``torch.nn.GRU``, run by librnn.

    Parameters
    ----------
    *arguments, **options
        Those of ``torch.nn.GRU``: input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional.
    threads : int, optional
        Threads of this layer; default ``torch.get_num_threads()`` at each call.

    Notes
    -----
    As for `LSTM`.

    Examples
    --------
    >>> import torch, librnn.torch
    >>> layer, theirs = librnn.torch.GRU(3, 5, batch_first=True), torch.nn.GRU(3, 5, batch_first=True)
    >>> layer.load_state_dict(theirs.state_dict())
    <All keys matched successfully>
    >>> x = torch.ones(2, 7, 3)
    >>> torch.allclose(layer(x)[0], theirs(x)[0], atol=1e-6)
    True
    """


class RNN(_Recurrent, torch.nn.RNN):
    """``torch.nn.RNN``, run by librnn.

    Parameters
    ----------
    *arguments, **options
        Those of ``torch.nn.RNN``: input_size, hidden_size, num_layers, nonlinearity, bias, batch_first, dropout,
        bidirectional.
    threads : int, optional
        Threads of this layer; default ``torch.get_num_threads()`` at each call.

    Notes
    -----
    As for `LSTM`.

    Examples
    --------
    >>> import torch, librnn.torch
    >>> layer = librnn.torch.RNN(3, 5, nonlinearity="relu")
    >>> output, h = layer(torch.ones(7, 3))                             # one sequence
    >>> output.shape, h.shape
    (torch.Size([7, 5]), torch.Size([1, 5]))
    """
