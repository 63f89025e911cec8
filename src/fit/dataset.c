#include "fit/dataset.h"

#include "base/memory.h"

#include <string.h>

/* Who only reads a dataset counts as a reader. */
static struct rnn_dataset *counted(const struct rnn_dataset *dataset)
{
    return (struct rnn_dataset *)(uintptr_t)dataset;
}

void rnni_dataset_retain(const struct rnn_dataset *dataset)
{
    if (dataset)
        atomic_fetch_add(&counted(dataset)->references, 1);
}

void rnni_dataset_drop(const struct rnn_dataset *dataset)
{
    if (!dataset || atomic_fetch_sub(&counted(dataset)->references, 1) != 1)
        return;
    for (size_t i = 0; i < dataset->count; i++)
        rnni_memory_release(dataset->sequences[i]);
    rnni_memory_release(dataset->sequences);
    rnni_memory_release(counted(dataset));
}

static int make_room(struct rnn_dataset *dataset)
{
    if (dataset->count < dataset->room)
        return 1;
    size_t room = dataset->room ? rnni_memory_multiply(2, dataset->room) : 64;
    struct rnni_sequence **list = rnni_memory_take(room, sizeof(struct rnni_sequence *));
    if (!list)
        return 0;
    if (dataset->count)
        memcpy(list, dataset->sequences, dataset->count * sizeof(struct rnni_sequence *));
    rnni_memory_release(dataset->sequences);
    dataset->sequences = list;
    dataset->room = room;
    return 1;
}

/* Puts a copy of `count` words of four bytes behind what is there. */
static const void *append(char **end, const void *from, size_t count)
{
    if (!from)
        return NULL;
    char *to = *end;
    memcpy(to, from, count * sizeof(float));
    *end += count * sizeof(float);
    return to;
}

static struct rnni_sequence *copy(const struct rnni_sequence *from, size_t inputs)
{
    size_t words = rnni_memory_multiply(from->steps, inputs ? inputs : 1);
    words = rnni_memory_add(words, rnni_memory_add(from->classes_count, from->values_count));
    struct rnni_sequence *made =
        rnni_memory_take(rnni_memory_add(sizeof *made, rnni_memory_multiply(words, sizeof(float))), 1);
    if (!made)
        return NULL;
    char *end = (char *)(made + 1);
    *made = *from;
    made->x = append(&end, from->x, from->steps * inputs);
    made->tokens = append(&end, from->tokens, from->steps);
    made->classes = append(&end, from->classes, from->classes_count);
    made->values = append(&end, from->values, from->values_count);
    return made;
}

int rnni_dataset_add(struct rnn_dataset *dataset, const struct rnni_sequence *sequence, size_t inputs)
{
    struct rnni_sequence *made = copy(sequence, inputs);
    if (!made || !make_room(dataset)) {
        rnni_memory_release(made);
        return 0;
    }
    if (!dataset->count) {
        dataset->inputs = inputs;
        dataset->has_values = sequence->values != NULL;
    }
    dataset->longest = made->steps > dataset->longest ? made->steps : dataset->longest;
    dataset->most = made->classes_count > dataset->most ? made->classes_count : dataset->most;
    dataset->sequences[dataset->count++] = made;
    return 1;
}
