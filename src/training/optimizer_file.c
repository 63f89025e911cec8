/* An optimiser as a safetensors file in memory: kind, size and options in __metadata__, moments as tensors. */
#include "training/optimizer.h"

#include "base/assertion.h"
#include "base/utf8.h"
#include "training/gradient.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KIND_NOTE  "rnn.optimizer"
#define COUNT_NOTE "rnn.optimizer.parameters"
#define TABLE_NOTE "rnn.optimizer.tensors"
#define OURS       "rnn.optimizer."

#define MOST_OWN_NOTES 32 /* kind, count, tensors and options */
#define MOST_NOTES     (MOST_OWN_NOTES + RNNI_OPTIMIZER_OTHER_NOTES)
#define MOST_TENSORS   (3 + RNNI_OPTIMIZER_OTHER_TENSORS)

/* ---- writing ----------------------------------------------------------------------------------------------------- */

/* On the stack: a training run saves itself without taking memory. */
struct lists {
    struct rnni_safetensors_note notes[MOST_NOTES];
    struct rnni_safetensors_source tensors[MOST_TENSORS];
    char values[MOST_OWN_NOTES][RNNI_TEXT_SIZE];
};

static size_t fill_notes(struct lists *lists, const struct rnni_optimizer_content *content)
{
    const struct rnn_optimizer *optimizer = content->optimizer;
    struct rnni_safetensors_note *to = lists->notes;
    char(*value)[RNNI_TEXT_SIZE] = lists->values;
    *to++ = (struct rnni_safetensors_note){"format", "pt"};
    *to++ = (struct rnni_safetensors_note){KIND_NOTE, rnni_optimizer_kind_name(optimizer->kind)};
    snprintf(*value, sizeof *value, "%zu", optimizer->count);
    *to++ = (struct rnni_safetensors_note){COUNT_NOTE, *value++};
    for (size_t i = 0; i < rnni_optimizer_table.count; i++) {
        const struct rnni_option *option = &rnni_optimizer_table.options[i];
        if (!rnni_option_is_set(&optimizer->options, option) || !rnni_optimizer_has(optimizer->kind, option->key))
            continue;
        if (option->key == RNN_AMSGRAD && !optimizer->options.amsgrad) /* as versions without it wrote files */
            continue;
        rnni_option_write(*value, &optimizer->options, option);
        *to++ = (struct rnni_safetensors_note){option->note, *value++};
    }
    if (optimizer->tensors.count)
        *to++ = (struct rnni_safetensors_note){TABLE_NOTE, rnni_optimizer_tensors_write(&optimizer->tensors)};
    for (size_t i = 0; i < content->others.note_count; i++)
        *to++ = content->others.notes[i];
    return (size_t)(to - lists->notes);
}

static size_t fill_tensors(struct lists *lists, const struct rnni_optimizer_content *content)
{
    const struct rnn_optimizer *optimizer = content->optimizer;
    struct rnni_safetensors_source *to = lists->tensors;
    const struct rnni_moments *moments = &optimizer->moments;
    if (moments->m)
        *to++ = (struct rnni_safetensors_source){"optimizer.m", &optimizer->count, 1, moments->m};
    if (moments->v)
        *to++ = (struct rnni_safetensors_source){"optimizer.v", &optimizer->count, 1, moments->v};
    if (moments->v_max)
        *to++ = (struct rnni_safetensors_source){"optimizer.v_max", &optimizer->count, 1, moments->v_max};
    for (size_t i = 0; i < content->others.tensor_count; i++)
        *to++ = content->others.tensors[i];
    return (size_t)(to - lists->tensors);
}

