#include "decoding/ctc_decoding.h"

void rnni_ctc_greedy_step(struct rnni_ctc_path *path, const struct rnni_ctc_input *input, const float *o /* [C] */)
{
    int32_t label = rnni_logits_likeliest(o, input->classes);
    double log_p = rnni_logits_log_p(rnni_logits_of(o, input->classes), o[label]);
    path->score += log_p;
    if (label != path->last && label != input->blank) {
        path->view.tokens[path->count] = label;
        path->view.steps[path->count] = (int32_t)path->steps;
        path->view.scores[path->count++] = rnni_logits_score(log_p);
    }
    path->last = label;
    path->steps++;
}

int rnni_ctc_greedy(struct rnni_results *found, const struct rnni_ctc_input *input)
{
    RNNI_ASSERT(input->blank >= 0 && (size_t)input->blank < input->classes);
    for (size_t b = 0; b < input->batch; b++) {
        size_t length = rnni_ctc_decoding_length(input, b);
        struct rnni_ctc_path path = {.last = input->blank};
        if (!rnni_result_add(found, &path.view, length, 0))
            return 1;
        for (size_t t = 0; t < length; t++)
            rnni_ctc_greedy_step(&path, input, rnni_ctc_decoding_row(input, t, b));
        rnni_result_shorten(found, path.count, path.score);
        if (!rnni_result_end_sequence(found))
            return 1;
    }
    return 0;
}
