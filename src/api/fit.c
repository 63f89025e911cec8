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
        return rnni_status_fail(NULL, RNN_E_MEMORY, "%s: no memory for a dataset", __func__);
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

/* One of two arrays is given, or none where that is allowed. */
static int32_t check_one_of(struct rnni_door door, const char *first_name, const void *first, size_t first_count,
                            const char *second_name, const void *second, size_t second_count, int optional)
{
    if (!first && first_count)
        return rnni_status_fail(NULL, RNN_E_NULL, "%s: %s is NULL", door.function, first_name);
    if (!second && second_count)
        return rnni_status_fail(NULL, RNN_E_NULL, "%s: %s is NULL", door.function, second_name);
    if (first && second)
        return rnni_status_fail(NULL, RNN_E_VALUE, "%s: both %s and %s are given, expected one of them", door.function,
                                first_name, second_name);
    if (!first && !second && !optional)
        return rnni_status_fail(NULL, RNN_E_NULL, "%s: neither %s nor %s is given", door.function, first_name,
                                second_name);
    return RNN_OK;
}

static int32_t check_input_size(struct rnni_door door, size_t x_count, int is_x, size_t tokens_count, size_t steps)
{
    if (!is_x && tokens_count != steps)
        return rnni_status_fail(NULL, RNN_E_SIZE, "%s: tokens_count is %zu, expected %zu (T)", door.function,
                                tokens_count, steps);
    if (is_x && (!x_count || x_count % steps))
        return rnni_status_fail(NULL, RNN_E_SIZE, "%s: x_count is %zu, expected a multiple of %zu (T)", door.function,
                                x_count, steps);
    return RNN_OK;
}

static int32_t check_like_first(struct rnni_door door, const rnn_dataset *dataset, size_t inputs, int has_values)
{
    if (!dataset->count)
        return RNN_OK;
    if (inputs != dataset->inputs)
        return rnni_status_fail(NULL, RNN_E_SIZE,
                                "%s: the sequence has %zu features a step, the first one has %zu (0: tokens)",
                                door.function, inputs, dataset->inputs);
    if (has_values != dataset->has_values)
        return rnni_status_fail(NULL, RNN_E_SIZE, "%s: the targets are %s, those of the first sequence are not",
                                door.function, has_values ? "values" : "classes");
    return RNN_OK;
}

RNN_API int32_t rnn_dataset_add(rnn_dataset *dataset, const float *x, size_t x_count, const int32_t *tokens,
                                size_t tokens_count, const int32_t *classes, size_t classes_count, const float *values,
                                size_t values_count, size_t steps)
{
    struct rnni_door door = {NULL, __func__};
    RNNI_NEED(NULL, dataset);
    if (dataset->references != 1)
        return rnni_status_fail(NULL, RNN_E_STATE, "%s: rnn_fit is reading the dataset", __func__);
    RNNI_TRY(rnni_check_size(door, "steps", steps));
    if (classes_count > INT32_MAX)
        return rnni_status_fail(NULL, RNN_E_VALUE, "%s: classes_count is %zu, expected at most %" PRId32, __func__,
                                classes_count, INT32_MAX);
    RNNI_TRY(check_one_of(door, "x", x, x_count, "tokens", tokens, tokens_count, 0));
    RNNI_TRY(check_one_of(door, "classes", classes, classes_count, "values", values, values_count, 1));
    RNNI_TRY(check_input_size(door, x_count, x != NULL, tokens_count, steps));
    size_t inputs = x ? x_count / steps : 0;
    RNNI_TRY(check_like_first(door, dataset, inputs, values != NULL));
    struct rnni_sequence sequence = {x, tokens, classes, values, steps, classes_count, values_count};
    if (!rnni_dataset_add(dataset, &sequence, inputs))
        return rnni_status_fail(NULL, RNN_E_MEMORY, "%s: no memory for a sequence of %zu steps", __func__, steps);
    return RNN_OK;
}

/* ---- trainers -------------------------------------------------------------------------------------------------- */

RNN_API int32_t rnn_trainer_create(rnn_trainer **out, rnn_model *model, rnn_optimizer *optimizer)
{
    RNNI_NEED(NULL, out);
    RNNI_NEED(NULL, model);
    RNNI_NEED(NULL, optimizer);
    if (optimizer->count != model->layout.parameter_count)
        return rnni_status_fail(NULL, RNN_E_SIZE, "%s: the optimiser is for %zu parameters, expected %zu of the model",
                                __func__, optimizer->count, model->layout.parameter_count);
    return rnni_trainer_create(out, model, optimizer, __func__);
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
    return trainer ? trainer->sentence.text : "";
}

/* For what a callback must not do. */
static int32_t check_rests(struct rnni_door door, const rnn_trainer *trainer)
{
    if (trainer->runs)
        return rnni_status_fail(door.sentence, RNN_E_STATE, "%s: called from within rnn_fit", door.function);
    return RNN_OK;
}

