#include "checkpoint/hint.h"

#include "base/utf8.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define LISTED 3

/* Names of tensors that end in the same way. */
struct candidates {
    const char *names[LISTED]; /* the first ones */
    size_t stems[LISTED];      /* bytes before that ending */
    size_t count;
};

static void append(struct rnni_hint *hint, const char *format, ...) RNNI_PRINTF(2, 3);
static void append(struct rnni_hint *hint, const char *format, ...) /* as much as there is room for */
{
    size_t used = strlen(hint->text);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(hint->text + used, sizeof hint->text - used, format, arguments);
    va_end(arguments);
}

static int ends_with(const char *name, const char *end)
{
    size_t length = strlen(name), of_end = strlen(end);
    return length >= of_end && !strcmp(name + length - of_end, end);
}

/* One that could be an option: see RNN_PREFIX. */
static void add(struct candidates *candidates, const char *name, size_t stem)
{
    char text[RNNI_TEXT_SIZE];
    if (stem >= sizeof text)
        return;
    snprintf(text, sizeof text, "%.*s", (int)stem, name);
    if (strcmp(text, rnni_utf8_quote(text).text) != 0)
        return;
    if (candidates->count < LISTED) {
        candidates->names[candidates->count] = name;
        candidates->stems[candidates->count] = stem;
    }
    candidates->count++;
}

static struct rnni_hint describe(const struct candidates *found, const char *key)
{
    struct rnni_hint hint = {""};
    if (!found->count)
        return hint;
    if (found->count == 1 && strlen(found->names[0]) < 60)
        append(&hint, "; the file has %s: set %s to ", found->names[0], key);
    else
        append(&hint, "; the file has %zu that fit: set %s to ", found->count, key);
    for (size_t i = 0; i < found->count && i < LISTED; i++) {
        const char *between = i == 0 ? "" : i + 1 == found->count ? " or " : ", ";
        if (i && strlen(hint.text) + found->stems[i] + 32 > sizeof hint.text) {
            append(&hint, " or another");
            return hint;
        }
        append(&hint, "%s\"%.*s\"", between, (int)found->stems[i], found->names[i]);
    }
    if (found->count > LISTED)
        append(&hint, " or another");
    return hint;
}

/* The first tensor whose name has `part` in it, or NULL. */
static const char *find_part(const struct rnni_safetensors *file, const char *part)
{
    for (size_t i = 0; i < file->tensor_count; i++)
        if (strstr(file->tensors[i].name, part))
            return file->tensors[i].name;
    return NULL;
}

static void find_ending(struct candidates *found, const struct rnni_safetensors *file, const char *last)
{
    for (size_t i = 0; i < file->tensor_count; i++) {
        const char *name = file->tensors[i].name;
        if (ends_with(name, last))
            add(found, name, strlen(name) - strlen(last));
    }
}

struct rnni_hint rnni_hint_prefix(const struct rnni_safetensors *file)
{
    struct candidates found = {.count = 0};
    find_ending(&found, file, "weight_ih_l0");
    if (!found.count)
        find_ending(&found, file, "weight_ih_l0_reverse");
    struct rnni_hint hint = describe(&found, "RNN_PREFIX");
    const char *other = find_part(file, "weight_ih");
    if (found.count)
        return hint;
    if (!other)
        append(&hint, "; the file has no recurrent layer: none of its %zu tensors is a weight_ih", file->tensor_count);
    else
        append(&hint, "; the file has %s", rnni_utf8_quote(other).text);
    return hint;
}

struct rnni_hint rnni_hint_tie(const char *kept)
{
    struct rnni_hint hint = {""};
    append(&hint, "; __metadata__ ties it to \"%s\", which is no tensor of the file", rnni_utf8_quote(kept).text);
    return hint;
}

/* Whether it has a vector NAME + "bias" of so many rows beside it. */
static int has_bias(const struct rnni_safetensors *file, const char *name, size_t stem, uint64_t rows)
{
    char bias[RNNI_TEXT_SIZE + 8];
    if (stem >= RNNI_TEXT_SIZE)
        return 0;
    snprintf(bias, sizeof bias, "%.*sbias", (int)stem, name);
    const struct rnni_safetensors_tensor *found = rnni_safetensors_find(file, bias);
    return found && found->rank == 1 && found->shape[0] == rows;
}

static struct rnni_hint hint_matrix(const struct rnni_safetensors *file, const char *key, uint64_t rows,
                                    uint64_t columns, int with_bias)
{
    struct candidates found = {.count = 0};
    for (size_t i = 0; i < file->tensor_count; i++) {
        const struct rnni_safetensors_tensor *tensor = &file->tensors[i];
        if (tensor->rank != 2 || tensor->shape[1] != columns || (rows && tensor->shape[0] != rows) ||
            !ends_with(tensor->name, "weight"))
            continue;
        size_t stem = strlen(tensor->name) - strlen("weight");
        if (!has_bias(file, tensor->name, stem, tensor->shape[0]) == !with_bias)
            add(&found, tensor->name, stem);
    }
    return describe(&found, key);
}

struct rnni_hint rnni_hint_head(const struct rnni_safetensors *file, uint64_t rows, uint64_t columns)
{
    return hint_matrix(file, "RNN_HEAD_NAME", rows, columns, 1);
}

struct rnni_hint rnni_hint_embedding(const struct rnni_safetensors *file, uint64_t rows, uint64_t columns)
{
    return hint_matrix(file, "RNN_EMBEDDING_NAME", rows, columns, 0);
}
