/* The scores of hypotheses of prefix beam search: slots of a search, and rows of a call of the scorer. */
#include "base/assertion.h"
#include "decoding/ctc_search.h"

#include <math.h>
#include <string.h>

static void use(struct rnni_ctc_search *search, int32_t slot)
{
    if (slot != RNNI_NOWHERE)
        ((uint8_t *)search->used.data)[slot] = 1;
}

/* A slot is free if none of the beam, of those that the new ones continue and of the saved beam is there: those are at
 * most 3 * width, with the new ones. */
static int find_used(struct rnni_ctc_search *search)
{
    size_t slots = 3 * search->beam.room, classes = search->rules->classes, old = search->slots;
    if (!rnni_block_grow(&search->used, slots, 1, 0) ||
        !rnni_block_grow(&search->gains, slots, sizeof(double), old * sizeof(double)) ||
        !rnni_block_grow(&search->scores, rnni_memory_multiply(slots, classes), sizeof(float),
                         old * classes * sizeof(float)))
        return 0;
    search->slots = slots;
    memset(search->used.data, 0, slots);
    for (size_t i = 0; i < search->beam.count; i++) {
        const struct rnni_candidate *c = &search->beam.of[i];
        use(search, c->slot != RNNI_NOWHERE ? c->slot : c->from_slot);
    }
    for (size_t i = 0; i < search->saved.count; i++)
        use(search, search->saved.of[i].slot);
    return 1;
}

static int has_new(const struct rnni_ctc_search *search)
{
    size_t i = 0;
    while (i < search->beam.count && search->beam.of[i].slot != RNNI_NOWHERE)
        i++;
    return i < search->beam.count;
}

int rnni_ctc_scores_ask(struct rnni_ctc_search *search, size_t first)
{
    struct rnni_scorer *scorer = search->rules->scorer;
    size_t slot = 0;
    if (!has_new(search))
        return 0;
    if (!find_used(search))
        return 1;
    for (size_t i = 0; i < search->beam.count; i++) {
        struct rnni_candidate *c = &search->beam.of[i];
        if (c->slot != RNNI_NOWHERE)
            continue;
        while (((const uint8_t *)search->used.data)[slot])
            slot++;
        RNNI_ASSERT(slot < search->slots);
        c->slot = (int32_t)slot++;
        if (!rnni_scorer_add(scorer, (int32_t)first + c->slot, c->number ? c->label : search->rules->blank,
                             c->number ? (int32_t)first + c->from_slot : RNNI_NOWHERE))
            return 1;
    }
    return 0;
}

void rnni_ctc_scores_take(struct rnni_ctc_search *search, size_t first, size_t *row)
{
    const struct rnni_scorer *scorer = search->rules->scorer;
    size_t classes = scorer->classes;
    const int32_t *slots = scorer->slots.data;
    for (; *row < scorer->rows && (size_t)slots[*row] >= first && (size_t)slots[*row] - first < search->slots; ++*row) {
        const float *scores = (const float *)scorer->scores.data + *row * classes; /* [C] */
        size_t slot = (size_t)slots[*row] - first;
        double largest = -HUGE_VAL;
        for (size_t c = 0; c < classes; c++) {
            double of_label = rnni_scorer_gain(scorer, scores[c]);
            largest = of_label > largest && c != (size_t)search->rules->blank ? of_label : largest;
        }
        memcpy((float *)search->scores.data + slot * classes, scores, classes * sizeof *scores);
        ((double *)search->gains.data)[slot] = largest;
    }
}
