/* Prefix beam search.  The paths of a labelling are those that end in a blank and those that end in its last label;
 * with b(l), n(l) the sums of their probabilities, s = b + n, and l' the labelling l without its last label c, one step
 * is
 *
 *     b(l) = p(blank) s(l)                     n(l) = p(c) (n(l) + (c is the last label of l' too ? b(l') : s(l')))
 *
 * A labelling of the beam thus stays, or is extended.  An extension is in the beam itself or is new, and then comes
 * from this one labelling alone: nothing else has to be merged. */
#include "base/assertion.h"
#include "decoding/ctc_decoding.h"

#include "base/memory.h"
#include "decoding/best.h"

#include <math.h>

struct search {
    const struct rnni_ctc_input *input;
    struct rnni_prefixes prefixes;
    struct rnni_best beam, next; /* [width] after the last step, sorted, and after this one */
    double *log_p;               /* [C] of this step */
    struct rnni_logits *rows;    /* [T] of the steps so far */
    int32_t *promising;          /* [C] labels that might bring something into `next` */
    size_t promising_count;
    struct rnni_block alignment; /* scratch */
};

/* log(exp(a) + exp(b)) of probabilities whose sum is one too: at most 0, whatever is rounded. */
static double add(double a, double b)
{
    double larger = a > b ? a : b, smaller = a > b ? b : a;
    double sum = smaller > -HUGE_VAL ? larger + log1p(exp(smaller - larger)) : larger;
    return sum > 0 ? 0 : sum;
}

/* The log probability of a labelling with one more label: what else is to count for a label is added here. */
static double extended(const struct search *search, const struct rnni_candidate *from, int32_t label)
{
    return (label == from->label ? from->in_blank : from->score) + search->log_p[label];
}

static void stay(struct search *search, const struct rnni_candidate *from)
{
    struct rnni_candidate to = *from;
    to.in_blank = from->score + search->log_p[search->input->blank];
    if (from->parent != RNNI_NONE) {
        int32_t place = search->prefixes.all[from->parent].place;
        to.in_label = from->in_label + search->log_p[from->label];
        if (place != RNNI_NONE)
            to.in_label = add(to.in_label, extended(search, &search->beam.of[place], from->label));
    }
    to.score = add(to.in_blank, to.in_label);
    rnni_best_offer(&search->next, &search->prefixes, to);
}

static int is_followed(const struct rnni_prefixes *prefixes, int32_t parent, int32_t label)
{
    int32_t number = rnni_prefix_find(prefixes, parent, label);
    return number != RNNI_NONE && prefixes->all[number].place != RNNI_NONE;
}

static void extend(struct search *search, const struct rnni_candidate *from)
{
    for (size_t i = 0; i < search->promising_count; i++) {
        int32_t label = search->promising[i];
        double score = extended(search, from, label);
        if (score >= rnni_best_least(&search->next) && !is_followed(&search->prefixes, from->number, label))
            rnni_best_offer(&search->next, &search->prefixes,
                            (struct rnni_candidate){score, -HUGE_VAL, score, from->number, label, RNNI_NONE});
    }
}

/* With those that stay the beam is mostly full already: few labels can still bring something better. */
static void find_promising(struct search *search)
{
    double likeliest = search->beam.of[0].score, least = rnni_best_least(&search->next);
    search->promising_count = 0;
    for (size_t c = 0; c < search->input->classes; c++)
        if (likeliest + search->log_p[c] >= least && c != (size_t)search->input->blank)
            search->promising[search->promising_count++] = (int32_t)c;
}

static void put_in_places(struct search *search)
{
    struct rnni_best old = search->beam;
    for (size_t i = 0; i < old.count; i++)
        search->prefixes.all[old.of[i].number].place = RNNI_NONE;
    rnni_best_sort(&search->next, &search->prefixes);
    search->beam = search->next;
    search->next = old;
    search->next.count = 0;
    for (size_t i = 0; i < search->beam.count; i++) {
        struct rnni_candidate *c = &search->beam.of[i];
        c->number = rnni_prefix_name(&search->prefixes, c->parent, c->label);
        search->prefixes.all[c->number].place = (int32_t)i;
    }
}

