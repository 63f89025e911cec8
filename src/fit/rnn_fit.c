#include "fit/trainer.h"

#include "api/check.h"
#include "api/files.h"
#include "base/memory.h"

#include <inttypes.h>
#include <string.h>

/* ---- datasets -------------------------------------------------------------------------------------------------- */

RNN_API int32_t rnn_dataset_create(rnn_dataset **out)
{
    RNNI_NEED(NULL, out);
    rnn_dataset *made = rnni_memory_take(1, sizeof *made);
    if (!made)
        return rnni_status_fail(NULL, RNN_E_MEMORY, "%s: out of memory for a dataset", __func__);
    made->references = 1;
    *out = made;
    return RNN_OK;
}

RNN_API void rnn_dataset_destroy(rnn_dataset *dataset)
{
    rnni_dataset_drop(dataset);
}

RNN_API int32_t rnn_dataset_count(const rnn_dataset *dataset, size_t *count)
{
    RNNI_NEED(NULL, dataset);
    RNNI_NEED(NULL, count);
    *count = dataset->count;
    return RNN_OK;
}

/* A dataset that rnn_fit reads must stay as it is. */
static int32_t check_unread(struct rnni_caller caller, const rnn_dataset *dataset)
{
    if (atomic_load(&dataset->references) > 1)
        return rnni_status_fail(NULL, RNN_E_STATE, "%s: rnn_fit or rnn_evaluate is reading the dataset",
                                caller.function);
    if (dataset->source)
        return rnni_status_fail(NULL, RNN_E_STATE, "%s: the sequences of the dataset come from a source",
                                caller.function);
    return RNN_OK;
}

/* inputs: I, or 0 for tokens. */
static int32_t check_like_first(struct rnni_caller caller, const rnn_dataset *dataset, size_t inputs)
{
    if (!dataset->count || inputs == dataset->inputs)
        return RNN_OK;
    if (!inputs != !dataset->inputs)
        return rnni_status_fail(NULL, RNN_E_STATE, "%s: the input is %s, expected %s like that of the first sequence",
                                caller.function, inputs ? "real numbers" : "tokens",
                                inputs ? "tokens" : "real numbers");
    return rnni_status_fail(NULL, RNN_E_SIZE,
                            "%s: the sequence has %zu features for each step, expected %zu like the first one",
                            caller.function, inputs, dataset->inputs);
}

static int32_t add(struct rnni_caller caller, rnn_dataset *dataset, size_t *index, const float *x,
                   const int32_t *tokens, size_t steps, size_t inputs)
{
    RNNI_TRY(check_unread(caller, dataset));
    RNNI_TRY(check_like_first(caller, dataset, inputs));
    if (!rnni_dataset_add(dataset, x, tokens, steps, inputs))
        return rnni_status_fail(NULL, RNN_E_MEMORY, "%s: out of memory for a sequence of %zu steps", caller.function,
                                steps);
    if (index)
        *index = dataset->count - 1;
    return RNN_OK;
}

RNN_API int32_t rnn_dataset_add(rnn_dataset *dataset, size_t *index, const float *x, size_t x_count, size_t steps)
{
    struct rnni_caller caller = {NULL, __func__};
    RNNI_NEED(NULL, dataset);
    RNNI_NEED(NULL, x);
    RNNI_TRY(rnni_check_steps(caller, steps, 1));
    if (!x_count || x_count % steps)
        return rnni_status_fail(NULL, RNN_E_SIZE, "%s: x_count is %zu, expected a multiple of %zu (T)", __func__,
                                x_count, steps);
    return add(caller, dataset, index, x, NULL, steps, x_count / steps);
}

RNN_API int32_t rnn_dataset_add_tokens(rnn_dataset *dataset, size_t *index, const int32_t *tokens, size_t tokens_count)
{
    struct rnni_caller caller = {NULL, __func__};
    RNNI_NEED(NULL, dataset);
    RNNI_NEED(NULL, tokens);
    RNNI_TRY(rnni_check_size(caller, "tokens_count", tokens_count));
    return add(caller, dataset, index, NULL, tokens, tokens_count, 0);
}

