#!/bin/bash
# Plants faults in the library, one at a time, and demands that the target finds each within two minutes, beginning from
# the corpus.  After build.sh, with the same variables.
set -eu
source=$SRC/librnn
[ -d "$source" ] || source=$(cd "$(dirname "$0")/.." && pwd)
planted=$WORK/planted
missed=0

# fault TARGET FILE 's/CODE/FAULT/'
fault()
{
    local target=fuzz_$1 name=$1 corpus=$source/fuzz/corpus/fuzz_$1 options=() object=$planted/fault.o begin
    rm -rf "$planted"
    mkdir -p "$planted/corpus" "$planted/out" "$planted/$(dirname "$2")"
    sed "$3" "$source/src/$2" >"$planted/$2"
    ! cmp -s "$source/src/$2" "$planted/$2" || { echo "$2 has no such code: $3" >&2; exit 1; }
    # shellcheck disable=SC2086 # several words
    $CC $CFLAGS -std=c11 -DRNN_STATIC -DRNNI_ASSERTIONS -D_FILE_OFFSET_BITS=64 -I"$source/include" -I"$source/src" \
        -c "$planted/$2" -o "$object"
    if [ ! -d "$corpus" ]; then
        corpus=$source/fuzz/corpus/safetensors
        options=(-dict="$source/fuzz/safetensors.dict" -max_len=8192)
    fi
    RNN_FUZZ_LIBRARY="$object ${RNN_FUZZ_LIBRARY:-$WORK/build/src/librnn.a}" RNN_FUZZ_TARGETS=$target OUT=$planted/out \
        "$source/fuzz/build.sh"
    begin=$SECONDS
    if "$planted/out/$target" "${options[@]}" -max_total_time=120 -artifact_prefix="$planted/" "$planted/corpus" "$corpus" \
        >"$planted/log" 2>&1; then
        echo "$name does not find in $2: $3"
        missed=1
    else
        echo "$name finds after $((SECONDS - begin)) s in $2: $3"
    fi
}

# Bounds that are not checked.
fault header io/safetensors_header.c 's/if (end != data_count)/if (0)/'
fault header io/safetensors_tensor.c 's/bits % 8 || bits \/ 8 != tensor->end - tensor->begin/bits % 8/'
fault header io/safetensors_header.c 's/tensor->rank == RNNI_SAFETENSORS_RANK/tensor->rank > RNNI_SAFETENSORS_RANK/'
fault header io/json.c 's/json->position < json->count ? json->bytes\[json->position\] : 0/json->bytes[json->position]/'
fault checkpoint checkpoint/checkpoint_read.c 's/if (!name || index >= definition->layer_count)/if (!name)/'
fault optimizer training/optimizer_tensors.c 's/if (length >= sizeof text || (\*at)\[length\] != . .)/if ((*at)[length] != 0x20)/'
fault trainer fit/resume.c 's/if (!rnni_streams_are_valid(streams, (size_t)options->sequences))/if (0)/'
fault arrays api/rnn_convert.c 's/if (\*layer >= count)/if (*layer > count)/'
fault options model/options.c 's/INTEGER(RNN_ACTIVATION_G, activation_g, 0, RNNI_ACTIVATION_LAST)/INTEGER(RNN_ACTIVATION_G, activation_g, 0, SIZE_MOST)/'
fault text base/option.c 's/if (length >= RNNI_TEXT_SIZE)/if (length > RNNI_TEXT_SIZE)/'
# Results that are wrong.
fault checkpoint io/safetensors_write.c 's/if (c < 0x20)/if (c < 0x1F)/'
fault text base/utf8.c 's/code >= 0xD800 \&\& code <= 0xDFFF;/code >= 0xD800 \&\& code < 0xDFFF;/'
fault parameters checkpoint/checkpoint_unused.c 's/return size + 1;/return size;/'
exit $missed