RNN_API int32_t rnn_trainer_set_int(rnn_trainer *trainer, int32_t key, int64_t value)
{
    RNNI_NEED(NULL, trainer);
    RNNI_TRY(check_rests((struct rnni_door){&trainer->sentence, __func__}, trainer));
    return rnni_option_set_int(&rnni_trainer_table, &trainer->options, key, value, &trainer->sentence, __func__);
}

RNN_API int32_t rnn_trainer_set_real(rnn_trainer *trainer, int32_t key, double value)
{
    RNNI_NEED(NULL, trainer);
    RNNI_TRY(check_rests((struct rnni_door){&trainer->sentence, __func__}, trainer));
    return rnni_option_set_real(&rnni_trainer_table, &trainer->options, key, value, &trainer->sentence, __func__);
}

RNN_API int32_t rnn_trainer_get_int(rnn_trainer *trainer, int32_t key, int64_t *value)
{
    RNNI_NEED(NULL, trainer);
    RNNI_NEED(&trainer->sentence, value);
    return rnni_option_get_int(&rnni_trainer_table, &trainer->options, value, key, &trainer->sentence, __func__);
}

RNN_API int32_t rnn_trainer_get_real(rnn_trainer *trainer, int32_t key, double *value)
{
    RNNI_NEED(NULL, trainer);
    RNNI_NEED(&trainer->sentence, value);
    return rnni_option_get_real(&rnni_trainer_table, &trainer->options, value, key, &trainer->sentence, __func__);
}

RNN_API int32_t rnn_trainer_set_callback(rnn_trainer *trainer, rnn_progress callback, void *user)
{
    RNNI_NEED(NULL, trainer);
    RNNI_TRY(check_rests((struct rnni_door){&trainer->sentence, __func__}, trainer));
    trainer->callback = callback;
    trainer->user = user;
    return RNN_OK;
}

RNN_API int32_t rnn_trainer_set_checkpoint(rnn_trainer *trainer, const char *path)
{
    RNNI_NEED(NULL, trainer);
    RNNI_TRY(check_rests((struct rnni_door){&trainer->sentence, __func__}, trainer));
    char *kept = NULL;
    if (path) {
        size_t size = strlen(path) + 1;
        kept = rnni_memory_take(size, 1);
        if (!kept)
            return rnni_status_fail(&trainer->sentence, RNN_E_MEMORY, "%s: no memory for a path", __func__);
        memcpy(kept, path, size);
    }
    rnni_memory_release(trainer->path);
    trainer->path = kept;
    return RNN_OK;
}

/* ---- training -------------------------------------------------------------------------------------------------- */

static int32_t prepare(struct rnni_door door, rnn_trainer *trainer, const rnn_dataset *training,
                       const rnn_dataset *validation, const char *validation_name)
{
    RNNI_TRY(check_rests(door, trainer));
    if (training) {
        RNNI_TRY(rnni_trainer_check(trainer, training, "training", door.function));
        RNNI_TRY(rnni_trainer_check_position(trainer, training, door.function));
    }
    if (validation)
        RNNI_TRY(rnni_trainer_check(trainer, validation, validation_name, door.function));
    else
        RNNI_TRY(rnni_trainer_check_validated(trainer, door.function));
    return rnni_fit_prepare(trainer, training, validation, door.function);
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
    RNNI_NEED(&trainer->sentence, training);
    struct rnni_door door = {&trainer->sentence, __func__};
    RNNI_TRY(prepare(door, trainer, training, validation, "validation"));
    begin(trainer, training, validation);
    int32_t status = rnni_fit(trainer, training, validation, __func__);
    if (status && !trainer->stopped)
        rnni_status_keep(&trainer->sentence, status);
    end(trainer, training, validation);
    return status;
}

RNN_API int32_t rnn_evaluate(rnn_trainer *trainer, double *loss, double *accuracy, const rnn_dataset *dataset)
{
    RNNI_NEED(NULL, trainer);
    RNNI_NEED(&trainer->sentence, loss);
    RNNI_NEED(&trainer->sentence, dataset);
    struct rnni_door door = {&trainer->sentence, __func__};
    double found_loss = 0, found_accuracy = 0;
    RNNI_TRY(prepare(door, trainer, NULL, dataset, "dataset"));
    int32_t status = rnni_evaluate(trainer, &found_loss, &found_accuracy, dataset, __func__);
    if (status)
        return rnni_status_keep(&trainer->sentence, status);
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
    RNNI_NEED(&trainer->sentence, path);
    int32_t status = rnni_files_save(path, write, trainer, __func__);
    return status ? rnni_status_keep(&trainer->sentence, status) : RNN_OK;
}

static int32_t read(void *trainer, const struct rnni_safetensors *file, const char *about)
{
    return rnni_trainer_read(trainer, file, about);
}

RNN_API int32_t rnn_trainer_load(rnn_trainer *trainer, const char *path)
{
    RNNI_NEED(NULL, trainer);
    RNNI_NEED(&trainer->sentence, path);
    RNNI_TRY(check_rests((struct rnni_door){&trainer->sentence, __func__}, trainer));
    int32_t status = rnni_files_load(path, read, trainer, __func__);
    return status ? rnni_status_keep(&trainer->sentence, status) : RNN_OK;
}
