#include "decoding/ctc.h"
#include "decoding/logits.h"

#include "api/check.h"

/* No logit at a valid step is NaN. */
static int32_t check_valid_logits(struct rnni_door door, const struct rnni_ctc_input *input)
{
    for (size_t t = 0; t < input->steps; t++)
        for (size_t b = 0; b < input->batch; b++) {
            const float *o = rnni_ctc_row(input, t, b); /* [C] */
            size_t c = t < rnni_ctc_length(input, b) ? rnni_logits_find_bad(o, input->classes, 0) : input->classes;
            if (c < input->classes)
                return rnni_status_fail(NULL, RNN_E_VALUE,
                                        "%s: the logit of class %zu at step %zu of sequence %zu is not a number",
                                        door.function, c, t, b);
        }
    return RNN_OK;
}

static int32_t check_input(struct rnni_door door, const struct rnni_ctc_input *input, size_t logits_count,
                           size_t lengths_count)
{
    struct rnni_shape shape = {"T*B*C", input->steps, input->batch, input->classes, NULL};
    RNNI_TRY(rnni_check_steps(door, input->steps, input->batch));
    RNNI_TRY(rnni_check_size(door, "classes", input->classes));
    RNNI_TRY(rnni_check_class(door, "blank", input->blank, input->classes));
    RNNI_TRY(rnni_check_array(door, "logits", input->logits, logits_count, shape, 0));
    RNNI_TRY(rnni_check_lengths(door, input->lengths, lengths_count, input->steps, input->batch));
    return check_valid_logits(door, input);
}

RNN_API int32_t rnn_ctc_greedy(int32_t *labels, size_t labels_count, int32_t *label_lengths, size_t label_lengths_count,
                               double *scores, size_t scores_count, const float *logits, size_t logits_count,
                               const int32_t *lengths, size_t lengths_count, size_t steps, size_t batch, size_t classes,
                               int32_t blank)
{
    struct rnni_door door = {NULL, __func__};
    struct rnni_ctc_input input = {logits, lengths, steps, batch, classes, blank};
    struct rnni_shape shape = {"B", batch, 0, 0, NULL};
    RNNI_TRY(check_input(door, &input, logits_count, lengths_count));
    RNNI_TRY(
        rnni_check_array(door, "labels", labels, labels_count, (struct rnni_shape){"B*T", batch, steps, 0, NULL}, 0));
    RNNI_TRY(rnni_check_array(door, "label_lengths", label_lengths, label_lengths_count, shape, 0));
    RNNI_TRY(rnni_check_array(door, "scores", scores, scores_count, shape, 1));
    rnni_ctc_greedy(labels, label_lengths, scores, &input);
    return RNN_OK;
}

RNN_API int32_t rnn_ctc_beam_search(int32_t *labels, size_t labels_count, int32_t *label_lengths,
                                    size_t label_lengths_count, double *scores, size_t scores_count,
                                    const float *logits, size_t logits_count, const int32_t *lengths,
                                    size_t lengths_count, size_t steps, size_t batch, size_t classes, int32_t blank,
                                    size_t width, size_t results)
{
    struct rnni_door door = {NULL, __func__};
    struct rnni_ctc_input input = {logits, lengths, steps, batch, classes, blank};
    struct rnni_shape shape = {"B*N", batch, results, 0, NULL};
    RNNI_TRY(rnni_check_width(door, width, results));
    RNNI_TRY(check_input(door, &input, logits_count, lengths_count));
    RNNI_TRY(rnni_check_array(door, "labels", labels, labels_count,
                              (struct rnni_shape){"B*N*T", batch, results, steps, NULL}, 0));
    RNNI_TRY(rnni_check_array(door, "label_lengths", label_lengths, label_lengths_count, shape, 0));
    RNNI_TRY(rnni_check_array(door, "scores", scores, scores_count, shape, 0));
    if (rnni_ctc_beam_search(labels, label_lengths, scores, &input, width, results))
        return rnni_status_fail(NULL, RNN_E_MEMORY, "%s: no memory for %zu steps of %zu labellings", __func__, steps,
                                width);
    return RNN_OK;
}
