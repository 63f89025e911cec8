#!/bin/sh
# snippets_faults.sh WORK CC: snippets.sh accepts a sound file and rejects every planted fault.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/faults.sh"
work=$1
cc=$2

# plant LINE...: a sound file, then these lines.
plant()
{
    rm -rf "$work"
    mkdir -p "$work"
    printf '%s\n' 'typedef struct rnn_config rnn_config;' 'typedef struct rnn_model rnn_model;' \
        'typedef struct rnn_session rnn_session;' 'typedef struct rnn_loss rnn_loss;' \
        'typedef struct rnn_optimizer rnn_optimizer;' 'typedef struct rnn_trainer rnn_trainer;' \
        'typedef struct rnn_dataset rnn_dataset;' 'typedef struct rnn_decoder rnn_decoder;' \
        'int rnn_create(rnn_model **out, rnn_config *config) __attribute__((warn_unused_result));' >"$work/rnn.h"
    printf '%s\n' '# Title' '```c' '#include <rnn.h>' 'int main(void)' '{' '    return 0;' '}' '```' '' '    a command' '' \
        '```c' 'int failed = rnn_create(&model, config);' '```' '```sh' 'rnn_create(1);' '```' "$@" >"$work/file.md"
}

check()
{
    sh "$here/snippets.sh" "$cc" "$work" "$work/file.md"
}

fault()
{
    words=$1
    shift
    plant "$@"
    rejects "$words" check
}

plant
accepts check
[ "$output" = '2 blocks of C compile' ] || {
    echo "WRONG COUNT: $output"
    wrong=1
}
fault 'block 3 of C does not compile' '```c' 'int failed = rnn_create(&model);' '```'
fault 'block 3 of C does not compile' '```c' 'rnn_create(&model, config);' '```'
fault 'block 3 of C does not compile' '```c' 'int failed = rnn_create(&model, configuration);' '```'
fault 'block 3 of C does not compile' '```c' '#include <rnn.h>' 'int main(void) { return rnn_build(); }' '```'
fault 'blocks without a language begin in line 18' '```' 'rnn_create(1);' '```'
fault 'a block does not end' '```c'
plant
sed -i 's/int main(void)/int main(int x)/' "$work/file.md"
rejects 'block 1 of C does not compile' check
sed -i '/^```/d' "$work/file.md"
rejects 'no block of C' check
verdict
