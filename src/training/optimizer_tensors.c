#include "training/optimizer_tensors.h"

#include "base/assertion.h"
#include "base/memory.h"
#include "base/option_rows.h"
#include "base/random.h"
#include "training/gradient.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIELD(field) #field, offsetof(struct rnni_optimizer_tensor, field)

static const struct rnni_option options[] = {
    INTEGER(RNN_FROZEN, frozen, 0, 1),
    REAL(RNN_RATE_FACTOR, rate_factor, 0, 1e30),
    REAL(RNN_DECAY_FACTOR, decay_factor, 0, 1e30),
};
const struct rnni_option_table rnni_optimizer_tensor_table = {options, sizeof options / sizeof *options};

static const struct rnni_optimizer_tensor defaults = {.rate_factor = 1, .decay_factor = 1};

static void copy_options(struct rnni_optimizer_tensor *to, const struct rnni_optimizer_tensor *from)
{
    for (size_t k = 0; k < rnni_optimizer_tensor_table.count; k++)
        rnni_option_copy(to, from, &options[k]);
}

static int same_options(const struct rnni_optimizer_tensor *a, const struct rnni_optimizer_tensor *b)
{
    int same = 1;
    for (size_t k = 0; k < rnni_optimizer_tensor_table.count; k++)
        same &= rnni_option_equal(a, b, &options[k]);
    return same;
}

/* ---- life -------------------------------------------------------------------------------------------------------- */

#define NUMBERS 96 /* bytes of a line before its name, at most: 20 + 20 + 1 + 2 * 24 and the spaces */

int rnni_optimizer_tensors_take(struct rnni_optimizer_tensors *tensors, size_t count, size_t bytes)
{
    size_t lines = rnni_memory_add(bytes, rnni_memory_multiply(count, NUMBERS + 1));
    *tensors = (struct rnni_optimizer_tensors){.room = count};
    tensors->all = rnni_memory_take(count, sizeof *tensors->all);
    tensors->rules = rnni_memory_take(count, sizeof *tensors->rules);
    tensors->names = rnni_memory_take(rnni_memory_add(bytes, count), 1);
    tensors->text = rnni_memory_take(rnni_memory_add(lines, 1), 1);
    if (tensors->all && tensors->rules && tensors->names && tensors->text)
        return 1;
    rnni_optimizer_tensors_release(tensors);
    return 0;
}

void rnni_optimizer_tensors_release(struct rnni_optimizer_tensors *tensors)
{
    rnni_memory_release(tensors->all);
    rnni_memory_release(tensors->rules);
    rnni_memory_release(tensors->names);
    rnni_memory_release(tensors->text);
    *tensors = (struct rnni_optimizer_tensors){0};
}

void rnni_optimizer_tensors_add(struct rnni_optimizer_tensors *tensors, const char *name, size_t length, size_t rows,
                                size_t columns)
{
    RNNI_ASSERT(tensors->count < tensors->room);
    char *copy = tensors->names + tensors->names_count;
    memcpy(copy, name, length);
    copy[length] = 0;
    tensors->names_count += length + 1;
    struct rnni_optimizer_tensor *added = &tensors->all[tensors->count++];
    *added = defaults;
    added->name = copy;
    added->offset = tensors->elements;
    added->count = rnni_memory_multiply(rows, columns ? columns : 1);
    added->rows = rows;
    added->columns = columns;
    tensors->elements += added->count;
    tensors->hash = rnni_optimizer_tensors_hash(tensors->hash, copy, rows, columns);
}

uint64_t rnni_optimizer_tensors_hash(uint64_t hash, const char *name, size_t rows, size_t columns)
{
    hash = rnni_random_mix(hash ^ rows);
    hash = rnni_random_mix(hash ^ columns);
    for (; *name; name++)
        hash = rnni_random_mix(hash ^ (unsigned char)*name);
    return hash;
}

