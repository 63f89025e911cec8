#!/bin/sh
# testing.sh ROOT: the figures of ROOT/docs/testing.md are those of the sources.
set -eu
python=${RNN_PYTHON:-python3}
if ! command -v "$python" >/dev/null; then
    echo "skipped: no $python"
    exit 77
fi
"$python" "$1/docs/testing.py" --check
