#include "checkpoint/checkpoint.h"

#include "base/memory.h"

/* Every list that a file is made of. */
struct lists {
    struct rnni_safetensors_note *notes;     /* [note_count] */
    struct rnni_safetensors_source *tensors; /* [tensor_count] */
    char (*values)[RNNI_TEXT_SIZE];          /* [rnni_options_count] */
};

static size_t count_notes(const struct rnni_metadata *note)
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

/* "format": "pt" is what other readers look for to know whose conventions the tensors follow.  Options at their
 * defaults are left out, so that an older version reads whatever does without the newer ones; cell and size are always
 * told. Gives the number of notes. */
static size_t fill_notes(struct lists *lists, const struct rnn_model *model)
{
    struct rnni_safetensors_note *to = lists->notes;
    *to++ = (struct rnni_safetensors_note){"format", "pt"};
    for (size_t i = 0; i < rnni_options_count; i++) {
        const struct rnni_option *option = &rnni_options_table[i];
        if (!option->note || (option->key > RNN_SEED && rnni_options_at_default(&model->options, option)))
            continue;
        rnni_option_write(lists->values[i], &model->options, option);
        *to++ = (struct rnni_safetensors_note){option->note, lists->values[i]};
    }
    for (const struct rnni_metadata *note = model->notes; note; note = note->next)
        *to++ = (struct rnni_safetensors_note){note->key, note->value};
    return (size_t)(to - lists->notes);
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
    size_t most_notes = 1 + rnni_options_count + count_notes(model->notes);
    struct lists lists;
    int32_t status = RNN_E_MEMORY;
    if (take_lists(&lists, most_notes, model->layout.tensor_count)) {
        struct rnni_safetensors_content content = {.notes = lists.notes,
                                                   .note_count = fill_notes(&lists, model),
                                                   .tensors = lists.tensors,
                                                   .tensor_count = model->layout.tensor_count,
                                                   .checksums = true};
        fill_tensors(&lists, model);
        status = rnni_safetensors_size(size, &content, function);
        if (!status && bytes && capacity >= *size)
            rnni_safetensors_write(bytes, &content);
    } else {
        rnni_status_fail(NULL, RNN_E_MEMORY, "%s: out of memory for the tables of a checkpoint", function);
    }
    release_lists(&lists);
    return status;
}
