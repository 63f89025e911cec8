#!/bin/sh
# headers_faults.sh WORK: headers.sh accepts sound headers and rejects every planted fault.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/faults.sh"

plant()
{
    rm -rf "$work"
    mkdir -p "$work/include" "$work/src/base"
    printf '%s\n' '#ifndef A_H' '#define A_H' '#include <stddef.h>' 'size_t a(void);' '#endif' >"$work/include/a.h"
    printf '%s\n' '#ifndef B_H' '#define B_H' '#include "a.h"' 'struct b { size_t b; };' '#endif' >"$work/src/base/b.h"
}

# fault WORDS FILE LINE...: headers.sh must reject the sound headers with FILE beside them.
fault()
{
    words=$1
    file=$2
    shift 2
    plant
    printf '%s\n' "$@" >"$work/$file"
    rejects "$words" sh "$here/headers.sh" "$work/include" "$work/src"
}

work=$1
plant
accepts sh "$here/headers.sh" "$work/include" "$work/src"
case $output in skipped*) echo "$output"; exit 77 ;; esac
fault 'c.h includes more than' include/c.h '#include <stdio.h>' 'extern int not_empty;'
fault 'c.h includes more than' include/c.h '#include "a.h"' 'extern int not_empty;'
fault 'c.h does not compile alone' include/c.h 'size_t c(void);'
fault 'c.h does not compile alone' include/c.h 'struct c { int c; };' # no include guard
if command -v g++ || command -v clang++; then
    fault '++ -std=c++11' include/c.h 'extern int class;'
fi
fault ' -std=c99' include/c.h 'static inline int c(unsigned x) { return x; }'
fault 'base/c.h does not compile alone' src/base/c.h 'struct c { size_t c; };'
verdict
