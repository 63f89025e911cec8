#!/bin/sh
# abi_faults.sh WORK: abi.sh accepts the interface as it is and rejects every planted fault.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
. "$here/faults.sh"
work=$1
header=include/rnn.h

plant()
{
    rm -rf "$work"
    mkdir -p "$work"
    (cd "$root" && tar -cf - CMakeLists.txt include abi bindings python/librnn/_abi.py) | (cd "$work" && tar -xf -)
}

check()
{
    sh "$here/abi.sh" "$work"
}

# fault WORDS FILE COMMAND-OF-SED: abi.sh must reject the interface with FILE changed.
fault()
{
    plant
    sed "$3" "$work/$2" >"$work/changed"
    if cmp -s "$work/$2" "$work/changed"; then
        echo "NOTHING PLANTED: $2 has no place for $3"
        wrong=1
        return
    fi
    mv "$work/changed" "$work/$2"
    rejects "$1" check
}

# strange WORDS LINE: a declaration that the script must not pass over.
strange()
{
    fault "$1" $header "s|^RNN_API int32_t rnn_version(void);|&\\
$2|"
}

plant
accepts check
case $output in skipped*) echo "$output"; exit 77 ;; esac

# The header says something else than the JSON.
fault '+        "RNN_E_SIZE": -22,' $header 's/^\(#define RNN_E_SIZE  *\)(-2)/\1(-22)/'
fault '+        "RNN_EPOCHS": 600,' $header 's/^\(#define RNN_EPOCHS  *\)[0-9]*/\1600/'
fault '-        "RNN_CELL_MINGRU_HIGHWAY": 8' $header '/^#define RNN_CELL_MINGRU_HIGHWAY /d'
fault '-      "name": "rnn_version",' $header '/rnn_version(void);/d'
fault '+        {"name": "rate", "type": "int64_t"}' $header 's/rnn_sgd_step(rnn_session \*session, double rate)/rnn_sgd_step(rnn_session *session, int64_t rate)/'
fault '+        {"name": "speed", "type": "double"}' $header 's/rnn_sgd_step(rnn_session \*session, double rate)/rnn_sgd_step(rnn_session *session, double speed)/'
fault '+        {"name": "model", "type": "const rnn_model *"}' $header 's/rnn_retain(rnn_model \*model)/rnn_retain(const rnn_model *model)/'
fault '+      "must_check": false,' $header 's/RNN_NODISCARD \(int32_t rnn_sgd_step\)/\1/'
fault '+      "deprecated": "use rnn_optimizer_step",' $header 's/RNN_NODISCARD \(int32_t rnn_sgd_step\)/RNN_NODISCARD RNN_DEPRECATED("use rnn_optimizer_step") \1/'
fault '+      "result": "int64_t",' $header 's/^RNN_API int32_t rnn_version(void)/RNN_API int64_t rnn_version(void)/'
fault '+        {"name": "event", "type": "int64_t"}' $header 's/\*rnn_progress)(void \*user, rnn_trainer \*trainer, int32_t/*rnn_progress)(void *user, rnn_trainer *trainer, int64_t/'
fault '+    "rnn_extra",' $header 's/^typedef struct rnn_config rnn_config;/typedef struct rnn_extra rnn_extra; &/'
fault '+  "version": "0.19.0",' $header 's/^\(#define RNN_VERSION_MINOR  *\).*/\119/; s/^\(#define RNN_VERSION_MAJOR  *\).*/\10/; s/^\(#define RNN_VERSION_PATCH  *\).*/\10/'
fault '+  "soversion": 77,' CMakeLists.txt 's/^set(RNN_SOVERSION [0-9]*)/set(RNN_SOVERSION 77)/'

# What the script does not understand.
for argument in 'float y[4]' 'float' 'float y' 'unsigned y' 'long y' 'bool y' 'struct rnn_config *y' 'rnn_config y' \
    'rnn_other *y' 'enum rnn_kind y' 'float ***y' 'const int32_t y' 'int32_t y, ...' 'volatile float *y'; do
    strange 'not understood: ' "RNN_API RNN_NODISCARD int32_t rnn_strange($argument);"
done
strange 'rnn_strange: two arguments y' 'RNN_API RNN_NODISCARD int32_t rnn_strange(float *y, float *y);'
strange 'not understood: the declaration' 'RNN_API RNN_NODISCARD int32_t rnn_strange(int32_t (*y)(void));'
strange 'not understood: the declaration' 'int32_t rnn_strange(int32_t y);'
strange 'not understood: the declaration' 'RNN_API extern int32_t rnn_strange;'
strange 'not understood: the declaration' 'typedef enum { RNN_STRANGE } rnn_strange;'
strange 'not understood: the declaration' 'typedef struct rnn_strange { int32_t y; } rnn_strange;'
strange 'not understood: the declaration' 'static inline int32_t rnn_strange(void) { return 0; }'
strange 'rnn_strange: the type float' 'RNN_API float rnn_strange(void);'
strange 'rnn_strange: RNN_NODISCARD, but the result is void' 'RNN_API RNN_NODISCARD void rnn_strange(void);'
strange 'rnn_sgd_step is declared twice' 'RNN_API int32_t rnn_sgd_step(void);'
strange "the macro '#define RNN_STRANGE" '#define RNN_STRANGE (1 << 3)'
strange "the macro '#define RNN_STRANGE" '#define RNN_STRANGE(x) x'
strange "the macro '#define OTHER" '#define OTHER 1'
strange "the line '#undef RNN_API'" '#undef RNN_API'
strange 'RNN_E_SIZE is defined twice' '#define RNN_E_SIZE 3'
strange 'the constants RNN_STRANGE: the comment above must say' '#define RNN_STRANGE 1'
fault 'the version, or the SOVERSION' $header '/^#define RNN_VERSION_PATCH/d'
fault 'the version, or the SOVERSION' CMakeLists.txt '/^set(RNN_SOVERSION/d'
fault 'RNN_FROZEN: its comment must begin with one of' $header 's|^\(#define RNN_FROZEN  *[0-9]* /\* \)integer|\1number|'

# The generated files say something else than the JSON.
fault 'librnn.json is not up to date: run abi/generate.py' abi/librnn.json 's/"RNN_E_SIZE": -2,/"RNN_E_SIZE": -3,/'
fault '_abi.py is not up to date: run abi/declare.py' python/librnn/_abi.py 's/^E_SIZE = -2/E_SIZE = -3/'
fault '_abi.py is not up to date' python/librnn/_abi.py '/"rnn_sgd_step"/d'
fault 'rnn_abi.js is not up to date' bindings/node/rnn_abi.js 's/rnn_sgd_step(rnn_session \*session, double/rnn_sgd_step(rnn_session *session, float/'
fault 'rnn_abi.rs is not up to date' bindings/rust/rnn_abi.rs 's/fn rnn_retain(model: \*mut/fn rnn_retain(model: *const/'
fault 'RnnAbi.java is not up to date' bindings/java/RnnAbi.java 's/int rnn_sgd_step(Pointer session, double rate);/int rnn_sgd_step(Pointer session, long rate);/'
plant
rm "$work/bindings/java/RnnAbi.java"
rejects 'RnnAbi.java is not up to date' check
plant
rm "$work/abi/librnn.json"
rejects 'librnn.json is not up to date' check
verdict
