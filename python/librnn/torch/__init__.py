"""librnn in PyTorch: recurrent layers and the CTC loss for the CPU, with the arguments and weights of ``torch.nn``.

    import librnn.torch

    layer = librnn.torch.LSTM(40, 128, num_layers=2, batch_first=True)      # in place of torch.nn.LSTM
    model, names = librnn.torch.replace(model)                              # or: all recurrent layers of a model

Layers take and return tensors of PyTorch and take part in its automatic differentiation.  Their parameters are those
of ``torch.nn``, so optimisers and checkpoints work with both.  All tensors are float32 on the CPU.

Times of PyTorch 2.13 in multiples of librnn's, one thread and two, on a quiet machine with two cores (AMD EPYC, AVX2),
by ``bench/torch_speed.py --threads 1 2`` on 2026-11-29: training on PackedSequences of lengths 10 to 400, 11 to 16 and
10 to 17; inference on these 2.1 and 2.9 at most; CTC 4.2 and 3.8; training of a dense batch, GRU of 64 units 3.1 and
4.2, of 256 units 1.5 and 1.6, LSTM of 256 units 1.3 and 1.2, of 512 units 1.1.  A core of that machine makes 104 GFLOP/s,
of which the GRU of 256 units takes 80 in librnn and 54 in PyTorch: more than 1.9 is not there to be had.
"""

try:
    import torch as _torch  # noqa: F401
except ImportError:
    raise ImportError("librnn.torch needs torch: pip install 'librnn[torch]'", name="torch") from None

from .ctc import CTCLoss
from .recurrent import GRU, LSTM, RNN
from .replacement import replace

__all__ = ["GRU", "LSTM", "RNN", "CTCLoss", "replace"]
