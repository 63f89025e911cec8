#!/bin/sh
# attributes.sh INCLUDE: gcc and clang, in C and C++, warn if a program ignores the status of a call or uses a deprecated
# function, and do not if RNN_NODISCARD or RNN_DEPRECATED is defined empty.  Every function of INCLUDE/rnn.h that
# returns a status has RNN_NODISCARD.
set -eu
include=$1
faults=0
tried=

fault()
{
    echo "$*"
    faults=1
}

# compile SOURCE OPTION...: with $compiler
compile()
{
    source=$1
    shift
    messages=$(printf '#include <rnn.h>\n%s\n' "$source" | "$compiler" -std="$standard" -x "$language" -I"$include" \
        -Wall -Wextra -Werror -S -o /dev/null "$@" - 2>&1)
}

# warns WORDS MACRO SOURCE
warns()
{
    if compile "$3"; then
        fault "$compiler does not warn: $2"
    elif ! echo "$messages" | grep -q -- "$1"; then
        fault "$compiler rejects it for another reason: $messages"
    fi
    compile "$3" "-D$2=" || fault "$compiler warns although $2 is empty: $messages"
}

unmarked=$(tr '\n' ' ' <"$include/rnn.h" | sed 's/RNN_API/\n&/g' |
    sed -n '/RNN_NODISCARD/d; s/^RNN_API *\(RNN_DEPRECATED([^)]*) *\)\{0,1\}int32_t *\(rnn_[a-z0-9_]*\)(.*/\2/p' |
    sed '/^rnn_version$/d')
if [ -n "$unmarked" ]; then
    fault "without RNN_NODISCARD:" $unmarked
fi

for compiler in gcc g++ clang clang++; do
    command -v $compiler >/dev/null || continue
    case $compiler in
    *++) language=c++ standard=c++11 ;;
    *) language=c standard=c99 ;;
    esac
    tried="$tried $compiler"
    warns unused-result RNN_NODISCARD \
        'void call(rnn_session *session); void call(rnn_session *session) { rnn_zero_gradients(session); }'
    warns 'call the new one' 'RNN_DEPRECATED(text)' \
        'RNN_API RNN_DEPRECATED("call the new one") int old(void); int call(void); int call(void) { return old(); }'
done
if [ -z "$tried" ]; then
    echo "skipped: neither gcc nor clang is here"
    exit 77
fi
[ $faults != 0 ] || echo "these warn about ignored statuses and deprecated functions:$tried"
exit $faults
