#!/bin/bash
# Builds the fuzz targets as OSS-Fuzz wants them: it sets CC, CXX, CFLAGS, CXXFLAGS, LIB_FUZZING_ENGINE, OUT, SRC and
# WORK.  By hand, with the sources in SRC/librnn:
#
#     export CC=clang CXX=clang++ CFLAGS="-g -O1 -fsanitize=fuzzer-no-link,address,undefined" LIB_FUZZING_ENGINE=-fsanitize=fuzzer
#     export CXXFLAGS=$CFLAGS OUT=/tmp/fuzz SRC=/path/to/folder/of/librnn WORK=/tmp/fuzz-work
#     fuzz/build.sh && /tmp/fuzz/fuzz_header -max_total_time=60
#
# With RNN_FUZZ_LIBRARY, words for the linker, the targets take the library from there, and only they are compiled;
# RNN_FUZZ_TARGETS are those of them that are wanted.
# OUT gets each target, its corpus as TARGET_seed_corpus.zip, and a dictionary and options for those of files.
set -eu
source=$SRC/librnn
[ -d "$source" ] || source=$(cd "$(dirname "$0")/.." && pwd)
mkdir -p "$OUT" "$WORK"
if [ -z "${RNN_FUZZ_LIBRARY-}" ]; then
    cmake -S "$source" -B "$WORK/build" -DCMAKE_BUILD_TYPE=Debug -DCMAKE_C_FLAGS_DEBUG= -DRNN_BLAS=builtin \
        -DBUILD_SHARED_LIBS=OFF -DRNN_BUILD_TESTS=OFF -DRNN_BUILD_EXAMPLES=OFF -DRNN_BUILD_BENCH=OFF -DRNN_INSTALL=OFF
    cmake --build "$WORK/build" --target rnn_static --parallel
    RNN_FUZZ_LIBRARY=$WORK/build/src/librnn.a
fi
compile()
{
    # shellcheck disable=SC2086 # several words
    $CC $CFLAGS -std=c11 -I"$source/include" -I"$source/src" -c "$source/fuzz/$1.c" -o "$WORK/$1.o"
}
compile fuzz
compile mutator
for target in "$source"/fuzz/fuzz_*.c; do
    name=$(basename "$target" .c)
    case " ${RNN_FUZZ_TARGETS:-$name} " in *" $name "*) ;; *) continue ;; esac
    corpus=$source/fuzz/corpus/$name objects=("$WORK/fuzz.o")
    if [ ! -d "$corpus" ]; then # it reads safetensors
        corpus=$source/fuzz/corpus/safetensors
        objects+=("$WORK/mutator.o")
        cp "$source/fuzz/safetensors.dict" "$OUT/$name.dict"
        printf '[libfuzzer]\nmax_len = 8192\n' >"$OUT/$name.options"
    fi
    compile "$name"
    # shellcheck disable=SC2086 # several words
    $CXX $CXXFLAGS "$WORK/$name.o" "${objects[@]}" $RNN_FUZZ_LIBRARY $LIB_FUZZING_ENGINE -lm -o "$OUT/$name"
    rm -f "$OUT/${name}_seed_corpus.zip"
    (cd "$corpus" && python3 -m zipfile -c "$OUT/${name}_seed_corpus.zip" ./*)
done