void rnni_optimizer_tensors_reset(struct rnni_optimizer_tensors *tensors)
{
    for (size_t i = 0; i < tensors->count; i++)
        copy_options(&tensors->all[i], &defaults);
    rnni_optimizer_tensors_changed(tensors);
}

size_t rnni_optimizer_tensors_set(struct rnni_optimizer_tensors *tensors, const char *prefix,
                                  const struct rnni_optimizer_tensor *from, int32_t key)
{
    const struct rnni_option *option = rnni_option_find(&rnni_optimizer_tensor_table, key);
    size_t length = strlen(prefix), found = 0;
    RNNI_ASSERT(option);
    for (size_t i = 0; i < tensors->count; i++)
        if (!strncmp(tensors->all[i].name, prefix, length)) {
            rnni_option_copy(&tensors->all[i], from, option);
            found++;
        }
    rnni_optimizer_tensors_changed(tensors);
    return found;
}

void rnni_optimizer_tensors_changed(struct rnni_optimizer_tensors *tensors)
{
    tensors->differ = tensors->some_frozen = 0;
    for (size_t i = 0; i < tensors->count; i++) {
        const struct rnni_optimizer_tensor *tensor = &tensors->all[i];
        tensors->some_frozen |= tensor->frozen != 0;
        tensors->differ |= !same_options(tensor, &defaults);
    }
}

/* ---- spans ------------------------------------------------------------------------------------------------------- */

int rnni_optimizer_tensors_next(const struct rnni_optimizer_tensors *tensors, struct rnni_span *span, size_t end)
{
    size_t first = span->first + span->count, i = span->tensor;
    RNNI_ASSERT(!tensors->differ || end <= tensors->elements);
    if (first >= end)
        return 0;
    if (!tensors->differ) {
        *span = (struct rnni_span){first, end - first, 0, 0};
        return 1;
    }
    const struct rnni_optimizer_tensor *all = tensors->all;
    while (first - all[i].offset >= all[i].count) /* the tensor of the first element */
        i++;
    size_t last = i;
    while (last + 1 < tensors->count && all[last + 1].offset < end && same_options(&all[i], &all[last + 1]))
        last++;
    size_t stop = all[last].offset + all[last].count;
    *span = (struct rnni_span){first, (stop < end ? stop : end) - first, i, all[i].frozen != 0};
    return 1;
}

static int has_frozen(const struct rnni_optimizer_tensors *tensors)
{
    return tensors && tensors->some_frozen;
}

double rnni_optimizer_tensors_squares(const struct rnni_optimizer_tensors *tensors, const float *values, size_t first,
                                      size_t count)
{
    double sum = 0;
    if (!has_frozen(tensors))
        return rnni_gradient_sum_of_squares(values + first, count);
    for (struct rnni_span s = {.first = first}; rnni_optimizer_tensors_next(tensors, &s, first + count);)
        sum += s.frozen ? 0 : rnni_gradient_sum_of_squares(values + s.first, s.count);
    return sum;
}

double rnni_optimizer_tensors_largest(const struct rnni_optimizer_tensors *tensors, const float *values, size_t first,
                                      size_t count)
{
    double most = 0;
    if (!has_frozen(tensors))
        return rnni_gradient_largest(values + first, count);
    for (struct rnni_span s = {.first = first}; rnni_optimizer_tensors_next(tensors, &s, first + count);) {
        double found = s.frozen ? 0 : rnni_gradient_largest(values + s.first, s.count);
        most = found > most ? found : most;
    }
    return most;
}

/* ---- in files ---------------------------------------------------------------------------------------------------- */

