"""A network of librnn with the weights of a PyTorch layer, and its runs."""

# mypy: allow-untyped-calls, allow-subclassing-any, no-warn-unused-ignores, no-warn-return-any

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from .._arguments import Floats, Integers
from .._layouts import by_name
from ..model import Model
from ..session import Session
from ._tensors import Threads, array_of, check

SAMPLE = 64  # elements of a weight that are compared in every call

Gradients = list["Tensor | None"]


class _Weight:
    """A weight as it was when the network took it."""

    def __init__(self, weight: Tensor) -> None:
        self._tensor = weight.detach()  # keeps the memory, so that no other tensor gets its address
        self._address, self._version = weight.data_ptr(), _version(weight)
        self._step = max(1, weight.numel() // SAMPLE) | 1
        self._elements = self._tensor.numpy().flat
        self._sample = self._elements[::self._step].tobytes()

    def is_as_before(self, weight: Tensor) -> bool:
        """PyTorch does not count writes through ``.data`` or NumPy: a sample of the elements finds these."""
        return (self._address == weight.data_ptr() and self._version == _version(weight)
                and self._sample == self._elements[::self._step].tobytes())


def _version(tensor: Tensor) -> int:
    """How often PyTorch has seen a tensor change; tensors of inference_mode are not counted."""
    return -1 if tensor.is_inference() else tensor._version


class Worker:
    """A session and what is known about it."""

    def __init__(self, model: Model, training: bool) -> None:
        self.session = Session(model, training=training)
        self.gradients = self.session.gradients() if training else None
        self.threads = Threads(self.session)


class Network:
    """The network of a layer: its model in librnn and the sessions that no run needs at the moment."""

    def __init__(self, layer: str, **options: Any) -> None:
        self.layer = layer
        self.model = Model(**options)
        self.version = 0  # changes with the parameters of the model
        self.kinds = "hc" if options["cell"] == "lstm" else "h"
        self._shapes = self.model.tensors()
        self._parameters = np.empty(self.model.parameters().size, np.float32)
        self._weights: list[_Weight] = []
        self._certain = False
        self._idle: dict[bool, list[Worker]] = {True: [], False: []}
        self._lock = threading.Lock()

    def doubt(self) -> None:
        """Compare all elements of the weights at the next `load`."""
        self._certain = False

    def load(self, weights: Sequence[Tensor]) -> None:
        """Take the weights, in the order of the parameters, if they have changed."""
        with self._lock:
            if not self._weights:
                self._take(weights, range(len(weights)))
                return
            changed = [index for index, (weight, before) in enumerate(zip(weights, self._weights))
                       if not before.is_as_before(weight)]
            if not self._certain:
                parts = self._split(self._parameters)
                changed = [index for index, weight in enumerate(weights)
                           if index in changed or not np.array_equal(parts[index], array_of(weight))]
            if changed:
                self._take(weights, changed)
            self._certain = True

    def _take(self, weights: Sequence[Tensor], changed: Sequence[int]) -> None:
        """Copies the weights of these indices into the model, all together: it packs all of them."""
        names, parts = list(self._shapes), self._split(self._parameters)
        for index in changed:
            shape = self._shapes[names[index]]
            check(names[index], weights[index], {f"axis {axis}": size for axis, size in enumerate(shape)})
        for index in changed:
            np.copyto(parts[index], weights[index].detach().numpy())
        self.model.set_parameters(self._parameters)
        self._weights = [_Weight(weight) if index in changed else self._weights[index]
                         for index, weight in enumerate(weights)]
        self._certain = True
        self.version += 1

    def _split(self, block: Floats) -> list[Floats]:
        """Views of a flat block in the shapes of the parameters."""
        return list(by_name(block, self._shapes).values())

    def gradients(self, worker: Worker) -> list[Tensor]:
        """Copies of the gradients of a session, in the shapes of the parameters."""
        assert worker.gradients is not None
        return [torch.from_numpy(gradient) for gradient in self._split(worker.gradients.copy())]

    def borrow(self, training: bool, threads: int) -> Worker:
        """A session that nothing else uses until `give_back`."""
        idle = self._idle[training]
        try:
            worker = idle.pop()
        except IndexError:
            worker = Worker(self.model, training)
        worker.threads.set(threads)
        return worker

    def give_back(self, worker: Worker) -> None:
        """The session may be used again."""
        self._idle[worker.gradients is not None].append(worker)


class Packing:
    """Where the rows of a PackedSequence [N,...] are in a padded array [T*B,...]."""

    def __init__(self, batch_sizes: Tensor) -> None:
        sizes = batch_sizes.numpy()
        self.steps, self.batch = len(sizes), int(sizes[0])
        present = np.arange(self.batch) < sizes[:, np.newaxis]  # [T,B]
        self.lengths: Integers = present.sum(0, dtype=np.int32)
        self._rows = torch.from_numpy(np.flatnonzero(present))
        self._full = len(self._rows) == present.size

    def pad(self, rows: Tensor) -> Tensor:
        """[N,W] to [T,B,W]; what is past the ends of the sequences is not set."""
        shape = self.steps, self.batch, rows.shape[1]
        if self._full:
            return rows.reshape(shape)
        padded = rows.new_empty(self.steps * self.batch, rows.shape[1])
        padded.index_copy_(0, self._rows, rows)
        return padded.view(shape)

    def pack(self, padded: Tensor) -> Tensor:
        """[T,B,W] to [N,W]."""
        rows = padded.view(self.steps * self.batch, padded.shape[2])
        return rows if self._full else rows.index_select(0, self._rows)


class Run:
    """One call of a layer.  A run for training has a session of its own until `backward` or the end of the run.

    Parameters
    ----------
    batch
        B.
    lengths
        Valid steps of the sequences [B], or a `Packing` if x and y are the data of a PackedSequence.
    seed
        Of the masks of dropout; None without dropout.
    """

    def __init__(self, network: Network, training: bool, threads: int, batch: int,
                 lengths: Integers | Packing | None, seed: int | None) -> None:
        self._network, self._training, self._threads, self._batch = network, training, threads, batch
        self._packing = lengths if isinstance(lengths, Packing) else None
        self._lengths = lengths.lengths if isinstance(lengths, Packing) else lengths
        self._seed = seed
        self._worker: Worker | None = None
        self._version = 0  # of the network in `forward`

    @property
    def layer(self) -> str:
        """The name of the layer's class, for messages."""
        return self._network.layer

    def forward(self, x: Tensor, states: Sequence[Tensor], weights: Sequence[Tensor]) -> tuple[Tensor, ...]:
        """y and the final states; `states` is empty or has the initial ones."""
        self._network.load(weights)
        if self._worker is None:
            self._worker = self._network.borrow(self._training, self._threads)
        session = self._worker.session
        session.reset_state(self._batch)
        for kind, state in zip(self._network.kinds, states):
            session.set_state(array_of(state), kind)  # type: ignore[arg-type]
        if self._seed is not None:
            session.seed_dropout(self._seed)
        y = torch.from_numpy(session.forward(array_of(self._pad(x)), self._lengths))
        self._version = self._network.version
        ends = (torch.from_numpy(session.get_state(kind)) for kind in self._network.kinds)  # type: ignore[arg-type]
        return (y if self._packing is None else self._packing.pack(y), *ends)

    def backward(self, gradients: Sequence[Tensor | None], x: Tensor, states: Sequence[Tensor],
                 weights: Sequence[Tensor], needs: Sequence[bool]) -> Gradients:
        """The gradients with respect to x, the initial states and the weights, from those of what `forward` returned.

        Only the first call finds the activations of `forward`, and only if the session has the same weights still.
        """
        if self._worker is None or self._network.version != self._version:
            self.forward(x, states, weights)
        worker = self._worker
        assert worker is not None
        session, kinds = worker.session, self._network.kinds
        dy, *ends = gradients
        for kind, gradient in zip(kinds, ends):
            if gradient is not None:
                session.set_state_gradient(array_of(gradient), kind)  # type: ignore[arg-type]
        session.zero_gradients()
        found = session.backward(None if dy is None else array_of(self._pad(dy)), want_dx=needs[0])
        dx = None if found is None else torch.from_numpy(found)
        if dx is not None and self._packing is not None:
            dx = self._packing.pack(dx)
        results: Gradients = [dx]
        results += [torch.from_numpy(session.get_state_gradient(kind)) if need else None  # type: ignore[arg-type]
                    for kind, need in zip(kinds[:len(states)], needs[1:])]
        needed = needs[1 + len(states):]
        if any(needed):
            results += [gradient if need else None
                        for gradient, need in zip(self._network.gradients(worker), needed)]
        else:
            results += [None] * len(weights)
        self.release()
        return results

    def _pad(self, rows: Tensor) -> Tensor:
        return rows if self._packing is None else self._packing.pad(rows)

    def release(self) -> None:
        """Give the session back."""
        if self._worker is not None:
            worker, self._worker = self._worker, None
            self._network.give_back(worker)

    def __del__(self) -> None:
        self.release()
