#!/bin/sh
# The example program adding from end to end: test_adding.sh PATH_TO_ADDING full|small
# full also checks what the example claims: that LSTM and GRU solve the problem and tanh does not; small is for builds
# that are slow, with sanitizers or without optimisation.
set -u

[ $# -eq 2 ] && [ -x "$1" ] || { echo "usage: $0 PATH_TO_ADDING full|small" >&2; exit 2; }
adding=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
size=$2
OPENBLAS_NUM_THREADS=1 # more cost small networks time, above all where other tests run beside this one
export OPENBLAS_NUM_THREADS
directory=$(mktemp -d) || exit 2
trap 'rm -rf "$directory"' EXIT
cd "$directory" || exit 2

failures=0
fail() {
    echo "FAILED: $*"
    [ ! -s out ] || sed 's/^/    out: /' out
    [ ! -s err ] || sed 's/^/    err: /' err
    failures=$((failures + 1))
}
pass() { echo "ok: $*"; }

# run STATUS ARGUMENTS...: adding must end with this status; its output is in the files out and err.
run() {
    expected=$1
    shift
    "$adding" "$@" >out 2>err
    status=$?
    [ $status -eq "$expected" ] || fail "adding $*: exit status $status instead of $expected"
}

# refuses PATTERN ARGUMENTS...: status 1, one sentence on stderr that begins with "adding: " and has the pattern, and no
# file more or less than before.
refuses() {
    pattern=$1
    shift
    before=$(ls -A)
    run 1 "$@"
    if [ "$(wc -l <err)" -ne 1 ] || ! grep -q -e "^adding: .*$pattern" err; then
        fail "adding $*: no such message: $pattern"
    elif [ "$(ls -A)" != "$before" ]; then
        fail "adding $*: left something behind: $(ls -A)"
    else
        pass "refused: $(cat err)"
    fi
}

# column NETWORK N: number N after the name in the row of the final table.
column() { sed '1,/^network /d' out | sed -n "s/^$1   *//p" | awk -v n="$2" '{ print $n }'; }

# holds EXPRESSION: of awk.
holds() { awk "BEGIN { exit !($1) }"; }

: >out
: >err

# ---- a small run ----------------------------------------------------------------------------------------------------

run 0 --length 6 --steps 5 --output small.svg
for name in tanh GRU 'LSTM, forget bias 1'; do
    [ "$(column "$name" 2)" = 5 ] || fail "$name: not 5 updates in the table"
    holds "$(column "$name" 4) > 0.02 && $(column "$name" 4) < 3" || fail "$name: that is no error after 5 updates"
done
[ "$(column 'always answering 1' 1)" = 0.16667 ] && pass "a table" || fail "no baseline in the table"
[ "$(ls -A | grep -c svg)" -eq 1 ] || fail "not just a picture: $(ls -A)"

if command -v xmllint >/dev/null; then
    xmllint --noout small.svg 2>err && pass "the picture is well-formed XML" || fail "the picture is no XML"
elif command -v python3 >/dev/null; then
    python3 -c 'import xml.dom.minidom; xml.dom.minidom.parse("small.svg")' 2>err &&
        pass "the picture is well-formed XML" || fail "the picture is no XML"
else
    echo "SKIPPED: neither xmllint nor python3 to check that the picture is well-formed XML"
fi
for part in '<svg ' '</svg>' 'Norm of dL/dh' 'Mean squared error' '>updates<' '>tanh<' '>GRU<' '>LSTM, forget bias 3<'; do
    grep -q -e "$part" small.svg || fail "the picture has no '$part'"
done
[ "$(grep -c '<polyline ' small.svg)" -eq 8 ] || fail "not five and three curves in the picture"
if grep -q -i 'nan\|inf[",]' small.svg; then fail "the picture has numbers that are none"; fi

run 0 --length=6 --steps=5 --seed 1 --output again.svg
cmp -s small.svg again.svg && pass "the same seed, the same run" || fail "the same seed, another run"
run 0 --length 6 --steps 5 --seed 2 --output other.svg
cmp -s small.svg other.svg && fail "another seed, the same run" || pass "another seed, another run"
run 0 --length 2 --steps 1 --output least.svg
run 0 --length 7 --seconds 0.01 --output brief.svg
holds "$(column tanh 2) >= 1 && $(column tanh 3) < 5" && pass "--seconds" || fail "--seconds 0.01 is not brief"

# ---- what is refused ------------------------------------------------------------------------------------------------

mkdir folder
for bad in 1 0 -1 1.5 12x '' nan 99999999999999999999; do
    refuses "--length: '$bad' is not a whole number" --length "$bad"
done
refuses "'0' is not a whole number from 1" --steps 0
for bad in 0 -1 nan inf x; do
    refuses "--seconds: '$bad' is not a number" --seconds "$bad"
done
refuses "'-1' is not a whole number" --seed -1
refuses "'--depth' is no option" --depth 3
refuses "'--len' is no option" --len 3
refuses "'7' is no option" 7
refuses '--steps needs a value' --steps
refuses 'folder: cannot be written: Is a directory' --output folder
refuses 'cannot be written: No such file' --output absent/adding.svg

run 0 --help
for word in --length --steps --seconds --seed --output '(100)'; do
    grep -q -e "$word" out || fail "--help does not mention $word"
done
run 0 --version
[ -s out ] || fail "--version prints nothing"
if [ -w /dev/full ]; then
    "$adding" --length 2 --steps 1 --output least.svg >/dev/full 2>err
    [ $? -eq 1 ] && grep -q '^adding: standard output: ' err && pass "a full disk is noticed" ||
        fail "a full disk goes unnoticed"
    run 1 --length 2 --steps 1 --output /dev/full
    grep -q '^adding: /dev/full: the picture could not be written' err && pass "also by the picture" ||
        fail "a picture on a full disk goes unnoticed"
fi

# ---- the claim ------------------------------------------------------------------------------------------------------

if [ "$size" = full ]; then
    run 0 --length 100 --steps 3000 --output full.svg
    sed -n '/^network /,$p' out
    for name in GRU 'LSTM, forget bias 1'; do
        holds "$(column "$name" 4) < 0.01" && pass "$name solves it" || fail "$name does not solve it"
    done
    holds "$(column tanh 4) > 0.12" && pass "tanh does not" || fail "tanh does better than it should"
    gradient() { sed '/^network /,$d' out | sed -n "s/^$1   *//p" | awk 'NR == 1 { print $3 }'; }
    holds "$(gradient tanh) < 1e-12 && $(gradient 'LSTM, forget bias 3') > 1e-6" &&
        pass "gradients over 100 steps: tanh $(gradient tanh), LSTM with forget bias 3 $(gradient 'LSTM, forget bias 3')" ||
        fail "gradients do not vanish, or not where they should"
fi

[ $failures -eq 0 ] || { echo "$failures failures"; exit 1; }
echo "all passed"
