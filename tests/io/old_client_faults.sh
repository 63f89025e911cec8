#!/bin/sh
# old_client_faults.sh WORK OLD_CLIENT BASELINE: OLD_CLIENT accepts the files of the baseline, and rejects other results
# and other files.
set -eu
. "$(dirname "$0")/../checks/faults.sh"
work=$1
client=$2
baseline=$3

check()
{
    "$client" check "$work"
}

plant()
{
    rm -rf "$work"
    cp -R "$baseline" "$work"
}

# results WORDS SED-COMMAND
results()
{
    plant
    sed "$2" "$baseline/results" >"$work/results"
    if cmp -s "$baseline/results" "$work/results"; then
        echo "NOTHING PLANTED: the results have no place for $2"
        wrong=1
    fi
    rejects "$1" check
}

plant
accepts check
results 'tokens.training_loss, number 0: ' 's/^\(tokens.training_loss\) /\1 9/'
results 'list.output_of_int8, number 0: ' 's/^\(list.output_of_int8\) [^ ]*/\1 9/'
results 'list.updates, number 0: ' 's/^\(list.updates\) .*/\1 5/'
results 'results: expected tokens.parameters' '/^tokens.parameters /d'
results 'list.updated_arrays, number 58: ' 's/^\(list.updated_arrays\( [^ ]*\)\{58\}\).*/\1/'

# Files of another kind, or none.
plant
cp "$work/tokens_model.safetensors" "$work/tokens_trainer.safetensors"
rejects 'rnn_trainer_load' check
plant
rm "$work/list_optimizer.safetensors"
rejects 'rnn_optimizer_load' check
verdict
