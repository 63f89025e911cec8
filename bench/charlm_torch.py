#!/usr/bin/env python3
"""The task of examples/charlm, with its defaults, in PyTorch: when does the validation loss reach each goal?

usage: charlm_torch.py TEXT [SEED]        needs torch from PyPI (torch==2.13.0 gave the figures in README.md)

The same streams, batch 32, 64 steps, 128 units, gradient descent at rate 1 on the mean loss, clipping at norm 1, state
carried on; a thread for each available core, as in charlm.  Validations are not counted as training time, as in charlm.
"""
import os
import sys
import time

import torch
from torch import nn

torch.manual_seed(int(sys.argv[2]) if len(sys.argv) > 2 else 1)
torch.set_num_threads(len(os.sched_getaffinity(0)))
BATCH, STEPS, UNITS, LONGEST = 32, 64, 128, 200
goals = [2.01, 1.83, 1.79]

data = open(sys.argv[1], "rb").read()
letters = sorted(set(data))
index = {letter: i for i, letter in enumerate(letters)}
text = torch.tensor([index[letter] for letter in data])
border = len(text) - len(text) // 10
length = border // BATCH
streams = text[: length * BATCH].view(BATCH, length).t().contiguous()
held_out = text[border:]
one_hot = torch.eye(len(letters))

rnn, head = nn.RNN(len(letters), UNITS), nn.Linear(UNITS, len(letters))
parameters = [*rnn.parameters(), *head.parameters()]
descent, loss_of = torch.optim.SGD(parameters, lr=1.0), nn.CrossEntropyLoss()


def validate():
    with torch.inference_mode():
        h, _ = rnn(one_hot[held_out[:-1]].unsqueeze(1))
        return loss_of(head(h).squeeze(1), held_out[1:]).item()


start, validating, next_validation = time.perf_counter(), 0.0, 0.5
step, position, state = 0, 0, None
while goals and time.perf_counter() - start < LONGEST:
    if position + STEPS + 1 > length:
        position, state = 0, None
    x, targets = streams[position : position + STEPS], streams[position + 1 : position + STEPS + 1]
    position += STEPS
    descent.zero_grad()
    h, state = rnn(one_hot[x], state)
    state = state.detach()
    loss_of(head(h).view(-1, len(letters)), targets.reshape(-1)).backward()
    nn.utils.clip_grad_norm_(parameters, 1.0)
    descent.step()
    step += 1
    trained = time.perf_counter() - start - validating
    if trained >= next_validation:
        begin = time.perf_counter()
        loss = validate()
        while goals and loss <= goals[0]:
            print(f"{goals.pop(0):.2f} after {trained:6.2f} s of training, {step * BATCH * STEPS / trained:.0f} "
                  "characters per second", flush=True)
        validating += time.perf_counter() - begin
        next_validation = trained + 0.5
