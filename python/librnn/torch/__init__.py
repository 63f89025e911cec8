"""librnn in PyTorch: recurrent layers and the CTC loss for the CPU, with the arguments and weights of ``torch.nn``.

    import librnn.torch

    layer = librnn.torch.LSTM(40, 128, num_layers=2, batch_first=True)      # in place of torch.nn.LSTM
    model, names = librnn.torch.replace(model)                              # or: all recurrent layers of a model

Layers take and return tensors of PyTorch and take part in its automatic differentiation.  Their parameters are those
of ``torch.nn``, so optimisers and checkpoints work with both.  All tensors are float32 on the CPU.

Times of PyTorch 2.13 in multiples of librnn's, one thread, AMD EPYC with AVX2, by ``bench/torch_speed.py --cpu`` on
2026-11-28: training on PackedSequences of lengths 10 to 400, 16 to 19; inference on these 2.4; CTC 5.0; training of a
dense batch, GRU of 64 units 4.6, of 256 units 1.6, LSTM of 256 units 1.2.  An LSTM of 512 units trains more slowly than
that of PyTorch: 0.9.
"""

try:
    import torch as _torch  # noqa: F401
except ImportError:
    raise ImportError("librnn.torch needs torch: pip install 'librnn[torch]'", name="torch") from None

from .ctc import CTCLoss
from .recurrent import GRU, LSTM, RNN
from .replacement import replace

__all__ = ["GRU", "LSTM", "RNN", "CTCLoss", "replace"]
