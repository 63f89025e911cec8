#include "checkpoint/checkpoint.h"

#include "base/memory.h"
#include "checkpoint/view.h"

#include <string.h>

/* Which tensors of a file a network reads: those of the file in the order of their data, then those that are tied. */
struct table {
    const struct rnni_safetensors *file;
    const struct rnni_view *view;
    char *used; /* [file->tensor_count + view->tie_count] */
};

static void mark(const struct table *table, const struct rnni_fold *fold)
{
    for (size_t p = 0; p < RNNI_FOLD_PARTS; p++) {
        const struct rnni_safetensors_tensor *part = fold->part[p];
        if (part && rnni_safetensors_find(table->file, part->name))
            table->used[part - table->file->tensors] = 1;
        else if (part)
            table->used[table->file->tensor_count + (size_t)(part - table->view->ties)] = 1;
    }
}

static void mark_all(const struct table *table, const struct rnni_layout *layout)
{
    for (size_t i = 0; i < layout->tensor_count; i++) {
        const struct rnni_safetensors_tensor *found =
            rnni_safetensors_find(&table->view->file, layout->tensors[i].name);
        if (found)
            mark(table, rnni_view_fold(table->view, found));
    }
}

/* A name of the list; one that has control characters takes one line too. */
static size_t list_name(char *text, size_t capacity, size_t size, const char *name)
{
    size_t length = strlen(name);
    for (size_t i = 0; i <= length && size + i < capacity; i++)
        text[size + i] = i == length ? '\n' : (unsigned char)name[i] < ' ' || name[i] == 127 ? '?' : name[i];
    return size + length + 1;
}

/* Bytes with the final 0, which are written where they have the capacity. */
static size_t list(char *text, size_t capacity, const struct table *table)
{
    size_t size = 0, count = table->file->tensor_count;
    for (size_t i = 0; i < count + table->view->tie_count; i++)
        if (!table->used[i])
            size = list_name(text, capacity, size,
                             i < count ? table->file->tensors[i].name : table->view->ties[i - count].name);
    if (size < capacity)
        text[size] = 0;
    return size + 1;
}

static int32_t write(char *text, size_t capacity, size_t *size, const struct table *table, const char *function)
{
    *size = list(NULL, 0, table);
    if (text && capacity < *size)
        return rnni_status_fail(NULL, RNN_E_SIZE, "%s: capacity is %zu, expected at least %zu", function, capacity,
                                *size);
    if (text)
        list(text, capacity, table);
    return RNN_OK;
}

int32_t rnni_checkpoint_unused(char *text, size_t capacity, size_t *size, const struct rnn_model *model,
                               const struct rnni_safetensors *file, const char *function)
{
    struct rnni_view view;
    struct table table = {file, &view, NULL};
    int32_t status = rnni_view_create(&view, file, &model->options, &model->list, function);
    if (!status && !(table.used = rnni_memory_take(file->tensor_count + view.tie_count, 1)))
        status = rnni_status_fail(NULL, RNN_E_MEMORY, "%s: out of memory for the names of %zu tensors", function,
                                  file->tensor_count);
    if (!status) {
        mark_all(&table, &model->layout);
        status = write(text, capacity, size, &table, function);
    }
    rnni_memory_release(table.used);
    rnni_view_release(&view);
    return status;
}
