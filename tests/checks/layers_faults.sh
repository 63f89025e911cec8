#!/bin/sh
# layers_faults.sh WORK: layers.sh accepts a sound tree and rejects every planted fault.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/faults.sh"

# A sound tree of three layers, afresh for every fault.
plant()
{
    rm -rf "$work"
    mkdir -p "$work/base" "$work/math" "$work/io" "$work/cells" "$work/api"
    printf '%s\n' '#include "rnn.h"' '#include <stdlib.h>' 'void f(void) { free(malloc(1)); }' >"$work/base/memory.c"
    printf '%s\n' '#include <cblas.h>' '#include "base/memory.h"' >"$work/math/blas_link.c"
    printf '%s\n' '/* calls open(); and #include "api/door.h" */' 'int f(void) { return g("open( free(", "\"malloc("); }' \
        '#include "math/blas.h" // malloc(1)' 'void h(struct f *f) { f->free(1); f->close.open(2); rnni_free(3); }' \
        >"$work/api/door.c"
}

# fault WORDS FILE LINE: layers.sh must reject the sound tree with LINE at the end of FILE.
fault()
{
    plant
    echo "$3" >>"$work/$2"
    rejects "$1" sh "$here/layers.sh" "$work"
}

work=$1
plant
accepts sh "$here/layers.sh" "$work"
fault 'memory.c:4: base may not include "math/blas.h"' base/memory.c '#include "math/blas.h"'
fault 'math may not include "io/file.h"' math/blas_link.c '  #  include "io/file.h"'
fault 'io may not include "api/door.h"' io/file.h '/* */ #include "api/door.h"'
fault 'cells may not include "training/loss.h"' cells/cell.h '#include "training/loss.h"'
fault 'must be included by its path below src' api/door.c '#include "door.h"'
fault 'only math/blas_link.c may' math/blas_none.c '#include <cblas.h>'
fault 'only math/blas_link.c may' math/blas_none.c '#include "cblas.h"'
fault 'only math/blas_load.c may' math/blas_none.c 'void *g(void) { return dlopen("x", 0); }'
fault 'only base/memory.c may' api/door.c 'void *g(void) { return malloc(1); }'
fault 'only base/memory.c may' api/door.c 'void g(void) { /* */free (f("x")); }'
fault 'only io/disk_posix.c may' base/memory.c 'int g(void) { return open("x", 0); }'
fault 'only io/disk_posix.c may' io/other.c 'FILE *file = fopen("x", "r");'
fault 'only io/disk_windows.c may' io/other.c 'void *file = CreateFileW(name, 0, 0, 0, 0, 0, 0);'
plant
mkdir "$work/cellar"
echo 'int x;' >"$work/cellar/x.c"
rejects 'not in the table of layers' sh "$here/layers.sh" "$work"
rm -rf "$work"
mkdir -p "$work"
rejects 'no C files' sh "$here/layers.sh" "$work"
verdict