int32_t rnni_optimizer_write(unsigned char *bytes, size_t capacity, size_t *size,
                             const struct rnni_optimizer_content *content, const char *function)
{
    struct lists lists;
    RNNI_ASSERT(rnni_optimizer_table.count + 4 <= MOST_OWN_NOTES &&
                content->others.note_count <= RNNI_OPTIMIZER_OTHER_NOTES &&
                content->others.tensor_count <= RNNI_OPTIMIZER_OTHER_TENSORS);
    struct rnni_safetensors_content all = {.notes = lists.notes,
                                           .note_count = fill_notes(&lists, content),
                                           .tensors = lists.tensors,
                                           .tensor_count = fill_tensors(&lists, content),
                                           .checksums = true};
    RNNI_TRY(rnni_safetensors_size(size, &all, function));
    if (bytes && capacity >= *size)
        rnni_safetensors_write(bytes, &all);
    return RNN_OK;
}

/* ---- reading ----------------------------------------------------------------------------------------------------- */

static int32_t read_kind(int32_t *kind, const struct rnni_safetensors *file, const char *function)
{
    const char *name = rnni_safetensors_metadata(file, KIND_NOTE);
    if (!name)
        return rnni_status_fail(NULL, RNN_E_FORMAT, "%s: __metadata__ has no " KIND_NOTE ": not an optimiser of librnn",
                                function);
    for (*kind = RNN_OPTIMIZER_SGD; *kind <= RNN_OPTIMIZER_ADAMW; ++*kind)
        if (!strcmp(name, rnni_optimizer_kind_name(*kind)))
            return RNN_OK;
    return rnni_status_fail(NULL, RNN_E_UNSUPPORTED, "%s: the kind of optimiser is %s, unknown to this version",
                            function, rnni_utf8_quote(name).text);
}

static int32_t read_count(size_t *count, const struct rnni_safetensors *file, const char *function)
{
    const char *text = rnni_safetensors_metadata(file, COUNT_NOTE);
    char *end = NULL;
    uintmax_t number = text && *text >= '1' && *text <= '9' ? strtoumax(text, &end, 10) : 0;
    if (!number || *end || number > SIZE_MAX / sizeof(float))
        return rnni_status_fail(NULL, RNN_E_FORMAT, "%s: " COUNT_NOTE " is %s, expected a count of parameters",
                                function, text ? rnni_utf8_quote(text).text : "absent");
    *count = (size_t)number;
    return RNN_OK;
}

static int32_t read_options(struct rnni_optimizer_options *options, int32_t kind, const struct rnni_safetensors *file,
                            const char *function)
{
    for (size_t i = 0; i < file->note_count; i++) {
        const char *key = file->notes[i].key, *text = file->notes[i].value;
        if (strncmp(key, OURS, sizeof OURS - 1) != 0 || !strcmp(key, COUNT_NOTE) || !strcmp(key, TABLE_NOTE))
            continue;
        const struct rnni_option *option = rnni_option_find_note(&rnni_optimizer_table, key);
        if (!option)
            return rnni_status_fail(NULL, RNN_E_UNSUPPORTED, "%s: the file has the option %s, unknown to this version",
                                    function, rnni_utf8_quote(key).text);
        if (!rnni_optimizer_has(kind, option->key))
            return rnni_status_fail(NULL, RNN_E_FORMAT, "%s: the file has %s, not an option of %s", function, key,
                                    rnni_optimizer_kind_name(kind));
        if (rnni_option_read(options, option, text))
            return rnni_status_fail(NULL, RNN_E_FORMAT, "%s: the file's %s is \"%s\", not supported by this version",
                                    function, key, rnni_utf8_quote(text).text);
    }
    return RNN_OK;
}

/* The tensor is there, with so many elements, exactly where the kind has it. */
static int32_t check_moment(const struct rnni_safetensors *file, const char *name, int needed, size_t count,
                            const char *function)
{
    const struct rnni_safetensors_tensor *found = rnni_safetensors_find(file, name);
    if (!found != !needed)
        return rnni_status_fail(NULL, RNN_E_FORMAT, "%s: the file has %s tensor %s", function, found ? "a" : "no",
                                name);
    return found ? rnni_safetensors_expect(found, &count, 1, function) : RNN_OK;
}

