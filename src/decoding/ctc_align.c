/* The most likely path with given labels (Viterbi).  The states of a path are the labels with blanks around them, 2S+1
 * in all; state s follows s, s-1, or s-2 where that leaves out a blank between different labels. */
#include "base/assertion.h"
#include "decoding/ctc_decoding.h"

#include <math.h>

struct alignment {
    size_t states; /* 2S+1 */
    double *log_p; /* [2S+1] of the most likely path that ends in a state */
    uint8_t *back; /* [T,2S+1] states between a state and the one before it on that path */
};

static int plan(struct alignment *alignment, struct rnni_block *scratch, size_t labels, size_t length)
{
    size_t states = 2 * labels + 1, first = rnni_memory_multiply(states, sizeof *alignment->log_p);
    if (!rnni_block_grow(scratch, rnni_memory_add(first, rnni_memory_multiply(states, length)), 1, 0))
        return 0;
    *alignment = (struct alignment){states, scratch->data, (uint8_t *)scratch->data + first};
    return 1;
}

/* From the last state to the first, so that those before a state are still those of the step before. */
static void step(const struct alignment *alignment, const int32_t *labels, int32_t blank, const float *o /* [C] */,
                 struct rnni_logits row, size_t t)
{
    double *log_p = alignment->log_p, of_blank = rnni_logits_log_p(row, o[blank]);
    uint8_t *back = alignment->back + t * alignment->states;
    for (size_t s = alignment->states; s-- > 0;) {
        const int32_t *label = s % 2 ? &labels[s / 2] : NULL;
        uint8_t best = 0;
        if (s >= 1 && log_p[s - 1] > log_p[s])
            best = 1;
        if (label && s >= 3 && label[0] != label[-1] && log_p[s - 2] > log_p[s - best])
            best = 2;
        log_p[s] = log_p[s - best] + (label ? rnni_logits_log_p(row, o[*label]) : of_blank);
        back[s] = best;
    }
}

int rnni_ctc_align(const struct rnni_result_view *view, const struct rnni_ctc_input *input,
                   const struct rnni_logits *rows, size_t sequence, struct rnni_block *scratch)
{
    size_t length = rnni_ctc_decoding_length(input, sequence), last = 2 * view->count;
    struct alignment alignment;
    RNNI_ASSERT(view->count <= length);
    if (!view->count)
        return 0;
    if (!plan(&alignment, scratch, view->count, length))
        return 1;
    for (size_t s = 0; s < alignment.states; s++)
        alignment.log_p[s] = s ? -HUGE_VAL : 0; /* before the first step: nothing but blanks */
    for (size_t t = 0; t < length; t++)
        step(&alignment, view->tokens, input->blank, rnni_ctc_decoding_row(input, t, sequence), rows[t], t);
    size_t s = alignment.log_p[last] >= alignment.log_p[last - 1] ? last : last - 1;
    for (size_t t = length; t-- > 0; s -= alignment.back[t * alignment.states + s])
        if (s % 2)
            view->steps[s / 2] = (int32_t)t;
    for (size_t i = 0; i < view->count; i++) {
        size_t t = (size_t)view->steps[i];
        float logit = rnni_ctc_decoding_row(input, t, sequence)[view->tokens[i]];
        view->scores[i] = rnni_logits_score(rnni_logits_log_p(rows[t], logit));
    }
    return 0;
}
