#!/bin/sh
# The example program adding from end to end: test_adding.sh PATH_TO_ADDING full|small
# full also checks what the example claims: that LSTM and GRU solve the problem and tanh does not; small is for builds
# that are slow, with sanitizers or without optimisation.
set -u

[ $# -eq 2 ] || { echo "usage: $0 PATH_TO_ADDING full|small" >&2; exit 2; }
size=$2
OPENBLAS_NUM_THREADS=1 # more cost small networks time, above all where other tests run beside this one
export OPENBLAS_NUM_THREADS
. "$(dirname "$0")/program.sh"

# column NETWORK N: number N after the name in the row of the final table.
column() { sed '1,/^network /d' out | sed -n "s/^$1   *//p" | awk -v n="$2" '{ print $n }'; }

# ---- a small run ----------------------------------------------------------------------------------------------------

run 0 --length 6 --steps 5 --output small.svg
for name in tanh GRU 'LSTM, forget bias 1'; do
    [ "$(column "$name" 2)" = 5 ] || fail "$name: not 5 updates in the table"
    holds "$(column "$name" 4) > 0.02 && $(column "$name" 4) < 3" || fail "$name: that is no error after 5 updates"
done
[ "$(column 'always answering 1' 1)" = 0.16667 ] && pass "a table" || fail "no baseline in the table"
[ "$(ls -A | grep -c svg)" -eq 1 ] || fail "not just a picture: $(ls -A)"

draws small.svg 'Norm of dL/dh' 'Mean squared error' '>updates<' '>tanh<' '>GRU<' '>LSTM, forget bias 3<'
[ "$(grep -c '<polyline ' small.svg)" -eq 8 ] || fail "not five and three curves in the picture"

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
prints --length --steps --seconds --seed --output '(100)'
run 0 --version
[ -s out ] || fail "--version prints nothing"
if [ -w /dev/full ]; then
    notices_full_disk --length 2 --steps 1 --output least.svg
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

finish
