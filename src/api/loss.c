#include "training/loss.h"

#include "api/check.h"

#include <inttypes.h>
#include <math.h>

/* What all losses check: sizes, the gradient, the predictions, the lengths. */
struct arrays {
    const char *gradient_name, *name;
    const float *gradient, *values;
    size_t gradient_count, values_count, lengths_count;
};

static int32_t check_arrays(struct rnni_door door, const struct arrays *of, const struct rnni_loss_steps *over)
{
    struct rnni_shape shape = {"T*B*C", over->steps, over->batch, over->classes, NULL};
    RNNI_TRY(rnni_check_steps(door, over->steps, over->batch));
    RNNI_TRY(rnni_check_size(door, "classes", over->classes));
    RNNI_TRY(rnni_check_array(door, of->gradient_name, of->gradient, of->gradient_count, shape, 1));
    RNNI_TRY(rnni_check_array(door, of->name, of->values, of->values_count, shape, 0));
    return rnni_check_lengths(door, over->lengths, of->lengths_count, over->steps, over->batch);
}

/* values [count], all finite and at least 0; over which they range is said by `over`, or NULL: all. */
static int32_t check_not_negative(struct rnni_door door, const char *name, const float *values, size_t count,
                                  const struct rnni_loss_steps *over)
{
    for (size_t i = 0; values && i < count; i++)
        if (!(values[i] >= 0 && isfinite(values[i])) &&
            (!over || rnni_loss_is_valid(over, i / over->batch, i % over->batch)))
            return rnni_status_fail(NULL, RNN_E_VALUE, "%s: %s[%zu] is %g, expected a finite number of at least 0",
                                    door.function, name, i, (double)values[i]);
    return RNN_OK;
}

/* ---- classes --------------------------------------------------------------------------------------------------- */

/* All but the loss and what goes into it has been checked. */
static void cross_entropy(double *loss, const struct arrays *of, float *dlogits, const struct rnni_cross_entropy *with,
                          const struct rnni_loss_steps *over, int32_t reduction)
{
    double weight = rnni_loss_weight_of_targets(with, over);
    double factor = reduction == RNN_SUM ? 1 : weight > 0 ? 1 / weight : 0;
    *loss = rnni_loss_cross_entropy(dlogits, of->values, with, over, factor);
    *loss = factor > 0 ? factor * *loss : 0;
}

RNN_API int32_t rnn_softmax_cross_entropy(double *loss, float *dlogits, size_t dlogits_count, const float *logits,
                                          size_t logits_count, const int32_t *targets, size_t targets_count,
                                          const int32_t *lengths, size_t lengths_count, size_t steps, size_t batch,
                                          size_t classes, int32_t reduction)
{
    struct rnni_door door = {NULL, __func__};
    struct rnni_loss_steps over = {lengths, steps, batch, classes};
    struct rnni_cross_entropy with = {.targets = targets};
    struct arrays of = {"dlogits", "logits", dlogits, logits, dlogits_count, logits_count, lengths_count};
    RNNI_NEED(NULL, loss);
    RNNI_TRY(check_arrays(door, &of, &over));
    RNNI_TRY(rnni_check_array(door, "targets", targets, targets_count,
                              (struct rnni_shape){"T*B", steps, batch, 0, NULL}, 0));
    RNNI_TRY(rnni_check_classes(door, "targets", targets, lengths, steps, batch, classes, NULL));
    RNNI_TRY(rnni_check_reduction(door, reduction));
    cross_entropy(loss, &of, dlogits, &with, &over, reduction);
    return RNN_OK;
}

RNN_API int32_t rnn_weighted_cross_entropy(double *loss, float *dlogits, size_t dlogits_count, const float *logits,
                                           size_t logits_count, const int32_t *targets, size_t targets_count,
                                           const int32_t *lengths, size_t lengths_count, const float *weights,
                                           size_t weights_count, size_t steps, size_t batch, size_t classes,
                                           int32_t reduction, double smoothing, int32_t ignored)
{
    struct rnni_door door = {NULL, __func__};
    struct rnni_loss_steps over = {lengths, steps, batch, classes};
    struct rnni_cross_entropy with = {targets, weights, smoothing, 1, ignored};
    struct arrays of = {"dlogits", "logits", dlogits, logits, dlogits_count, logits_count, lengths_count};
    RNNI_NEED(NULL, loss);
    RNNI_TRY(check_arrays(door, &of, &over));
    RNNI_TRY(rnni_check_array(door, "targets", targets, targets_count,
                              (struct rnni_shape){"T*B", steps, batch, 0, NULL}, 0));
    RNNI_TRY(
        rnni_check_array(door, "weights", weights, weights_count, (struct rnni_shape){"C", classes, 0, 0, NULL}, 1));
    RNNI_TRY(rnni_check_classes(door, "targets", targets, lengths, steps, batch, classes, &ignored));
    RNNI_TRY(check_not_negative(door, "weights", weights, classes, NULL));
    RNNI_TRY(rnni_check_reduction(door, reduction));
    if (!(smoothing >= 0 && smoothing <= 1))
        return rnni_status_fail(NULL, RNN_E_VALUE, "%s: smoothing is %g, expected 0 to 1", __func__, smoothing);
    cross_entropy(loss, &of, dlogits, &with, &over, reduction);
    return RNN_OK;
}

