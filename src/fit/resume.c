/* A trainer as a file: that of its optimiser, with the parameters of the model and how far the run is. */
#include "base/assertion.h"
#include "fit/trainer.h"

#include "base/memory.h"
#include "base/utf8.h"
#include "io/file.h"
#include "model/model.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#define PARAMETERS "trainer.parameters"
#define BEST       "trainer.best"
#define STREAMS    "trainer.streams"
#define OURS       "rnn.trainer."

#define NOTES_OF_TENSOR 256 /* bytes of a header for one tensor and its checksum, at most */

/* ---- writing ----------------------------------------------------------------------------------------------------- */

static size_t fill_notes(struct rnni_safetensors_note *notes, char (*texts)[RNNI_TEXT_SIZE],
                         const struct rnn_trainer *trainer)
{
    size_t count = 0;
    for (size_t i = 0; i < rnni_trainer_table.count; i++) {
        const struct rnni_option *option = &rnni_trainer_table.options[i];
        if (!option->note || !rnni_option_is_set(&trainer->options, option))
            continue;
        RNNI_ASSERT(count < RNNI_OPTIMIZER_OTHER_NOTES);
        rnni_option_write(texts[count], &trainer->options, option);
        notes[count] = (struct rnni_safetensors_note){option->note, texts[count]};
        count++;
    }
    return count;
}

int32_t rnni_trainer_write(unsigned char *bytes, size_t capacity, size_t *size, const struct rnn_trainer *trainer,
                           const char *function)
{
    const struct rnni_streams *streams = &trainer->streams;
    size_t count = trainer->parameter_count, shape[] = {streams->count, streams->width}, others = 1;
    struct rnni_safetensors_note notes[RNNI_OPTIMIZER_OTHER_NOTES];
    char texts[RNNI_OPTIMIZER_OTHER_NOTES][RNNI_TEXT_SIZE];
    struct rnni_safetensors_source tensors[3] = {{PARAMETERS, &count, 1, rnni_record_current(trainer)}};
    if (trainer->options.has_best)
        tensors[others++] = (struct rnni_safetensors_source){BEST, &count, 1, trainer->best};
    if (streams->count)
        tensors[others++] = (struct rnni_safetensors_source){STREAMS, shape, 2, streams->rows};
    struct rnni_optimizer_content content = {
        .optimizer = trainer->optimizer,
        .others = {.notes = notes,
                   .note_count = fill_notes(notes, texts, trainer),
                   .tensors = tensors,
                   .tensor_count = others},
    };
    return rnni_optimizer_write(bytes, capacity, size, &content, function);
}

/* The bytes that the notes of a table may have beside those of the present one: their numbers change. */
static size_t room_of_notes(const struct rnni_option_table *table)
{
    size_t room = 0;
    for (size_t i = 0; i < table->count; i++)
        if (table->options[i].note)
            room += strlen(table->options[i].note) + sizeof "\"\":\"\"," + RNNI_TEXT_SIZE;
    return room;
}

/* RNN_AMSGRAD can be set until the first update, also by a callback. */
static int may_get_v_max(const rnn_optimizer *optimizer)
{
    return rnni_optimizer_has(optimizer->kind, RNN_AMSGRAD) && !optimizer->options.updates && !optimizer->moments.v_max;
}

int rnni_trainer_take_file(struct rnn_trainer *trainer)
{
    size_t room = 0, best = rnni_memory_multiply(trainer->parameter_count, sizeof(float));
    if (rnni_trainer_write(NULL, 0, &room, trainer, ""))
        return 0;
    room = rnni_memory_add(room, room_of_notes(&rnni_trainer_table) + room_of_notes(&rnni_optimizer_table));
    room = rnni_memory_add(room, rnni_optimizer_tensors_growth(&trainer->optimizer->tensors));
    room = rnni_memory_add(room, trainer->options.keep_best ? best : 0); /* which may not be there yet */
    size_t streams = rnni_memory_multiply(trainer->streams.room, trainer->streams.width * sizeof(float));
    room = rnni_memory_add(room, streams ? rnni_memory_add(streams, NOTES_OF_TENSOR) : 0);
    room = rnni_memory_add(room, may_get_v_max(trainer->optimizer) ? rnni_memory_add(best, NOTES_OF_TENSOR) : 0);
    rnni_memory_release(trainer->file);
    trainer->file = rnni_memory_take(room, 1);
    trainer->file_room = room;
    return trainer->file != NULL;
}

