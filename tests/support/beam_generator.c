#include "support/beam_generator.h"

#include <string.h>

void hashed_logits(struct beam_generator *generator, float *logits, const struct history *history)
{
    uint64_t state = generator->seed;
    for (size_t i = 0; i < history->length; i++) {
        state += 1 + (uint64_t)history->tokens[i];
        uniform(&state);
    }
    for (size_t c = 0; c < generator->classes; c++)
        logits[c] = (float)(2 * uniform(&state));
    if (generator->end >= 0)
        logits[generator->end] += (float)generator->end_bias;
}

int32_t beam_generator_next(void *user, float *logits, size_t logits_count, const int32_t *tokens,
                            const int32_t *parents, size_t rows)
{
    static struct history before[MOST];
    struct beam_generator *generator = user;
    memcpy(before, generator->history, sizeof before);
    assert_int_equal(logits_count, rows * generator->classes);
    assert_true(rows >= 1 && rows <= (generator->calls ? generator->width : 1));
    for (size_t i = 0; i < rows; i++) {
        assert_true(parents[i] >= 0 && (size_t)parents[i] < generator->rows);
        assert_true(tokens[i] >= 0 && (size_t)tokens[i] < generator->classes &&
                    (!generator->calls || tokens[i] != generator->end));
        generator->history[i] = before[parents[i]];
        generator->history[i].tokens[generator->history[i].length++] = tokens[i];
        assert_int_equal(generator->history[i].length, generator->calls + 1);
        assert_int_equal(generator->history[i].tokens[0], generator->first);
        generator->logits_of(generator, logits + i * generator->classes, &generator->history[i]);
    }
    generator->rows = rows;
    if (++generator->calls != generator->stop_at)
        return 0;
    logits[logits_count - 1] = generator->stop_with ? 0 : generator->wrong;
    return generator->stop_with;
}

void beam_generator_begin(struct beam_generator *generator)
{
    generator->calls = 0;
    generator->rows = 1;
    generator->history[0].length = 0;
}

struct beam_generator beam_generator_of(size_t classes, size_t steps, int32_t end, double penalty, uint64_t seed)
{
    return (struct beam_generator){.classes = classes,
                                   .steps = steps,
                                   .width = MOST,
                                   .results = 1,
                                   .end = end,
                                   .penalty = penalty,
                                   .seed = seed,
                                   .first = (int32_t)(seed % classes),
                                   .logits_of = hashed_logits};
}

struct decoder_beam beam_generator_beam(const struct beam_generator *generator)
{
    return (struct decoder_beam){.start = generator->first,
                                 .end = generator->end,
                                 .minimum = generator->minimum,
                                 .steps = generator->steps,
                                 .classes = generator->classes,
                                 .width = generator->width,
                                 .results = generator->results,
                                 .penalty = generator->penalty};
}
