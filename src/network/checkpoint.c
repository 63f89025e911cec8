#include "network/checkpoint.h"

#include "base/memory.h"
#include "base/utf8.h"
#include "io/safetensors.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- options as text --------------------------------------------------------------------------------------------- */

#define VALUE_SIZE 32

/* Reals as hexadecimal integers with a binary exponent: exact, and without a decimal point, which depends on the
 * locale; strtod and Python's float.fromhex read them. */
static void write_value(char text[VALUE_SIZE], const struct rnni_options *options, const struct rnni_option *option)
{
    if (option->real) {
        double value;
        int exponent;
        rnni_options_get_real(options, &value, option->key, NULL, "");
        int64_t digits = (int64_t)ldexp(frexp(value, &exponent), 53);
        snprintf(text, VALUE_SIZE, "0x%" PRIx64 "p%d", (uint64_t)digits, digits ? exponent - 53 : 0);
    } else {
        int64_t value;
        rnni_options_get_int(options, &value, option->key, NULL, "");
        snprintf(text, VALUE_SIZE, "%" PRId64, value);
    }
}

static int32_t read_value(struct rnni_options *options, const struct rnni_option *option, const char *text,
                          const char *function)
{
    int32_t status = RNN_E_VALUE;
    char *end = NULL;
    errno = 0;
    if (!strchr("-0123456789", *text) || !*text) {
        /* strtod and strtoimax would take white space and a plus sign */
    } else if (option->real) {
        double value = strtod(text, &end);
        if (end != text && !*end && !errno)
            status = rnni_options_set_real(options, option->key, value, NULL, function);
    } else {
        intmax_t value = strtoimax(text, &end, 10);
        if (end != text && !*end && !errno)
            status = rnni_options_set_int(options, option->key, value, NULL, function);
    }
    if (status)
        return rnni_status_fail(NULL, option->key == RNN_CELL ? RNN_E_UNSUPPORTED : RNN_E_FORMAT,
                                "%s: the checkpoint's %s is \"%s\", which this version does not take", function,
                                option->note, rnni_utf8_quote(text).text);
    return RNN_OK;
}

/* ---- writing ----------------------------------------------------------------------------------------------------- */

/* Every list that a file is made of, in one block. */
struct lists {
    struct rnni_safetensors_note *notes;     /* [note_count] */
    struct rnni_safetensors_source *tensors; /* [tensor_count] */
    char (*values)[VALUE_SIZE];              /* [rnni_options_count] */
};

static size_t count_notes(const struct rnni_note *note)
{
    size_t count = 0;
    for (; note; note = note->next)
        count++;
    return count;
}

static int take_lists(struct lists *lists, size_t note_count, size_t tensor_count)
{
    lists->notes = rnni_memory_take(note_count, sizeof *lists->notes);
    lists->tensors = rnni_memory_take(tensor_count, sizeof *lists->tensors);
    lists->values = rnni_memory_take(rnni_options_count, sizeof *lists->values);
    return lists->notes && lists->tensors && lists->values;
}

static void release_lists(struct lists *lists)
{
    rnni_memory_release(lists->notes);
    rnni_memory_release(lists->tensors);
    rnni_memory_release(lists->values);
}

/* "format": "pt" is what other readers look for to know whose conventions the tensors follow. */
static void fill_notes(struct lists *lists, const struct rnn_model *model)
{
    struct rnni_safetensors_note *to = lists->notes;
    *to++ = (struct rnni_safetensors_note){"format", "pt"};
    for (size_t i = 0; i < rnni_options_count; i++) {
        write_value(lists->values[i], &model->options, &rnni_options_table[i]);
        *to++ = (struct rnni_safetensors_note){rnni_options_table[i].note, lists->values[i]};
    }
    for (const struct rnni_note *note = model->notes; note; note = note->next)
        *to++ = (struct rnni_safetensors_note){note->key, note->value};
}

static void fill_tensors(struct lists *lists, const struct rnn_model *model)
{
    for (size_t i = 0; i < model->layout.tensor_count; i++) {
        const struct rnni_tensor *tensor = &model->layout.tensors[i];
        lists->tensors[i] = (struct rnni_safetensors_source){.name = tensor->name,
                                                             .shape = tensor->shape,
                                                             .rank = tensor->rank,
                                                             .values = model->parameters + tensor->offset};
    }
}

int32_t rnni_checkpoint_write(unsigned char *bytes, size_t capacity, size_t *size, const struct rnn_model *model,
                              const char *function)
{
    size_t note_count = 1 + rnni_options_count + count_notes(model->notes);
    struct lists lists;
    int32_t status = RNN_E_MEMORY;
    if (take_lists(&lists, note_count, model->layout.tensor_count)) {
        struct rnni_safetensors_content content = {lists.notes, note_count, lists.tensors, model->layout.tensor_count};
        fill_notes(&lists, model);
        fill_tensors(&lists, model);
        status = rnni_safetensors_size(size, &content, function);
        if (!status && bytes && capacity >= *size)
            rnni_safetensors_write(bytes, &content);
    } else {
        rnni_status_fail(NULL, RNN_E_MEMORY, "%s: no memory for the tables of a checkpoint", function);
    }
    release_lists(&lists);
    return status;
}

