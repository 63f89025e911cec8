#include "decoding/ctc.h"

#include "decoding/logits.h"

/* labels [T]; returns how many.  *score: log probability of the path. */
static int32_t best_path(int32_t *labels, double *score, const struct rnni_ctc_input *input, size_t sequence)
{
    size_t length = rnni_ctc_length(input, sequence), count = 0;
    int32_t last = input->blank;
    *score = 0;
    for (size_t t = 0; t < length; t++) {
        const float *o = rnni_ctc_row(input, t, sequence); /* [C] */
        int32_t label = rnni_logits_likeliest(o, input->classes);
        *score += rnni_logits_log_p(rnni_logits_of(o, input->classes), o[label]);
        if (label != last && label != input->blank)
            labels[count++] = label;
        last = label;
    }
    for (size_t i = count; i < input->steps; i++)
        labels[i] = -1;
    return (int32_t)count;
}

void rnni_ctc_greedy(int32_t *labels, int32_t *label_lengths, double *scores, const struct rnni_ctc_input *input)
{
    for (size_t b = 0; b < input->batch; b++) {
        double score;
        label_lengths[b] = best_path(labels + b * input->steps, &score, input, b);
        if (scores)
            scores[b] = score;
    }
}
