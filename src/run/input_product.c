#include "run/input_product.h"

#include "cells/norm.h"
#include "math/elementwise.h"

#include <string.h>

static void product(const struct rnni_pass *pass, float *out, const struct rnni_input_rows *r)
{
    const struct rnni_dense *input = &pass->bound->input;
    out += r->to * input->outputs;
    if (pass->rows.tokens)
        rnni_dense_forward_tokens(input, out, r->to_lines, pass->rows.tokens + r->from, r->from_lines, r->count);
    else
        rnni_dense_forward(input, out, r->to_lines, pass->rows.x + r->from * input->inputs, r->from_lines, r->count);
}

void rnni_input_product_forward(const struct rnni_pass *pass, const struct rnni_input_rows *r)
{
    const struct rnni_bound_weights *bound = pass->bound;
    const struct rnni_tape *tape = &pass->tape;
    size_t width = bound->input.outputs;
    if (!bound->form->layer_norm) {
        product(pass, tape->a, r);
        return;
    }
    const struct rnn_model *model = pass->session->model;
    const float *bias = model->packed + model->layout.place[bound->index].packed_bias; /* [GH] */
    product(pass, tape->input_norm, r);
    for (size_t i = 0; i < r->count; i++) {
        size_t row = r->to + rnni_product_line(r->to_lines, i);
        float *a = tape->a + row * width, *norm = tape->input_norm + row * width; /* [GH] */
        rnni_norm_gates_forward(bound->form, norm, tape->input_spread + 2 * row);
        memcpy(a, bias, width * sizeof *a);
        rnni_elementwise()->add_product(a, bound->weights.tensor[RNNI_NORM_IH], norm, width);
    }
}

void rnni_input_product_once(const struct rnni_pass *pass, size_t count)
{
    rnni_input_product_forward(pass, &(struct rnni_input_rows){.count = count});
}
