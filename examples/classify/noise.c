/* The noise of an epoch: a network that never reads the same twice learns what stays the same. */
#include "classify.h"
#include "random.h"

#include <string.h>

/* A copy of a name in which some bytes are unknown; so that token is learnt, too. */
static sequence forget_tokens(const sequence *original, double probability, uint64_t *random)
{
    sequence s = {.steps = original->steps, .label_count = original->label_count};

    s.tokens = allocate(s.steps, sizeof *s.tokens);
    s.labels = allocate(s.label_count, sizeof *s.labels);
    memcpy(s.labels, original->labels, s.label_count * sizeof *s.labels);
    for (size_t t = 0; t < s.steps; t++)
        s.tokens[t] = uniform(random) < probability ? UNKNOWN : original->tokens[t];
    return s;
}

const sequence_list *noise_draw(void *user, int64_t epoch)
{
    noise *n = user;

    (void)epoch;
    if (n->strength == 0)
        return n->clean;
    sequences_release(&n->noisy);
    n->noisy.inputs = n->clean->inputs;
    for (size_t i = 0; i < n->clean->count; i++) {
        const sequence *s = &n->clean->items[i];
        sequences_add(&n->noisy, s->x ? sequence_noisy(s, n->clean->inputs, n->strength, &n->random)
                                      : forget_tokens(s, n->strength, &n->random));
    }
    return &n->noisy;
}
