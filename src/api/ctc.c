#include "training/ctc.h"

#include "api/check.h"
#include "base/memory.h"

#include <inttypes.h>

static int32_t check_label_lengths(struct rnni_door door, const struct rnni_ctc *ctc, size_t count)
{
    RNNI_TRY(rnni_check_array(door, "label_lengths", ctc->label_lengths, count,
                              (struct rnni_shape){"B", ctc->batch, 0, 0, NULL}, 1));
    for (size_t b = 0; ctc->label_lengths && b < ctc->batch; b++)
        if (ctc->label_lengths[b] < 0 || (size_t)ctc->label_lengths[b] > ctc->most_labels)
            return rnni_status_fail(NULL, RNN_E_VALUE, "%s: label_lengths[%zu] is %" PRId32 ", expected 0 to %zu (S)",
                                    door.function, b, ctc->label_lengths[b], ctc->most_labels);
    return RNN_OK;
}

static int32_t check_labels(struct rnni_door door, const struct rnni_ctc *ctc, size_t count)
{
    if (!ctc->most_labels)
        return count ? rnni_status_fail(NULL, RNN_E_SIZE, "%s: labels_count is %zu, expected 0 (B*S = %zu*0)",
                                        door.function, count, ctc->batch)
                     : RNN_OK;
    RNNI_TRY(rnni_check_array(door, "labels", ctc->labels, count,
                              (struct rnni_shape){"B*S", ctc->batch, ctc->most_labels, 0, NULL}, 0));
    for (size_t b = 0; b < ctc->batch; b++)
        for (size_t i = 0; i < rnni_ctc_labels_of(ctc, b); i++) {
            int32_t label = ctc->labels[b * ctc->most_labels + i];
            if (label < 0 || (size_t)label >= ctc->classes || (size_t)label == ctc->blank)
                return rnni_status_fail(NULL, RNN_E_VALUE,
                                        "%s: labels[%zu], label %zu of sequence %zu, is %" PRId32
                                        ", expected 0 to %zu and not the blank, %zu",
                                        door.function, b * ctc->most_labels + i, i, b, label, ctc->classes - 1,
                                        ctc->blank);
        }
    return RNN_OK;
}

static int32_t check_choices(struct rnni_door door, const struct rnni_ctc *ctc, int32_t blank, int32_t reduction,
                             int32_t zero_infinity)
{
    RNNI_TRY(rnni_check_class(door, "blank", blank, ctc->classes));
    RNNI_TRY(rnni_check_reduction(door, reduction));
    if (zero_infinity != 0 && zero_infinity != 1)
        return rnni_status_fail(NULL, RNN_E_VALUE, "%s: zero_infinity is %" PRId32 ", expected 0 or 1", door.function,
                                zero_infinity);
    return RNN_OK;
}

RNN_API int32_t rnn_ctc_loss(double *loss, double *losses, size_t losses_count, float *dlogits, size_t dlogits_count,
                             const float *logits, size_t logits_count, const int32_t *labels, size_t labels_count,
                             const int32_t *lengths, size_t lengths_count, const int32_t *label_lengths,
                             size_t label_lengths_count, size_t steps, size_t batch, size_t classes, size_t most_labels,
                             int32_t blank, int32_t reduction, int32_t zero_infinity)
{
    struct rnni_door door = {NULL, __func__};
    struct rnni_shape shape = {"T*B*C", steps, batch, classes, NULL};
    struct rnni_ctc ctc = {dlogits, logits, labels, lengths, label_lengths, steps, batch, classes, most_labels, 0};
    RNNI_NEED(NULL, loss);
    RNNI_TRY(rnni_check_steps(door, steps, batch));
    RNNI_TRY(rnni_check_size(door, "classes", classes));
    RNNI_TRY(rnni_check_array(door, "losses", losses, losses_count, (struct rnni_shape){"B", batch, 0, 0, NULL}, 1));
    RNNI_TRY(rnni_check_array(door, "dlogits", dlogits, dlogits_count, shape, 1));
    RNNI_TRY(rnni_check_array(door, "logits", logits, logits_count, shape, 0));
    RNNI_TRY(rnni_check_lengths(door, lengths, lengths_count, steps, batch));
    RNNI_TRY(check_choices(door, &ctc, blank, reduction, zero_infinity));
    ctc.blank = (size_t)blank;
    RNNI_TRY(check_label_lengths(door, &ctc, label_lengths_count));
    RNNI_TRY(check_labels(door, &ctc, labels_count));
    void *scratch = rnni_memory_take(rnni_ctc_scratch(steps, most_labels), 1);
    if (!scratch)
        return rnni_status_fail(NULL, RNN_E_MEMORY, "%s: no memory for %zu steps of %zu labels", __func__, steps,
                                most_labels);
    *loss = rnni_ctc_batch(losses, &ctc, reduction == RNN_MEAN, zero_infinity, scratch);
    rnni_memory_release(scratch);
    return RNN_OK;
}
