/* One call of any loss except a custom one, with all of its options and arrays as one struct. */
#ifndef RNN_TESTS_LOSS_CALL_H
#define RNN_TESTS_LOSS_CALL_H

#include "support/support.h"

struct loss_call {
    int32_t kind, reduction;
    double *value, *losses; /* losses [B], or NULL if not needed */
    float *dy;
    const float *y;
    const int32_t *classes; /* for cross-entropy and CTC */
    const float *values;    /* for all others */
    size_t losses_count, dy_count, y_count, classes_count, values_count;
    size_t T, B, C;
    const int32_t *lengths, *label_lengths;
    const float *class_weights, *mask, *weights;
    size_t lengths_count, label_lengths_count, class_weights_count, mask_count, weights_count;
    int64_t ignored, blank, zero_infinity, skip_missing; /* used if the kind has them */
    double smoothing, delta;
};

/* Creates a handle, computes, and destroys it. Returns the status of the first function that fails, or RNN_OK. */
int32_t loss_call_run(const struct loss_call *call);

/* Creates a handle with the options and arrays of the call. */
int32_t loss_call_open(rnn_loss **out, const struct loss_call *call);

/* Computes the loss with that handle. */
int32_t loss_call_with(rnn_loss *loss, const struct loss_call *call);

/* Cross-entropy of logits [T,B,C] and targets [T,B] with default options; lengths [B] or NULL, dlogits or NULL. */
int32_t loss_call_softmax(double *value, float *dlogits, const float *logits, const int32_t *targets,
                          const int32_t *lengths, size_t T, size_t B, size_t C, int32_t reduction);

#endif
