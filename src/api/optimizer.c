#include "training/optimizer.h"

#include "api/check.h"
#include "api/files.h"
#include "network/update.h"
#include "training/gradient.h"

#include <inttypes.h>
#include <math.h>

RNN_API int32_t rnn_optimizer_create(rnn_optimizer **out, int32_t kind, size_t parameters_count)
{
    RNNI_NEED(NULL, out);
    if (kind < RNN_OPTIMIZER_SGD || kind > RNN_OPTIMIZER_ADAMW)
        return rnni_status_fail(NULL, RNN_E_VALUE, "%s: kind is %" PRId32 ", expected one of RNN_OPTIMIZER_...",
                                __func__, kind);
    if (!parameters_count)
        return rnni_status_fail(NULL, RNN_E_VALUE, "%s: parameters_count is 0, expected at least 1", __func__);
    return rnni_optimizer_create(out, kind, parameters_count, __func__);
}

RNN_API void rnn_optimizer_destroy(rnn_optimizer *optimizer)
{
    rnni_optimizer_drop(optimizer);
}

RNN_API const char *rnn_optimizer_last_error(const rnn_optimizer *optimizer)
{
    return optimizer ? optimizer->sentence.text : "";
}

/* ---- options --------------------------------------------------------------------------------------------------- */

static int32_t check_has(struct rnni_door door, const rnn_optimizer *optimizer, int32_t key)
{
    if (!rnni_optimizer_has(optimizer->kind, key))
        return rnni_status_fail(door.sentence, RNN_E_VALUE, "%s: key %s is no option of %s", door.function,
                                rnni_option_find(&rnni_optimizer_table, key)->key_name,
                                rnni_optimizer_kind_name(optimizer->kind));
    return RNN_OK;
}

RNN_API int32_t rnn_optimizer_set_int(rnn_optimizer *optimizer, int32_t key, int64_t value)
{
    RNNI_NEED(NULL, optimizer);
    RNNI_TRY(check_has((struct rnni_door){&optimizer->sentence, __func__}, optimizer, key));
    return rnni_option_set_int(&rnni_optimizer_table, &optimizer->options, key, value, &optimizer->sentence, __func__);
}

RNN_API int32_t rnn_optimizer_set_real(rnn_optimizer *optimizer, int32_t key, double value)
{
    RNNI_NEED(NULL, optimizer);
    RNNI_TRY(check_has((struct rnni_door){&optimizer->sentence, __func__}, optimizer, key));
    if (key == RNN_CURRENT_RATE)
        return rnni_status_fail(&optimizer->sentence, RNN_E_VALUE, "%s: key RNN_CURRENT_RATE can only be read",
                                __func__);
    return rnni_option_set_real(&rnni_optimizer_table, &optimizer->options, key, value, &optimizer->sentence, __func__);
}

RNN_API int32_t rnn_optimizer_get_int(rnn_optimizer *optimizer, int32_t key, int64_t *value)
{
    RNNI_NEED(NULL, optimizer);
    RNNI_NEED(&optimizer->sentence, value);
    return rnni_option_get_int(&rnni_optimizer_table, &optimizer->options, value, key, &optimizer->sentence, __func__);
}

RNN_API int32_t rnn_optimizer_get_real(rnn_optimizer *optimizer, int32_t key, double *value)
{
    RNNI_NEED(NULL, optimizer);
    RNNI_NEED(&optimizer->sentence, value);
    if (key == RNN_CURRENT_RATE) {
        *value = rnni_optimizer_rate(optimizer);
        return RNN_OK;
    }
    return rnni_option_get_real(&rnni_optimizer_table, &optimizer->options, value, key, &optimizer->sentence, __func__);
}

RNN_API int32_t rnn_optimizer_report(rnn_optimizer *optimizer, double loss)
{
    RNNI_NEED(NULL, optimizer);
    rnni_optimizer_report(optimizer, loss);
    return RNN_OK;
}

/* ---- updating -------------------------------------------------------------------------------------------------- */

