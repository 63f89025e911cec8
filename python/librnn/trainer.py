"""Trainer: the training loop over datasets."""

from __future__ import annotations

import functools
import os
import time
from collections.abc import Callable, Iterable
from ctypes import byref, c_double
from typing import TYPE_CHECKING, Any, NamedTuple, Union

import numpy.typing as npt

from . import _abi
from ._arguments import path_of
from ._calls import Call, call_directly
from ._errors import RnnTypeError
from ._handle import Optioned
from ._library import library
from .callbacks import Callback, History
from .dataset import Dataset
from .loss import Loss
from .model import Model
from .optimizer import Optimizer

if TYPE_CHECKING:
    from typing_extensions import Unpack

_EVENTS = {number: word for word, number in _abi.CHOICES["event"].items()}
AnyCallback = Union[Callback, Callable[["Trainer", str], Any]]


class Evaluation(NamedTuple):
    """The loss on a dataset, and the proportion of right classes; NaN for other losses than cross-entropy."""

    loss: float
    accuracy: float


class Trainer(Optioned):
    """The training loop.

    Parameters
    ----------
    model : Model
    optimizer : Optimizer or str
        A str such as ``"adam"`` stands for ``Optimizer("adam", model)``.
    loss : Loss or str
        A str such as ``"cross_entropy"`` stands for ``Loss("cross_entropy")``.
    epochs : int
        Epochs in all, earlier fits included; default 10.
    batch_size : int
        Sequences in a batch; default 32.
    stream_steps : int
        Sequences are learned in pieces of so many steps, with the state carried on; default 0: whole.
    buckets : int
        Batches of similar length, sorted within windows of so many batches; default 0: not sorted.
    memory_limit : int
        Bytes that a fit may need; default 0: any.
    shuffle, seed, early_stop, min_delta, keep_best, threads, skip_nonfinite
        See ``rnn.h``.

    Examples
    --------
    >>> import numpy as np
    >>> from librnn import Model
    >>> x = [np.full((length, 1), length % 2) for length in range(3, 23)]       # 20 sequences of different lengths
    >>> y = [length % 2 for length in range(3, 23)]                             # the class of each
    >>> model = Model(cell="gru", input_size=1, hidden_size=8, classes=2, output="last_step")
    >>> trainer = Trainer(model, Optimizer("adam", model, rate=0.03), "cross_entropy", epochs=30, batch_size=5)
    >>> history = trainer.fit(x, y)
    >>> history["loss"][-1] < 0.1 * history["loss"][0]
    True
    >>> trainer.evaluate(x, y).accuracy
    1.0
    """

    _options = _abi.OPTIONS["Trainer"]
    _prefix = "rnn_trainer"

    def __init__(self, model: Model, optimizer: Optimizer | str = "adam", loss: Loss | str = "cross_entropy",
                 **options: Unpack[_abi.TrainerOptions]) -> None:
        self.model = model
        self.optimizer = optimizer if isinstance(optimizer, Optimizer) else Optimizer(optimizer, model)  # type: ignore
        self.loss = loss if isinstance(loss, Loss) else Loss(loss)  # type: ignore[arg-type]
        self._own("rnn_trainer_create", "rnn_trainer_destroy", model, self.optimizer, self.loss)
        self._kind_of_y = model.every_step, model.output_size
        self._kind_of_loss = self.loss.kind
        self._as_parameter_.callback = self.loss._as_parameter_.callback  # it is called as long as the trainer lives
        self._set_all(options)

    def dataset(self, x: Any, y: Any = None, **arrays: Any) -> Dataset:
        """`Dataset.of` with targets of the type that the loss needs; checked for this trainer."""
        kind: Any = None
        if self._kind_of_loss != "custom":
            kind = "classes" if self.loss.takes_classes else "values"
        has_steps, outputs = self._kind_of_y
        padded = has_steps and self._kind_of_loss != "ctc"
        dataset = Dataset.of(x, y, targets=kind, padded_targets=padded,
                             output_steps=functools.lru_cache(maxsize=None)(self.model.output_steps), **arrays)
        if kind != "classes":
            width = None if kind is None else outputs // self.loss.outputs_of_target
            dataset._check_values("the dataset", has_steps, width)
        return dataset

    def fit(self, x: Any, y: Any = None, *, validation: Any = None, callbacks: Iterable[AnyCallback] = (),
            epochs: int | None = None, lengths: npt.ArrayLike | None = None, mask: Any = None,
            weights: npt.ArrayLike | None = None, step_mask: Any = None) -> History:
        """Train until `epochs` are completed.

        Parameters
        ----------
        x, y, lengths, mask, weights, step_mask
            The sequences and their targets, as `Dataset.of` takes them; or x is a Dataset.  A generator is read to its
            end before the first epoch.  For data that do not fit in memory use `Dataset.from_source`.
        validation
            A pair (x, y) or a Dataset, whose loss is computed after every epoch.
        callbacks
            Callbacks, such as EarlyStopping and Progress; or functions(trainer, event) of the events ``"batch"``,
            ``"validation"``, ``"epoch"``, ``"early_stop"`` and ``"checkpoint"``.  A true value that one returns ends
            the training.
        epochs
            How many epochs to add to those completed; default: up to the option `epochs` in all.

        Returns
        -------
        History

        Raises
        ------
        RnnValueError, RnnTypeError
            Sequences or targets that do not fit the network or the loss.
        RnnStateError
            `epochs` are completed already.

        Notes
        -----
        What a callback, a custom loss or a signal handler raises ends the training after the batch and is raised here:
        so does Ctrl-C, with KeyboardInterrupt.  A later fit continues with the next batch.
        """
        training = self.dataset(x, y, lengths=lengths, mask=mask, weights=weights, step_mask=step_mask)
        if isinstance(validation, tuple):
            if len(validation) != 2:
                raise RnnTypeError(f"validation has {len(validation)} elements, expected a pair (x, y) or a Dataset")
            validation = self.dataset(*validation)
        elif validation is not None:
            validation = self.dataset(validation)
        if epochs is not None:
            self["epochs"] = self["epoch"] + epochs
        history = History()
        listeners: list[AnyCallback] = [history, *callbacks]
        _Fit(self, listeners, history).run(training, validation)
        return history

    def evaluate(self, x: Any, y: Any = None, *, lengths: npt.ArrayLike | None = None, mask: Any = None,
                 weights: npt.ArrayLike | None = None, step_mask: Any = None) -> Evaluation:
        """The loss and accuracy on sequences, given as to `fit`."""
        dataset = self.dataset(x, y, lengths=lengths, mask=mask, weights=weights, step_mask=step_mask)
        loss, accuracy, handle = c_double(), c_double(), self._as_parameter_
        call: Any = Call() if self._kind_of_loss == "custom" or dataset._has_source else call_directly
        call(library.rnn_evaluate, handle, byref(loss), byref(accuracy), dataset)
        return Evaluation(loss.value, accuracy.value)

    def set_checkpoint(self, path: str | os.PathLike[str] | None) -> None:
        """Where fit saves after every epoch, for `load`; None: nowhere."""
        library.rnn_trainer_set_checkpoint(self, None if path is None else path_of(path))

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write everything that a run needs to continue to the same bits."""
        library.rnn_trainer_save(self, path_of(path))

    def load(self, path: str | os.PathLike[str]) -> None:
        """Read what `save` wrote into this trainer, its model and its optimiser."""
        library.rnn_trainer_load(self, path_of(path))

    def __repr__(self) -> str:
        if self.closed:
            return super().__repr__()
        return (f"<{self._name()}: {self['epoch']} of {self['epochs']} epochs, {self.loss.kind}, "
                f"{self.optimizer.kind}>")


class _Fit:
    """One fit: passes the events of the library on to callbacks."""

    def __init__(self, trainer: Trainer, callbacks: list[AnyCallback], history: History) -> None:
        self._trainer, self._history = trainer, history
        self._objects = [one for one in callbacks if isinstance(one, Callback)]
        self._functions: list[Any] = [one for one in callbacks if not isinstance(one, Callback)]
        # Those that have something to do after a batch.
        self._of_batches = [one for one in self._objects if type(one).on_batch_end is not Callback.on_batch_end]
        for one in self._functions:
            if not callable(one):
                raise RnnTypeError(f"callbacks has the element {one!r}, expected a Callback or a function")

    def run(self, training: Dataset, validation: Dataset | None) -> None:
        """Trains."""
        begun, call, handle = [], Call(), self._trainer._as_parameter_  # a callback may close the trainer
        self._since = time.perf_counter()
        # Also without work for it: signal handlers run in it.
        told = call.back(_abi.rnn_progress, lambda _user, _trainer, event: self._tell(_EVENTS[event]))
        try:
            for one in self._objects:
                begun.append(one)
                one.on_fit_begin(self._trainer)
            library.rnn_trainer_set_callback(handle, told, None)
            call(library.rnn_fit, handle, training, validation)
        finally:
            library.rnn_trainer_set_callback(handle, _abi.rnn_progress(), None)  # `told` ends with this method
            for one in begun:
                one.on_fit_end(self._trainer)

    def _tell(self, event: str) -> int:
        """Status for the library: 1 stops the training."""
        trainer, stop = self._trainer, False
        if event == "batch":
            for one in self._of_batches:
                stop = bool(one.on_batch_end(trainer)) or stop
        elif event == "epoch":
            record = self._record()
            for one in self._objects:
                stop = bool(one.on_epoch_end(trainer, record)) or stop
        for function in self._functions:
            stop = bool(function(trainer, event)) or stop
        if stop or event == "early_stop":
            self._history.stopped = True
        return int(stop)

    def _record(self) -> dict[str, float]:
        now, trainer = time.perf_counter(), self._trainer
        seconds, self._since = now - self._since, now
        return {"epoch": trainer["epoch"], "loss": trainer["training_loss"], "val_loss": trainer["validation_loss"],
                "rate": trainer.optimizer["current_rate"], "seconds": seconds}
