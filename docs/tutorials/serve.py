"""Trains a classifier in PyTorch and saves it for serve.c; compares what serve.c makes of it.

    python serve.py                   # writes model.safetensors, input.txt and expected.txt
    python serve.py compare FILE      # FILE is the output of serve.c
"""

import sys

import safetensors.torch
import torch
from torch import nn


class Classifier(nn.Module):
    """Is the mean of the first feature positive?"""

    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(3, 16, batch_first=True)
        self.fc = nn.Linear(16, 2)

    def forward(self, x):
        """The logits of sequences of one length, [B,2]."""
        y, _state = self.lstm(x)
        return self.fc(y[:, -1])


def train(model):
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    for _ in range(100):
        x = torch.randn(32, int(torch.randint(5, 20, ())), 3)
        loss = nn.functional.cross_entropy(model(x), (x[:, :, 0].mean(1) > 0).long())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    safetensors.torch.save_file(model.state_dict(), "model.safetensors")


def main():
    torch.manual_seed(0)
    model = Classifier()
    train(model)
    with open("input.txt", "w") as inputs, open("expected.txt", "w") as expected, torch.no_grad():
        for steps in (1, 7, 20):
            x = torch.randn(1, steps, 3)
            inputs.writelines(" ".join(f"{value:.9g}" for value in row.tolist()) + "\n" for row in x[0])
            inputs.write("\n")
            expected.write(" ".join(f"{value:.6f}" for value in model(x)[0].tolist()) + "\n")


def compare(path):
    """The largest difference."""
    with open("expected.txt") as expected, open(path) as found:
        pairs = list(zip(expected.read().split(), found.read().split(), strict=True))
    largest = max(abs(float(one) - float(other)) for one, other in pairs)
    print(f"{len(pairs)} numbers, the largest difference is {largest:.1e}")
    return largest < 1e-5


if __name__ == "__main__":
    sys.exit(not compare(sys.argv[2])) if sys.argv[1:2] == ["compare"] else main()
