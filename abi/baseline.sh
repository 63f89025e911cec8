#!/bin/sh
# baseline.sh: writes abi/baseline, to which tests compare the interface and the files of later sources:
#
#     librnn.json          the interface, a copy of abi/librnn.json
#     rnn.h                the header without its comments, for a program of the baseline: tests/io/old_client.c
#     symbols, librnn.abi  what dump.sh finds in the library
#     results, *.safetensors   what that program writes: trainers in the middle of an epoch, optimisers, models, and what
#                          they compute
#
# It is run when a release becomes the baseline.  It needs Linux on x86-64, gcc, CMake, Python and abidw.
#
# Before 1.0 a break of the ABI is allowed, with a new baseline and a line in CHANGELOG.md in the same commit.  After 1.0
# it is not.
set -eu
abi=$(cd "$(dirname "$0")" && pwd)
root=$(dirname "$abi")
baseline=$abi/baseline
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

python3 "$abi/generate.py" --check "$root"
cmake -S "$root" -B "$work/build" -DCMAKE_C_COMPILER=gcc -DCMAKE_BUILD_TYPE=Debug -DRNN_BUILD_TESTS=OFF \
    -DRNN_BUILD_EXAMPLES=OFF -DRNN_BUILD_BENCH=OFF -DRNN_BLAS=builtin >"$work/log" || { cat "$work/log"; exit 1; }
cmake --build "$work/build" --target rnn --parallel 2 >"$work/log" || { cat "$work/log"; exit 1; }
library=$work/build/src/librnn.so

rm -rf "$baseline"
mkdir "$baseline"
echo 'DisableFormat: true' >"$baseline/.clang-format" # of rnn.h, which loses its comments
cp "$abi/librnn.json" "$baseline"
python3 -c 'import re, sys
code = re.sub(r"/\*.*?\*/", "", sys.stdin.read(), flags=re.DOTALL)
print("/* rnn.h of the baseline, written by abi/baseline.sh. */", *filter(None, map(str.rstrip, code.split("\n"))), sep="\n")' \
    <"$root/include/rnn.h" >"$baseline/rnn.h"
sh "$abi/dump.sh" "$library" "$root/include" "$baseline"
[ -f "$baseline/librnn.abi" ]
gcc -std=c11 "$root/tests/io/old_client.c" -o "$work/old_client" "$library" -Wl,-rpath,"$work/build/src" -lm
"$work/old_client" write "$baseline"
"$work/old_client" check "$baseline"
du -sb "$baseline"
