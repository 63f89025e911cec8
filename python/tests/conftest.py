"""What several tests need.  Plots go to memory."""

import os

import pytest

os.environ.setdefault("MPLBACKEND", "agg")


@pytest.fixture
def one_torch_thread():
    """PyTorch's threads wait for one another for a long time if other programs keep the cores busy."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    torch.manual_seed(1)
    yield
    torch.set_num_threads(before)
