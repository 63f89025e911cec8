#!/bin/sh
# neon.sh CC LIBRARY: the machine code of the kernels for NEON, in the objects kernels_baseline, narrow_baseline and
# narrow_dotprod of an archive.
#   - every function that multiplies floats has fmla, fmls or fmul of four floats (.4s)
#   - every function that adds, compares or copies, or sums in double, has another instruction of a vector
#   - functions that only call those, or find places, have no demand
#   - every function of the object is in one of these lists
# The names are those that remain after gcc 12 has put functions into others.
multiply='tanh_kernel tanh_backward_kernel sigmoid_kernel sigmoid_backward_kernel multiply_kernel add_product_kernel
    blend_kernel interpolate_kernel interpolate_backward_kernel scale_kernel
    dot tile_whole tile_at_edge row_kernel bf16_row bf16_kernel int8_kernel choose_int8_kernel lstm_row_kernel gru_row_kernel
    lstm_vectors lstm_gates_backward gru_vectors gru_gates_backward
    additive_kernel additive_backward_kernel ctc_step_kernel ctc_occupancy_kernel exp_shifted_kernel
    softmax_backward_kernel descend_kernel sgd_kernel momentum_kernel rmsprop_kernel rmsprop_momentum_kernel
    adagrad_kernel adam_kernel amsgrad_kernel'
other='add_kernel clip_kernel choose_kernel choose_bf16_kernel add_rows_kernel add_strip largest_kernel magnitude_kernel
    sum_of_squares_kernel'
call='lstm_kernel lstm_backward_kernel gru_kernel gru_backward_kernel product_kernel outer_kernel outer_block'

set -eu
export LC_ALL=C
"$("$1" -print-prog-name=objdump)" -d "$2" | awk -v multiply="$multiply" -v other="$other" -v call="$call" '
    BEGIN {
        split(multiply " " other " " call, names)
        for (i in names)
            expected[names[i]] = 1
        split(multiply, names)
        for (i in names)
            multiplies[names[i]] = 1
        split(call, names)
        for (i in names)
            calls[names[i]] = 1
    }
    function fault(text) { print text; faults = 1 }
    function judge() {
        if (name == "")
            return
        if (!(name in expected))
            fault(name " is in no list of neon.sh")
        else if (name in multiplies && !products)
            fault(symbol " has no fmla, fmls or fmul of four floats")
        else if (!(name in calls) && !vectors)
            fault(symbol " has no instruction of a vector")
        seen[name] = 1
    }
    /file format/ { judge(); name = ""; here = /(kernels|narrow)_(baseline|dotprod)\.c\.o/ }
    here && /^[0-9a-f]+ <.*>:$/ {
        judge()
        symbol = name = substr($2, 2, length($2) - 3)
        sub(/\..*/, "", name) # copies, as in lstm_vectors.constprop.0
        products = vectors = 0
    }
    here && /\tfm(la|ls|ul)\tv[0-9]+\.4s,/ { products++ }
    here && /\t[a-z]+\tv[0-9]+\.(4s|2d|16b),/ && !/\t(movi|mov|dup|fmov)\t/ { vectors++ }
    END {
        judge()
        for (name in expected)
            if (!(name in seen)) {
                fault(name " is not there")
            } else
                count++
        if (!faults)
            print count " functions of the kernels for NEON have the vectors that they need"
        exit faults
    }'
