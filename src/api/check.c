#include "api/check.h"

#include "base/memory.h"
#include "base/utf8.h"
#include "math/narrow.h"
#include "session/update.h"
#include "training/gradient.h"

#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>

struct rnni_shape rnni_check_output_shape(const struct rnn_session *session, size_t steps, const char *remark)
{
    const struct rnni_layout *layout = &session->model->layout;
    if (layout->pools)
        return (struct rnni_shape){"B*Y", session->batch, layout->outputs, 0, remark};
    return (struct rnni_shape){layout->changes_length ? "T'*B*Y" : "T*B*Y", steps, session->batch, layout->outputs,
                               remark};
}

size_t rnni_check_elements(struct rnni_shape shape)
{
    size_t rows = rnni_memory_multiply(shape.a, shape.b ? shape.b : 1);
    return rnni_memory_multiply(rows, shape.c ? shape.c : 1);
}

/* "T*B*I = 5*2*3" */
struct factors {
    char text[128];
};

static struct factors factors(struct rnni_shape shape)
{
    struct factors factors;
    int length = snprintf(factors.text, sizeof factors.text, "%s = %zu", shape.shape, shape.a);
    if (shape.b)
        length += snprintf(factors.text + length, sizeof factors.text - (size_t)length, "*%zu", shape.b);
    if (shape.c)
        snprintf(factors.text + length, sizeof factors.text - (size_t)length, "*%zu", shape.c);
    return factors;
}

/* Products of three such numbers are sizes of arrays that fit into memory. */
#define SMALL ((size_t)1 << (sizeof(size_t) * 8 / 3 - 1))

int32_t rnni_check_array(struct rnni_caller caller, const char *name, const void *array, size_t count,
                         struct rnni_shape shape, int optional)
{
    size_t b = shape.b ? shape.b : 1, c = shape.c ? shape.c : 1;
    if (array && shape.a < SMALL && b < SMALL && c < SMALL && count == shape.a * b * c)
        return RNN_OK;
    if (optional && !array && !count)
        return RNN_OK;
    size_t expected = rnni_check_elements(shape);
    if (!array)
        return rnni_status_fail(caller.message, RNN_E_NULL, "%s: %s is NULL", caller.function, name);
    if (expected > SIZE_MAX / sizeof(float))
        return rnni_status_fail(caller.message, RNN_E_MEMORY, "%s: out of memory: %s of %s exceeds the address space",
                                caller.function, name, factors(shape).text);
    if (count != expected)
        return rnni_status_fail(caller.message, RNN_E_SIZE, "%s: %s_count is %zu, expected %zu (%s%s)", caller.function,
                                name, count, expected, factors(shape).text, shape.remark ? shape.remark : "");
    return RNN_OK;
}

int32_t rnni_check_apart(struct rnni_caller caller, const char *name, const float *array, size_t count,
                         const struct rnn_model *model)
{
    uintptr_t begin = (uintptr_t)array, end = begin + count * sizeof *array;
    uintptr_t ours = (uintptr_t)model->parameters, ours_end = ours + model->parameters_held * sizeof *array;
    if (array && begin < ours_end && ours < end)
        return rnni_status_fail(caller.message, RNN_E_VALUE,
                                "%s: %s overlaps the model's parameters, expected another array", caller.function,
                                name);
    return RNN_OK;
}

int32_t rnni_check_tensor(struct rnni_caller caller, const struct rnni_tensor **found, const struct rnni_layout *layout,
                          const float *values, size_t count, const char *name)
{
    if (!values || !name)
        return rnni_status_fail(caller.message, RNN_E_NULL, "%s: %s is NULL", caller.function,
                                name ? "values" : "name");
    const struct rnni_tensor *tensor = rnni_layout_find(layout, name);
    if (!tensor)
        return rnni_status_fail(caller.message, RNN_E_NAME, "%s: no parameter is named \"%s\"", caller.function,
                                rnni_utf8_quote(name).text);
    if (count != tensor->count)
        return rnni_status_fail(caller.message, RNN_E_SIZE, "%s: values_count is %zu, expected %zu for %s",
                                caller.function, count, tensor->count, tensor->name);
    *found = tensor;
    return RNN_OK;
}

int32_t rnni_check_team(struct rnni_caller caller, const struct rnni_team *team, const char *owner, const char *setter)
{
    if (!rnni_team_is_here(team))
        return rnni_status_fail(caller.message, RNN_E_STATE,
                                "%s: the %s's threads exist only in the parent process: expected %s after fork",
                                caller.function, owner, setter);
    return RNN_OK;
}

int32_t rnni_check_process(struct rnni_caller caller, const struct rnn_session *session)
{
    return rnni_check_team(caller, session->team, "session", "rnn_session_set_threads");
}

int32_t rnni_check_training(struct rnni_caller caller, const struct rnn_session *session)
{
    if (!session->training)
        return rnni_status_fail(caller.message, RNN_E_STATE, "%s: the session is not for training", caller.function);
    return RNN_OK;
}