int32_t rnni_trainer_checkpoint(const struct rnn_trainer *trainer)
{
    RNNI_ASSERT(trainer->path && trainer->file);
    static const char function[] = "rnn_trainer_save";
    size_t size = 0;
    RNNI_TRY(rnni_trainer_write(trainer->file, trainer->file_room, &size, trainer, function));
    if (size > trainer->file_room)
        return rnni_status_fail(NULL, RNN_E_MEMORY, "%s: the checkpoint has %zu bytes, expected at most %zu", function,
                                size, trainer->file_room);
    return rnni_file_replace(trainer->path, trainer->file, size, function);
}

/* ---- reading ----------------------------------------------------------------------------------------------------- */

static int32_t read_notes(struct rnni_trainer_options *options, const struct rnni_safetensors *file,
                          const char *function)
{
    /* What the file lacks is as in a new trainer. */
    options->sequences = options->batch = options->stale = options->has_best = 0;
    options->skipped = 0;
    options->order = (struct rnni_order_of_epoch){0};
    options->best_loss = options->validation_loss = options->batch_loss = (double)NAN;
    options->training = (struct rnni_mean){(double)NAN, 0};
    if (!rnni_safetensors_metadata(file, "rnn.trainer.epoch"))
        return rnni_status_fail(NULL, RNN_E_FORMAT,
                                "%s: __metadata__ has no rnn.trainer.epoch: not a file of a trainer", function);
    for (size_t i = 0; i < file->note_count; i++) {
        const char *key = file->notes[i].key;
        if (strncmp(key, OURS, sizeof OURS - 1) != 0)
            continue;
        const struct rnni_option *option = rnni_option_find_note(&rnni_trainer_table, key);
        if (!option)
            return rnni_status_fail(NULL, RNN_E_UNSUPPORTED, "%s: the file has %s, unknown to this version", function,
                                    rnni_utf8_quote(key).text);
        if (rnni_option_read(options, option, file->notes[i].value))
            return rnni_status_fail(NULL, RNN_E_FORMAT, "%s: the file's %s is not a valid number", function,
                                    option->note);
    }
    return RNN_OK;
}

static int32_t check_tensor(const struct rnni_safetensors *file, const char *name, size_t count, const char *function)
{
    const struct rnni_safetensors_tensor *found = rnni_safetensors_find(file, name);
    if (!found)
        return rnni_status_fail(NULL, RNN_E_FORMAT, "%s: the file has no tensor %s", function, name);
    return rnni_safetensors_expect(found, &count, 1, function);
}

/* The rows of sequences that go on, into a new array, the caller's; none without the tensor. */
static int32_t read_streams(struct rnni_streams *streams, const struct rnni_trainer_options *options,
                            const struct rnn_trainer *trainer, const struct rnni_safetensors *file,
                            const char *function)
{
    const struct rnni_safetensors_tensor *found = rnni_safetensors_find(file, STREAMS);
    size_t state = 0;
    if (!found)
        return RNN_OK;
    RNNI_TRY(rnn_session_row_state_count(trainer->training, &state));
    size_t shape[] = {found->rank ? (size_t)found->shape[0] : 0, RNNI_STREAMS_HEAD + state};
    RNNI_TRY(rnni_safetensors_expect(found, shape, 2, function));
    if (!shape[0] || shape[0] > (size_t)options->order.batch_size)
        return rnni_status_fail(NULL, RNN_E_FORMAT,
                                "%s: the file's " STREAMS " has %zu rows, expected 1 to %" PRId64
                                ", its rnn.trainer.order.batch_size",
                                function, shape[0], options->order.batch_size);
    if (!rnni_streams_reserve(streams, shape[0], state))
        return rnni_status_fail(NULL, RNN_E_MEMORY, "%s: out of memory for %zu states", function, shape[0]);
    streams->count = shape[0];
    RNNI_TRY(rnni_safetensors_read_floats(streams->rows, file, found, function));
    if (!rnni_streams_are_valid(streams, (size_t)options->sequences))
        return rnni_status_fail(NULL, RNN_E_FORMAT, "%s: the file's " STREAMS " has a place or step that is not valid",
                                function);
    return RNN_OK;
}

