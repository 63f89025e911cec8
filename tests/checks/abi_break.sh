#!/bin/sh
# abi_break.sh BASELINE INTERFACE LIBRNN_SO HEADERS WORK: programs of the baseline go on working.  BASELINE is the folder
# abi/baseline, INTERFACE abi/librnn.json, HEADERS the folder of rnn.h, WORK a folder for its files.
#   - LIBRNN_SO exports all symbols of the baseline, with their versions
#   - INTERFACE has its functions, callbacks and constants unchanged (abi/compare.py)
#   - the types of its functions are those in LIBRNN_SO (abidiff, where abi/dump.sh can make a dump)
# Additions are printed.
set -eu
baseline=$1 interface=$2 library=$3 headers=$4 work=$5
abi=$(cd "$(dirname "$0")/../../abi" && pwd)
python=${RNN_PYTHON:-python3}
export LC_ALL=C
faults=0

sh "$abi/dump.sh" "$library" "$headers" "$work"
missing=$(comm -23 "$baseline/symbols" "$work/symbols")
if [ -n "$missing" ]; then
    echo "BREAK: no longer exported:" $missing
    faults=1
fi

if command -v "$python" >/dev/null; then
    "$python" "$abi/compare.py" "$baseline/librnn.json" "$interface" || faults=1
else
    echo "the interfaces are not compared: no $python"
fi

# 4: something changed; 8: it is a break for certain, such as a missing function.  A type that changed is 4 alone.
if [ -f "$work/librnn.abi" ]; then
    if abidiff --no-added-syms "$baseline/librnn.abi" "$work/librnn.abi" >"$work/abidiff"; then
        echo "abidiff finds no break"
    else
        cat "$work/abidiff"
        echo "BREAK: abidiff finds differences"
        faults=1
    fi
fi

if [ $faults != 0 ]; then
    echo "Programs that were compiled before would fail.  Before 1.0 such a change needs, in the same commit, a new" \
        "baseline (sh abi/baseline.sh) and a line in CHANGELOG.md that says what changed; after 1.0 it is not allowed."
fi
exit $faults
