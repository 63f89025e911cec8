#include "checkpoint/checkpoint.h"

#include "base/memory.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* A note of an option: its key, where that is of a layer, and its value. */
struct written {
    char key[64], value[RNNI_TEXT_SIZE];
};

/* Every list that a file is made of. */
struct lists {
    struct rnni_safetensors_note *notes;     /* [note_count] */
    struct rnni_safetensors_source *tensors; /* [tensor_count] */
    struct written *options;                 /* [option_count] */
    size_t option_count;                     /* so far */
};

static size_t count_notes(const struct rnni_metadata *note)
{
    size_t count = 0;
    for (; note; note = note->next)
        count++;
    return count;
}

static int take_lists(struct lists *lists, size_t note_count, size_t tensor_count, size_t option_count)
{
    lists->option_count = 0;
    lists->notes = rnni_memory_take(note_count, sizeof *lists->notes);
    lists->tensors = rnni_memory_take(tensor_count, sizeof *lists->tensors);
    lists->options = rnni_memory_take(option_count, sizeof *lists->options);
    return lists->notes && lists->tensors && lists->options;
}

static void release_lists(struct lists *lists)
{
    rnni_memory_release(lists->notes);
    rnni_memory_release(lists->tensors);
    rnni_memory_release(lists->options);
}

/* Options of layer `index` of a list, under "rnn.layer.{index}." and their names. */
static struct rnni_safetensors_note *fill_layer(struct lists *lists, struct rnni_safetensors_note *to,
                                                const struct rnni_layer_options *layer, size_t index)
{
    const struct rnni_option_table *table = rnni_layer_options_table_of(layer);
    struct written *written = &lists->options[lists->option_count++];
    snprintf(written->key, sizeof written->key, "rnn.layer.%zu.kind", index);
    snprintf(written->value, sizeof written->value, "%" PRId64, layer->kind);
    *to++ = (struct rnni_safetensors_note){written->key, written->value};
    for (size_t i = 0; i < table->count; i++) {
        const struct rnni_option *option = &table->options[i];
        if (!option->note || !rnni_layer_options_has(layer->kind, option->key) ||
            rnni_layer_options_at_default(layer, option, index))
            continue;
        written = &lists->options[lists->option_count++];
        snprintf(written->key, sizeof written->key, "rnn.layer.%zu.%s", index, option->note + strlen("rnn."));
        rnni_option_write(written->value, rnni_layer_options_values(layer), option);
        *to++ = (struct rnni_safetensors_note){written->key, written->value};
    }
    return to;
}

/* "format": "pt" is what other readers look for to know whose conventions the tensors follow.  Options at their
 * defaults are left out, so that an older version reads whatever does without the newer ones; cell and size of a
 * network without a list are always told.  Gives the number of notes. */
static size_t fill_notes(struct lists *lists, const struct rnn_model *model)
{
    struct rnni_safetensors_note *to = lists->notes;
    *to++ = (struct rnni_safetensors_note){"format", "pt"};
    for (size_t i = 0; i < rnni_options_count; i++) {
        const struct rnni_option *option = &rnni_options_table[i];
        int is_told = option->key <= RNN_SEED && !model->list.count;
        if (!option->note || (!is_told && rnni_options_at_default(&model->options, option)))
            continue;
        struct written *written = &lists->options[lists->option_count++];
        rnni_option_write(written->value, &model->options, option);
        *to++ = (struct rnni_safetensors_note){option->note, written->value};
    }
    for (size_t i = 0; i < model->list.count; i++)
        to = fill_layer(lists, to, &model->list.layers[i].options, i);
    for (const struct rnni_metadata *note = model->notes; note; note = note->next)
        *to++ = (struct rnni_safetensors_note){note->key, note->value};
    return (size_t)(to - lists->notes);
}

/* [C,C] The transitions of a CRF, which no precision rounds: a path adds one for each step.  NULL: there are none. */
static const float *transitions_of(const struct rnn_model *model)
{
    const struct rnni_layout *layout = &model->layout;
    return layout->crf == RNNI_ABSENT ? NULL : model->parameters + layout->crf + 2 * layout->classes;
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
                              int64_t precision, const char *function)
{
    size_t options = rnni_options_count + model->list.count * (1 + rnni_options_count); /* at most */
    size_t most_notes = 1 + options + count_notes(model->notes);
    struct lists lists;
    int32_t status = RNN_E_MEMORY;
    if (take_lists(&lists, most_notes, model->layout.tensor_count, options)) {
        struct rnni_safetensors_content content = {.notes = lists.notes,
                                                   .note_count = fill_notes(&lists, model),
                                                   .tensors = lists.tensors,
                                                   .tensor_count = model->layout.tensor_count,
                                                   .checksums = true,
                                                   .bf16_matrices = precision == RNN_PRECISION_BF16,
                                                   .exact = transitions_of(model)};
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
