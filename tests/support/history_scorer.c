#include "support/history_scorer.h"

#include <math.h>

double history_scorer_score(const struct history_scorer *scorer, const struct scorer_history *history, int32_t label)
{
    uint64_t state = scorer->seed;
    for (int32_t i = 0; i < history->length; i++) {
        state += 1 + (uint64_t)history->labels[i];
        uniform(&state);
    }
    state += (uint64_t)label;
    double drawn = uniform(&state);
    return uniform(&state) + 1 < 2 * scorer->forbidden ? -HUGE_VAL : (double)(float)(scorer->scale * drawn);
}

double history_scorer_sum(const struct history_scorer *scorer, const int32_t *labels, size_t count, int32_t end)
{
    struct scorer_history history = {{scorer->begin}, 1};
    double sum = 0;
    for (size_t i = 0; i < count; i++) {
        sum += history_scorer_score(scorer, &history, labels[i]);
        history.labels[history.length++] = labels[i];
    }
    return end == -1 ? sum : sum + history_scorer_score(scorer, &history, end);
}

int32_t history_scorer_call(void *user, float *scores, size_t scores_count, const int32_t *slots, const int32_t *labels,
                            const int32_t *parents, size_t rows)
{
    struct history_scorer *scorer = user;
    assert_true(rows >= 1 && scores_count == rows * scorer->classes);
    for (size_t i = 0; i < rows; i++)
        for (size_t k = 0; k < rows; k++)
            assert_true(slots[i] != parents[k] && (i == k || slots[i] != slots[k]));
    for (size_t i = 0; i < rows; i++) {
        assert_true(slots[i] >= 0 && (size_t)slots[i] < scorer->slots && scorer->slots <= SCORER_SLOTS);
        assert_true(labels[i] >= 0 && (size_t)labels[i] < scorer->classes);
        struct scorer_history *history = &scorer->history[slots[i]];
        *history = (struct scorer_history){.length = 0};
        if (parents[i] == -1) {
            assert_int_equal(labels[i], scorer->begin);
        } else {
            assert_true(parents[i] >= 0 && (size_t)parents[i] < scorer->slots && scorer->history[parents[i]].length);
            *history = scorer->history[parents[i]];
        }
        assert_true(history->length < SCORER_LABELS);
        history->labels[history->length++] = labels[i];
        for (size_t c = 0; c < scorer->classes; c++)
            scores[i * scorer->classes + c] = (float)history_scorer_score(scorer, history, (int32_t)c);
    }
    scorer->rows += rows;
    if (++scorer->calls != scorer->stop_at)
        return 0;
    scores[scores_count - 1] = scorer->stop_with ? 0 : scorer->wrong;
    return scorer->stop_with;
}
