/* What a checkpoint knows of its data, and what both kinds of data share. */
#include "classify.h"

#include <string.h>

#define NOTE "classify.task"

static const char *const kinds[] = {[TASK_NAMES] = "names", [TASK_SERIES] = "series"};

void task_store(const task *t, rnn_model *model)
{
    check(rnn_model_set_metadata(model, NOTE, kinds[t->kind]));
    classes_store(&t->classes, model);
    if (t->kind == TASK_NAMES)
        alphabet_store(&t->letters, model);
    else
        scale_store(&t->inputs, model);
}

/* One output a sequence, of the classes; tokens for names and real numbers for series. */
static bool fits(const rnn_model *model, task_kind kind)
{
    int64_t output, classes, inputs;

    check(rnn_model_get_int(model, RNN_OUTPUT, &output));
    check(rnn_model_get_int(model, RNN_CLASSES, &classes));
    check(rnn_model_get_int(model, RNN_INPUT_SIZE, &inputs));
    return output != RNN_OUTPUT_EVERY_STEP && classes > 0 && (inputs > 0) == (kind == TASK_SERIES);
}

task task_load(const rnn_model *model, const char *path)
{
    const char *kind;
    task t = {.kind = TASK_NAMES};

    if (rnn_model_get_metadata(model, NOTE, &kind) != RNN_OK)
        die("%s: this checkpoint is not one of %s", path, program_name);
    if (strcmp(kind, kinds[TASK_SERIES]) == 0)
        t.kind = TASK_SERIES;
    else if (strcmp(kind, kinds[TASK_NAMES]) != 0)
        die("%s: '%s' is no task of %s", path, kind, program_name);
    if (!fits(model, t.kind))
        die("%s: the network of this checkpoint is none for %s", path, kind);
    t.classes = classes_load(model, path);
    if (t.kind == TASK_NAMES)
        t.letters = alphabet_load(model, path);
    else
        t.inputs = scale_load(model, path);
    return t;
}

void task_release(task *t)
{
    classes_release(&t->classes);
    scale_release(&t->inputs);
}

void data_release(data *d)
{
    sequences_release(&d->training);
    sequences_release(&d->held_out);
}

file_bytes text_read(const char *path)
{
    file_bytes read = file_read(path);
    size_t length = strlen(read.bytes);

    if (length < read.count)
        die("%s: byte %zu is 0: this is no text", path, length + 1);
    return read;
}
