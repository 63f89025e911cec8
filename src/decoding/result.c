#include "decoding/result.h"

#include "base/assertion.h"

void rnni_result_clear(struct rnni_results *results)
{
    results->sequences = results->count = results->tokens_count = 0;
}

void rnni_result_release(struct rnni_results *results)
{
    rnni_memory_release(results->ends.data);
    rnni_memory_release(results->of.data);
    rnni_memory_release(results->tokens.data);
    rnni_memory_release(results->steps.data);
    rnni_memory_release(results->scores.data);
}

/* Room for `more` elements behind the `count` that a block holds. */
static int extend(struct rnni_block *block, size_t count, size_t more, size_t size)
{
    return rnni_block_grow(block, rnni_memory_add(count, more), size, count * size);
}

static struct rnni_result_view view_of(const struct rnni_results *results, const struct rnni_result *result)
{
    if (!result->count)
        return (struct rnni_result_view){NULL, NULL, NULL, 0};
    return (struct rnni_result_view){(int32_t *)results->tokens.data + result->first,
                                     (int32_t *)results->steps.data + result->first,
                                     (float *)results->scores.data + result->first, result->count};
}

int rnni_result_add(struct rnni_results *results, struct rnni_result_view *view, size_t count, double score)
{
    size_t used = results->tokens_count;
    if (!extend(&results->of, results->count, 1, sizeof(struct rnni_result)) ||
        !extend(&results->tokens, used, count, sizeof(int32_t)) ||
        !extend(&results->steps, used, count, sizeof(int32_t)) || !extend(&results->scores, used, count, sizeof(float)))
        return 0;
    struct rnni_result *result = (struct rnni_result *)results->of.data + results->count++;
    *result = (struct rnni_result){used, count, score};
    results->tokens_count += count;
    *view = view_of(results, result);
    return 1;
}

void rnni_result_shorten(struct rnni_results *results, size_t count, double score)
{
    RNNI_ASSERT(results->count >= 1);
    struct rnni_result *result = (struct rnni_result *)results->of.data + results->count - 1;
    RNNI_ASSERT(count <= result->count);
    results->tokens_count -= result->count - count;
    result->count = count;
    result->score = score;
}

int rnni_result_end_sequence(struct rnni_results *results)
{
    if (!extend(&results->ends, results->sequences, 1, sizeof(size_t)))
        return 0;
    ((size_t *)results->ends.data)[results->sequences++] = results->count;
    return 1;
}

static size_t first_of(const struct rnni_results *results, size_t sequence)
{
    return sequence ? ((const size_t *)results->ends.data)[sequence - 1] : 0;
}

size_t rnni_result_count(const struct rnni_results *results, size_t sequence)
{
    RNNI_ASSERT(sequence < results->sequences);
    return ((const size_t *)results->ends.data)[sequence] - first_of(results, sequence);
}

struct rnni_result_view rnni_result_get(const struct rnni_results *results, double *score, size_t sequence, size_t rank)
{
    RNNI_ASSERT(rank < rnni_result_count(results, sequence));
    const struct rnni_result *result =
        (const struct rnni_result *)results->of.data + first_of(results, sequence) + rank;
    *score = result->score;
    return view_of(results, result);
}

void rnni_result_place_steps(struct rnni_results *results, const int32_t *places)
{
    double ignored;
    for (size_t b = 0; b < results->sequences; b++)
        for (size_t rank = 0; rank < rnni_result_count(results, b); rank++) {
            struct rnni_result_view view = rnni_result_get(results, &ignored, b, rank);
            for (size_t i = 0; i < view.count; i++)
                view.steps[i] = places[(size_t)view.steps[i] * results->sequences + b];
        }
}
