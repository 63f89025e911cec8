#include "decoding/beam.h"

#include "base/assertion.h"
#include "base/memory.h"
#include "decoding/best.h"
#include "decoding/logits.h"
#include "math/softmax.h"

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
    double *log_p;         /* [rows] with what the scorer adds */
    float *scores;         /* [prefixes] of the last token of each */
};

/* ---- one step ---------------------------------------------------------------------------------------------------- */

static int32_t ask(struct search *search)
{
    const struct rnni_beam_search *wanted = search->wanted;
    size_t count = search->rows * wanted->classes;
    RNNI_TRY(wanted->generator(wanted->user, search->logits, count, search->tokens, search->parents, search->rows));
    size_t bad = rnni_logits_find_bad(search->logits, count, 1);
    if (bad < count)
        return rnni_status_fail(wanted->message, RNN_E_VALUE,
                                "%s: the generator gave %g for token %zu of row %zu, expected a number "
                                "below infinity",
                                wanted->function, (double)search->logits[bad], bad % wanted->classes,
                                bad / wanted->classes);
    return RNN_OK;
}

/* Row i of step n has slot i or, at odd steps, i behind those of the width: its parent has the other one. */
static int32_t ask_scorer(struct search *search, size_t n)
{
    const struct rnni_beam_search *wanted = search->wanted;
    struct rnni_scorer *scorer = wanted->scorer;
    size_t first = n % 2 * wanted->width, before = wanted->width - first;
    if (!scorer->call)
        return RNN_OK;
    scorer->rows = 0;
    for (size_t row = 0; row < search->rows; row++)
        if (!rnni_scorer_add(scorer, (int32_t)(first + row), search->tokens[row],
                             n == 1 ? RNNI_NOWHERE : (int32_t)before + search->parents[row]))
            return rnni_status_fail(wanted->message, RNN_E_MEMORY, "%s: out of memory for %zu rows of the scorer",
                                    wanted->function, search->rows);
    return rnni_scorer_ask(scorer);
}

/* What token c of a row adds beside its log probability, and the most that any token adds. */
static double gain(const struct search *search, size_t row, size_t c)
{
    const struct rnni_scorer *scorer = search->wanted->scorer;
    return scorer->call ? rnni_scorer_gain(scorer, ((const float *)scorer->scores.data)[row * scorer->classes + c])
                        : scorer->bonus;
}

static double largest_gain(const struct search *search, size_t row)
{
    const struct rnni_scorer *scorer = search->wanted->scorer;
    if (!scorer->call)
        return scorer->bonus;
    const float *scores = (const float *)scorer->scores.data + row * scorer->classes; /* [C] */
    return rnni_scorer_gain(scorer, rnni_softmax()->largest(scores, scorer->classes));
}

#define PIECE ((size_t)64) /* logits that are passed over at once */