int32_t rnni_check_saved(struct rnni_caller caller, const struct rnn_session *session, enum rnni_saved needed)
{
    RNNI_TRY(rnni_check_training(caller, session));
    if (session->saved != needed)
        return rnni_status_fail(caller.message, RNN_E_STATE,
                                "%s: expected after %s, with no call in between that discards the run", caller.function,
                                needed == RNNI_SAVED_FORWARD ? "rnn_forward" : "rnn_backward");
    return RNN_OK;
}

int32_t rnni_check_size(struct rnni_caller caller, const char *name, size_t value)
{
    if (value == 0 || value > INT32_MAX)
        return rnni_status_fail(caller.message, RNN_E_VALUE, "%s: %s is %zu, expected 1 to %" PRId32, caller.function,
                                name, value, INT32_MAX);
    return RNN_OK;
}

int32_t rnni_check_steps(struct rnni_caller caller, size_t steps, size_t batch)
{
    if (steps && batch && steps <= INT32_MAX / batch)
        return RNN_OK;
    RNNI_TRY(rnni_check_size(caller, "steps", steps));
    RNNI_TRY(rnni_check_size(caller, "batch", batch));
    return rnni_status_fail(caller.message, RNN_E_VALUE, "%s: steps %zu times batch %zu is above %" PRId32,
                            caller.function, steps, batch, INT32_MAX);
}

int32_t rnni_check_lengths(struct rnni_caller caller, const int32_t *lengths, size_t count, size_t steps, size_t batch)
{
    RNNI_TRY(rnni_check_array(caller, "lengths", lengths, count, (struct rnni_shape){"B", batch, 0, 0, NULL}, 1));
    for (size_t b = 0; lengths && b < batch; b++)
        if (lengths[b] < 0 || (size_t)lengths[b] > steps)
            return rnni_status_fail(caller.message, RNN_E_VALUE,
                                    "%s: lengths[%zu] is %" PRId32 ", expected 0 to %zu (steps)", caller.function, b,
                                    lengths[b], steps);
    return RNN_OK;
}

int32_t rnni_check_not_negative(struct rnni_caller caller, const char *name, const float *values, size_t count,
                                const struct rnni_loss_steps *over)
{
    for (size_t i = 0; values && i < count; i++)
        if (!(values[i] >= 0 && isfinite(values[i])) &&
            (!over || rnni_loss_is_valid(over, i / over->batch, i % over->batch)))
            return rnni_status_fail(caller.message, RNN_E_VALUE,
                                    "%s: %s[%zu] is %g, expected a finite number of at least 0", caller.function, name,
                                    i, (double)values[i]);
    return RNN_OK;
}

int32_t rnni_check_mask(struct rnni_caller caller, const float *mask, size_t count, size_t steps, const char *remark)
{
    if (!mask && !count)
        return RNN_OK;
    if (!mask)
        return rnni_status_fail(caller.message, RNN_E_NULL, "%s: mask is NULL", caller.function);
    if (!count || count > steps)
        return rnni_status_fail(caller.message, RNN_E_SIZE, "%s: mask_count is %zu, expected 1 to %zu (T%s)",
                                caller.function, count, steps, remark);
    return rnni_check_not_negative(caller, "mask", mask, count, NULL);
}

int32_t rnni_check_parameters(struct rnni_caller caller, const struct rnn_model *model)
{
    if (model->released)
        return rnni_status_fail(caller.message, RNN_E_STATE,
                                "%s: rnn_model_release_parameters has released the model's parameters",
                                caller.function);
    return RNN_OK;
}

int32_t rnni_check_precision(struct rnni_caller caller, const char *what, int64_t precision)
{
    if (precision)
        return rnni_status_fail(caller.message, RNN_E_UNSUPPORTED,
                                "%s: the %s's RNN_PRECISION is %s, expected RNN_PRECISION_FLOAT32 to train",
                                caller.function, what, rnni_narrow_name(precision));
    return RNN_OK;
}

int32_t rnni_check_weight(struct rnni_caller caller, double weight)
{
    if (!(weight >= 0 && weight <= (double)FLT_MAX))
        return rnni_status_fail(caller.message, RNN_E_VALUE, "%s: weight is %g, expected 0 to %g", caller.function,
                                weight, (double)FLT_MAX);
    return RNN_OK;
}

int32_t rnni_check_flags(struct rnni_caller caller, const char *name, const int32_t *values, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (values[i] != 0 && values[i] != 1)
            return rnni_status_fail(caller.message, RNN_E_VALUE, "%s: %s[%zu] is %" PRId32 ", expected 0 or 1",
                                    caller.function, name, i, values[i]);
    return RNN_OK;
}

