#!/bin/sh
# attributes_faults.sh WORK: attributes.sh accepts a sound header and rejects every planted fault.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/faults.sh"
work=$1

# fault WORDS SED_SCRIPT: attributes.sh must reject the sound header after this change.
fault()
{
    sed "$2" "$work/sound.h" >"$work/rnn.h"
    rejects "$1" sh "$here/attributes.sh" "$work"
}

rm -rf "$work"
mkdir -p "$work"
cat >"$work/sound.h" <<'END'
#ifndef RNN_H
#define RNN_H
#include <stdint.h>
#define RNN_API
#ifndef RNN_NODISCARD
#define RNN_NODISCARD __attribute__((warn_unused_result))
#endif
#ifndef RNN_DEPRECATED
#define RNN_DEPRECATED(text) __attribute__((deprecated(text)))
#endif
#ifdef __cplusplus
extern "C" {
#endif
typedef struct rnn_session rnn_session;
RNN_API int32_t rnn_version(void);
RNN_API const char *rnn_last_error(void);
RNN_API RNN_NODISCARD int32_t rnn_zero_gradients(rnn_session *session);
RNN_API RNN_NODISCARD int32_t
    rnn_step(rnn_session *session);
#ifdef __cplusplus
}
#endif
#endif
END
cp "$work/sound.h" "$work/rnn.h"
accepts sh "$here/attributes.sh" "$work"
case $output in skipped*) echo "$output"; exit 77 ;; esac
fault 'does not warn: RNN_NODISCARD' 's/ __attribute__((warn_unused_result))//'
fault 'does not warn: RNN_DEPRECATED(text)' 's/ __attribute__((deprecated(text)))//'
fault 'for another reason' 's/(deprecated(text))/(deprecated("gone"))/'
fault 'although RNN_NODISCARD is empty' 's/#ifndef RNN_NODISCARD/#undef RNN_NODISCARD\n#if 1/'
fault 'although RNN_DEPRECATED(text) is empty' 's/#ifndef RNN_DEPRECATED/#undef RNN_DEPRECATED\n#if 1/'
fault 'without RNN_NODISCARD: rnn_step' '/^RNN_API RNN_NODISCARD int32_t$/s/RNN_NODISCARD //'
fault 'without RNN_NODISCARD: rnn_old' 's/^RNN_API int32_t rnn_version.*/&\nRNN_API RNN_DEPRECATED("x") int32_t rnn_old(void);/'
verdict
