#include "sequences.h"
#include "die.h"
#include "random.h"

#include <stdlib.h>
#include <string.h>

void sequences_add(sequence_list *list, sequence added)
{
    if (list->count == list->capacity) {
        list->capacity = list->capacity ? 2 * list->capacity : 256;
        list->items = realloc(list->items, list->capacity * sizeof *list->items);
        if (!list->items)
            die("not enough memory for %zu sequences", list->capacity);
    }
    list->items[list->count++] = added;
}

static void release_sequence(sequence *s)
{
    free(s->x);
    free(s->tokens);
    free(s->labels);
}

void sequences_release(sequence_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        release_sequence(&list->items[i]);
    free(list->items);
    *list = (sequence_list){.inputs = list->inputs};
}

/* Returns where the next part goes.  A part may have nothing, and no array then. */
static void *append(void *place, const void *part, size_t bytes)
{
    if (bytes > 0)
        memcpy(place, part, bytes);
    return (char *)place + bytes;
}

sequence sequences_join(const sequence *const *parts, size_t count, size_t inputs)
{
    sequence joined = {0};

    for (size_t i = 0; i < count; i++) {
        joined.steps += parts[i]->steps;
        joined.label_count += parts[i]->label_count;
    }
    joined.x = allocate(joined.steps * inputs, sizeof *joined.x);
    joined.labels = allocate(joined.label_count, sizeof *joined.labels);
    joined.group = count ? parts[0]->group : 0;
    float *x = joined.x;
    int32_t *labels = joined.labels;
    for (size_t i = 0; i < count; i++) {
        x = append(x, parts[i]->x, parts[i]->steps * inputs * sizeof *x);
        labels = append(labels, parts[i]->labels, parts[i]->label_count * sizeof *labels);
    }
    return joined;
}

sequence sequence_noisy(const sequence *original, size_t inputs, double deviation, uint64_t *random)
{
    sequence noisy = sequences_join(&original, 1, inputs);

    for (size_t i = 0; i < noisy.steps * inputs; i++)
        noisy.x[i] += (float)(deviation * normal(random));
    return noisy;
}

rnn_dataset *sequences_dataset(const sequence_list *list)
{
    rnn_dataset *dataset;

    check(rnn_dataset_create(&dataset));
    for (size_t i = 0; i < list->count; i++) {
        const sequence *s = &list->items[i];
        if (s->x)
            check(rnn_dataset_add(dataset, NULL, s->x, s->steps * list->inputs, s->steps));
        else
            check(rnn_dataset_add_tokens(dataset, NULL, s->tokens, s->steps));
        check(rnn_dataset_set_classes(dataset, i, s->labels, s->label_count));
    }
    return dataset;
}

/* Sequence b of the batch. */
static void lay_sequence(sequence_batch *batch, size_t b, const sequence *s)
{
    size_t inputs = batch->inputs;

    batch->lengths[b] = (int32_t)s->steps;
    for (size_t t = 0; t < s->steps; t++) {
        size_t row = t * batch->batch + b;
        if (batch->x)
            memcpy(batch->x + row * inputs, s->x + t * inputs, inputs * sizeof *s->x);
        else
            batch->tokens[row] = s->tokens[t];
    }
}

sequence_batch sequences_batch(const sequence_list *list, size_t first, size_t batch)
{
    const sequence *items = list->items + first;
    sequence_batch made = {.batch = batch, .inputs = list->inputs, .lengths = allocate(batch, sizeof *made.lengths)};

    for (size_t b = 0; b < batch; b++)
        made.steps = items[b].steps > made.steps ? items[b].steps : made.steps;
    if (items[0].x)
        made.x = allocate(made.steps * batch * list->inputs, sizeof *made.x);
    else
        made.tokens = allocate(made.steps * batch, sizeof *made.tokens);
    for (size_t b = 0; b < batch; b++)
        lay_sequence(&made, b, &items[b]);
    return made;
}

void sequence_batch_release(sequence_batch *batch)
{
    free(batch->x);
    free(batch->tokens);
    free(batch->lengths);
    *batch = (sequence_batch){0};
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* A row of the table at a time (Wagner and Fischer 1974): row[j] is the distance of i labels of a from j of b. */
size_t edit_distance(const int32_t *a, size_t a_count, const int32_t *b, size_t b_count)
{
    size_t *row = allocate(b_count + 1, sizeof *row);

    for (size_t j = 0; j <= b_count; j++)
        row[j] = j;
    for (size_t i = 0; i < a_count; i++) {
        size_t diagonal = row[0];
        row[0] = i + 1;
        for (size_t j = 0; j < b_count; j++) {
            size_t replaced = diagonal + (a[i] != b[j]);
            diagonal = row[j + 1];
            row[j + 1] = least(replaced, 1 + least(row[j], row[j + 1]));
        }
    }
    size_t distance = row[b_count];
    free(row);
    return distance;
}
