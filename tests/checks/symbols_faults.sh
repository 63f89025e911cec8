#!/bin/sh
# symbols_faults.sh WORK CC: symbols.sh accepts a sound pair of libraries and rejects every planted fault.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/faults.sh"
work=$1
cc=$2
rm -rf "$work"
mkdir -p "$work"
cd "$work"

# The libraries in small.  build [LINES OF C]: with these lines added to their source.
plant()
{
    printf '%s\n' 'RNN_API int rnn_one(void);' 'RNN_API const char *rnn_two(int x);' >rnn.h
    printf '%s\n' '/* a comment */' 'LIBRNN_0.1 {' '    global:' '        rnn_one;' '        rnn_two;' '    local:' \
        '        *;' '};' >librnn.map
}
build()
{
    printf '%s\n' 'int rnni_zero(void) { return 0; }' 'int rnn_one(void) { return rnni_zero(); }' \
        'const char *rnn_two(int x) { return x ? "" : 0; }' "$@" >rnn.c
    $cc -O1 -w -fPIC -c rnn.c -o rnn.o
    $cc -shared -Wl,-soname,librnn.so.0 -Wl,--version-script=librnn.map rnn.o -o librnn.so
    rm -f librnn.a
    ar rc librnn.a rnn.o
}
check()
{
    sh "$here/symbols.sh" librnn.so librnn.a librnn.map rnn.h "$1" "$2"
}

plant
build
accepts check librnn.so.0 Release
rejects 'the SONAME is librnn.so.0, expected librnn.so.1' check librnn.so.1 Release

sed -i 's/rnn_two;/rnn_two; rnn_t*;/' librnn.map
build 'int rnn_three(void) { return 3; }'
rejects 'rnn_three is in the exports of librnn.so, not in the version script' check librnn.so.0 Release

plant
printf '%s\n' 'LIBRNN_0.2 {' '    global:' '        rnn_three;' '};' >>librnn.map
build 'int rnn_three(void) { return 3; }'
rejects 'rnn_three is in the version script, not in the header' check librnn.so.0 Release

plant
echo 'RNN_API void rnn_three(int32_t x,' >>rnn.h
build 'int rnn_three(void) { return 3; }'
rejects 'rnn_three is in the header, not in the version script' check librnn.so.0 Release

plant
sed -i 's/rnn_two;/rnn_two;\n        rnn_three;/' librnn.map
echo 'RNN_API int rnn_three(void);' >>rnn.h
build
rejects 'rnn_three is in the version script, not in the exports' check librnn.so.0 Release
build 'int rnn_three;'
rejects 'exported, but not a function: rnn_three' check librnn.so.0 Release

plant
build
$cc -shared -Wl,-soname,librnn.so.0 rnn.o -o librnn.so
rejects 'rnni_zero is in the exports of librnn.so, not in the version script' check librnn.so.0 Release
rejects 'exported without a version: rnn_one' check librnn.so.0 Release

build 'int helper(void) { return 1; }'
rejects 'without the prefix rnn_ or rnni_: helper' check librnn.so.0 Release

build '#include <stdio.h>' 'void rnni_say(void) { puts("x"); }'
rejects 'librnn.so uses puts' check librnn.so.0 Release
build '#include <stdio.h>' 'void rnni_say(int x) { fprintf(stderr, "%d", x); }'
rejects 'librnn.so uses stderr' check librnn.so.0 Release
build '#include <stdlib.h>' 'char *rnni_ask(void) { return getenv("RNN"); }'
rejects 'librnn.so uses getenv' check librnn.so.0 Release
build '#include <assert.h>' 'void rnni_assert(int x) { assert(x); }'
rejects 'librnn.so uses __assert_fail' check librnn.so.0 Release
accepts check librnn.so.0 Debug
verdict
