#include "decoding/beam.h"

#include "base/memory.h"
#include "decoding/best.h"
#include "decoding/logits.h"
#include "math/vector.h"

#include <math.h>

struct search {
    const struct rnni_beam_search *wanted;
    struct rnni_prefixes prefixes;
    struct rnni_best beam; /* [width] continuations of this step */
    struct rnni_best done; /* [results] */
    float *logits;         /* [rows,C] */
    size_t rows;           /* hypotheses that are followed, likeliest first */
    int32_t *tokens;       /* [rows] what they read next */
    int32_t *parents;      /* [rows] their rows in the call before */
    int32_t *numbers;      /* [rows] what they are */
    double *log_p;         /* [rows] */
};

/* ---- one step ---------------------------------------------------------------------------------------------------- */

static int32_t ask(struct search *search, const char *function)
{
    const struct rnni_beam_search *wanted = search->wanted;
    size_t count = search->rows * wanted->classes;
    RNNI_TRY(wanted->next(wanted->user, search->logits, count, search->tokens, search->parents, search->rows));
    size_t bad = rnni_logits_find_bad(search->logits, count, 1);
    if (bad < count)
        return rnni_status_fail(NULL, RNN_E_VALUE,
                                "%s: next gave %g for token %zu of row %zu, expected a number below "
                                "infinity",
                                function, (double)search->logits[bad], bad % wanted->classes, bad / wanted->classes);
    return RNN_OK;
}

#define PIECE ((size_t)64) /* logits that are passed over at once */

/* Offers the continuations of one row of logits [C]. */
static void continue_row(struct search *search, const float *o, size_t row)
{
    size_t classes = search->wanted->classes;
    struct rnni_logits logits = rnni_logits_of(o, classes);
    double log_p = search->log_p[row];
    for (size_t first = 0; first < classes; first += PIECE) {
        size_t end = classes - first < PIECE ? classes : first + PIECE;
        float top = rnni_vector()->largest(o + first, end - first);
        if (log_p + rnni_logits_log_p(logits, top) < rnni_best_least(&search->beam))
            continue;
        for (size_t c = first; c < end; c++)
            rnni_best_offer(&search->beam, &search->prefixes,
                            (struct rnni_candidate){.score = log_p + rnni_logits_log_p(logits, o[c]),
                                                    .parent = search->numbers[row],
                                                    .label = (int32_t)c});
    }
}

static double divisor(const struct search *search, size_t n)
{
    return pow((5 + (double)n) / 6, search->wanted->penalty);
}

static void follow(struct search *search, const struct rnni_candidate *candidate)
{
    int32_t number = rnni_prefix_append(&search->prefixes, candidate->parent, candidate->label);
    size_t row = search->rows++;
    search->prefixes.all[number].place = (int32_t)row;
    search->parents[row] = search->prefixes.all[candidate->parent].place;
    search->tokens[row] = candidate->label;
    search->numbers[row] = number;
    search->log_p[row] = candidate->score;
}

/* The likeliest continuations, each n tokens long, are followed or done. */
static void sort_out(struct search *search, size_t n)
{
    double divided_by = divisor(search, n);
    rnni_best_sort(&search->beam, &search->prefixes);
    search->rows = 0;
    for (size_t i = 0; i < search->beam.count; i++) {
        struct rnni_candidate candidate = search->beam.of[i];
        if (candidate.label != search->wanted->end && n < search->wanted->steps) {
            follow(search, &candidate);
            continue;
        }
        candidate.score /= divided_by;
        rnni_best_offer(&search->done, &search->prefixes, candidate);
    }
    search->beam.count = 0;
}

/* A log probability only falls, so that no continuation has a better score than the likeliest hypothesis would have if
 * it went on to the last step without becoming less likely. */
static int is_decided(const struct search *search)
{
    return !search->rows || search->log_p[0] / divisor(search, search->wanted->steps) < rnni_best_least(&search->done);
}

/* ---- the search -------------------------------------------------------------------------------------------------- */

static void plan(struct search *search, struct rnni_arena *arena)
{
    const struct rnni_beam_search *wanted = search->wanted;
    size_t width = rnni_prefix_count(wanted->classes, wanted->steps, wanted->width);
    rnni_prefix_plan(&search->prefixes, arena, rnni_memory_multiply(width, wanted->steps), 0);
    rnni_best_plan(&search->beam, arena, width);
    rnni_best_plan(&search->done, arena, wanted->results);
    search->logits = rnni_arena_take(arena, rnni_memory_multiply(width, wanted->classes), sizeof *search->logits);
    search->tokens = rnni_arena_take(arena, width, sizeof *search->tokens);
    search->parents = rnni_arena_take(arena, width, sizeof *search->parents);
    search->numbers = rnni_arena_take(arena, width, sizeof *search->numbers);
    search->log_p = rnni_arena_take(arena, width, sizeof *search->log_p);
}

static int32_t run(struct search *search, const char *function)
{
    rnni_prefix_clear(&search->prefixes);
    search->prefixes.all[0].place = 0;
    search->rows = 1;
    search->tokens[0] = search->wanted->first;
    for (size_t n = 1; n <= search->wanted->steps; n++) {
        RNNI_TRY(ask(search, function));
        for (size_t row = 0; row < search->rows; row++)
            continue_row(search, search->logits + row * search->wanted->classes, row);
        sort_out(search, n);
        if (is_decided(search))
            break;
    }
    rnni_best_sort(&search->done, &search->prefixes);
    return RNN_OK;
}

int32_t rnni_beam_search(int32_t *tokens, int32_t *lengths, double *scores, const struct rnni_beam_search *wanted,
                         const char *function)
{
    struct rnni_arena arena = {NULL, 0};
    struct search search = {.wanted = wanted};
    plan(&search, &arena);
    char *block = rnni_memory_take(arena.used, 1);
    if (!block)
        return rnni_status_fail(NULL, RNN_E_MEMORY, "%s: no memory for %zu steps of %zu hypotheses (%zu bytes)",
                                function, wanted->steps, wanted->width, arena.used);
    arena = (struct rnni_arena){block, 0};
    plan(&search, &arena);
    int32_t status = run(&search, function);
    for (size_t i = 0; !status && i < wanted->results; i++)
        scores[i] =
            rnni_best_write(&search.done, &search.prefixes, i, tokens + i * wanted->steps, wanted->steps, &lengths[i]);
    rnni_memory_release(block);
    return status;
}
