"""Puts librnn's layers into a model."""

# mypy: allow-untyped-calls, allow-subclassing-any, no-warn-unused-ignores, no-warn-return-any

from __future__ import annotations

import copy as copying

import torch

from . import recurrent

_LAYERS: dict[type[torch.nn.Module], type[torch.nn.Module]] = {
    torch.nn.LSTM: recurrent.LSTM, torch.nn.GRU: recurrent.GRU, torch.nn.RNN: recurrent.RNN}


def replace(module: torch.nn.Module, copy: bool = False) -> tuple[torch.nn.Module, list[str]]:
    """Let librnn run the recurrent layers of a model.

    Parameters
    ----------
    module
        The model, or a single layer.
    copy
        False: the layers of this model change their class, and nothing else.  They keep their parameters, which
        optimisers may have already, their hooks, and their places.  True: the same in a deep copy.

    Returns
    -------
    module
        The model, or its copy.
    names : list of str
        The names of the layers that were replaced, as in ``named_modules``; ``""`` is the module itself.

    Notes
    -----
    Replaced are layers whose class is ``torch.nn.LSTM``, ``GRU`` or ``RNN`` and whose parameters are float32 on the CPU.
    All others stay: subclasses, parametrised and scripted layers.

    Examples
    --------
    >>> import torch, librnn.torch
    >>> model = torch.nn.ModuleDict({"encoder": torch.nn.GRU(3, 5), "head": torch.nn.Linear(5, 2)})
    >>> model, names = librnn.torch.replace(model)
    >>> names
    ['encoder']
    >>> type(model["encoder"])
    <class 'librnn.torch.recurrent.GRU'>
    """
    if copy:
        module = copying.deepcopy(module)
    names = []
    for name, layer in module.named_modules():
        kind = _LAYERS.get(type(layer))
        if kind is not None and all(one.dtype == torch.float32 and one.device.type == "cpu"
                                    for one in layer.parameters()):
            layer.__class__ = kind
            names.append(name)
    return module, names
