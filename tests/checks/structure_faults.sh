#!/bin/sh
# structure_faults.sh WORK: structure.sh must accept a tree of four folders, and reject each fault planted in it.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/faults.sh"
command -v "${RNN_PYTHON:-python3}" >/dev/null || exit 77

plant()
{
    rm -rf "$work"
    mkdir -p "$work/base" "$work/math" "$work/cells" "$work/api"
    echo 'int cell = RNN_CELL_GRU;' >"$work/cells/gru.c"
    echo 'int clip = RNN_CELL_CLIP; /* unlike RNN_CELL_GRU */' >"$work/base/clip.c"
    echo 'int rnni_memory_take(int n);' >"$work/base/memory.h"
    printf '%s\n' '#include "base/memory.h"' 'int rnni_memory_take(int n)' '{' '    return n;' '}' >"$work/base/memory.c"
    printf '%s\n' 'int rnni_sum(int a);' 'static inline int rnni_sum_of(int a) { return a; }' >"$work/math/sum.h"
    printf '%s\n' '#include "math/sum.h"' '#include "base/memory.h"' '/* rnni_door() is no name here */' \
        'static int helper(int a) { return a; }' 'int rnni_sum(int a) { return rnni_memory_take(helper(a)); }' \
        >"$work/math/sum.c"
    printf '%s\n' '#include "math/sum.h"' 'int rnni_sum_twice(int a) { return rnni_sum(rnni_sum_of(a)); }' \
        >"$work/math/sum_twice.c"
    printf '%s\n' '#include "math/sum.h"' 'RNN_API int rnn_door(int a) { return rnni_sum(a); }' >"$work/api/door.c"
}

# fault MESSAGE FILE LINE: appends the line to the file.
fault()
{
    plant
    echo "$3" >>"$work/$2"
    rejects "$1" sh "$here/structure.sh" "$work"
}

work=$1
plant
accepts sh "$here/structure.sh" "$work"
fault 'files in a circle: math/sum -> math/sum_twice' math/sum.c 'int rnni_sum_more(int a) { return rnni_sum_twice(a); }'
fault 'folders in a circle' base/memory.c '#include "math/sum.h"'
fault 'files in a circle' math/sum.h '#include "api/door.h"
#include "math/sum_twice.h"'
fault 'the name of rnni_product does not begin' math/sum.c 'int rnni_product(int a) { return a; }'
fault 'the name of rnni_summed does not begin' math/sum.c 'int rnni_summed(int a)
{
    return a;
}'
fault 'the name of rnni_half does not begin' math/sum.h 'static inline int rnni_half(int a) { return a / 2; }'
fault 'math/sum.c names RNN_CELL_LSTM' math/sum.c 'int is_lstm(int cell) { return cell == RNN_CELL_LSTM; }'
plant
echo 'int x;' >"$work/api/sum.c"
rejects '2 units have the name sum: api/sum, math/sum' sh "$here/structure.sh" "$work"
plant
mkdir -p "$work/tests/unit" "$work/tests/oracle/golden"
for file in CMakeLists.txt unit/CMakeLists.txt unit/test_sum.c unit/sums.c unit/sums.h oracle/golden/vectors.py; do
    : >"$work/tests/$file"
done
accepts sh "$here/structure.sh" "$work" "$work/tests"
: >"$work/tests/oracle/golden/sums.py"
rejects '2 units have the name sums: oracle/golden/sums, unit/sums' sh "$here/structure.sh" "$work" "$work/tests"
plant
rm -r "$work"/*
rejects 'no C files' sh "$here/structure.sh" "$work"
rm -rf "$work"
verdict
