"""What all estimators share: their parameters, the network, and its training."""

from __future__ import annotations

import inspect
import numbers
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator
from sklearn.model_selection import train_test_split
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_array, check_is_fitted, check_scalar

from .._arguments import choice
from .._errors import RnnTypeError, RnnValueError
from ..callbacks import Callback, EarlyStopping, Record
from ..dataset import Dataset
from ..loss import Loss
from ..model import Model
from ..optimizer import Optimizer
from ..trainer import Trainer
from ._sequences import Array, check_sequences, moments

_PARAMETERS = """cell : str
    ``"gru"``, ``"lstm"``, ``"tanh"``, ``"relu"``, ``"mingru"``, ``"slstm"``, ``"indrnn"`` or ``"mingru_highway"``.
hidden_size : int
    Hidden units of each layer and direction.
num_layers : int
    Layers.
bidirectional : bool
    Whether the layers read in both directions.
dropout : float
    Dropout between layers; without effect if there is one layer.
recurrent_dropout : float
    Dropout of the hidden state within a layer.
epochs : int
    How often all sequences are read.
batch_size : int
    Sequences of an update.
optimizer : str
    ``"adam"``, ``"adamw"``, ``"rmsprop"``, ``"adagrad"`` or ``"sgd"``.
learning_rate : float
    The rate, at first.
schedule : str
    ``"cosine"``, the rate falls to 0 over the epochs; or ``"constant"``.
weight_decay : float or None
    None: the default of the optimiser, 0.01 for ``"adamw"`` and else 0.
max_norm : float
    Longer gradients are shortened to this norm; 0: any.
standardise : bool
    Whether the inputs are shifted and scaled to mean 0 and deviation 1 over all steps of the training data.
early_stopping : bool
    Whether to hold out a part of the data, stop after `n_iter_no_change` epochs without a better loss on it, and keep
    the parameters of the best epoch.
validation_fraction : float
    That part, between 0 and 1.
n_iter_no_change : int
    See `early_stopping`.
warm_start : bool
    Whether `fit` continues from the parameters of the `fit` before.
threads : int
    Threads of the network.
random_state : int, RandomState or None
    Determines initial weights, the order of the sequences, dropout, and what is held out.
verbose : bool
    Whether to print the loss of each epoch.
network_options : dict or None
    More options of `librnn.Model`, such as ``{"layer_norm": 1}``."""

_ATTRIBUTES = """network_ : librnn.Model
    The network; ``network_.save(path)`` writes it for other programs.
history_ : librnn.History
    The losses of the epochs of the last fit.
n_iter_ : int
    Epochs of the last fit.
n_features_in_ : int
    Features of each step; columns if X was a table.
mean_, scale_ : array [F]
    By which the inputs are standardised."""

_SIZES = ("hidden_size", "num_layers", "epochs", "batch_size", "n_iter_no_change", "threads")
_REALS = {"dropout": (0, 0.99, "both"), "recurrent_dropout": (0, 0.99, "both"),
          "learning_rate": (0, None, "neither"), "max_norm": (0, None, "both"),
          "validation_fraction": (0, 1, "neither")}

_WORDS = {"schedule": ("cosine", "constant"), "pooling": ("last_step", "mean"), "decoder": ("greedy", "beam"),
          "loss": ("squared_error", "absolute_error", "huber")}


class _Report(Callback):
    """Prints the losses."""

    def on_epoch_end(self, trainer: Trainer, record: Record) -> None:
        held_out = "" if np.isnan(record["val_loss"]) else f", held out {record['val_loss']:.4f}"
        print(f"epoch {record['epoch']}: loss {record['loss']:.4f}{held_out}")