static int32_t check_tensors(const struct rnni_safetensors *file, int32_t kind, size_t count, const char *function)
{
    RNNI_TRY(check_moment(file, "optimizer.m", kind != RNN_OPTIMIZER_ADAGRAD, count, function));
    RNNI_TRY(check_moment(file, "optimizer.v", kind != RNN_OPTIMIZER_SGD, count, function));
    for (size_t i = 0; i < file->tensor_count; i++) {
        const char *name = file->tensors[i].name;
        if (strcmp(name, "optimizer.m") != 0 && strcmp(name, "optimizer.v") != 0 &&
            strcmp(name, "optimizer.v_max") != 0 && strncmp(name, "trainer.", 8) != 0)
            return rnni_status_fail(NULL, RNN_E_FORMAT, "%s: the file has a tensor %s, no optimiser does", function,
                                    rnni_utf8_quote(name).text);
    }
    return RNN_OK;
}

static int32_t read_moment(float *moment, const struct rnni_safetensors *file, const char *name, const char *function)
{
    return moment ? rnni_safetensors_read_floats(moment, file, rnni_safetensors_find(file, name), function) : RNN_OK;
}

static int32_t read_moments(struct rnn_optimizer *optimizer, const struct rnni_safetensors *file, const char *function)
{
    const struct rnni_moments *moments = &optimizer->moments;
    RNNI_TRY(read_moment(moments->m, file, "optimizer.m", function));
    RNNI_TRY(read_moment(moments->v, file, "optimizer.v", function));
    RNNI_TRY(read_moment(moments->v_max, file, "optimizer.v_max", function));
    double v_max = moments->v_max ? rnni_gradient_largest(moments->v_max, optimizer->count) : 0;
    optimizer->bounds.m = moments->m ? rnni_gradient_largest(moments->m, optimizer->count) : 0;
    optimizer->bounds.v = moments->v ? rnni_gradient_largest(moments->v, optimizer->count) : 0;
    if (v_max > optimizer->bounds.v) /* may be infinite in a file */
        optimizer->bounds.v = v_max;
    return RNN_OK;
}

/* The options are read: with RNN_AMSGRAD there is v_max. */
static int32_t read_amsgrad(struct rnn_optimizer *optimizer, const struct rnni_safetensors *file, const char *function)
{
    int64_t amsgrad = optimizer->options.amsgrad;
    RNNI_TRY(check_moment(file, "optimizer.v_max", amsgrad != 0, optimizer->count, function));
    if (!rnni_optimizer_set_amsgrad(optimizer, amsgrad))
        return rnni_status_fail(NULL, RNN_E_MEMORY, "%s: out of memory for an optimiser of %zu parameters", function,
                                optimizer->count);
    return RNN_OK;
}

static int32_t read_table(struct rnn_optimizer *optimizer, const struct rnni_safetensors *file, const char *function)
{
    const char *text = rnni_safetensors_metadata(file, TABLE_NOTE);
    return text ? rnni_optimizer_tensors_read(&optimizer->tensors, text, optimizer->count, function) : RNN_OK;
}

int32_t rnni_optimizer_read(struct rnn_optimizer **out, const struct rnni_safetensors *file, const char *function)
{
    int32_t kind;
    size_t count = 0;
    struct rnn_optimizer *made = NULL;
    RNNI_TRY(read_kind(&kind, file, function));
    RNNI_TRY(read_count(&count, file, function));
    RNNI_TRY(check_tensors(file, kind, count, function));
    RNNI_TRY(rnni_optimizer_create(&made, kind, count, function));
    int32_t status = read_options(&made->options, kind, file, function);
    if (!status)
        status = read_table(made, file, function);
    if (!status)
        status = read_amsgrad(made, file, function);
    if (!status)
        status = read_moments(made, file, function);
    if (status)
        rnni_optimizer_drop(made);
    else
        *out = made;
    return status;
}
