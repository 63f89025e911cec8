#!/bin/sh
# reproducible.sh WORK: in all build types two builds of the library, from copies of the sources in different folders, give
# the same bytes.  Options of CMake may follow WORK.
set -eu
work=$1
shift
root=$(cd "$(dirname "$0")/../.." && pwd)
export CCACHE_DISABLE=1 # the second build would take the objects of the first
rm -rf "$work"
mkdir -p "$work/one" "$work/a longer name/two"
for type in Release RelWithDebInfo MinSizeRel Debug; do
    for folder in one 'a longer name/two'; do
        rm -rf "$work/$folder"
        mkdir -p "$work/$folder/source"
        (cd "$root" && tar -cf - CMakeLists.txt cmake include src) | (cd "$work/$folder/source" && tar -xf -)
        cmake -S "$work/$folder/source" -B "$work/$folder/build" -G Ninja -DCMAKE_BUILD_TYPE=$type -DRNN_INSTALL=OFF \
            -DRNN_BUILD_TESTS=OFF -DRNN_BUILD_EXAMPLES=OFF -DRNN_BUILD_BENCH=OFF "$@" >"$work/log" 2>&1 &&
            cmake --build "$work/$folder/build" >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
    done
    for library in librnn.so librnn.a; do
        cmp "$work/one/build/src/$library" "$work/a longer name/two/build/src/$library"
    done
    echo "$type: the same bytes of librnn.so and librnn.a"
done
