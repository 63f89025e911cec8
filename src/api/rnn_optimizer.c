#include "training/optimizer.h"

#include "api/check.h"
#include "api/files.h"
#include "api/threads.h"
#include "api/update_arrays.h"
#include "base/utf8.h"
#include "session/update.h"
#include "training/gradient.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

static int32_t check_kind(struct rnni_caller caller, int32_t kind)
{
    if (kind < RNN_OPTIMIZER_SGD || kind > RNN_OPTIMIZER_ADAMW)
        return rnni_status_fail(NULL, RNN_E_VALUE, "%s: kind is %" PRId32 ", expected one of RNN_OPTIMIZER_...",
                                caller.function, kind);
    return RNN_OK;
}

RNN_API int32_t rnn_optimizer_create(rnn_optimizer **out, int32_t kind, size_t parameters_count)
{
    RNNI_NEED(NULL, out);
    RNNI_TRY(check_kind((struct rnni_caller){NULL, __func__}, kind));
    if (!parameters_count)
        return rnni_status_fail(NULL, RNN_E_VALUE, "%s: parameters_count is 0, expected at least 1", __func__);
    return rnni_optimizer_create(out, kind, parameters_count, __func__);
}

static int fill_table(rnn_optimizer *optimizer, const struct rnni_layout *layout)
{
    size_t bytes = 0;
    for (size_t i = 0; i < layout->tensor_count; i++)
        bytes += strlen(layout->tensors[i].name);
    if (!rnni_optimizer_tensors_take(&optimizer->tensors, layout->tensor_count, bytes))
        return 0;
    for (size_t i = 0; i < layout->tensor_count; i++) {
        const struct rnni_tensor *tensor = &layout->tensors[i];
        size_t columns = tensor->rank > 1 ? tensor->count / tensor->shape[0] : 0;
        rnni_optimizer_tensors_add(&optimizer->tensors, tensor->name, strlen(tensor->name), tensor->shape[0], columns);
        optimizer->tensors.all[i].frozen = tensor->fixed;
    }
    rnni_optimizer_tensors_changed(&optimizer->tensors);
    return 1;
}

RNN_API int32_t rnn_optimizer_create_for_model(rnn_optimizer **out, int32_t kind, const rnn_model *model)
{
    rnn_optimizer *made = NULL;
    RNNI_NEED(NULL, out);
    RNNI_NEED(NULL, model);
    RNNI_TRY(check_kind((struct rnni_caller){NULL, __func__}, kind));
    RNNI_TRY(rnni_optimizer_create(&made, kind, model->layout.parameter_count, __func__));
    if (!fill_table(made, &model->layout)) {
        rnni_optimizer_drop(made);
        return rnni_status_fail(NULL, RNN_E_MEMORY, "%s: out of memory for the options of %zu tensors", __func__,
                                model->layout.tensor_count);
    }
    *out = made;
    return RNN_OK;
}

RNN_API void rnn_optimizer_destroy(rnn_optimizer *optimizer)
{
    rnni_optimizer_drop(optimizer);
}

RNN_API const char *rnn_optimizer_last_error(const rnn_optimizer *optimizer)
{
    return optimizer ? optimizer->message.text : "";
}

/* ---- options --------------------------------------------------------------------------------------------------- */

static int32_t check_has(struct rnni_caller caller, const rnn_optimizer *optimizer, int32_t key)
{
    if (!rnni_optimizer_has(optimizer->kind, key))
        return rnni_option_fail_kind(&rnni_optimizer_table, key, rnni_optimizer_kind_name(optimizer->kind),
                                     caller.message, caller.function);
    return RNN_OK;
}

static int32_t set_amsgrad(struct rnni_caller caller, rnn_optimizer *optimizer, int64_t value)
{
    struct rnni_optimizer_options tried = optimizer->options;
    RNNI_TRY(rnni_option_set_int(&rnni_optimizer_table, &tried, RNN_AMSGRAD, value, caller.message, caller.function));
    if (value == optimizer->options.amsgrad)
        return RNN_OK;
    if (optimizer->options.updates)
        return rnni_status_fail(caller.message, RNN_E_STATE,
                                "%s: RNN_AMSGRAD cannot be changed after the first update, %" PRId64 " were made",
                                caller.function, optimizer->options.updates);
    if (!rnni_optimizer_set_amsgrad(optimizer, value))
        return rnni_status_fail(caller.message, RNN_E_MEMORY, "%s: out of memory for %zu parameters", caller.function,
                                optimizer->count);
    return RNN_OK;
}