/* *read is a new optimiser, the caller's. */
static int32_t read_all(rnn_optimizer **read, struct rnni_trainer_options *options, const struct rnn_trainer *trainer,
                        const struct rnni_safetensors *file, const char *function)
{
    RNNI_TRY(read_notes(options, file, function));
    if (options->sequences > options->order.count)
        return rnni_status_fail(NULL, RNN_E_FORMAT,
                                "%s: the file's rnn.trainer.sequences is %" PRId64 ", expected at most %" PRId64
                                ", its rnn.trainer.order.count",
                                function, options->sequences, options->order.count);
    RNNI_TRY(rnni_optimizer_read(read, file, function));
    if ((*read)->kind != trainer->optimizer->kind || (*read)->count != trainer->parameter_count)
        return rnni_status_fail(NULL, RNN_E_FORMAT, "%s: the file is of %s with %zu parameters, expected %s with %zu",
                                function, rnni_optimizer_kind_name((*read)->kind), (*read)->count,
                                rnni_optimizer_kind_name(trainer->optimizer->kind), trainer->parameter_count);
    const struct rnni_optimizer_tensors *tensors = &(*read)->tensors;
    if (tensors->count && tensors->hash != trainer->model->layout.tensors_hash)
        return rnni_status_fail(NULL, RNN_E_FORMAT,
                                "%s: the tensors of the file's optimiser are not those of the model, in name or shape",
                                function);
    RNNI_TRY(check_tensor(file, PARAMETERS, trainer->parameter_count, function));
    return options->has_best ? check_tensor(file, BEST, trainer->parameter_count, function) : RNN_OK;
}

/* The handle stays the caller's, what is in it becomes that of the file.  If the file has no options of tensors, they
 * become their defaults. */
static void exchange_optimizers(rnn_optimizer *a, rnn_optimizer *b)
{
    a->options = b->options;
    a->bounds = b->bounds;
    struct rnni_moments moments = a->moments;
    a->moments = b->moments;
    b->moments = moments;
    if (b->tensors.count) {
        struct rnni_optimizer_tensors tensors = a->tensors;
        a->tensors = b->tensors;
        b->tensors = tensors;
    } else {
        rnni_optimizer_tensors_reset(&a->tensors);
    }
}

static int32_t put(struct rnn_trainer *trainer, const struct rnni_safetensors *file,
                   const struct rnni_trainer_options *options, struct rnni_streams *streams, rnn_optimizer *read,
                   const char *function)
{
    size_t count = trainer->parameter_count;
    float *values = rnni_memory_take(count, (options->has_best ? 2 : 1) * sizeof *values); /* parameters, best */
    if (!values || (options->has_best && !rnni_record_take(trainer))) {
        rnni_memory_release(values);
        return rnni_status_fail(NULL, RNN_E_MEMORY, "%s: out of memory for %zu parameters", function,
                                trainer->parameter_count);
    }
    int32_t status = rnni_safetensors_read_floats(values, file, rnni_safetensors_find(file, PARAMETERS), function);
    if (!status && options->has_best)
        status = rnni_safetensors_read_floats(values + count, file, rnni_safetensors_find(file, BEST), function);
    if (!status) {
        if (options->has_best)
            memcpy(trainer->best, values + count, count * sizeof *values);
        exchange_optimizers(trainer->optimizer, read);
        struct rnni_streams old = trainer->streams;
        trainer->streams = *streams;
        *streams = old;
        trainer->options = *options;
        trainer->best_in_place = 0;
        rnni_record_put(trainer, values);
        rnni_record_end(trainer, 1);
    }
    rnni_memory_release(values);
    return status;
}

int32_t rnni_trainer_read(struct rnn_trainer *trainer, const struct rnni_safetensors *file, const char *function)
{
    struct rnni_trainer_options options = trainer->options;
    struct rnni_streams streams = {0};
    rnn_optimizer *read = NULL;
    int32_t status = read_all(&read, &options, trainer, file, function);
    if (!status)
        status = read_streams(&streams, &options, trainer, file, function);
    if (!status)
        status = put(trainer, file, &options, &streams, read, function);
    rnni_streams_release(&streams);
    rnni_optimizer_drop(read);
    return status;
}