const char *rnni_optimizer_tensors_write(const struct rnni_optimizer_tensors *tensors)
{
    char *to = tensors->text;
    for (size_t i = 0; i < tensors->count; i++) {
        const struct rnni_optimizer_tensor *tensor = &tensors->all[i];
        char texts[sizeof options / sizeof *options][RNNI_TEXT_SIZE];
        for (size_t k = 0; k < rnni_optimizer_tensor_table.count; k++)
            rnni_option_write(texts[k], tensor, &options[k]);
        int written =
            snprintf(to, NUMBERS, "%zu %zu %s %s %s ", tensor->rows, tensor->columns, texts[0], texts[1], texts[2]);
        RNNI_ASSERT(written > 0 && written < NUMBERS);
        to += written;
        size_t length = strlen(tensor->name);
        memcpy(to, tensor->name, length);
        to += length;
        *to++ = '\n';
    }
    *to = 0;
    return tensors->text;
}

size_t rnni_optimizer_tensors_growth(const struct rnni_optimizer_tensors *tensors)
{
    return tensors->count * NUMBERS;
}

/* A decimal number, and the space behind it. */
static int read_size(size_t *value, const char **at)
{
    char *end = NULL;
    int zero = **at == '0' && (*at)[1] == ' ';
    uintmax_t number = zero || (**at >= '1' && **at <= '9') ? strtoumax(*at, &end, 10) : 0;
    if (!end || *end != ' ' || number > SIZE_MAX / sizeof(float))
        return 0;
    *value = (size_t)number;
    *at = end + 1;
    return 1;
}

static int read_option(struct rnni_optimizer_tensor *tensor, const struct rnni_option *option, const char **at)
{
    char text[RNNI_TEXT_SIZE];
    size_t length = strcspn(*at, " \n");
    if (length >= sizeof text || (*at)[length] != ' ')
        return 0;
    memcpy(text, *at, length);
    text[length] = 0;
    *at += length + 1;
    return rnni_option_read(tensor, option, text) == RNN_OK;
}

/* One line, which ends with a newline, into the table, which has room. */
static int read_line(struct rnni_optimizer_tensors *tensors, const char **at, size_t elements)
{
    size_t rows, columns;
    struct rnni_optimizer_tensor read = {0};
    if (!read_size(&rows, at) || !read_size(&columns, at) || !rows ||
        rnni_memory_multiply(rows, columns ? columns : 1) > elements - tensors->elements)
        return 0;
    for (size_t k = 0; k < rnni_optimizer_tensor_table.count; k++)
        if (!read_option(&read, &options[k], at))
            return 0;
    size_t length = strcspn(*at, "\n");
    if (!length || !(*at)[length])
        return 0;
    rnni_optimizer_tensors_add(tensors, *at, length, rows, columns);
    copy_options(&tensors->all[tensors->count - 1], &read);
    *at += length + 1;
    return 1;
}

int32_t rnni_optimizer_tensors_read(struct rnni_optimizer_tensors *tensors, const char *text, size_t elements,
                                    const char *function)
{
    size_t lines = 0, length = strlen(text);
    for (size_t i = 0; i < length; i++)
        lines += text[i] == '\n';
    lines = lines < elements ? lines : elements;              /* no tensor is empty, so no more are added */
    if (!rnni_optimizer_tensors_take(tensors, lines, length)) /* the names are part of the text */
        return rnni_status_fail(NULL, RNN_E_MEMORY, "%s: out of memory for the options of %zu tensors", function,
                                lines);
    for (const char *at = text; *at;)
        if (!read_line(tensors, &at, elements)) {
            size_t line = tensors->count + 1;
            rnni_optimizer_tensors_release(tensors);
            return rnni_status_fail(NULL, RNN_E_FORMAT,
                                    "%s: line %zu of rnn.optimizer.tensors is not a shape that the parameters have, "
                                    "three options and a name",
                                    function, line);
        }
    if (tensors->elements != elements) {
        size_t found = tensors->elements;
        rnni_optimizer_tensors_release(tensors);
        return rnni_status_fail(NULL, RNN_E_FORMAT,
                                "%s: the tensors of rnn.optimizer.tensors have %zu elements, expected %zu", function,
                                found, elements);
    }
    rnni_optimizer_tensors_changed(tensors);
    return RNN_OK;
}
