#!/bin/sh
# headers.sh INCLUDE SRC: every header compiles alone, without a warning, with each of gcc and clang that is here:
# the public ones below INCLUDE as C99 and C++11, the private ones below SRC as C11.  The public ones include nothing
# but stddef.h and stdint.h.  (A *_template.h is no header but a body, included once per instruction set.)
set -eu
include=$1
src=$2
warnings='-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror'
faults=0
compiled=0

fault()
{
    echo "$*"
    faults=1
}

# compiles_alone COMPILER STANDARD LANGUAGE HEADER
compiles_alone()
{
    if ! messages=$(printf '#include "%s"\n#include "%s"\ntypedef int not_empty;\n' "$4" "$4" |
        $1 -std="$2" -x "$3" $warnings -I"$include" -I"$src" -fsyntax-only - 2>&1); then
        fault "$4 does not compile alone: $1 -std=$2"
        echo "$messages" | head -n 6
    fi
    compiled=$((compiled + 1))
}

public=$(cd "$include" && find . -name '*.h' | sed 's|^\./||')
private=$(cd "$src" && find . -name '*.h' ! -name '*_template.h' | sed 's|^\./||')
if [ -z "$public" ]; then
    fault "no header below $include"
fi

for header in $public; do
    others=$(sed -n 's/^ *# *include *//p' "$include/$header" | sed '/^<stddef.h>$/d; /^<stdint.h>$/d')
    if [ -n "$others" ]; then
        fault "$header includes more than <stddef.h> and <stdint.h>:" $others
    fi
done

missing=
for compilers in 'gcc g++' 'clang clang++'; do
    c=${compilers% *}
    cxx=${compilers#* }
    for compiler in $c $cxx; do
        command -v $compiler >/dev/null || missing="$missing $compiler"
    done
    if command -v $c >/dev/null; then
        for header in $public; do compiles_alone $c c99 c "$header"; done
        for header in $private; do compiles_alone $c c11 c "$header"; done
    fi
    if command -v $cxx >/dev/null; then
        for header in $public; do compiles_alone $cxx c++11 c++ "$header"; done
    fi
done

if [ $compiled = 0 ]; then
    echo "skipped: neither gcc nor clang is here"
    exit 77
fi
echo "$compiled times a header compiled alone${missing:+; not tried, for they are not here:$missing}"
exit $faults
