#include "decoding/sample.h"

#include "base/assertion.h"
#include "base/memory.h"
#include "base/random.h"
#include "decoding/logits.h"

#include <math.h>

struct choice {
    double weight; /* what its probability is in proportion to */
    float logit;
    int32_t token;
};

/* Some choices of a row. */
struct choices {
    struct choice *of;
    size_t count;
};

/* ---- the likeliest ----------------------------------------------------------------------------------------------- */

static int is_before(const struct choice *a, const struct choice *b)
{
    return a->logit > b->logit || (!(a->logit < b->logit) && a->token < b->token);
}

static void sift_down(struct choices heap, size_t at)
{
    struct choice choice = heap.of[at];
    for (size_t child; (child = 2 * at + 1) < heap.count; at = child) {
        if (child + 1 < heap.count && is_before(&heap.of[child + 1], &heap.of[child]))
            child++;
        if (!is_before(&heap.of[child], &choice))
            break;
        heap.of[at] = heap.of[child];
    }
    heap.of[at] = choice;
}

static void make_heap(struct choices choices)
{
    for (size_t at = choices.count / 2; at-- > 0;)
        sift_down(choices, at);
}

/* Moves the likeliest of a heap behind the rest of it. */
static struct choice *move_likeliest(struct choices *heap)
{
    struct choice likeliest = heap->of[0];
    heap->of[0] = heap->of[--heap->count];
    heap->of[heap->count] = likeliest;
    if (heap->count)
        sift_down(*heap, 0);
    return &heap->of[heap->count];
}

static struct choices likeliest_of(struct choices choices, size_t count)
{
    struct choices heap = choices;
    make_heap(heap);
    while (choices.count - heap.count < count)
        move_likeliest(&heap);
    return (struct choices){heap.of + heap.count, count};
}

/* ---- probabilities ----------------------------------------------------------------------------------------------- */

static double sum_of(struct choices choices)
{
    double sum = 0;
    for (size_t i = 0; i < choices.count; i++)
        sum += choices.of[i].weight;
    return sum;
}

static void weigh(struct choices choices, float top, double temperature)
{
    for (size_t i = 0; i < choices.count; i++)
        choices.of[i].weight = exp(((double)choices.of[i].logit - (double)top) / temperature);
}

/* The fewest that have the share top_p of the sum of all. */
static struct choices nucleus_of(struct choices choices, double top_p)
{
    struct choices heap = choices;
    double wanted = top_p * sum_of(choices), sum = 0;
    make_heap(heap);
    while (heap.count && sum < wanted)
        sum += move_likeliest(&heap)->weight;
    return (struct choices){heap.of + heap.count, choices.count - heap.count};
}

/* The one in whose part of [0, sum) a random number falls; one without weight has no part. */
static int32_t draw(struct choices choices, struct rnni_random *random)
{
    double at = sum_of(choices) * ((rnni_random_uniform(random) + 1) / 2), sum = 0;
    int32_t token = 0;
    for (size_t i = 0; i < choices.count && sum <= at; i++) {
        sum += choices.of[i].weight;
        token = choices.of[i].weight > 0 ? choices.of[i].token : token;
    }
    return token;
}

static int32_t sample(struct choices choices, const float *o /* [C] */, const struct rnni_sampling *sampling,
                      struct rnni_random *random)
{
    float top = o[rnni_logits_likeliest(o, choices.count)];
    for (size_t c = 0; c < choices.count; c++)
        choices.of[c] = (struct choice){0, o[c], (int32_t)c};
    if (sampling->top_k)
        choices = likeliest_of(choices, sampling->top_k);
    weigh(choices, top, sampling->temperature);
    if (sampling->top_p < 1)
        choices = nucleus_of(choices, sampling->top_p);
    return draw(choices, random);
}

int rnni_sample(int32_t *tokens, const float *logits, size_t rows, size_t classes, struct rnni_sampling sampling,
                int64_t *random)
{
    RNNI_ASSERT(classes >= 1 && classes <= INT32_MAX);
    RNNI_ASSERT(sampling.temperature >= 0 && sampling.top_p > 0 && sampling.top_p <= 1 && sampling.top_k < classes);
    int greedy = !(sampling.temperature > 0);
    struct choices choices = {greedy ? NULL : rnni_memory_take(classes, sizeof *choices.of), classes};
    struct rnni_random state = {(uint64_t)*random};
    if (!greedy && !choices.of)
        return 1;
    for (size_t b = 0; b < rows; b++) {
        const float *o = logits + b * classes; /* [C] */
        tokens[b] = greedy ? rnni_logits_likeliest(o, classes) : sample(choices, o, &sampling, &state);
    }
    *random = (int64_t)state.state;
    rnni_memory_release(choices.of);
    return 0;
}