/* ---- reading ----------------------------------------------------------------------------------------------------- */

static const struct rnni_option *find_option(const char *note)
{
    for (size_t i = 0; i < rnni_options_count; i++)
        if (!strcmp(rnni_options_table[i].note, note))
            return &rnni_options_table[i];
    return NULL;
}

/* Options that the file does not name keep their defaults: it may be older than they are. */
static int32_t read_options(struct rnni_options *options, const struct rnni_safetensors *file, const char *function)
{
    rnni_options_default(options);
    if (!rnni_safetensors_metadata(file, "rnn.hidden_size"))
        return rnni_status_fail(NULL, RNN_E_FORMAT,
                                "%s: __metadata__ has no rnn.hidden_size: not a checkpoint of librnn", function);
    for (size_t i = 0; i < file->note_count; i++) {
        const char *key = file->notes[i].key;
        if (strncmp(key, "rnn.", 4) != 0)
            continue;
        const struct rnni_option *option = find_option(key);
        if (!option)
            return rnni_status_fail(NULL, RNN_E_UNSUPPORTED,
                                    "%s: the checkpoint has the option %s, unknown to this version", function,
                                    rnni_utf8_quote(key).text);
        int32_t status = read_value(options, option, file->notes[i].value, function);
        if (status)
            return status;
    }
    return rnni_options_check(options, NULL, function) ? RNN_E_FORMAT : RNN_OK;
}

/* Exactly the tensors of the layout, each of its shape. */
static int32_t check_tensors(const struct rnni_layout *layout, const struct rnni_safetensors *file,
                             const char *function)
{
    for (size_t i = 0; i < layout->tensor_count; i++) {
        const struct rnni_tensor *tensor = &layout->tensors[i];
        const struct rnni_safetensors_tensor *found = rnni_safetensors_find(file, tensor->name);
        if (!found)
            return rnni_status_fail(NULL, RNN_E_FORMAT, "%s: the checkpoint has no tensor %s", function, tensor->name);
        int32_t status = rnni_safetensors_expect(found, tensor->shape, tensor->rank, function);
        if (status)
            return status;
    }
    for (size_t i = 0; i < file->tensor_count; i++)
        if (!rnni_layout_find(layout, file->tensors[i].name))
            return rnni_status_fail(NULL, RNN_E_FORMAT, "%s: the checkpoint has a tensor %s, which its network has not",
                                    function, rnni_utf8_quote(file->tensors[i].name).text);
    return RNN_OK;
}

static int32_t check_layout(const struct rnni_options *options, const struct rnni_safetensors *file,
                            const char *function)
{
    struct rnni_layout layout;
    int32_t status = rnni_layout_create(&layout, options, NULL, function);
    if (status)
        return status;
    status = check_tensors(&layout, file, function);
    rnni_layout_release(&layout);
    return status;
}

static int32_t fill_model(struct rnn_model *model, const struct rnni_safetensors *file, const char *function)
{
    for (size_t i = 0; i < model->layout.tensor_count; i++) {
        const struct rnni_tensor *tensor = &model->layout.tensors[i];
        rnni_safetensors_read_floats(model->parameters + tensor->offset, file,
                                     rnni_safetensors_find(file, tensor->name));
    }
    struct rnni_note **end = &model->notes;
    for (size_t i = 0; i < file->note_count; i++) {
        const char *key = file->notes[i].key;
        if (strncmp(key, "rnn.", 4) != 0 && strcmp(key, "format") != 0 &&
            !rnni_notes_append(&end, key, file->notes[i].value))
            return rnni_status_fail(NULL, RNN_E_MEMORY, "%s: no memory for the notes of the checkpoint", function);
    }
    rnni_model_parameters_changed(model);
    return RNN_OK;
}

int32_t rnni_checkpoint_read(struct rnn_model **out, const unsigned char *bytes, size_t count, const char *function)
{
    struct rnni_safetensors file;
    struct rnni_options options;
    struct rnn_model *model = NULL;
    int32_t status = rnni_safetensors_parse(&file, bytes, count, function);
    if (!status)
        status = read_options(&options, &file, function);
    if (!status)
        status = check_layout(&options, &file, function);
    if (!status)
        status = rnni_model_create(&model, &options, NULL, function);
    if (!status)
        status = fill_model(model, &file, function);
    rnni_safetensors_release(&file);
    if (status)
        rnni_model_drop(model);
    else
        *out = model;
    return status;
}
