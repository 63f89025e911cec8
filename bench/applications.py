#!/usr/bin/env python3
"""Seconds of training of the applications in examples, by librnn and by PyTorch: the same data, models, batches and
number of epochs, in turn.

usage: applications.py EXAMPLES DATA [--epochs N] [--threads N] [--rounds N] [--only NAME]

EXAMPLES is the folder with the programs (build/examples), DATA that with the data sets (speech, handwriting, ...).
By default every training is as long as the program's own default; --epochs makes all of them so many.  Each is run
--rounds times by both, one after the other, and its shortest time counts.  By default both use a thread for each core
that is available.  Needs numpy and torch (torch==2.13.0).
"""
import argparse
import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))

# name, the command of the program, its data; the same of PyTorch
ROWS = [
    ("speech, digits", ["speech", "train"], "speech/recordings", ["speech_torch.py"]),
    ("speech, strings", ["speech", "train", "--strings"], "speech/recordings", ["speech_torch.py", "--strings"]),
    ("handwriting, digits", ["handwriting", "train"], "handwriting", ["handwriting_torch.py"]),
    ("handwriting, strings", ["handwriting", "train", "--strings"], "handwriting",
     ["handwriting_torch.py", "--strings"]),
    ("names", ["classify", "names"], "names", ["classify_torch.py", "names"]),
    ("time series", ["classify", "series"], "timeseries/JapaneseVowels", ["classify_torch.py", "series"]),
    ("translation", ["translate", "train"], "translation", ["translate_torch.py"]),
]


def seconds(command):
    """Runs it and finds the last time of training that it prints."""
    environment = dict(os.environ, OPENBLAS_NUM_THREADS="1") if command[0] != sys.executable else os.environ
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)}: {done.stderr.strip()}")
    found = re.findall(r"seconds of training +([0-9.]+)|([0-9.]+) s of training", done.stdout)
    if not found:
        sys.exit(f"{' '.join(command)}: prints no time of training")
    print(done.stdout, file=sys.stderr)
    return float("".join(found[-1]))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("examples")
    parser.add_argument("data")
    for name, default in (("epochs", 0), ("threads", len(os.sched_getaffinity(0))), ("rounds", 1)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    more = ["--threads", str(options.threads)] + (["--epochs", str(options.epochs)] if options.epochs else [])

    print(f"{'seconds of training':24} {'librnn':>9} {'PyTorch':>9} {'ratio':>6}")
    with tempfile.TemporaryDirectory() as folder:
        for name, program, data, script in ROWS:
            if options.only not in name:
                continue
            data = os.path.join(options.data, data)
            ours = [os.path.join(options.examples, program[0]), *program[1:], data, *more, "--output",
                    os.path.join(folder, "model.safetensors")]
            theirs = [sys.executable, os.path.join(HERE, script[0]), *script[1:], data, *more]
            times = [(seconds(ours), seconds(theirs)) for _ in range(options.rounds)]
            best, other = (min(column) for column in zip(*times))
            print(f"{name:24} {best:9.1f} {other:9.1f} {other / best:6.2f}", flush=True)


main()
