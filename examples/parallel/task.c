/* The sequences: tokens at random, and at each step the token of DELAY steps ago is asked for. */
#include "parallel.h"
#include "random.h"

#include <stdlib.h>

part part_create(size_t steps, size_t batch)
{
    return (part){.tokens = allocate(steps * batch, sizeof(int32_t)),
                  .targets = allocate(steps * batch, sizeof(int32_t)),
                  .lengths = allocate(batch, sizeof(int32_t)),
                  .steps = steps,
                  .batch = batch};
}

void part_release(part *p)
{
    free(p->tokens);
    free(p->targets);
    free(p->lengths);
}

/* Where the random numbers of a sequence come from.  The factor keeps apart what belongs to neighbouring seeds. */
static uint64_t sequence_state(uint64_t seed, uint64_t sequence)
{
    return seed * 0xd1342543de82ef95u + sequence;
}

/* The first thing that is drawn of a sequence: half of the steps, or more. */
static size_t draw_length(uint64_t *state, size_t steps)
{
    size_t least = (steps + 1) / 2;

    return least + (size_t)(uniform(state) * (double)(steps - least + 1));
}

static void draw_sequence(part *p, size_t column, uint64_t state)
{
    size_t length = draw_length(&state, p->steps);

    p->lengths[column] = (int32_t)length;
    for (size_t t = 0; t < length; t++) {
        size_t at = t * p->batch + column;
        p->tokens[at] = (int32_t)(uniform(&state) * TOKENS);
        p->targets[at] = t < DELAY ? 0 : p->tokens[at - DELAY * p->batch];
    }
}

void part_draw(part *p, uint64_t seed, uint64_t first)
{
    for (size_t b = 0; b < p->batch; b++)
        draw_sequence(p, b, sequence_state(seed, first + b));
}

size_t task_steps(uint64_t seed, uint64_t first, size_t count, size_t steps)
{
    size_t sum = 0;

    for (size_t i = 0; i < count; i++) {
        uint64_t state = sequence_state(seed, first + i);
        sum += draw_length(&state, steps);
    }
    return sum;
}