RNN_API int32_t rnn_optimizer_set_int(rnn_optimizer *optimizer, int32_t key, int64_t value)
{
    RNNI_NEED(NULL, optimizer);
    struct rnni_caller caller = {&optimizer->message, __func__};
    RNNI_TRY(check_has(caller, optimizer, key));
    if (key == RNN_AMSGRAD)
        return set_amsgrad(caller, optimizer, value);
    return rnni_option_set_int(&rnni_optimizer_table, &optimizer->options, key, value, &optimizer->message, __func__);
}

RNN_API int32_t rnn_optimizer_set_real(rnn_optimizer *optimizer, int32_t key, double value)
{
    RNNI_NEED(NULL, optimizer);
    RNNI_TRY(check_has((struct rnni_caller){&optimizer->message, __func__}, optimizer, key));
    if (key == RNN_CURRENT_RATE)
        return rnni_status_fail(&optimizer->message, RNN_E_VALUE, "%s: key RNN_CURRENT_RATE is read only", __func__);
    return rnni_option_set_real(&rnni_optimizer_table, &optimizer->options, key, value, &optimizer->message, __func__);
}

RNN_API int32_t rnn_optimizer_get_int(rnn_optimizer *optimizer, int32_t key, int64_t *value)
{
    RNNI_NEED(NULL, optimizer);
    RNNI_NEED(&optimizer->message, value);
    return rnni_option_get_int(&rnni_optimizer_table, &optimizer->options, value, key, &optimizer->message, __func__);
}

RNN_API int32_t rnn_optimizer_get_real(rnn_optimizer *optimizer, int32_t key, double *value)
{
    RNNI_NEED(NULL, optimizer);
    RNNI_NEED(&optimizer->message, value);
    if (key == RNN_CURRENT_RATE) {
        *value = rnni_optimizer_rate(optimizer);
        return RNN_OK;
    }
    return rnni_option_get_real(&rnni_optimizer_table, &optimizer->options, value, key, &optimizer->message, __func__);
}

RNN_API int32_t rnn_optimizer_report(rnn_optimizer *optimizer, double loss)
{
    RNNI_NEED(NULL, optimizer);
    rnni_optimizer_report(optimizer, loss);
    return RNN_OK;
}

/* ---- options of tensors ---------------------------------------------------------------------------------------- */

static int32_t check_table(struct rnni_caller caller, const rnn_optimizer *optimizer)
{
    if (!optimizer->tensors.count)
        return rnni_status_fail(caller.message, RNN_E_STATE,
                                "%s: the optimiser has no tensors: expected one of rnn_optimizer_create_for_model",
                                caller.function);
    return RNN_OK;
}

/* Gives them the option of `from`, which has been checked. */
static int32_t set_tensors(struct rnni_caller caller, rnn_optimizer *optimizer, const char *prefix,
                           const struct rnni_optimizer_tensor *from, int32_t key)
{
    if (!rnni_optimizer_tensors_set(&optimizer->tensors, prefix, from, key))
        return rnni_status_fail(caller.message, RNN_E_NAME, "%s: no tensor has a name that begins with \"%s\"",
                                caller.function, rnni_utf8_quote(prefix).text);
    return RNN_OK;
}

RNN_API int32_t rnn_optimizer_set_tensors_int(rnn_optimizer *optimizer, const char *prefix, int32_t key, int64_t value)
{
    RNNI_NEED(NULL, optimizer);
    struct rnni_caller caller = {&optimizer->message, __func__};
    struct rnni_optimizer_tensor from = {0};
    RNNI_NEED(caller.message, prefix);
    RNNI_TRY(check_table(caller, optimizer));
    RNNI_TRY(rnni_option_set_int(&rnni_optimizer_tensor_table, &from, key, value, caller.message, __func__));
    return set_tensors(caller, optimizer, prefix, &from, key);
}

RNN_API int32_t rnn_optimizer_set_tensors_real(rnn_optimizer *optimizer, const char *prefix, int32_t key, double value)
{
    RNNI_NEED(NULL, optimizer);
    struct rnni_caller caller = {&optimizer->message, __func__};
    struct rnni_optimizer_tensor from = {0};
    RNNI_NEED(caller.message, prefix);
    RNNI_TRY(check_table(caller, optimizer));
    RNNI_TRY(rnni_option_set_real(&rnni_optimizer_tensor_table, &from, key, value, caller.message, __func__));
    return set_tensors(caller, optimizer, prefix, &from, key);
}

static int32_t find_tensor(struct rnni_caller caller, const struct rnni_optimizer_tensor **found,
                           const rnn_optimizer *optimizer, const char *name)
{
    RNNI_TRY(check_table(caller, optimizer));
    for (size_t i = 0; i < optimizer->tensors.count; i++)
        if (!strcmp(optimizer->tensors.all[i].name, name)) {
            *found = &optimizer->tensors.all[i];
            return RNN_OK;
        }
    return rnni_status_fail(caller.message, RNN_E_NAME, "%s: no tensor has the name \"%s\"", caller.function,
                            rnni_utf8_quote(name).text);
}

