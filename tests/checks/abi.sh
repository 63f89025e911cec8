#!/bin/sh
# abi.sh ROOT: what is generated from ROOT/include/rnn.h is up to date: abi/librnn.json, and from that the declarations
# of the bindings.
set -eu
root=$1
abi=$(cd "$(dirname "$0")/../../abi" && pwd)
python=${RNN_PYTHON:-python3}
if ! command -v "$python" >/dev/null; then
    echo "skipped: no $python"
    exit 77
fi
"$python" "$abi/generate.py" --check "$root"
"$python" "$abi/declare.py" --check "$root"
