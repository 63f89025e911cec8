"""The CTC loss: torch.nn's class, run by librnn."""

# mypy: allow-untyped-calls, allow-subclassing-any, no-warn-unused-ignores, no-warn-return-any

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from .._arguments import Integers, whole
from .._errors import RnnValueError
from ..loss import Loss
from ._tensors import Threads, array_of, check, check_type, differentiable_once, threads_of


_IDLE: list[_Worker] = []  # losses that no call needs at the moment


class _Worker:
    """A loss of librnn with its threads."""

    def __init__(self) -> None:
        self._loss = Loss("ctc", reduction="sum")
        self._threads = Threads(self._loss)

    def compute(self, threads: int, options: dict[str, int], logits: Tensor,
                **batch: Any) -> tuple[Tensor, Tensor | None]:
        """The loss of each sequence, and the gradient of their sum."""
        self._threads.set(threads)
        for name, value in options.items():
            self._loss[name] = value
        _sum, dy = self._loss(array_of(logits), **batch)
        losses = torch.from_numpy(self._loss.sequence_losses().astype(np.float32))
        return losses, None if dy is None else torch.from_numpy(dy)


class _Losses(torch.autograd.Function):
    """(run, log_probs [T,N,C]) to the loss of each sequence [N]."""

    @staticmethod
    def forward(ctx: Any, compute: Any, log_probs: Tensor) -> Tensor:
        losses, gradient = compute(log_probs, True)
        ctx.save_for_backward(gradient, log_probs)
        return losses

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> tuple[Tensor | None, ...]:
        found, log_probs = ctx.saved_tensors
        with torch.no_grad():
            gradient = found * gradients[0][:, None]
        return None, *differentiable_once("CTCLoss", [gradient], [*gradients, log_probs])


class CTCLoss(torch.nn.CTCLoss):
    """``torch.nn.CTCLoss``, run by librnn.

    Parameters
    ----------
    blank, reduction, zero_infinity
        Those of ``torch.nn.CTCLoss``.
    threads : int, optional
        Threads of this loss; default ``torch.get_num_threads()`` at each call.

    Notes
    -----
    The loss takes ``log_softmax(logits)``, as that of PyTorch, and its gradient is the same.  It normalises its input
    itself, so it takes the logits just as well: the result is the same, and ``log_softmax`` is not needed.

    The gradient of a sequence whose loss is infinite is 0, also without ``zero_infinity``; PyTorch's is NaN.

    Examples
    --------
    >>> import torch, librnn.torch
    >>> logits = torch.zeros(10, 2, 4, requires_grad=True)              # [T,N,C]
    >>> loss = librnn.torch.CTCLoss()(logits, torch.tensor([[1, 2, 3], [2, 1, 0]]), [10, 8], [3, 2])
    >>> loss.backward()
    >>> logits.grad.shape
    torch.Size([10, 2, 4])
    """

    def __init__(self, blank: int = 0, reduction: str = "mean", zero_infinity: bool = False, *,
                 threads: int | None = None) -> None:
        super().__init__(blank=blank, reduction=reduction, zero_infinity=zero_infinity)
        if reduction not in ("none", "mean", "sum"):
            raise RnnValueError(f"reduction is {reduction!r}, expected 'none', 'mean' or 'sum'")
        self.threads = threads

    def forward(self, log_probs: Tensor, targets: Tensor, input_lengths: Any, target_lengths: Any) -> Tensor:
        """The loss.

        Parameters
        ----------
        log_probs
            [T,N,C], or [T,C] for one sequence: logarithms of probabilities, or logits.
        targets
            Labels [N,S], or those of all sequences one after the other; [S] for one sequence.
        input_lengths, target_lengths
            [N]: steps and labels of the sequences.  Tensors, lists, or numbers for one sequence.

        Returns
        -------
        loss
            A scalar; with ``reduction="none"`` [N].

        Raises
        ------
        RnnTypeError
            log_probs is not float32 on the CPU.
        RnnValueError
            A wrong shape, or a length or label out of range.
        """
        check_type("log_probs", log_probs)
        one = log_probs.dim() == 2
        if one:
            check("log_probs", log_probs, {"T": None, "C": None})
            log_probs = log_probs.unsqueeze(1)
        check("log_probs", log_probs, {"T": None, "N": None, "C": None})
        steps, batch, _classes = log_probs.shape
        valid = whole("input_lengths", np.asarray(input_lengths).reshape(-1), {"N": batch}, 0, steps)
        counts = whole("target_lengths", np.asarray(target_lengths).reshape(-1), {"N": batch}, 0)
        labels = _labels(targets, counts, one)
        options = {"blank": self.blank, "zero_infinity": int(self.zero_infinity)}

        def compute(logits: Tensor, want_gradient: bool) -> tuple[Tensor, Tensor | None]:
            worker = _IDLE.pop() if _IDLE else _Worker()
            try:
                return worker.compute(threads_of(self.threads), options, logits, targets=labels, lengths=valid,
                                      label_lengths=counts, want_dy=want_gradient)
            finally:
                _IDLE.append(worker)

        if torch.is_grad_enabled() and log_probs.requires_grad:
            losses = _Losses.apply(compute, log_probs)
        else:
            losses, _none = compute(log_probs, False)
        return self._reduced(losses, counts, one)

    def _reduced(self, losses: Tensor, counts: Integers, one: bool) -> Tensor:
        if self.reduction == "mean":
            return (losses / torch.from_numpy(counts).clamp(min=1)).mean()
        if self.reduction == "sum":
            return losses.sum()
        return losses[0] if one else losses


def _labels(targets: Any, counts: Integers, one: bool) -> Integers | None:
    """The labels [N,S]; None if no sequence has any."""
    array = np.asarray(targets)
    if array.ndim == 1 and not one:
        total = int(counts.sum())
        array = whole("targets", array, {"sum of target_lengths": total})
        padded = np.zeros((len(counts), max(1, counts.max())), np.int32)
        padded[np.arange(padded.shape[1]) < counts[:, np.newaxis]] = array
        return padded
    if one:
        array = array.reshape(1, -1)
    axes = {"N": len(counts), "S": None}
    labels = whole("targets", array, axes)
    if counts.max() > labels.shape[1]:
        raise RnnValueError(f"target_lengths has the element {counts.max()}, but targets has {labels.shape[1]} labels "
                            "for each sequence")
    return labels if labels.shape[1] > 0 else None