/* Offers the continuations of one row of logits [C] as n-th token. */
static void continue_row(struct search *search, const float *o, size_t row, size_t n)
{
    size_t classes = search->wanted->classes;
    int32_t forbidden = n <= search->wanted->minimum ? search->wanted->end : RNNI_NOWHERE;
    struct rnni_logits logits = rnni_logits_of(o, classes);
    double log_p = search->log_p[row], most = largest_gain(search, row);
    for (size_t first = 0; first < classes; first += PIECE) {
        size_t end = classes - first < PIECE ? classes : first + PIECE;
        float top = rnni_softmax()->largest(o + first, end - first);
        if (log_p + rnni_logits_log_p(logits, top) + most < rnni_best_least(&search->beam))
            continue;
        for (size_t c = first; c < end; c++) {
            double alone = rnni_logits_log_p(logits, o[c]);
            if ((int32_t)c != forbidden)
                rnni_best_offer(&search->beam, &search->prefixes,
                                (struct rnni_candidate){.score = log_p + alone + gain(search, row, c),
                                                        .in_label = alone,
                                                        .parent = search->numbers[row],
                                                        .label = (int32_t)c});
        }
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
    search->scores[number] = rnni_logits_score(candidate->in_label);
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

/* A log probability only falls, so that no continuation has a better score than the best hypothesis would have if it
 * went on to the last step with nothing but the bonus.  What a scorer adds has no such limit. */
static int is_decided(const struct search *search, size_t n)
{
    const struct rnni_beam_search *wanted = search->wanted;
    if (!search->rows || wanted->scorer->call)
        return !search->rows;
    double bonus = wanted->scorer->bonus, most = search->log_p[0];
    most += bonus > 0 ? bonus * (double)(wanted->steps - n) : 0;
    return most / divisor(search, most > 0 ? n + 1 : wanted->steps) < rnni_best_least(&search->done);
}

/* ---- the search -------------------------------------------------------------------------------------------------- */

static void plan(struct search *search, struct rnni_arena *arena)
{
    const struct rnni_beam_search *wanted = search->wanted;
    size_t width = rnni_prefix_count(wanted->classes, wanted->steps, wanted->width);
    rnni_prefix_plan(&search->prefixes, arena, rnni_memory_multiply(width, wanted->steps), 0);
    rnni_best_plan(&search->beam, arena, width);
    rnni_best_plan(&search->done, arena, rnni_prefix_count(wanted->classes, wanted->steps, wanted->results));
    search->logits = rnni_arena_take(arena, rnni_memory_multiply(width, wanted->classes), sizeof *search->logits);
    search->tokens = rnni_arena_take(arena, width, sizeof *search->tokens);
    search->parents = rnni_arena_take(arena, width, sizeof *search->parents);
    search->numbers = rnni_arena_take(arena, width, sizeof *search->numbers);
    search->log_p = rnni_arena_take(arena, width, sizeof *search->log_p);
    search->scores = rnni_arena_take(arena, search->prefixes.room, sizeof *search->scores);
}

static void begin(struct search *search)
{
    rnni_prefix_clear(&search->prefixes);
    search->prefixes.all[0].place = 0;
    search->rows = 1;
    search->tokens[0] = search->wanted->start;
}

static int32_t run(struct search *search)
{
    for (size_t n = 1; n <= search->wanted->steps; n++) {
        RNNI_TRY(ask(search));
        RNNI_TRY(ask_scorer(search, n));
        for (size_t row = 0; row < search->rows; row++)
            continue_row(search, search->logits + row * search->wanted->classes, row, n);
        sort_out(search, n);
        if (is_decided(search, n))
            break;
    }
    return RNN_OK;
}

/* steps and scores [count] of a sequence; that of its last token is `last`. */
static void describe(const struct search *search, const struct rnni_result_view *view, int32_t parent, double last)
{
    for (size_t i = view->count; i-- > 0;) {
        int is_last = i == view->count - 1;
        view->steps[i] = (int32_t)i;
        view->scores[i] = is_last ? rnni_logits_score(last) : search->scores[parent];
        parent = is_last ? parent : search->prefixes.all[parent].parent;
    }
}

/* Other than 0: out of memory. */
static int finish(struct search *search, struct rnni_results *found)
{
    rnni_best_sort(&search->done, &search->prefixes);
    for (size_t i = 0; i < search->done.count; i++) {
        const struct rnni_candidate *candidate = &search->done.of[i];
        struct rnni_result_view view;
        size_t length = rnni_prefix_length(&search->prefixes, candidate->parent);
        if (!rnni_result_add(found, &view, length, candidate->score))
            return 1;
        rnni_prefix_write(&search->prefixes, candidate->parent, candidate->label, view.tokens);
        describe(search, &view, candidate->parent, candidate->in_label);
    }
    return !rnni_result_end_sequence(found);
}

static int32_t fail_memory(const struct rnni_beam_search *wanted, size_t bytes)
{
    return rnni_status_fail(wanted->message, RNN_E_MEMORY,
                            "%s: out of memory for %zu steps of %zu hypotheses (%zu bytes)", wanted->function,
                            wanted->steps, wanted->width, bytes);
}

int32_t rnni_beam_search(struct rnni_results *found, const struct rnni_beam_search *wanted)
{
    RNNI_ASSERT(wanted->generator && wanted->steps >= 1);
    RNNI_ASSERT(wanted->width >= 1 && wanted->results >= 1 && wanted->results <= wanted->width);
    RNNI_ASSERT(wanted->start >= 0 && (size_t)wanted->start < wanted->classes);
    struct rnni_arena arena = {NULL, 0};
    struct search search = {.wanted = wanted};
    plan(&search, &arena);
    size_t bytes = arena.used;
    char *block = rnni_memory_take(bytes, 1);
    if (!block)
        return fail_memory(wanted, bytes);
    arena = (struct rnni_arena){block, 0};
    plan(&search, &arena);
    begin(&search);
    int32_t status = run(&search);
    rnni_result_clear(found); /* not before: the generator may have used the same decoder */
    if (!status && finish(&search, found))
        status = fail_memory(wanted, bytes);
    rnni_memory_release(block);
    return status;
}
