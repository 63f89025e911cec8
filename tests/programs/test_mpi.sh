#!/bin/sh
# The example program parallel from end to end: test_mpi.sh PATH_TO_PARALLEL PATH_TO_FAULTY MPIEXEC
# FAULTY is the same program with an MPI that errs (mpi_fault.c).
set -u

[ $# -eq 3 ] || { echo "usage: $0 PATH_TO_PARALLEL PATH_TO_FAULTY MPIEXEC" >&2; exit 2; }
faulty=$(cd "$(dirname "$2")" && pwd)/$(basename "$2")
launcher="$3 -n"
beyond= # more ranks than cores
if "$3" --version 2>&1 | grep -q -i -e 'open *mpi' -e openrte; then
    beyond=--oversubscribe
    # As root, and in containers, where one process may not read another's memory.
    OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
    OMPI_MCA_btl_vader_single_copy_mechanism=none
    export OMPI_ALLOW_RUN_AS_ROOT OMPI_ALLOW_RUN_AS_ROOT_CONFIRM OMPI_MCA_btl_vader_single_copy_mechanism
fi
OPENBLAS_NUM_THREADS=1                                     # the ranks are the threads
ASAN_OPTIONS=detect_leaks=0${ASAN_OPTIONS:+:$ASAN_OPTIONS} # Open MPI does not give back all that it takes
export OPENBLAS_NUM_THREADS ASAN_OPTIONS
. "$(dirname "$0")/program.sh"

# ranks N ARGUMENTS...: as run 0, on so many ranks.
ranks() {
    count=$1
    shift
    $launcher "$count" $beyond "$program" "$@" >out 2>err
    status=$?
    [ $status -eq 0 ] || fail "$program_name $* on $count ranks: exit status $status"
}

# near FILE OTHER: the same lines of losses, each within 1e-4 of its size (and what six decimals do not show): the ranks
# sum the same gradients in another order, which changes their last bits, and Adam makes a little more of it.
near() {
    for file in "$1" "$2"; do
        sed -n -e 's/^update *\([0-9]*\) *loss \([0-9.]*\)$/\1 \2/p' -e 's/^held-out loss \([0-9.]*\).*/end \1/p' \
            "$file" >"$file.losses"
    done
    [ -s "$1.losses" ] && paste -d ' ' "$1.losses" "$2.losses" | awk '
        NF != 4 || $1 != $3 { exit wrong = 1 }
        { difference = $2 > $4 ? $2 - $4 : $4 - $2; if (difference > 1e-4 * $2 + 2e-6) exit wrong = 1 }
        END { exit wrong }'
}

# loss WORD: the number in the line that begins so.
loss() { sed -n "s/^$1 *loss \([0-9.]*\).*/\1/p" out; }

parameters() { sed -n 's/^parameters after update [0-9]*: \([0-9a-f]*\) on all ranks$/\1/p' "$1"; }

# ---- one process and several ----------------------------------------------------------------------------------------

tiny="--units 12 --batch 12 --length 14 --rate 0.02 --report-every 20"
run 0 $tiny --updates 80 --output one
cp out one.out
[ "$(wc -l <one.out)" -eq 8 ] || fail "not four lines of progress and four of results"
awk -v first="$(loss 'update *20')" -v last="$(loss held-out)" 'BEGIN { exit !(last > 0 && last < 0.7 * first) }' &&
    pass "the loss falls to $(loss held-out)" || fail "the loss does not fall"
[ "$(ls -A | grep -c '^one\(\.80\)\{0,1\}$')" -eq 2 ] || fail "not a model and an optimiser: $(ls -A)"
for count in 1 2 3; do
    ranks $count $tiny --updates 80 --output "on-$count"
    cp out "$count.out"
    grep -q "^80 updates on $count rank" out || fail "not on $count ranks"
    [ -n "$(parameters out)" ] && near one.out "$count.out" && pass "ranks: $count, parameters $(parameters out)" ||
        fail "$count ranks are not as one process"
done
[ "$(parameters one.out)" = "$(parameters 1.out)" ] && cmp -s one on-1 && cmp -s one.80 on-1.80 &&
    pass "one rank is one process to the bit" || fail "one rank is not one process"
ranks 2 $tiny --updates 80 --output again
cmp -s again on-2 && pass "a run repeats" || fail "a run does not repeat"
ranks 2 $tiny --updates 80 --threads 2 --output threads
cmp -s threads on-2 && pass "threads change nothing" || fail "threads change something"
ranks 2 $tiny --updates 80 --seed 2 --output other
cmp -s other on-2 && fail "another seed, the same run" || pass "another seed, another run"

# Batches that the ranks can not share evenly, or of which a rank has nothing.
for batch in 7 2 1; do
    run 0 --units 8 --batch $batch --length 9 --updates 20 --report-every 5 --output "batch-$batch"
    cp out odd.out
    for count in 2 3; do
        ranks $count --units 8 --batch $batch --length 9 --updates 20 --report-every 5 --output "batch-$batch-$count"
        cp out shared.out
        near odd.out shared.out && pass "batch $batch on $count ranks" || fail "batch $batch on $count ranks"
    done
done
ranks 2 --units 1 --batch 3 --length 1 --updates 2 --output least

# ---- on from a checkpoint -------------------------------------------------------------------------------------------

ranks 2 $tiny --updates 30 --output half
cp half half.kept
cp half.30 half.30.kept
ranks 2 --resume --updates 80 --report-every 20 --output half
[ "$(parameters out)" = "$(parameters 2.out)" ] && cmp -s half on-2 && cmp -s half.80 on-2.80 && [ ! -e half.30 ] &&
    pass "30 updates and 50 more are 80, to the bit" || fail "30 updates and 50 more are not 80"
for count in 1 3; do
    cp half.kept half
    cp half.30.kept half.30
    ranks $count --resume --updates 80 --report-every 20 --output half
    sed -n '/^update *40 /,$p' one.out >rest.out
    cp out resumed.out
    near rest.out resumed.out && pass "on from two ranks on $count" || fail "on from two ranks on $count: other losses"
done
cp half before
run 0 --resume --updates 10 --output half
grep -q '^0 updates' out && cmp -s half before && pass "nothing to do is nothing done" || fail "updates that are past"

# Killed in the middle: the checkpoint is that of an update, and whole.
"$program" $tiny --updates 1000000 --save-every 5 --output killed >killed.out 2>&1 &
victim=$!
for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
    sleep 0.5
    [ -e killed ] && [ ! -e killed.0 ] && break
done
kill -KILL $victim
wait $victim 2>wait.err
run 0 --resume --updates 0 --output killed
updates=$(sed -n 's/^parameters after update \([0-9]*\):.*/\1/p' out)
cp out killed.out
run 0 $tiny --updates "${updates:-0}" --output whole
[ -n "$updates" ] && [ "$(parameters out)" = "$(parameters killed.out)" ] && cmp -s killed whole &&
    pass "killed after update $updates or later" || fail "what a killed run left is not its checkpoint"

# ---- what is refused ------------------------------------------------------------------------------------------------

mkdir folder
printf 'not a checkpoint' >broken
for bad in 0 1.5 12x ''; do
    refuses "--batch: '$bad' is not a whole number from 1" --batch "$bad"
done
for bad in 0 nan x; do
    refuses "--rate: '$bad' is not a number" --rate "$bad"
done
refuses "'--depth' is no option" --depth 3
refuses "'7' is no option" 7
refuses '--units needs a value: H' --units
refuses '--resume takes no value' --resume=1
refuses '--seed is what the checkpoint says' --resume --seed 3
refuses 'one is there already: --resume' --output one
refuses 'folder is there already' --output folder
refuses 'No such file' --output absent/model
refuses 'rnn_load' --resume --output absent
refuses 'rnn_load' --resume --output broken
cp one orphan
refuses 'rnn_optimizer_load.*orphan.80' --resume --output orphan
# Of several ranks it is one that speaks.
$launcher 2 $beyond "$program" --depth 3 >out 2>err
[ $? -eq 1 ] && [ "$(grep -c "^$program_name: '--depth' is no option" err)" -eq 1 ] &&
    pass "two ranks refuse with one sentence" || fail "two ranks do not refuse with one sentence and status 1"

run 0 --help
prints --units --resume --save-every '(64)'
run 0 --version
[ -s out ] || fail "--version prints nothing"
if [ -w /dev/full ]; then notices_full_disk --version; fi

# ---- ranks that differ ----------------------------------------------------------------------------------------------

$launcher 2 $beyond "$faulty" $tiny --updates 20 --output faulty >out 2>err
# Both ranks speak, and their words may stand between each other's.
[ $? -ne 0 ] && grep -q 'after update 20 the parameters are not the same on all ranks' err &&
    pass "a rank that differs is found: $(grep 'after update 20' err | head -n 1)" || fail "a rank that differs goes unnoticed"
[ -e faulty.0 ] && [ ! -e faulty.20 ] && pass "and not saved" || fail "parameters were saved that nobody could trust"

finish
