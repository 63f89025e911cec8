"""Callbacks of Trainer.fit."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .trainer import Trainer

Record = dict[str, float]


class Callback:
    """What Trainer.fit calls; a subclass overrides what it needs.

    A true value that `on_batch_end` or `on_epoch_end` returns ends the training.  An exception ends it too, and is
    raised by fit.  A callback may read and save the trainer, use the model, and set options of the optimiser.
    """

    def on_fit_begin(self, trainer: Trainer) -> None:
        """Before the first batch."""

    def on_batch_end(self, trainer: Trainer) -> bool | None:
        """After the update of a batch."""
        return None

    def on_epoch_end(self, trainer: Trainer, record: Record) -> bool | None:
        """After an epoch; the record has `epoch`, `loss`, `val_loss` (NaN without validation), `rate`, `seconds`."""
        return None

    def on_fit_end(self, trainer: Trainer) -> None:
        """At the end of fit, also after an exception."""


class History(Callback):
    """The records of all epochs.  `Trainer.fit` makes one and returns it.

    Attributes
    ----------
    records : list of dict
        For each epoch `epoch`, `loss`, `val_loss`, `rate` and `seconds`.
    stopped : bool
        Whether a callback ended the training, EarlyStopping included.

    Examples
    --------
    >>> history = History()
    >>> history.records += [{"epoch": 1, "loss": 2.0}, {"epoch": 2, "loss": 1.5}]
    >>> history["loss"], len(history)
    ([2.0, 1.5], 2)
    """

    def __init__(self) -> None:
        self.records: list[Record] = []
        self.stopped = False

    def on_epoch_end(self, trainer: Trainer, record: Record) -> None:
        self.records.append(record)

    def __getitem__(self, name: str) -> list[float]:
        return [record[name] for record in self.records]

    def __len__(self) -> int:
        return len(self.records)

    def __iter__(self) -> Iterator[Record]:
        return iter(self.records)

    def __repr__(self) -> str:
        last = "".join(f", {name} {self.records[-1][name]:.4g}" for name in ("loss", "val_loss")
                       if self.records and self.records[-1].get(name, float("nan")) == self.records[-1].get(name))
        return f"<History: {len(self)} epochs{last}>"


class EarlyStopping(Callback):
    """Stops after `patience` epochs without a better validation loss.

    Parameters
    ----------
    patience : int
        Epochs.
    keep_best : bool
        Whether fit leaves the parameters of the best validation loss in the model.
    min_delta : float
        A loss is better only if it is smaller than the best one by more than this; also for `keep_best`.
    """

    def __init__(self, patience: int = 5, keep_best: bool = True, min_delta: float = 0.0) -> None:
        self.patience, self.keep_best, self.min_delta = patience, keep_best, min_delta

    def on_fit_begin(self, trainer: Trainer) -> None:
        trainer["early_stop"] = self.patience
        trainer["min_delta"] = self.min_delta
        trainer["keep_best"] = self.keep_best


class Checkpoint(Callback):
    """Saves the network, or the whole trainer, after epochs.

    Parameters
    ----------
    path
        Where to save; ``{epoch}`` in it stands for the number of the epoch.
    every : int
        Save after every so many epochs.
    best_only : bool
        Save only if the validation loss is the best so far.
    resumable : bool
        Save the trainer, for `Trainer.load`, and not only the network, for `Model.load`.
    """

    def __init__(self, path: str | os.PathLike[str], every: int = 1, best_only: bool = False,
                 resumable: bool = False) -> None:
        self.path, self.every, self.best_only, self.resumable = os.fspath(path), every, best_only, resumable
        self._best = float("inf")

    def on_epoch_end(self, trainer: Trainer, record: Record) -> None:
        if self.best_only:
            if not record["val_loss"] < self._best:
                return
            self._best = record["val_loss"]
        elif record["epoch"] % self.every != 0:
            return
        path = self.path.replace("{epoch}", str(int(record["epoch"])))
        (trainer if self.resumable else trainer.model).save(path)


class ReduceOnPlateau(Callback):
    """Multiplies the learning rate by `factor` after `patience` epochs without a better validation loss.

    Parameters
    ----------
    factor : float
        Below 1.
    patience : int
        Epochs.
    threshold : float
        By what proportion a loss must be lower to count as better.
    minimum_rate : float
        The rate does not fall below this.
    """

    def __init__(self, factor: float = 0.1, patience: int = 10, threshold: float = 1e-4,
                 minimum_rate: float = 0.0) -> None:
        self._options: dict[str, Any] = {"plateau_factor": factor, "patience": patience,
                                         "plateau_threshold": threshold, "minimum_rate": minimum_rate, "plateau": 1}

    def on_fit_begin(self, trainer: Trainer) -> None:
        for name, value in self._options.items():
            trainer.optimizer[name] = value


class Progress(Callback):
    """A progress bar over the epochs, by tqdm (the extra ``progress``); in notebooks one of theirs."""

    def __init__(self) -> None:
        self._bar: Any = None

    def on_fit_begin(self, trainer: Trainer) -> None:
        try:
            from tqdm.auto import tqdm
        except ImportError:
            raise ImportError("Progress needs tqdm: pip install 'librnn[progress]'") from None
        self._bar = tqdm(total=trainer["epochs"], initial=trainer["epoch"], unit="epoch")
        self._shown = 0.0

    def on_batch_end(self, trainer: Trainer) -> None:
        now = time.monotonic()
        if now - self._shown > 0.2:
            self._shown = now
            self._bar.set_postfix(batch=trainer["batch"], loss=f"{trainer['training_loss']:.4f}")

    def on_epoch_end(self, trainer: Trainer, record: Record) -> None:
        losses = {name: f"{record[name]:.4f}" for name in ("loss", "val_loss") if record[name] == record[name]}
        self._bar.set_postfix(losses)
        self._bar.update(1)

    def on_fit_end(self, trainer: Trainer) -> None:
        if self._bar is not None:
            self._bar.close()