RNN_API int32_t rnn_optimizer_get_tensor_int(rnn_optimizer *optimizer, const char *name, int32_t key, int64_t *value)
{
    RNNI_NEED(NULL, optimizer);
    struct rnni_caller caller = {&optimizer->message, __func__};
    const struct rnni_optimizer_tensor *tensor = NULL;
    RNNI_NEED(caller.message, name);
    RNNI_NEED(caller.message, value);
    RNNI_TRY(find_tensor(caller, &tensor, optimizer, name));
    return rnni_option_get_int(&rnni_optimizer_tensor_table, tensor, value, key, caller.message, __func__);
}

RNN_API int32_t rnn_optimizer_get_tensor_real(rnn_optimizer *optimizer, const char *name, int32_t key, double *value)
{
    RNNI_NEED(NULL, optimizer);
    struct rnni_caller caller = {&optimizer->message, __func__};
    const struct rnni_optimizer_tensor *tensor = NULL;
    RNNI_NEED(caller.message, name);
    RNNI_NEED(caller.message, value);
    RNNI_TRY(find_tensor(caller, &tensor, optimizer, name));
    return rnni_option_get_real(&rnni_optimizer_tensor_table, tensor, value, key, caller.message, __func__);
}

RNN_API int32_t rnn_optimizer_exempt_biases(rnn_optimizer *optimizer)
{
    RNNI_NEED(NULL, optimizer);
    RNNI_TRY(check_table((struct rnni_caller){&optimizer->message, __func__}, optimizer));
    for (size_t i = 0; i < optimizer->tensors.count; i++)
        if (optimizer->tensors.all[i].columns == 0)
            optimizer->tensors.all[i].decay_factor = 0;
    rnni_optimizer_tensors_changed(&optimizer->tensors);
    return RNN_OK;
}

/* ---- updating -------------------------------------------------------------------------------------------------- */

RNN_API int32_t rnn_optimizer_step(rnn_optimizer *optimizer, rnn_session *session)
{
    RNNI_NEED(NULL, optimizer);
    RNNI_NEED(&optimizer->message, session);
    struct rnni_caller caller = {&optimizer->message, __func__};
    double norm = 0, largest;
    struct rnni_bounds after;
    size_t count = session->model->layout.parameter_count;
    if (count != optimizer->count)
        return rnni_status_fail(caller.message, RNN_E_SIZE,
                                "%s: the model has %zu parameters, expected the %zu of the optimiser", __func__, count,
                                optimizer->count);
    const struct rnni_optimizer_tensors *tensors = &optimizer->tensors;
    if (tensors->count && tensors->hash != session->model->layout.tensors_hash)
        return rnni_status_fail(caller.message, RNN_E_SIZE,
                                "%s: the tensors of the model are not those of the optimiser, in name or shape",
                                __func__);
    if (optimizer->options.max_norm > 0) {
        RNNI_TRY(rnni_check_norm(caller, session, tensors, &norm));
        largest = norm; /* no element is larger than the norm */
    } else {
        RNNI_TRY(rnni_check_finite(caller, session, tensors, &largest));
    }
    struct rnni_rule rule = rnni_optimizer_rule(optimizer, norm);
    struct rnni_trial trial = {.optimizer = optimizer,
                               .rule = &rule,
                               .p = session->model->parameters,
                               .g = session->gradients,
                               .largest_g = largest};
    if (rnni_overflow_depends_on_parameters(optimizer, &rule))
        trial.largest_p = rnni_update_largest_parameter(session);
    RNNI_TRY(rnni_check_update(caller, &trial, &session->model->layout, &after));
    rnni_update_optimize(session, optimizer, &rule);
    rnni_optimizer_advance(optimizer, after);
    return RNN_OK;
}

RNN_API int32_t rnn_optimizer_step_arrays(rnn_optimizer *optimizer, float *parameters, size_t parameters_count,
                                          const float *gradients, size_t gradients_count)
{
    RNNI_NEED(NULL, optimizer);
    struct rnni_caller caller = {&optimizer->message, __func__};
    return rnni_update_arrays(caller, optimizer, parameters, parameters_count, gradients, gradients_count);
}

RNN_API int32_t rnn_optimizer_set_threads(rnn_optimizer *optimizer, size_t threads)
{
    RNNI_NEED(NULL, optimizer);
    return rnni_threads_replace((struct rnni_caller){&optimizer->message, __func__}, &optimizer->team, threads);
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