RNN_API int32_t rnn_softmax(float *p, size_t p_count, const float *logits, size_t logits_count, size_t classes)
{
    struct rnni_door door = {NULL, __func__};
    RNNI_TRY(rnni_check_size(door, "classes", classes));
    size_t rows = logits_count / classes;
    struct rnni_shape shape = {"rows*C", rows, classes, 0, NULL};
    RNNI_NEED(NULL, logits);
    if (!rows || logits_count % classes)
        return rnni_status_fail(NULL, RNN_E_SIZE, "%s: logits_count is %zu, expected a multiple of C = %zu", __func__,
                                logits_count, classes);
    RNNI_TRY(rnni_check_array(door, "p", p, p_count, shape, 0));
    for (size_t i = 0; i < rows; i++)
        rnni_loss_softmax(p + i * classes, logits + i * classes, classes);
    return RNN_OK;
}

/* ---- real numbers ---------------------------------------------------------------------------------------------- */

static int32_t check_probabilities(struct rnni_door door, const struct rnni_real_loss *with,
                                   const struct rnni_loss_steps *over)
{
    for (size_t i = 0; i < over->steps * over->batch * over->classes; i++) {
        size_t row = i / over->classes;
        if (!(with->targets[i] >= 0 && with->targets[i] <= 1) && !(with->mask && with->mask[row] == 0) &&
            rnni_loss_is_valid(over, row / over->batch, row % over->batch))
            return rnni_status_fail(NULL, RNN_E_VALUE, "%s: targets[%zu] is %g, expected 0 to 1", door.function, i,
                                    (double)with->targets[i]);
    }
    return RNN_OK;
}

static int32_t real_loss(struct rnni_door door, double *loss, float *dy, const struct arrays *of,
                         const struct rnni_real_loss *with, size_t targets_count, size_t mask_count,
                         const struct rnni_loss_steps *over, int32_t reduction)
{
    RNNI_TRY(check_arrays(door, of, over));
    RNNI_TRY(rnni_check_array(door, "targets", with->targets, targets_count,
                              (struct rnni_shape){"T*B*C", over->steps, over->batch, over->classes, NULL}, 0));
    RNNI_TRY(rnni_check_array(door, "mask", with->mask, mask_count,
                              (struct rnni_shape){"T*B", over->steps, over->batch, 0, NULL}, 1));
    RNNI_TRY(check_not_negative(door, "mask", with->mask, over->steps * over->batch, over));
    RNNI_TRY(rnni_check_reduction(door, reduction));
    if (with->element == rnni_loss_binary_cross_entropy)
        RNNI_TRY(check_probabilities(door, with, over));
    if (!(with->delta > 0 && isfinite(with->delta)))
        return rnni_status_fail(NULL, RNN_E_VALUE, "%s: delta is %g, expected a positive finite number", door.function,
                                with->delta);
    double weight = rnni_loss_weight_of_elements(with, over);
    double factor = reduction == RNN_SUM ? 1 : weight > 0 ? 1 / weight : 0;
    *loss = rnni_loss_real(dy, of->values, with, over, factor);
    *loss = factor > 0 ? factor * *loss : 0;
    return RNN_OK;
}

/* The functions differ in the loss of one element alone. */
#define REAL_LOSS(loss_of_element, huber_delta)                                                                        \
    struct rnni_loss_steps over = {lengths, steps, batch, classes};                                                    \
    struct rnni_real_loss with = {loss_of_element, targets, mask, huber_delta};                                        \
    struct arrays of = {"dy", "y", dy, y, dy_count, y_count, lengths_count};                                           \
    RNNI_NEED(NULL, loss);                                                                                             \
    return real_loss((struct rnni_door){NULL, __func__}, loss, dy, &of, &with, targets_count, mask_count, &over,       \
                     reduction)

RNN_API int32_t rnn_binary_cross_entropy(double *loss, float *dy, size_t dy_count, const float *y, size_t y_count,
                                         const float *targets, size_t targets_count, const int32_t *lengths,
                                         size_t lengths_count, const float *mask, size_t mask_count, size_t steps,
                                         size_t batch, size_t classes, int32_t reduction)
{
    REAL_LOSS(rnni_loss_binary_cross_entropy, 1);
}

RNN_API int32_t rnn_squared_error(double *loss, float *dy, size_t dy_count, const float *y, size_t y_count,
                                  const float *targets, size_t targets_count, const int32_t *lengths,
                                  size_t lengths_count, const float *mask, size_t mask_count, size_t steps,
                                  size_t batch, size_t classes, int32_t reduction)
{
    REAL_LOSS(rnni_loss_squared_error, 1);
}

RNN_API int32_t rnn_absolute_error(double *loss, float *dy, size_t dy_count, const float *y, size_t y_count,
                                   const float *targets, size_t targets_count, const int32_t *lengths,
                                   size_t lengths_count, const float *mask, size_t mask_count, size_t steps,
                                   size_t batch, size_t classes, int32_t reduction)
{
    REAL_LOSS(rnni_loss_absolute_error, 1);
}

RNN_API int32_t rnn_huber_loss(double *loss, float *dy, size_t dy_count, const float *y, size_t y_count,
                               const float *targets, size_t targets_count, const int32_t *lengths, size_t lengths_count,
                               const float *mask, size_t mask_count, size_t steps, size_t batch, size_t classes,
                               int32_t reduction, double delta)
{
    REAL_LOSS(rnni_loss_huber, delta);
}
