#!/usr/bin/env python3
"""vad_weights.py FILE [LACKING]: random weights of the shapes that the program vad reads, without the tensor LACKING."""

import json
import random
import struct
import sys

SHAPES = {"stft_conv.weight": (258, 1, 256), "conv1.weight": (128, 129, 3), "conv1.bias": (128,),
          "conv2.weight": (64, 128, 3), "conv2.bias": (64,), "conv3.weight": (64, 64, 3), "conv3.bias": (64,),
          "conv4.weight": (128, 64, 3), "conv4.bias": (128,), "lstm_cell.weight_ih_l0": (512, 128),
          "lstm_cell.weight_hh_l0": (512, 128), "lstm_cell.bias_ih_l0": (512,), "lstm_cell.bias_hh_l0": (512,),
          "final_conv.weight": (1, 128, 1), "final_conv.bias": (1,)}


def main():
    lacking = sys.argv[2] if len(sys.argv) > 2 else ""
    generator, header, data = random.Random(1), {}, b""
    for name, shape in SHAPES.items():
        if name == lacking:
            continue
        count = 1
        for size in shape:
            count *= size
        values = struct.pack(f"<{count}f", *(generator.uniform(-0.2, 0.2) for _ in range(count)))
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [len(data), len(data) + len(values)]}
        data += values
    text = json.dumps(header).encode()
    with open(sys.argv[1], "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + data)


if __name__ == "__main__":
    main()
