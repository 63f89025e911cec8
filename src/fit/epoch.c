/* The order of the sequences in an epoch, and how large its batches become. */
#include "base/assertion.h"
#include "fit/trainer.h"

#include "base/memory.h"
#include "base/random.h"

uint64_t rnni_epoch_seed(const struct rnn_trainer *trainer)
{
    return rnni_random_mix((uint64_t)trainer->options.seed) ^ rnni_random_mix((uint64_t)trainer->options.epoch + 1);
}

/* ---- order ------------------------------------------------------------------------------------------------------- */

static void swap(size_t *a, size_t *b)
{
    size_t was = *a;
    *a = *b;
    *b = was;
}

/* One of `count`. */
static size_t draw(struct rnni_random *random, size_t count)
{
    return (size_t)((rnni_random_uniform(random) + 1) / 2 * (double)count);
}

static void shuffle(size_t *order, size_t count, struct rnni_random *random)
{
    for (size_t i = count - 1; i > 0; i--) /* Fisher and Yates */
        swap(&order[i], &order[draw(random, i + 1)]);
}

/* ---- buckets ----------------------------------------------------------------------------------------------------- */

/* By what sequences are sorted: length, and where that is equal a random number, or with `keeps` their number. */
struct keys {
    const struct rnn_dataset *dataset;
    uint64_t seed;
    int keeps;
};

static int is_before(const struct keys *keys, size_t a, size_t b)
{
    size_t length_a = keys->dataset->sequences[a].length, length_b = keys->dataset->sequences[b].length;
    if (length_a != length_b)
        return length_a < length_b;
    if (keys->keeps)
        return a < b;
    return rnni_random_mix(keys->seed ^ a) < rnni_random_mix(keys->seed ^ b);
}

/* Restores the heap, with the last in front, below `at`. */
static void sift(size_t *order, size_t count, size_t at, const struct keys *keys)
{
    for (size_t child = 2 * at + 1; child < count; at = child, child = 2 * at + 1) {
        if (child + 1 < count && is_before(keys, order[child], order[child + 1]))
            child++;
        if (!is_before(keys, order[at], order[child]))
            return;
        swap(&order[at], &order[child]);
    }
}

/* Heapsort: it needs no room. */
static void sort(size_t *order, size_t count, const struct keys *keys)
{
    for (size_t i = count / 2; i-- > 0;)
        sift(order, count, i, keys);
    for (size_t end = count; end-- > 1;) {
        swap(&order[0], &order[end]);
        sift(order, end, 0, keys);
    }
}

/* Exchanges whole batches; a smaller one at the end stays there. */
static void shuffle_batches(size_t *order, size_t count, size_t batch, struct rnni_random *random)
{
    for (size_t i = count / batch; i > 1; i--) {
        size_t other = draw(random, i);
        for (size_t b = 0; b < batch && other != i - 1; b++)
            swap(&order[(i - 1) * batch + b], &order[other * batch + b]);
    }
}

static void sort_buckets(struct rnn_trainer *trainer, const struct rnn_dataset *dataset, struct rnni_random *random)
{
    const struct rnni_trainer_options *o = &trainer->options;
    size_t count = dataset->count, window = rnni_memory_multiply((size_t)o->buckets, (size_t)o->batch_size);
    struct keys keys = {dataset, rnni_random_mix(rnni_epoch_seed(trainer)), !o->shuffle};
    for (size_t first = 0; first < count; first += window) {
        size_t left = count - first;
        sort(trainer->order + first, left < window ? left : window, &keys);
        if (left <= window)
            break;
    }
    if (o->shuffle)
        shuffle_batches(trainer->order, count, (size_t)o->batch_size, random);
}

void rnni_epoch_set_order(struct rnn_trainer *trainer, const struct rnn_dataset *dataset)
{
    RNNI_ASSERT(trainer->order && dataset->count);
    struct rnni_random random = {rnni_epoch_seed(trainer)};
    for (size_t i = 0; i < dataset->count; i++)
        trainer->order[i] = i;
    if (trainer->options.shuffle)
        shuffle(trainer->order, dataset->count, &random);
    if (trainer->options.buckets)
        sort_buckets(trainer, dataset, &random);
}

/* ---- size -------------------------------------------------------------------------------------------------------- */

static size_t steps_of(const struct rnn_dataset *dataset, size_t i, size_t most)
{
    size_t steps = dataset->sequences[i].length;
    return steps < most ? steps : most;
}

static size_t count_from(const struct rnn_dataset *dataset, size_t steps)
{
    size_t count = 0;
    for (size_t i = 0; i < dataset->count; i++)
        count += dataset->sequences[i].length >= steps;
    return count;
}

/* The steps of the longest `batch` sequences, of which none has more than `most`: no batch of any order has more. */
static size_t rows_of(const struct rnn_dataset *dataset, size_t most, size_t batch)
{
    size_t low = 1, high = most, longer = 0, rows = 0;
    while (low < high) { /* the largest number of steps that `batch` sequences have */
        size_t middle = low + (high - low + 1) / 2;
        if (count_from(dataset, middle) >= batch)
            low = middle;
        else
            high = middle - 1;
    }
    for (size_t i = 0; i < dataset->count; i++)
        if (steps_of(dataset, i, most) > low) {
            longer++;
            rows = rnni_memory_add(rows, steps_of(dataset, i, most));
        }
    return rnni_memory_add(rows, rnni_memory_multiply(batch - longer, low));
}

struct rnni_epoch_size rnni_epoch_size(const struct rnn_trainer *trainer, const struct rnn_dataset *dataset)
{
    size_t most = (size_t)trainer->options.batch_size, batch = dataset->count < most ? dataset->count : most;
    struct rnni_epoch_size size = {rnni_batch_steps(trainer, dataset), batch, 0, 0};
    if (dataset->source) {
        size.rows = rnni_memory_multiply(size.steps, batch);
        return size;
    }
    for (size_t i = 0; i < dataset->count; i++)
        if (rnni_dataset_most_steps(dataset, i) > rnni_dataset_most_steps(dataset, size.longest))
            size.longest = i;
    size.rows = dataset->transform ? rnni_memory_multiply(size.steps, batch) : rows_of(dataset, size.steps, batch);
    return size;
}
