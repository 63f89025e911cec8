#!/bin/sh
# What cmake/try-charlm refuses before it installs or builds anything: test_try_charlm.sh PATH_TO_TRY_CHARLM
set -u

[ $# -eq 1 ] || { echo "usage: $0 PATH_TO_TRY_CHARLM" >&2; exit 2; }
. "$(dirname "$0")/program.sh"

RNN_BUILD_DIR=$PWD/build
PATH=$PWD/tools:$PATH # what would install or build fails instead
export RNN_BUILD_DIR PATH
mkdir folder tools
for tool in cmake cc apt-get dnf pacman brew sudo; do
    printf '#!/bin/sh\nexit 1\n' >tools/$tool
    chmod +x tools/$tool
done
: >empty
head -c 999 "$source/include/rnn.h" >short
head -c 1000 "$source/include/rnn.h" >enough

says() # WORDS ARGUMENT...: ends with this message alone
{
    words=$1
    shift
    "$program" "$@" >out 2>err </dev/null && fail "$* is accepted"
    [ "$(cat err)" = "$words" ] && [ ! -s out ] && pass "$words" || fail "$*: $(cat out err)"
}

says 'absent cannot be read' absent
says 'folder is a directory, expected a text file' folder
says 'empty has 0 bytes, expected at least 1000 (100 KB and more learn well)' empty
says 'short has 999 bytes, expected at least 1000 (100 KB and more learn well)' short --seconds 5
"$program" enough >out 2>err </dev/null && fail "there was nothing to build it with"
grep -q 'what the build needs' out && pass "1000 bytes are enough" || fail "1000 bytes: $(cat out err)"
[ ! -e build ] && pass "nothing is made" || fail "something is made"
"$program" --help >out 2>err </dev/null && grep -q '^try-charlm \[FILE\]' out && pass "--help" || fail "--help"

finish