/* The sequence of that index, which may be changed. */
static int32_t find(struct rnni_caller caller, struct rnni_sequence **sequence, const rnn_dataset *dataset,
                    size_t index)
{
    if (index >= dataset->count)
        return rnni_status_fail(NULL, RNN_E_VALUE, "%s: index is %zu, expected below %zu, the number of sequences",
                                caller.function, index, dataset->count);
    RNNI_TRY(check_unread(caller, dataset));
    *sequence = &dataset->sequences[index];
    return RNN_OK;
}

static int32_t fail_memory(struct rnni_caller caller, const char *what, size_t count)
{
    return rnni_status_fail(NULL, RNN_E_MEMORY, "%s: out of memory for %zu %s", caller.function, count, what);
}

RNN_API int32_t rnn_dataset_set_classes(rnn_dataset *dataset, size_t index, const int32_t *classes,
                                        size_t classes_count)
{
    struct rnni_caller caller = {NULL, __func__};
    struct rnni_sequence *sequence = NULL;
    RNNI_NEED(NULL, dataset);
    if (classes_count)
        RNNI_NEED(NULL, classes);
    RNNI_TRY(find(caller, &sequence, dataset, index));
    if (classes_count > INT32_MAX)
        return rnni_status_fail(NULL, RNN_E_VALUE, "%s: classes_count is %zu, expected at most %d", __func__,
                                classes_count, INT32_MAX);
    return rnni_dataset_set_classes(sequence, classes, classes_count) ? RNN_OK
                                                                      : fail_memory(caller, "classes", classes_count);
}

RNN_API int32_t rnn_dataset_set_values(rnn_dataset *dataset, size_t index, const float *values, size_t values_count)
{
    struct rnni_caller caller = {NULL, __func__};
    struct rnni_sequence *sequence = NULL;
    RNNI_NEED(NULL, dataset);
    RNNI_NEED(NULL, values);
    RNNI_TRY(find(caller, &sequence, dataset, index));
    if (!values_count)
        return rnni_status_fail(NULL, RNN_E_SIZE, "%s: values_count is 0, expected at least 1", __func__);
    return rnni_dataset_set_values(sequence, values, values_count) ? RNN_OK
                                                                   : fail_memory(caller, "values", values_count);
}

/* The sequence for whose steps a mask is given; (NULL, 0) passes. */
static int32_t find_masked(struct rnni_caller caller, struct rnni_sequence **sequence, const rnn_dataset *dataset,
                           size_t index, const void *mask, size_t count)
{
    RNNI_TRY(find(caller, sequence, dataset, index));
    return rnni_check_array(caller, "mask", mask, count, (struct rnni_shape){"T", (*sequence)->steps, 0, 0, NULL}, 1);
}

RNN_API int32_t rnn_dataset_set_mask(rnn_dataset *dataset, size_t index, const float *mask, size_t mask_count)
{
    struct rnni_caller caller = {NULL, __func__};
    struct rnni_sequence *sequence = NULL;
    RNNI_NEED(NULL, dataset);
    RNNI_TRY(find(caller, &sequence, dataset, index));
    RNNI_TRY(rnni_check_mask(caller, mask, mask_count, sequence->steps, ""));
    return rnni_dataset_set_mask(sequence, mask, mask_count) ? RNN_OK : fail_memory(caller, "elements", mask_count);
}

RNN_API int32_t rnn_dataset_set_step_mask(rnn_dataset *dataset, size_t index, const int32_t *mask, size_t mask_count)
{
    struct rnni_caller caller = {NULL, __func__};
    struct rnni_sequence *sequence = NULL;
    RNNI_NEED(NULL, dataset);
    RNNI_TRY(find_masked(caller, &sequence, dataset, index, mask, mask_count));
    RNNI_TRY(rnni_check_flags(caller, "mask", mask, mask_count));
    return rnni_dataset_set_step_mask(sequence, mask, mask_count) ? RNN_OK : fail_memory(caller, "steps", mask_count);
}

RNN_API int32_t rnn_dataset_set_weight(rnn_dataset *dataset, size_t index, double weight)
{
    struct rnni_caller caller = {NULL, __func__};
    struct rnni_sequence *sequence = NULL;
    RNNI_NEED(NULL, dataset);
    RNNI_TRY(find(caller, &sequence, dataset, index));
    RNNI_TRY(rnni_check_weight(caller, weight));
    sequence->weight = weight;
    return RNN_OK;
}

/* ---- trainers -------------------------------------------------------------------------------------------------- */