int32_t rnni_check_classes(struct rnni_caller caller, const char *name, const int32_t *values, const int32_t *lengths,
                           size_t steps, size_t batch, size_t limit, const struct rnni_step_flags *flags)
{
    for (size_t t = 0; t < steps; t++)
        for (size_t b = 0; b < batch; b++) {
            int32_t value = values[t * batch + b];
            if ((value < 0 || (size_t)value >= limit) && (!lengths || t < (size_t)lengths[b]) &&
                (!flags || rnni_arrangement_counts(flags, t * batch + b)))
                return rnni_status_fail(caller.message, RNN_E_VALUE,
                                        "%s: %s[%zu], at step %zu of sequence %zu, is %" PRId32 ", expected 0 to %zu",
                                        caller.function, name, t * batch + b, t, b, value, limit - 1);
        }
    return RNN_OK;
}

/* The name of the first tensor whose gradient is not finite. */
static const char *name_of_nonfinite(const rnn_session *session, const struct rnni_optimizer_tensors *frozen)
{
    const struct rnni_layout *layout = &session->model->layout;
    size_t i = 0;
    while (i + 1 < layout->tensor_count &&
           isfinite(rnni_optimizer_tensors_largest(frozen, session->gradients, layout->tensors[i].offset,
                                                   layout->tensors[i].count)))
        i++;
    return layout->tensors[i].name;
}

static int32_t fail_nonfinite(struct rnni_caller caller, const rnn_session *session,
                              const struct rnni_optimizer_tensors *frozen)
{
    return rnni_status_fail(caller.message, RNN_E_NONFINITE,
                            "%s: the gradient of %s is infinite or not a number; nothing was changed", caller.function,
                            name_of_nonfinite(session, frozen));
}

int32_t rnni_check_norm(struct rnni_caller caller, const rnn_session *session,
                        const struct rnni_optimizer_tensors *tensors, double *norm)
{
    RNNI_TRY(rnni_check_training(caller, session));
    RNNI_TRY(rnni_check_process(caller, session));
    *norm = rnni_update_norm(session, tensors);
    return isfinite(*norm) ? RNN_OK : fail_nonfinite(caller, session, tensors);
}

int32_t rnni_check_finite(struct rnni_caller caller, const rnn_session *session,
                          const struct rnni_optimizer_tensors *tensors, double *largest)
{
    RNNI_TRY(rnni_check_training(caller, session));
    RNNI_TRY(rnni_check_process(caller, session));
    *largest = rnni_update_largest_gradient(session, tensors);
    return isfinite(*largest) ? RNN_OK : fail_nonfinite(caller, session, tensors);
}

/* The tensor in which element `index` of the flat block lies; without a layout the index, in text. */
static const char *place_of(const struct rnni_layout *layout, size_t index, char text[32])
{
    size_t i = 0;
    snprintf(text, 32, "element [%zu]", index);
    while (layout && index - layout->tensors[i].offset >= layout->tensors[i].count)
        i++;
    return layout ? layout->tensors[i].name : text;
}

int32_t rnni_check_update(struct rnni_caller caller, const struct rnni_trial *trial, const struct rnni_layout *layout,
                          struct rnni_bounds *after)
{
    static const char *const made[] = {
        [RNNI_OVERFLOW_SQUARE] = "after clipping and decay its square is not finite",
        [RNNI_OVERFLOW_M] = "the moment m would not be finite",
        [RNNI_OVERFLOW_V] = "the moment v would not be finite",
        [RNNI_OVERFLOW_V_MAX] = "the moment v_max would not be finite",
        [RNNI_OVERFLOW_PARAMETER] = "the parameter would become infinite",
    };
    char text[32];
    size_t index = 0;
    enum rnni_overflow found = rnni_overflow_of(trial, after, &index);
    if (found)
        return rnni_status_fail(caller.message, RNN_E_NONFINITE,
                                "%s: a gradient of %s is %g, and %s; nothing was changed", caller.function,
                                place_of(layout, index, text), (double)trial->g[index], made[found]);
    return RNN_OK;
}

int32_t rnni_check_descent(struct rnni_caller caller, const rnn_session *session, double rate, double largest)
{
    char text[32];
    const struct rnn_model *model = session->model;
    size_t count = model->layout.parameter_count;
    size_t index = rnni_overflow_of_descent(model->parameters, session->gradients, rate, largest, count);
    if (index < count)
        return rnni_status_fail(caller.message, RNN_E_NONFINITE,
                                "%s: a gradient of %s is %g, and at a rate of %g the parameter would become infinite; "
                                "nothing was changed",
                                caller.function, place_of(&model->layout, index, text),
                                (double)session->gradients[index], rate);
    return RNN_OK;
}

int32_t rnni_check_class(struct rnni_caller caller, const char *name, int32_t value, size_t limit)
{
    if ((size_t)value >= limit) /* or below 0 */
        return rnni_status_fail(caller.message, RNN_E_VALUE, "%s: %s is %" PRId32 ", expected 0 to %zu",
                                caller.function, name, value, limit - 1);
    return RNN_OK;
}

int32_t rnni_check_results(struct rnni_caller caller, int64_t results, int64_t width)
{
    if (results > width)
        return rnni_status_fail(caller.message, RNN_E_VALUE,
                                "%s: RNN_RESULTS is %" PRId64 ", expected at most %" PRId64 " (RNN_BEAM_WIDTH)",
                                caller.function, results, width);
    return RNN_OK;
}
