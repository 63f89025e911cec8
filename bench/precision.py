#!/usr/bin/env python3
"""What weights of fewer bits (RNN_PRECISION) cost in quality, on models of the examples.

    python3 bench/precision.py --charlm MODEL.safetensors TEXT --strings MODEL.safetensors ROWS

MODEL is what `charlm train` and `handwriting train --strings` save.  Of TEXT the last tenth counts, as in charlm, and
ROWS are of the form that `handwriting write` writes, with labels.  Prints a line for each precision.  Uses the Python
package librnn, with scikit-learn.
"""
import argparse
import pathlib

import librnn
import numpy as np
from librnn.sklearn.ctc import edit_distance

PRECISIONS = ("float32", "bf16", "int8")


def nats(path, text, precision):
    """Mean loss of a character of the last tenth of a text."""
    model = librnn.Model.load(path, precision=precision)
    token = {byte: i for i, byte in enumerate(bytes.fromhex(model.get_metadata("alphabet")))}
    data = text.read_bytes()
    tokens = np.array([token[byte] for byte in data[len(data) - len(data) // 10:]], np.int32)
    session = librnn.Session(model, training=False)
    total = 0.0
    for first in range(0, len(tokens) - 1, 4096):
        x = tokens[first:first + 4097]
        logits = session.forward(x[:-1, None])[:, 0].astype(np.float64)
        logits -= logits.max(axis=1, keepdims=True)
        total += np.sum(np.log(np.exp(logits).sum(axis=1)) - logits[np.arange(len(x) - 1), x[1:]])
    return total / (len(tokens) - 1)


def rows_of(path):
    """Features [T,3] (y, and the way from the point before) and digits of each row: see the example's task.c."""
    for line in path.read_text().splitlines():
        fields = line.split(",")
        labels = [field.index("1") for field in fields if len(field) == 10 and set(field) <= set("01")]
        points = np.array(fields[:len(fields) - len(labels)], np.float32).reshape(-1, 2)
        way = np.diff(points, axis=0, prepend=points[:1]) / 50
        yield np.column_stack([points[:, 1] / 50 - 1, way]).astype(np.float32), labels


def error_rate(path, rows, precision):
    """Percent of the digits of strings that are wrong, by the best path."""
    session = librnn.Session(librnn.Model.load(path, precision=precision), training=False)
    decoder, edits, digits = librnn.Decoder("ctc_greedy"), 0, 0
    for x, labels in rows:
        session.reset_state()
        found = decoder.decode(session.forward(x[:, None]))[0][0].tokens
        edits += edit_distance([label - 1 for label in found], labels)
        digits += len(labels)
    return 100 * edits / digits


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--charlm", nargs=2, type=pathlib.Path, metavar=("MODEL", "TEXT"))
    parser.add_argument("--strings", nargs=2, type=pathlib.Path, metavar=("MODEL", "ROWS"))
    options = parser.parse_args()
    for precision in PRECISIONS:
        found = [precision]
        if options.charlm:
            found.append(f"{nats(*options.charlm, precision):.5f} nats a character")
        if options.strings:
            model, rows = options.strings
            found.append(f"{error_rate(model, list(rows_of(rows)), precision):.3f} % of digits wrong")
        print("\t".join(found), flush=True)


main()