RNN_API int32_t rnn_trainer_create(rnn_trainer **out, rnn_model *model, rnn_optimizer *optimizer, rnn_loss *loss)
{
    RNNI_NEED(NULL, out);
    RNNI_NEED(NULL, model);
    RNNI_NEED(NULL, optimizer);
    RNNI_NEED(NULL, loss);
    if (optimizer->count != model->layout.parameter_count)
        return rnni_status_fail(NULL, RNN_E_SIZE, "%s: the optimiser is for %zu parameters, expected %zu of the model",
                                __func__, optimizer->count, model->layout.parameter_count);
    if (optimizer->tensors.count && optimizer->tensors.hash != model->layout.tensors_hash)
        return rnni_status_fail(NULL, RNN_E_SIZE,
                                "%s: the tensors of the optimiser are not those of the model, in name or shape",
                                __func__);
    RNNI_TRY(rnni_check_precision((struct rnni_caller){NULL, __func__}, "model", model->layout.precision));
    return rnni_trainer_create(out, model, optimizer, loss, __func__);
}

RNN_API void rnn_trainer_destroy(rnn_trainer *trainer)
{
    if (trainer && trainer->runs)
        trainer->doomed = 1;
    else
        rnni_trainer_release(trainer);
}

RNN_API const char *rnn_trainer_last_error(const rnn_trainer *trainer)
{
    return trainer ? trainer->message.text : "";
}

/* For what a callback must not do. */
static int32_t check_rests(struct rnni_caller caller, const rnn_trainer *trainer)
{
    if (trainer->runs)
        return rnni_status_fail(caller.message, RNN_E_STATE, "%s: called from a callback of rnn_fit or rnn_evaluate",
                                caller.function);
    return RNN_OK;
}

RNN_API int32_t rnn_trainer_set_int(rnn_trainer *trainer, int32_t key, int64_t value)
{
    RNNI_NEED(NULL, trainer);
    RNNI_TRY(check_rests((struct rnni_caller){&trainer->message, __func__}, trainer));
    return rnni_option_set_int(&rnni_trainer_table, &trainer->options, key, value, &trainer->message, __func__);
}

RNN_API int32_t rnn_trainer_set_real(rnn_trainer *trainer, int32_t key, double value)
{
    RNNI_NEED(NULL, trainer);
    RNNI_TRY(check_rests((struct rnni_caller){&trainer->message, __func__}, trainer));
    return rnni_option_set_real(&rnni_trainer_table, &trainer->options, key, value, &trainer->message, __func__);
}

RNN_API int32_t rnn_trainer_get_int(rnn_trainer *trainer, int32_t key, int64_t *value)
{
    RNNI_NEED(NULL, trainer);
    RNNI_NEED(&trainer->message, value);
    return rnni_option_get_int(&rnni_trainer_table, &trainer->options, value, key, &trainer->message, __func__);
}

RNN_API int32_t rnn_trainer_get_real(rnn_trainer *trainer, int32_t key, double *value)
{
    RNNI_NEED(NULL, trainer);
    RNNI_NEED(&trainer->message, value);
    return rnni_option_get_real(&rnni_trainer_table, &trainer->options, value, key, &trainer->message, __func__);
}

RNN_API int32_t rnn_trainer_set_callback(rnn_trainer *trainer, rnn_progress callback, void *user)
{
    RNNI_NEED(NULL, trainer);
    RNNI_TRY(check_rests((struct rnni_caller){&trainer->message, __func__}, trainer));
    trainer->callback = callback;
    trainer->user = user;
    return RNN_OK;
}

RNN_API int32_t rnn_trainer_set_checkpoint(rnn_trainer *trainer, const char *path)
{
    RNNI_NEED(NULL, trainer);
    RNNI_TRY(check_rests((struct rnni_caller){&trainer->message, __func__}, trainer));
    char *kept = NULL;
    if (path) {
        size_t size = strlen(path) + 1;
        kept = rnni_memory_take(size, 1);
        if (!kept)
            return rnni_status_fail(&trainer->message, RNN_E_MEMORY, "%s: out of memory for a path", __func__);
        memcpy(kept, path, size);
    }
    rnni_memory_release(trainer->path);
    trainer->path = kept;
    return RNN_OK;
}

/* ---- training -------------------------------------------------------------------------------------------------- */

