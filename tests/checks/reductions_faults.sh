#!/bin/sh
# reductions_faults.sh WORK: reductions.sh accepts sound code and rejects every planted fault.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/faults.sh"
work=$1

plant()
{
    rm -rf "$work"
    mkdir -p "$work/folder"
    printf '%s\n' '/* most = fmax(most, x); */' '// most = fmax(most, x);' \
        'double f(double most, double x)' '{' '    puts("most = fmax(most, x);");' \
        '    double almost = fmax(most, x), y[2] = {fmin(1, x), 2};' '    x = fmin(fmax(almost, 0), y[0]);' \
        '    if (x == fmax(x, 1))' '        p->x = fmax(x, p->most_x);' \
        '    return fmax(most, most < x ? x : most);' '}' >"$work/folder/sound.c"
    echo 'double f(double most, double x);' >"$work/sound.h"
}

# fault LINE...: reductions.sh must reject the sound tree with these lines at the end of a file.
fault()
{
    plant
    printf '%s\n' "$@" >>"$work/folder/sound.c"
    rejects 'folder/sound.c: ' sh "$here/reductions.sh" "$work"
}

plant
accepts sh "$here/reductions.sh" "$work"
fault 'most = fmax(most, x);'
fault 'for (i = 0; i < n; i++) most = fmaxf(x[i], most);'
fault 'if (x) { least = fmin(x, fabs(least)); }'
fault 'low[i % 2] = x < 1 ? fmin(low[i % 2], x) : 0;'
fault '*low = fmin(*low, x); /* a comment */'
fault 'm->largest =' '    fmaxl(m->largest, fabs(x));'
fault 'a.b[i].c = 2 * fmax(0, a.b[i].c);'
plant
echo 'most = fmax(most, x);' >"$work/other.h"
rejects 'other.h: ' sh "$here/reductions.sh" "$work"
rm -rf "$work"
mkdir -p "$work"
rejects 'no C files' sh "$here/reductions.sh" "$work"
verdict
