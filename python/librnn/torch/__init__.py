"""librnn in PyTorch: recurrent layers and the CTC loss for the CPU, with the arguments and weights of ``torch.nn``.

    import librnn.torch

    layer = librnn.torch.LSTM(40, 128, num_layers=2, batch_first=True)      # in place of torch.nn.LSTM
    model, names = librnn.torch.replace(model)                              # or: all recurrent layers of a model

Layers take and return tensors of PyTorch and take part in its automatic differentiation.  Their parameters are those
of ``torch.nn``, so optimisers and checkpoints work with both.  All tensors are float32 on the CPU.
"""

try:
    import torch as _torch  # noqa: F401
except ImportError:
    raise ImportError("librnn.torch needs torch: pip install 'librnn[torch]'", name="torch") from None

from .ctc import CTCLoss
from .recurrent import GRU, LSTM, RNN
from .replacement import replace

__all__ = ["GRU", "LSTM", "RNN", "CTCLoss", "replace"]
