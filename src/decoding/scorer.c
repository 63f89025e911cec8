#include "decoding/scorer.h"

#include "decoding/logits.h"

void rnni_scorer_release(struct rnni_scorer *scorer)
{
    struct rnni_block *blocks[] = {&scorer->slots, &scorer->labels, &scorer->parents, &scorer->scores};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) {
        rnni_memory_release(blocks[i]->data);
        *blocks[i] = (struct rnni_block){NULL, 0};
    }
}

int rnni_scorer_add(struct rnni_scorer *scorer, int32_t slot, int32_t label, int32_t parent)
{
    struct rnni_block *blocks[] = {&scorer->slots, &scorer->labels, &scorer->parents};
    int32_t values[] = {slot, label, parent};
    size_t used = scorer->rows * sizeof *values;
    for (size_t i = 0; i < 3; i++) {
        if (!rnni_block_grow(blocks[i], scorer->rows + 1, sizeof *values, used))
            return 0;
        ((int32_t *)blocks[i]->data)[scorer->rows] = values[i];
    }
    scorer->rows++;
    return 1;
}

int32_t rnni_scorer_ask(struct rnni_scorer *scorer)
{
    size_t rows = scorer->rows, classes = scorer->classes, count = rnni_memory_multiply(rows, classes);
    if (!rows)
        return RNN_OK;
    if (!rnni_block_grow(&scorer->scores, count, sizeof(float), 0))
        return rnni_status_fail(scorer->message, RNN_E_MEMORY, "%s: out of memory for scores of %zu rows of %zu labels",
                                scorer->function, rows, classes);
    float *scores = scorer->scores.data;
    RNNI_TRY(
        scorer->call(scorer->user, scores, count, scorer->slots.data, scorer->labels.data, scorer->parents.data, rows));
    size_t bad = rnni_logits_find_bad(scores, count, 1);
    if (bad < count)
        return rnni_status_fail(scorer->message, RNN_E_VALUE,
                                "%s: the scorer gave %g for label %zu of row %zu, expected a number below infinity",
                                scorer->function, (double)scores[bad], bad % classes, bad / classes);
    return RNN_OK;
}