static int32_t prepare(struct rnni_caller caller, rnn_trainer *trainer, const rnn_dataset *training,
                       const rnn_dataset *validation, const char *validation_name)
{
    RNNI_TRY(check_rests(caller, trainer));
    if (rnni_loss_copy_options(trainer->own_loss, trainer->loss))
        return rnni_status_fail(caller.message, RNN_E_MEMORY, "%s: out of memory for the class weights",
                                caller.function);
    RNNI_TRY(rnni_trainer_check_loss(trainer, caller.function));
    if (training) {
        RNNI_TRY(rnni_trainer_check(trainer, training, "training", caller.function));
        RNNI_TRY(rnni_trainer_check_position(trainer, training, caller.function));
    }
    if (validation)
        RNNI_TRY(rnni_trainer_check(trainer, validation, validation_name, caller.function));
    else
        RNNI_TRY(rnni_trainer_check_validated(trainer, caller.function));
    return rnni_fit_prepare(trainer, training, validation, caller.function);
}

/* While a callback may be called: what it destroys lives until the end. */
static void begin(rnn_trainer *trainer, const rnn_dataset *training, const rnn_dataset *validation)
{
    rnni_dataset_retain(training);
    rnni_dataset_retain(validation);
    trainer->runs = 1;
    trainer->stopped = 0;
}

static void end(rnn_trainer *trainer, const rnn_dataset *training, const rnn_dataset *validation)
{
    rnni_dataset_drop(training);
    rnni_dataset_drop(validation);
    trainer->runs = 0;
    rnni_memory_release(trainer->file); /* as large as the model and the optimiser */
    trainer->file = NULL;
    if (trainer->doomed)
        rnni_trainer_release(trainer);
}

RNN_API int32_t rnn_fit(rnn_trainer *trainer, const rnn_dataset *training, const rnn_dataset *validation)
{
    RNNI_NEED(NULL, trainer);
    RNNI_NEED(&trainer->message, training);
    struct rnni_caller caller = {&trainer->message, __func__};
    RNNI_TRY(prepare(caller, trainer, training, validation, "validation"));
    begin(trainer, training, validation);
    int32_t status = rnni_fit(trainer, training, validation, __func__);
    if (status && !trainer->stopped)
        rnni_status_keep(&trainer->message, status);
    end(trainer, training, validation);
    return status;
}

RNN_API int32_t rnn_evaluate(rnn_trainer *trainer, double *loss, double *accuracy, const rnn_dataset *dataset)
{
    RNNI_NEED(NULL, trainer);
    RNNI_NEED(&trainer->message, loss);
    RNNI_NEED(&trainer->message, dataset);
    struct rnni_caller caller = {&trainer->message, __func__};
    double found_loss = 0, found_accuracy = 0;
    RNNI_TRY(prepare(caller, trainer, NULL, dataset, "dataset"));
    begin(trainer, NULL, dataset);
    int32_t status = rnni_fit_evaluate(trainer, &found_loss, &found_accuracy, dataset, "dataset", __func__);
    if (status)
        rnni_status_keep(&trainer->message, status);
    end(trainer, NULL, dataset);
    if (status)
        return status;
    *loss = found_loss;
    if (accuracy)
        *accuracy = found_accuracy;
    return RNN_OK;
}

/* ---- files ----------------------------------------------------------------------------------------------------- */

static int32_t write(unsigned char *bytes, size_t capacity, size_t *size, const void *what, const char *function)
{
    return rnni_trainer_write(bytes, capacity, size, what, function);
}

RNN_API int32_t rnn_trainer_save(rnn_trainer *trainer, const char *path)
{
    RNNI_NEED(NULL, trainer);
    RNNI_NEED(&trainer->message, path);
    int32_t status = rnni_files_save(path, write, trainer, __func__);
    return status ? rnni_status_keep(&trainer->message, status) : RNN_OK;
}

static int32_t read(void *trainer, const struct rnni_safetensors *file, const char *about)
{
    return rnni_trainer_read(trainer, file, about);
}

RNN_API int32_t rnn_trainer_load(rnn_trainer *trainer, const char *path)
{
    RNNI_NEED(NULL, trainer);
    RNNI_NEED(&trainer->message, path);
    RNNI_TRY(check_rests((struct rnni_caller){&trainer->message, __func__}, trainer));
    int32_t status = rnni_files_load(path, read, trainer, __func__);
    return status ? rnni_status_keep(&trainer->message, status) : RNN_OK;
}