static void begin(struct search *search)
{
    rnni_prefix_clear(&search->prefixes);
    search->beam.of[0] = (struct rnni_candidate){0, 0, -HUGE_VAL, RNNI_NONE, RNNI_NONE, 0};
    search->beam.count = 1;
    search->prefixes.all[0].place = 0;
}

static void step(struct search *search, const float *o /* [C] */, size_t t)
{
    size_t classes = search->input->classes;
    struct rnni_logits logits = rnni_logits_of(o, classes);
    search->rows[t] = logits;
    for (size_t c = 0; c < classes; c++)
        search->log_p[c] = rnni_logits_log_p(logits, o[c]);
    for (size_t i = 0; i < search->beam.count; i++)
        stay(search, &search->beam.of[i]);
    if (search->beam.count)
        find_promising(search);
    for (size_t i = 0; i < search->beam.count; i++)
        if (search->beam.of[i].score - logits.log_sum >= rnni_best_least(&search->next)) /* with the likeliest label */
            extend(search, &search->beam.of[i]);
    put_in_places(search);
}

/* Adds the best of the beam to `found`.  Other than 0: out of memory. */
static int finish(struct search *search, struct rnni_results *found, size_t sequence, size_t results)
{
    for (size_t i = 0; i < results && i < search->beam.count; i++) {
        const struct rnni_candidate *candidate = &search->beam.of[i];
        size_t length = rnni_prefix_length(&search->prefixes, candidate->parent);
        struct rnni_result_view view;
        if (!rnni_result_add(found, &view, length, candidate->score))
            return 1;
        rnni_prefix_write(&search->prefixes, candidate->parent, candidate->label, view.tokens);
        if (rnni_ctc_align(&view, search->input, search->rows, sequence, &search->alignment))
            return 1;
    }
    return !rnni_result_end_sequence(found);
}

static size_t longest(const struct rnni_ctc_input *input)
{
    size_t longest = 0;
    for (size_t b = 0; b < input->batch; b++)
        longest = rnni_ctc_decoding_length(input, b) > longest ? rnni_ctc_decoding_length(input, b) : longest;
    return longest;
}

static void plan(struct search *search, struct rnni_arena *arena, size_t width, size_t steps)
{
    size_t classes = search->input->classes;
    rnni_prefix_plan(&search->prefixes, arena, rnni_memory_multiply(width, steps), 1);
    rnni_best_plan(&search->beam, arena, width);
    rnni_best_plan(&search->next, arena, width);
    search->log_p = rnni_arena_take(arena, classes, sizeof *search->log_p);
    search->promising = rnni_arena_take(arena, classes, sizeof *search->promising);
    search->rows = rnni_arena_take(arena, steps, sizeof *search->rows);
}

int rnni_ctc_beam_search(struct rnni_results *found, const struct rnni_ctc_input *input, size_t width, size_t results)
{
    RNNI_ASSERT(width >= 1 && results >= 1 && results <= width);
    RNNI_ASSERT(input->blank >= 0 && (size_t)input->blank < input->classes);
    struct rnni_arena arena = {NULL, 0};
    struct search search = {.input = input};
    size_t steps = longest(input), most = rnni_prefix_count(input->classes - 1, steps, width);
    int failed = 0;
    plan(&search, &arena, most, steps);
    arena = (struct rnni_arena){rnni_memory_take(arena.used, 1), 0};
    void *block = arena.block;
    if (!block)
        return 1;
    plan(&search, &arena, most, steps);
    for (size_t b = 0; b < input->batch && !failed; b++) {
        begin(&search);
        for (size_t t = 0; t < rnni_ctc_decoding_length(input, b); t++)
            step(&search, rnni_ctc_decoding_row(input, t, b), t);
        failed = finish(&search, found, b, results);
    }
    rnni_memory_release(search.alignment.data);
    rnni_memory_release(block);
    return failed;
}
