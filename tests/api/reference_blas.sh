#!/bin/sh
# reference_blas.sh BUILD LIBRARY: another CBLAS works without a new build.
#
# Runs tests of the directory BUILD with LIBRARY in place of the CBLAS that the build found.  LIBRARY must have CBLAS
# inside, such as that of the reference implementation (Debian: libblas3, /usr/lib/x86_64-linux-gnu/blas/libblas.so.3).
# A link to it has the name that the dynamic linker looks for, in a directory that it searches first; where there is
# update-alternatives, that program makes it, and at the end sets it back to the library of the build.  The tests are
# those that run with RNN_PRODUCTS_CBLAS: of programs that are linked with the CBLAS, and of one with the shared
# library, which loads it.  The linker's log shows which library was in use.  Needs glibc.
set -eu

[ $# -eq 2 ] || { echo "usage: $0 BUILD LIBRARY" >&2; exit 2; }
die() { echo "$0: $*" >&2; exit 1; }
[ -f "$1/tests/api/blas_name" ] || die "$1 is no build with a CBLAS and tests"
[ -f "$2" ] || die "there is no library $2"
build=$(cd "$1" && pwd)
library=$(cd "$(dirname "$2")" && pwd)/$(basename "$2")
tests=$(cd "$(dirname "$0")/.." && pwd)
name=$(cat "$build/tests/api/blas_name")
directory=$(mktemp -d) || exit 2
trap 'rm -rf "$directory"' EXIT
trap 'exit 1' HUP INT TERM
mkdir "$directory/libraries" "$directory/empty"
link=$directory/libraries/$name
original=$(ldd "$build/tests/test_blas_calls_static" | awk -v name="$name" '$1 == name { print $3 }')
[ -n "$original" ] || die "test_blas_calls_static does not need $name"
original=$(readlink -f "$original")

# alternative LIBRARY: the link leads to it, by update-alternatives with folders of its own
if command -v update-alternatives >/dev/null; then
    mkdir "$directory/alternatives" "$directory/administration"
    alternatives() {
        update-alternatives --quiet --log "$directory/alternatives.log" --altdir "$directory/alternatives" \
            --admindir "$directory/administration" "$@"
    }
    alternatives --install "$link" "$name" "$original" 20
    alternatives --install "$link" "$name" "$library" 10
    alternative() { alternatives --set "$name" "$1"; }
else
    alternative() { ln -sf "$1" "$link"; }
fi
alternative "$library"
cd "$directory/empty"
unset LD_PRELOAD
failures=0
chosen=$library

# check PROGRAM ARGUMENTS...
check() {
    program=$1 status=0
    shift
    rm -f "$directory"/log.*
    LD_LIBRARY_PATH=$directory/libraries LD_DEBUG=libs LD_DEBUG_OUTPUT=$directory/log timeout 900 \
        "$build/tests/$program" "$@" >"$directory/output" 2>&1 || status=$?
    cat "$directory"/log.* | sed -n "s|.*calling init: \(.*/$name\)\$|\1|p" | sort -u >"$directory/used"
    if [ $status -ne 0 ]; then
        echo "FAILED: $program: exit status $status"
        tail -n 30 "$directory/output"
    elif [ "$(readlink -f "$link")" != "$(readlink -f "$chosen")" ]; then
        echo "FAILED: $link leads to $(readlink -f "$link"), not to $chosen"
    elif [ "$(cat "$directory/used")" != "$link" ]; then
        echo "FAILED: $program used '$(cat "$directory/used")', not $link"
    else
        echo "ok: $program"
        return
    fi
    failures=$((failures + 1))
}

files=$(grep -l run_with_all_products "$tests"/*/test_*.c)
for file in $files test_products.c; do
    check "$(basename "$file" .c)"
done
check test_blas_calls_static without-counts
check test_blas_calls_shared without-counts

echo "back to $original"
chosen=$original
alternative "$original"
check test_blas_calls_static without-counts
check test_blas_calls_shared without-counts

[ $failures -eq 0 ] || die "$failures tests failed with $library as $name"
echo "all passed with $library as $name"
