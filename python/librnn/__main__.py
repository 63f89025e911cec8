"""``python -m librnn``: describes checkpoints, and says which library is used."""

from __future__ import annotations

import argparse
import sys

from . import Model, RnnError, build_info, library_path


def main(arguments: list[str] | None = None) -> int:
    """Runs a command; the status for the shell."""
    parser = argparse.ArgumentParser(prog="python -m librnn", description="recurrent neural networks on the CPU")
    commands = parser.add_subparsers(dest="command", required=True)
    describe = commands.add_parser("describe", help="print options, layers and memory of a network")
    describe.add_argument("file", help="a checkpoint of librnn, or a state_dict of PyTorch as safetensors")
    describe.add_argument("--steps", type=int, default=1, help="time steps, for the memory of a session")
    describe.add_argument("--batch", type=int, default=1, help="sequences, for the memory of a session")
    describe.add_argument("--prefix", help="beginning of the names of the layers, such as 'lstm.'")
    describe.add_argument("--head", help="beginning of the names of the head, such as 'out.'")
    commands.add_parser("info", help="print the version and the path of the C library")
    chosen = parser.parse_args(arguments)
    try:
        if chosen.command == "info":
            print(build_info())
            print(library_path())
            return 0
        names = {"prefix": chosen.prefix, "head_name": chosen.head}
        model = Model.load(chosen.file, **{name: value for name, value in names.items() if value is not None})
        print(model.describe(chosen.steps, chosen.batch), end="")
        return 0
    except (RnnError, ImportError) as error:
        print(f"librnn: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
