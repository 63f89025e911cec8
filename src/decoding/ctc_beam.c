/* Prefix beam searches of several sequences.  With a scorer they take each step together, so that it is called once for
 * all of them. */
#include "decoding/ctc_decoding.h"

#include "base/memory.h"

static int32_t fail_memory(const struct rnni_scorer *scorer, size_t sequences)
{
    return rnni_status_fail(scorer->message, RNN_E_MEMORY, "%s: out of memory for the beams of %zu sequences",
                            scorer->function, sequences);
}

/* ---- scores ------------------------------------------------------------------------------------------------------ */

/* Scores the new hypotheses of all sequences. */
static int32_t score(struct rnni_ctc_search *searches, size_t count)
{
    struct rnni_scorer *scorer = searches[0].rules->scorer;
    size_t slots = 3 * searches[0].rules->width, row = 0;
    if (!scorer->call)
        return RNN_OK;
    scorer->rows = 0;
    for (size_t i = 0; i < count; i++)
        if (rnni_ctc_scores_ask(&searches[i], i * slots))
            return fail_memory(scorer, count);
    RNNI_TRY(rnni_scorer_ask(scorer));
    for (size_t i = 0; i < count; i++)
        rnni_ctc_scores_take(&searches[i], i * slots, &row);
    RNNI_ASSERT(row == scorer->rows);
    return RNN_OK;
}

int32_t rnni_ctc_beam_begin(struct rnni_ctc_search *searches, const struct rnni_ctc_rules *rules, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (rnni_ctc_search_begin(&searches[i], rules))
            return fail_memory(rules->scorer, count);
    return score(searches, count);
}

int32_t rnni_ctc_beam_run(struct rnni_ctc_search *searches, const struct rnni_ctc_input *input, size_t first,
                          size_t count)
{
    for (size_t t = 0; t < input->steps; t++) {
        for (size_t i = 0; i < count; i++)
            if (t < rnni_ctc_decoding_length(input, first + i) &&
                rnni_ctc_search_step(&searches[i], rnni_ctc_decoding_row(input, t, first + i)))
                return fail_memory(searches[i].rules->scorer, input->batch);
        RNNI_TRY(score(searches, count));
    }
    return RNN_OK;
}

/* ---- whole sequences --------------------------------------------------------------------------------------------- */

/* Adds the results of a sequence.  Other than 0: out of memory. */
static int finish(struct rnni_ctc_search *search, struct rnni_results *found, const struct rnni_ctc_input *input,
                  size_t sequence, struct rnni_block *scratch)
{
    double ignored;
    if (rnni_ctc_search_results(search, found))
        return 1;
    for (size_t rank = 0; rank < rnni_result_count(found, sequence); rank++) {
        struct rnni_result_view view = rnni_result_get(found, &ignored, sequence, rank);
        if (rnni_ctc_align(&view, input, search->rows.data, sequence, scratch))
            return 1;
    }
    return 0;
}

/* The sequences first .. first + count - 1. */
static int32_t search_some(struct rnni_ctc_search *searches, struct rnni_results *found,
                           const struct rnni_ctc_input *input, const struct rnni_ctc_rules *rules, size_t first,
                           size_t count)
{
    struct rnni_block scratch = {NULL, 0};
    int32_t status = rnni_ctc_beam_begin(searches, rules, count);
    if (!status)
        status = rnni_ctc_beam_run(searches, input, first, count);
    for (size_t i = 0; i < count && !status; i++)
        if (finish(&searches[i], found, input, first + i, &scratch))
            status = fail_memory(rules->scorer, input->batch);
    rnni_memory_release(scratch.data);
    return status;
}

int32_t rnni_ctc_beam_search(struct rnni_results *found, const struct rnni_ctc_input *input,
                             const struct rnni_ctc_rules *rules)
{
    size_t together = rules->scorer->call ? input->batch : 1;
    struct rnni_ctc_search *searches = rnni_memory_take(together, sizeof *searches);
    int32_t status = RNN_OK;
    if (!searches)
        return fail_memory(rules->scorer, input->batch);
    for (size_t first = 0; first < input->batch && !status; first += together)
        status = search_some(searches, found, input, rules, first, together);
    for (size_t i = 0; i < together; i++)
        rnni_ctc_search_release(&searches[i]);
    rnni_memory_release(searches);
    return status;
}
