#!/bin/sh
# arguments_faults.sh WORK: arguments.sh accepts a sound header and rejects every planted fault.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/faults.sh"
work=$1
eight='int a, int b, int c, int d, int e, int f, int g, int h'
nine="$eight, int i"

# plant LINE...: a sound header, then these lines.
plant()
{
    rm -rf "$work"
    mkdir -p "$work"
    printf '%s\n' '#define RNN_ONE(a, b, c, d, e, f, g, h, i, j) 1' '#define RNN_TWO(a, b, c, d, e, f, g, h, \' \
        '    i, j) f(a, b, c, d, e, f, g, h, i, j)' '/* rnn_old(a, b, c, d, e, f, g, h, i, j) */' \
        "RNN_API int32_t rnn_nine($nine);" 'RNN_API const char *rnn_none(void);' \
        'RNN_API RNN_DEPRECATED("a, b, c, d, e, f, g, h, i, j, k") int32_t rnn_former(int a);' \
        "typedef int32_t (*rnn_callback)($nine);" "RNN_API void rnn_takes(int32_t (*nine)($nine), $eight);" "$@" \
        >"$work/rnn.h"
}

fault()
{
    words=$1
    shift
    plant "$@"
    rejects "$words" sh "$here/arguments.sh" "$work/rnn.h"
}

plant
accepts sh "$here/arguments.sh" "$work/rnn.h"
[ "$output" = '6 functions and callback types have at most 9 parameters' ] || {
    echo "WRONG COUNT: $output"
    wrong=1
}
fault 'rnn_ten has 10 parameters' "RNN_API int32_t rnn_ten($nine, int j);"
fault 'rnn_ten has 10 parameters' 'RNN_API RNN_NODISCARD int32_t' '    rnn_ten(int a, int b, int c, int d, int e,' \
    '            int f, int g, /* h, */ int h, int i,' '            const float *values);'
fault 'rnn_ten has 10 parameters' "RNN_API RNN_DEPRECATED(\"no (\") const char *rnn_ten(int (*f)(int, int), $nine);"
fault 'rnn_eleven has 11 parameters' "RNN_API void rnn_eleven($nine, int j, int k);"
fault 'rnn_ten has 10 parameters' "typedef void (*rnn_ten)($nine, void *user);"
fault 'rnn_ten has 10 parameters' "typedef void rnn_ten($nine, void *user);"
fault 'ten has 10 parameters' "RNN_API int32_t rnn_takes_ten(int32_t (*ten)($nine, void *user), void *user);"
fault 'rnn_ten has 10 parameters' "struct rnn_table { void (*rnn_ten)($nine, void *user); };"
echo '/* rnn_one(void) */' >"$work/rnn.h"
rejects 'no function in' sh "$here/arguments.sh" "$work/rnn.h"
verdict
