#!/bin/sh
# neon_faults.sh WORK CC: neon.sh accepts the kernels as they are compiled and rejects every planted fault.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/faults.sh"
work=$1
cc=$2
rm -rf "$work"
mkdir -p "$work"
cp -R "$here/../../src" "$here/../../include" "$work"
cd "$work"

# build OPTIONS...: as src/CMakeLists.txt does
build()
{
    for kernels in kernels_baseline narrow_baseline; do
        "$cc" -std=c11 -O3 -DNDEBUG -fPIC -Iinclude -Isrc -fopenmp-simd -ffp-contract=fast -fno-math-errno \
            -fno-trapping-math -fexcess-precision=fast "$@" -c src/math/$kernels.c -o $kernels.c.o
    done
    rm -f kernels.a
    "$("$cc" -print-prog-name=ar)" rc kernels.a kernels_baseline.c.o narrow_baseline.c.o
}
# change FUNCTION SCRIPT: a function of elementwise_template.h, by a script of sed
change()
{
    cp src/math/elementwise_template.h before
    sed -i "/^static void $1(/,/^}/{$2}" src/math/elementwise_template.h
    ! cmp -s before src/math/elementwise_template.h || { echo "$1: $2 changes nothing"; exit 1; }
}
check()
{
    sh "$here/neon.sh" "$cc" kernels.a
}

build
accepts check

build -fno-tree-vectorize -fno-openmp-simd
rejects 'tanh_kernel has no fmla, fmls or fmul of four floats' check
rejects 'lstm_vectors has no fmla, fmls or fmul of four floats' check
rejects 'add_kernel has no instruction of a vector' check

# Multiplication under a condition, a call, a name.
change tanh_backward_kernel '/float changed/d; s/: changed;/: d[i] * (1 - h[i] * h[i]);/'
change scale_kernel 's/a\[i\] \*= factor;/a[i] = factor * sinf(a[i]);/'
change clip_kernel 's/clip_kernel/bound_kernel/'
sed -i 's/= clip_kernel/= bound_kernel/' src/math/elementwise_template.h
build
rejects 'tanh_backward_kernel has no fmla, fmls or fmul of four floats' check
rejects 'scale_kernel has no fmla, fmls or fmul of four floats' check
rejects 'bound_kernel is in no list of neon.sh' check
rejects 'clip_kernel is not there' check
verdict
