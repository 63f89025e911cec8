#!/bin/sh
# random_calls_faults.sh WORK ROOT BUILD: random_calls finds faults that are planted in copies of single source files.
# BUILD is a build by Ninja with the address sanitizer: each faulty file is compiled and linked with the commands of the
# build.  Ends with 77 where there is no ninja.
set -eu
work=$1 root=$2 build=$3
. "$root/tests/checks/faults.sh"
command -v ninja >/dev/null || exit 77
rm -rf "$work"
mkdir -p "$work"
ninja -C "$build" -t commands tests/random_calls >"$work/commands"
link=$(tail -n 1 "$work/commands")

# linked OUTPUT OBJECT: the program with this object in front of the library
linked()
{
    echo "$link" | sed "s| -o tests/random_calls | -o $1 $2 |"
}

# fault WORDS FILE SCRIPT: after the sed script the program says WORDS
fault()
{
    words=$1 file=$2 name=$(basename "$2" .c)
    sed -E "$3" "$root/src/$file" >"$work/$name.c"
    ! cmp -s "$root/src/$file" "$work/$name.c" || { echo "NOT PLANTED in $file: $3"; wrong=1; return; }
    compile=$(grep -F -- "-c $root/src/$file" "$work/commands" | head -n 1 |
        sed -E "s| -MD -MT [^ ]+ -MF [^ ]+||; s| -o [^ ]+| -o $work/$name.o|; s|-c [^ ]+|-c $work/$name.c|")
    (cd "$build" && eval "$compile" && eval "$(linked "$work/faulty" "$work/$name.o")")
    rejects "$words" env OPENBLAS_NUM_THREADS=1 "$work/faulty" --from 1 --seeds 200
}

# What a refused call leaves.
fault 'but an object of type' base/option.c \
    's/^    if \(value < option->least/    *(int64_t *)field(values, option) = value;\n&/'
fault 'but an output has changed' api/rnn_backward.c \
    's/^(    RNNI_TRY\(rnni_check_norm\(caller, session, NULL, &found\)\);)/    if (norm)\n        *norm = 0;\n\1/'
fault 'but an object of type' api/rnn_session.c \
    's/^    (RNNI_TRY\(rnni_check_size\(.*"batch", batch\)\);)/    rnni_network_session_reset(session, session->batch);\n    \1/'
fault 'and the message is' api/rnn_rows.c \
    's/^    if \(row >= session->batch\)/    if (row == session->batch)\n        return RNN_E_VALUE;\n&/'
# Memory.
fault 'heap-use-after-free' fit/trainer.c 's/^    rnni_loss_retain\(loss\);//'
fault 'blocks of memory are not released' training/loss_handle.c \
    's/^    rnni_memory_release\(loss->transitions.block.data\);//'
fault 'heap-buffer-overflow' session/row_state.c \
    's/^(    walk_all\(session, \(struct walk\)\{values, 0, GET\}, b\);)/\1\n    values[rnni_row_state_count(session)] = 0;/'
fault 'heap-buffer-overflow' api/check.c 's/^(        if \(values\[i\] != 0 && values)\[i\]/\1[i + 1]/'
verdict
