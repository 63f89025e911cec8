#!/bin/sh
# hardening_faults.sh WORK CC: hardening.sh accepts a small library that is hardened, and rejects one that lacks a part.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/faults.sh"
work=$1
cc=$2
rm -rf "$work"
mkdir -p "$work"
cd "$work"
cat >small.c <<'END'
#include <string.h>
void small(char *to, const char *from, size_t count);
void small(char *to, const char *from, size_t count)
{
    char text[64];
    memcpy(text, from, count);
    memcpy(to, text, sizeof text);
}
END

compile="-O2 -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 -fstack-protector-strong -ffile-prefix-map=$work=."
link="-Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack"

# build FLAGS-OF-COMPILER FLAGS-OF-LINKER
build()
{
    $cc -fPIC -g $1 -c "$work/small.c" -o small.o
    $cc -shared small.o $2 -o small.so
    rm -f small.a
    ar rc small.a small.o
}

check()
{
    sh "$here/hardening.sh" small.so small.a "${1-Release}" "$cc" "$work/small.c"
}

build "$compile" "$link"
accepts check
build "$compile" "$link -Wl,-z,norelro"
rejects 'no segment GNU_RELRO' check
build "$compile" "-Wl,-z,relro -Wl,-z,lazy -Wl,-z,noexecstack"
rejects 'no BIND_NOW' check
build "$compile" "-Wl,-z,relro -Wl,-z,now -Wl,-z,execstack"
rejects 'the stack is not marked as not executable' check
build "$compile -fno-stack-protector" "$link"
rejects 'no function checks the stack' check
build "$compile -U_FORTIFY_SOURCE" "$link"
rejects 'no call of the C library checks sizes' check
accepts check Debug
build "${compile% *}" "$link"
rejects "small.so has the path $work/small.c in it" check
rejects "small.a has the path $work/small.c in it" check
echo 'void nowhere(void); void calls(void); void calls(void) { nowhere(); }' >>small.c
build "$compile" "$link"
rejects 'undefined symbols: ' check
verdict
