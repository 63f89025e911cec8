"""What the layers and the loss share: checks of tensors, and the refusal of second derivatives."""

# mypy: allow-untyped-calls, allow-subclassing-any, no-warn-unused-ignores, no-warn-return-any

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from .. import _abi
from .._arguments import Axes, Floats, _check_shape
from .._errors import RnnStateError, RnnTypeError
from ..loss import Loss
from ..session import Session


def check_type(name: str, tensor: Any) -> None:
    """The tensor must be float32 on the CPU."""
    if not isinstance(tensor, Tensor):
        raise RnnTypeError(f"{name} is a {type(tensor).__name__}, expected a tensor")
    if tensor.dtype != torch.float32 or tensor.device.type != "cpu" or tensor.layout != torch.strided:
        layout = "" if tensor.layout == torch.strided else f" and {tensor.layout}"
        raise RnnTypeError(f"{name} is {tensor.dtype} on {tensor.device.type}{layout}, expected torch.float32 on cpu: "
                           "librnn.torch computes nothing else")


def check(name: str, tensor: Any, axes: Axes) -> None:
    """The tensor must be float32 on the CPU and have these axes."""
    check_type(name, tensor)
    _check_shape(name, tensor, axes)


def array_of(tensor: Tensor) -> Floats:
    """The memory of a tensor as an array, copied only if it has gaps."""
    return tensor.detach().contiguous().numpy()


def threads_of(threads: int | None) -> int:
    """The threads to use: as many as PyTorch does, if no number is set."""
    return torch.get_num_threads() if threads is None else threads


class Threads:
    """The threads of a session or a loss."""

    def __init__(self, owner: Session | Loss) -> None:
        self._owner, self._now = owner, (1, os.getpid())

    def set(self, threads: int) -> None:
        """Starts so many if they are others than before; a child of fork has none."""
        if self._now != (threads, os.getpid()):
            self._owner.set_threads(threads)
            self._now = threads, os.getpid()


class _Once(torch.autograd.Function):
    """Passes gradients on and refuses to be differentiated."""

    @staticmethod
    def forward(ctx: Any, name: str, count: int, *tensors: Tensor) -> tuple[Tensor, ...]:
        ctx.name = name
        return tuple(tensor.view_as(tensor) for tensor in tensors[:count])

    @staticmethod
    def backward(ctx: Any, *_gradients: Any) -> Any:
        raise RnnStateError(f"librnn.torch.{ctx.name} cannot be differentiated twice; use torch.nn.{ctx.name} for "
                            "second derivatives", _abi.E_UNSUPPORTED)


def differentiable_once(name: str, gradients: Sequence[Tensor | None],
                        sources: Sequence[Tensor | None]) -> tuple[Tensor | None, ...]:
    """Gradients that were computed from the sources.  With create_graph=True, a second derivative raises."""
    if not torch.is_grad_enabled():
        return tuple(gradients)
    present = [gradient for gradient in gradients if gradient is not None]
    once = iter(_Once.apply(name, len(present), *present, *(source for source in sources if source is not None)))
    return tuple(None if gradient is None else next(once) for gradient in gradients)