RNN_API int32_t rnn_optimizer_step(rnn_optimizer *optimizer, rnn_session *session)
{
    RNNI_NEED(NULL, optimizer);
    RNNI_NEED(&optimizer->sentence, session);
    struct rnni_door door = {&optimizer->sentence, __func__};
    double norm = 0, largest;
    struct rnni_bounds after;
    size_t count = session->model->layout.parameter_count;
    if (count != optimizer->count)
        return rnni_status_fail(door.sentence, RNN_E_SIZE,
                                "%s: the model has %zu parameters, expected the %zu of the optimiser", __func__, count,
                                optimizer->count);
    if (optimizer->options.max_norm > 0) {
        RNNI_TRY(rnni_check_norm(door, session, &norm));
        largest = norm; /* no element is larger than the norm */
    } else {
        RNNI_TRY(rnni_check_finite(door, session, &largest));
    }
    struct rnni_rule rule = rnni_optimizer_rule(optimizer, norm);
    struct rnni_trial trial = {.optimizer = optimizer,
                               .rule = &rule,
                               .p = session->model->parameters,
                               .g = session->gradients,
                               .largest_g = largest};
    if (rnni_overflow_depends_on_parameters(optimizer, &rule))
        trial.largest_p = rnni_update_largest_parameter(session);
    RNNI_TRY(rnni_check_update(door, &trial, &session->model->layout, &after));
    rnni_update_optimize(session, optimizer, &rule);
    rnni_optimizer_advance(optimizer, after);
    return RNN_OK;
}

static int32_t check_finite(struct rnni_door door, const float *gradients, size_t count, double *largest)
{
    size_t i = 0;
    *largest = rnni_gradient_largest(gradients, count);
    if (isfinite(*largest))
        return RNN_OK;
    while (isfinite(gradients[i]))
        i++;
    return rnni_status_fail(door.sentence, RNN_E_NONFINITE,
                            "%s: gradients[%zu] is infinite or not a number; nothing was changed", door.function, i);
}

int32_t rnni_optimizer_step_arrays(struct rnni_door door, rnn_optimizer *optimizer, float *parameters,
                                   size_t parameters_count, const float *gradients, size_t gradients_count)
{
    struct rnni_shape shape = {"parameters", optimizer->count, 0, 0, NULL};
    RNNI_TRY(rnni_check_array(door, "parameters", parameters, parameters_count, shape, 0));
    RNNI_TRY(rnni_check_array(door, "gradients", gradients, gradients_count, shape, 0));
    struct rnni_bounds after;
    struct rnni_trial trial = {.optimizer = optimizer, .p = parameters, .g = gradients};
    RNNI_TRY(check_finite(door, gradients, gradients_count, &trial.largest_g));
    double squares = optimizer->options.max_norm > 0 ? rnni_gradient_sum_of_squares(gradients, gradients_count) : 0;
    struct rnni_rule rule = rnni_optimizer_rule(optimizer, sqrt(squares));
    trial.rule = &rule;
    if (rnni_overflow_depends_on_parameters(optimizer, &rule))
        trial.largest_p = rnni_gradient_largest(parameters, parameters_count);
    RNNI_TRY(rnni_check_update(door, &trial, NULL, &after));
    rnni_optimizer_apply(optimizer, &rule, parameters, gradients, 0, parameters_count);
    rnni_optimizer_advance(optimizer, after);
    return RNN_OK;
}

RNN_API int32_t rnn_optimizer_step_arrays(rnn_optimizer *optimizer, float *parameters, size_t parameters_count,
                                          const float *gradients, size_t gradients_count)
{
    RNNI_NEED(NULL, optimizer);
    struct rnni_door door = {&optimizer->sentence, __func__};
    return rnni_optimizer_step_arrays(door, optimizer, parameters, parameters_count, gradients, gradients_count);
}

/* ---- files ----------------------------------------------------------------------------------------------------- */

static int32_t write(unsigned char *bytes, size_t capacity, size_t *size, const void *what, const char *function)
{
    struct rnni_optimizer_content content = {.optimizer = what};
    return rnni_optimizer_write(bytes, capacity, size, &content, function);
}

RNN_API int32_t rnn_optimizer_save(const rnn_optimizer *optimizer, const char *path)
{
    RNNI_NEED(NULL, optimizer);
    RNNI_NEED(NULL, path);
    return rnni_files_save(path, write, optimizer, __func__);
}

RNN_API int32_t rnn_optimizer_save_memory(const rnn_optimizer *optimizer, void *bytes, size_t capacity, size_t *size)
{
    RNNI_NEED(NULL, optimizer);
    RNNI_NEED(NULL, size);
    return rnni_files_save_memory(bytes, capacity, size, write, optimizer, __func__);
}

static int32_t read(void *out, const struct rnni_safetensors *file, const char *about)
{
    return rnni_optimizer_read(out, file, about);
}

RNN_API int32_t rnn_optimizer_load(rnn_optimizer **out, const char *path)
{
    RNNI_NEED(NULL, out);
    RNNI_NEED(NULL, path);
    return rnni_files_load(path, read, out, __func__);
}

RNN_API int32_t rnn_optimizer_load_memory(rnn_optimizer **out, const void *bytes, size_t count)
{
    RNNI_NEED(NULL, out);
    RNNI_NEED(NULL, bytes);
    return rnni_files_load_memory(bytes, count, read, out, __func__);
}
