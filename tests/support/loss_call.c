#include "support/loss_call.h"

#define TRY(call)                                                                                                      \
    do {                                                                                                               \
        int32_t status_ = (call);                                                                                      \
        if (status_)                                                                                                   \
            return status_;                                                                                            \
    } while (0)

static int is_of_classes(int32_t kind)
{
    return kind == RNN_LOSS_CROSS_ENTROPY || kind == RNN_LOSS_CTC;
}

static int32_t set_options(rnn_loss *loss, const struct loss_call *c)
{
    TRY(rnn_loss_set_int(loss, RNN_REDUCTION, c->reduction));
    if (c->kind == RNN_LOSS_CROSS_ENTROPY) {
        TRY(rnn_loss_set_int(loss, RNN_IGNORED, c->ignored));
        TRY(rnn_loss_set_real(loss, RNN_SMOOTHING, c->smoothing));
    }
    if (c->kind == RNN_LOSS_CTC) {
        TRY(rnn_loss_set_int(loss, RNN_BLANK, c->blank));
        TRY(rnn_loss_set_int(loss, RNN_ZERO_INFINITY, c->zero_infinity));
    }
    if (!is_of_classes(c->kind))
        TRY(rnn_loss_set_int(loss, RNN_SKIP_MISSING, c->skip_missing));
    if (c->kind == RNN_LOSS_HUBER)
        TRY(rnn_loss_set_real(loss, RNN_DELTA, c->delta));
    return RNN_OK;
}

static int32_t set_arrays(rnn_loss *loss, const struct loss_call *c)
{
    if (c->class_weights || c->class_weights_count)
        TRY(rnn_loss_set_class_weights(loss, c->class_weights, c->class_weights_count));
    TRY(rnn_loss_set_batch(loss, c->lengths, c->lengths_count, c->T, c->B, c->C));
    if (c->mask || c->mask_count)
        TRY(rnn_loss_set_mask(loss, c->mask, c->mask_count));
    if (c->weights || c->weights_count)
        TRY(rnn_loss_set_sequence_weights(loss, c->weights, c->weights_count));
    if (c->label_lengths || c->label_lengths_count)
        TRY(rnn_loss_set_label_lengths(loss, c->label_lengths, c->label_lengths_count));
    return RNN_OK;
}

int32_t loss_call_open(rnn_loss **out, const struct loss_call *c)
{
    rnn_loss *loss;
    TRY(rnn_loss_create(&loss, c->kind));
    int32_t status = set_options(loss, c);
    if (!status)
        status = set_arrays(loss, c);
    if (status)
        rnn_loss_destroy(loss);
    else
        *out = loss;
    return status;
}

int32_t loss_call_with(rnn_loss *loss, const struct loss_call *c)
{
    if (is_of_classes(c->kind))
        TRY(rnn_loss_of_classes(loss, c->value, c->dy, c->dy_count, c->y, c->y_count, c->classes, c->classes_count));
    else
        TRY(rnn_loss_of_values(loss, c->value, c->dy, c->dy_count, c->y, c->y_count, c->values, c->values_count));
    return c->losses || c->losses_count ? rnn_loss_get_sequence_losses(loss, c->losses, c->losses_count) : RNN_OK;
}

int32_t loss_call_run(const struct loss_call *c)
{
    rnn_loss *loss = NULL;
    TRY(loss_call_open(&loss, c));
    int32_t status = loss_call_with(loss, c);
    rnn_loss_destroy(loss);
    return status;
}

int32_t loss_call_softmax(double *value, float *dlogits, const float *logits, const int32_t *targets,
                          const int32_t *lengths, size_t T, size_t B, size_t C, int32_t reduction)
{
    size_t count = T * B * C;
    return loss_call_run(&(struct loss_call){.kind = RNN_LOSS_CROSS_ENTROPY,
                                             .reduction = reduction,
                                             .value = value,
                                             .dy = dlogits,
                                             .dy_count = dlogits ? count : 0,
                                             .y = logits,
                                             .y_count = count,
                                             .classes = targets,
                                             .classes_count = T * B,
                                             .lengths = lengths,
                                             .lengths_count = lengths ? B : 0,
                                             .T = T,
                                             .B = B,
                                             .C = C,
                                             .ignored = -100});
}
