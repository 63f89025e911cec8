#include "toy.h"

#include <string.h>

void hashed_logits(struct toy *toy, float *logits, const struct history *history)
{
    uint64_t state = toy->seed;
    for (size_t i = 0; i < history->length; i++) {
        state += 1 + (uint64_t)history->tokens[i];
        uniform(&state);
    }
    for (size_t c = 0; c < toy->classes; c++)
        logits[c] = (float)(2 * uniform(&state));
    if (toy->end >= 0)
        logits[toy->end] += (float)toy->end_bias;
}

int32_t next(void *user, float *logits, size_t logits_count, const int32_t *tokens, const int32_t *parents, size_t rows)
{
    static struct history before[MOST];
    struct toy *toy = user;
    memcpy(before, toy->history, sizeof before);
    assert_int_equal(logits_count, rows * toy->classes);
    assert_true(rows >= 1 && rows <= (toy->calls ? toy->width : 1));
    for (size_t i = 0; i < rows; i++) {
        assert_true(parents[i] >= 0 && (size_t)parents[i] < toy->rows);
        assert_true(tokens[i] >= 0 && (size_t)tokens[i] < toy->classes && (!toy->calls || tokens[i] != toy->end));
        toy->history[i] = before[parents[i]];
        toy->history[i].tokens[toy->history[i].length++] = tokens[i];
        assert_int_equal(toy->history[i].length, toy->calls + 1);
        assert_int_equal(toy->history[i].tokens[0], toy->first);
        toy->logits_of(toy, logits + i * toy->classes, &toy->history[i]);
    }
    toy->rows = rows;
    if (++toy->calls != toy->stop_at)
        return 0;
    logits[logits_count - 1] = toy->stop_with ? 0 : toy->wrong;
    return toy->stop_with;
}

void toy_begin(struct toy *toy)
{
    toy->calls = 0;
    toy->rows = 1;
    toy->history[0].length = 0;
}

struct toy toy_of(size_t classes, size_t steps, int32_t end, double penalty, uint64_t seed)
{
    return (struct toy){.classes = classes,
                        .steps = steps,
                        .width = MOST,
                        .results = 1,
                        .end = end,
                        .penalty = penalty,
                        .seed = seed,
                        .first = (int32_t)(seed % classes),
                        .logits_of = hashed_logits};
}

struct decoder_beam toy_beam(const struct toy *toy)
{
    return (struct decoder_beam){.start = toy->first,
                                 .end = toy->end,
                                 .minimum = toy->minimum,
                                 .steps = toy->steps,
                                 .classes = toy->classes,
                                 .width = toy->width,
                                 .results = toy->results,
                                 .penalty = toy->penalty};
}