class Recurrent(BaseEstimator):  # type: ignore[misc]
    """An estimator with a network.  A subclass has the parameters, as scikit-learn requires, in its own __init__."""

    cell: str
    hidden_size: int
    num_layers: int
    bidirectional: bool
    dropout: float
    recurrent_dropout: float
    epochs: int
    batch_size: int
    optimizer: Any
    learning_rate: float
    schedule: Any
    weight_decay: float | None
    max_norm: float
    standardise: bool
    early_stopping: bool
    validation_fraction: float
    n_iter_no_change: int
    warm_start: bool
    threads: int
    random_state: Any
    verbose: bool
    network_options: Mapping[str, Any] | None

    def __init_subclass__(cls, **options: Any) -> None:
        """Writes the parameters and attributes that all have into the docstring."""
        super().__init_subclass__(**options)
        if cls.__doc__:
            text = inspect.cleandoc(cls.__doc__)
            cls.__doc__ = text.replace("<parameters of all>", _PARAMETERS).replace("<attributes of all>", _ATTRIBUTES)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        tags.input_tags.three_d_array = True
        return tags

    # ---- parameters and data ----

    def _keep(self, arguments: Mapping[str, Any]) -> None:
        """Sets the arguments of __init__ as they are, which scikit-learn demands."""
        for name, value in arguments.items():
            if name != "self":
                setattr(self, name, value)

    def _check_parameters(self) -> None:
        """The ranges of what is not passed on to the library under its name there."""
        for name in _SIZES:
            check_scalar(getattr(self, name), name, numbers.Integral, min_val=1)
        for name, (low, high, closed) in _REALS.items():
            check_scalar(getattr(self, name), name, numbers.Real, min_val=low, max_val=high,
                         include_boundaries=closed)
        choice("optimizer", self.optimizer)
        for name, words in _WORDS.items():  # some have no such parameter
            value = getattr(self, name, words[0])
            if value not in words:
                known = ", ".join(map(repr, words[:-1]))
                raise RnnValueError(f"{name} is {value!r}, expected {known} or {words[-1]!r}")
        if not isinstance(self.network_options, (Mapping, type(None))):
            raise RnnTypeError(f"network_options is {self.network_options!r}, expected a dict or None")

    def _check_targets(self, y: Any, count: int) -> None:
        """y must be there, with one element for each sequence."""
        if y is None:
            raise RnnValueError(f"{type(self).__name__} requires y to be passed, but the target y is None")
        size = len(y if hasattr(y, "__len__") else np.asarray(y))
        if size != count:
            raise RnnValueError(f"y has {size} elements, expected {count}, one for each sequence of X")

    def _check_weights(self, sample_weight: Any, x: list[Array]) -> tuple[Array | None, npt.NDArray[np.intp]]:
        """The weights above 0, and the numbers of their sequences; the others are left out everywhere."""
        if sample_weight is None:
            return None, np.arange(len(x))
        weights = check_array(sample_weight, ensure_2d=False, dtype=np.float64, input_name="sample_weight")
        if weights.shape != (len(x),):
            raise RnnValueError(f"sample_weight has shape {weights.shape}, expected ({len(x)},)")
        if (weights < 0).any():
            raise RnnValueError("sample_weight has a negative element")
        kept = np.flatnonzero(weights)
        if len(kept) == 0:
            raise RnnValueError("sample_weight has only elements of zero")
        return weights[kept], kept

    def _check_new_inputs(self, X: Any) -> list[Array]:
        """X for a network that is trained."""
        check_is_fitted(self, "network_")
        return self._standardised(check_sequences(self, X, reset=False))

    def _set_scale(self, x: list[Array], weights: Array | None) -> None:
        if self.standardise:
            self.mean_, self.scale_ = moments(x, weights)
        else:
            self.mean_, self.scale_ = np.zeros(x[0].shape[1]), np.ones(x[0].shape[1])

    def _standardised(self, x: list[Array]) -> list[Array]:
        return [((one - self.mean_) / self.scale_).astype(np.float32) for one in x]

    # ---- the network ----

    def _continues(self, partial: bool) -> bool:
        """Whether this call continues the training of the network that is there."""
        self._check_parameters()
        return hasattr(self, "network_") and (partial or self.warm_start)

    def _create(self, inputs: int, outputs: int, output: Any) -> None:
        """A new network, with its own stream of random numbers."""
        self._random = check_random_state(self.random_state)
        options: dict[str, Any] = {
            "cell": self.cell, "input_size": inputs, "hidden_size": self.hidden_size, "layers": self.num_layers,
            "classes": outputs, "output": output, "seed": self._seed(),
            "direction": "both" if self.bidirectional else "forward"}
        if self.recurrent_dropout:
            options["recurrent_dropout"] = self.recurrent_dropout
        if self.num_layers > 1:
            options["dropout"] = self.dropout
        self.network_ = Model(**{**options, **self._network_options(), **(self.network_options or {})})
        self._updates: Optimizer | None = None

    def _network_options(self) -> dict[str, Any]:
        """Those that one kind of estimator adds."""
        return {}

    def _seed(self) -> int:
        return int(self._random.randint(np.iinfo(np.int32).max))

    def _new_optimizer(self, count: int, constant: bool) -> Optimizer:
        options: dict[str, Any] = {"rate": self.learning_rate, "max_norm": self.max_norm}
        if self.weight_decay is not None:
            options["weight_decay"] = self.weight_decay
        if not constant and self.schedule == "cosine":
            options.update(schedule="cosine", period=max(1, self.epochs * -(-count // self.batch_size)))
        return Optimizer(self.optimizer, self.network_, **options)

    def _hold_out(self, count: int, stratify: Any) -> tuple[Any, Any]:
        """The numbers of the sequences to train on, and of those that are held out."""
        return tuple(train_test_split(np.arange(count), test_size=self.validation_fraction, stratify=stratify,
                                      random_state=self._seed()))

    def _train(self, x: list[Array], y: list[Any], loss: Loss, *, weights: Array | None = None, mask: Any = None,
               stratify: Any = None, held_out: tuple[Any, Any] | None = None, partial: bool = False) -> None:
        """All epochs; with `partial` one, which continues with the moments of the optimiser."""
        callbacks: list[Callback] = [_Report()] if self.verbose else []
        training, validation = np.arange(len(x)), None
        if self.early_stopping and not partial:
            training, rest = held_out or self._hold_out(len(x), stratify)
            validation = self._dataset(x, y, loss, weights, mask, rest)
            callbacks.append(EarlyStopping(self.n_iter_no_change))
        if not partial or self._updates is None:
            self._updates = self._new_optimizer(len(training), partial)
        trainer = Trainer(self.network_, self._updates, loss, epochs=1 if partial else self.epochs,
                          batch_size=self.batch_size, seed=self._seed(), threads=self.threads)
        with trainer:
            self.history_ = trainer.fit(self._dataset(x, y, loss, weights, mask, training), validation=validation,
                                        callbacks=callbacks)
        self.n_iter_ = len(self.history_)

    @staticmethod
    def _dataset(x: list[Array], y: list[Any], loss: Loss, weights: Array | None, mask: Any, chosen: Any) -> Dataset:
        def of(values: Any) -> Any:
            return None if values is None else [values[index] for index in chosen]
        return Dataset.of(of(x), of(y), weights=of(weights), mask=of(mask),
                          targets="classes" if loss.takes_classes else "values")

    def _run(self, x: list[Array]) -> Any:
        return self.network_.predict(x, threads=self.threads)
