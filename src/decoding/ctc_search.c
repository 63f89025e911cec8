/* Prefix beam search.  The paths of a labelling are those that end in a blank and those that end in its last label;
 * with b(l), n(l) the sums of their probabilities, s = b + n, and l' the labelling l without its last label c, one step
 * is
 *
 *     b(l) = p(blank) s(l)                     n(l) = p(c) (n(l) + (c is the last label of l' too ? b(l') : s(l')))
 *
 * A labelling of the beam thus stays, or is extended.  An extension is in the beam itself or is new, and then comes
 * from this one labelling alone: nothing else has to be merged.  What a scorer adds depends on the labels alone. */
#include "decoding/ctc_search.h"

#include "base/assertion.h"

#include <math.h>
#include <string.h>

/* ---- one step ---------------------------------------------------------------------------------------------------- */

/* log(exp(a) + exp(b)) of probabilities whose sum is one too: at most 0, whatever is rounded. */
static double add(double a, double b)
{
    double larger = a > b ? a : b, smaller = a > b ? b : a;
    double sum = smaller > -HUGE_VAL ? larger + log1p(exp(smaller - larger)) : larger;
    return sum > 0 ? 0 : sum;
}

/* The log probability of a labelling with one more label. */
static double extended(const struct rnni_ctc_search *search, const struct rnni_candidate *from, int32_t label)
{
    return (label == from->label ? from->in_blank : from->log_p) + search->log_p[label];
}

/* What one more label adds to the score beside its probability, and the most that any label adds. */
static double gain(const struct rnni_ctc_search *search, const struct rnni_candidate *from, int32_t label)
{
    if (from->slot == RNNI_NOWHERE)
        return search->rules->scorer->bonus;
    const float *scores = (const float *)search->scores.data + (size_t)from->slot * search->rules->classes; /* [C] */
    return rnni_scorer_gain(search->rules->scorer, scores[label]);
}

static double largest_gain(const struct rnni_ctc_search *search, const struct rnni_candidate *from)
{
    return from->slot == RNNI_NOWHERE ? search->rules->scorer->bonus : ((const double *)search->gains.data)[from->slot];
}

static void stay(struct rnni_ctc_search *search, const struct rnni_candidate *from)
{
    struct rnni_candidate to = *from;
    to.in_blank = from->log_p + search->log_p[search->rules->blank];
    if (from->parent != RNNI_NOWHERE) {
        int32_t place = search->prefixes.all[from->parent].place;
        to.in_label = from->in_label + search->log_p[from->label];
        if (place != RNNI_NOWHERE)
            to.in_label = add(to.in_label, extended(search, &search->beam.of[place], from->label));
    }
    to.log_p = add(to.in_blank, to.in_label);
    to.score = to.log_p + to.bias;
    rnni_best_offer(&search->next, &search->prefixes, to);
}

static int is_followed(const struct rnni_prefixes *prefixes, int32_t parent, int32_t label)
{
    int32_t number = rnni_prefix_find(prefixes, parent, label);
    return number != RNNI_NOWHERE && prefixes->all[number].place != RNNI_NOWHERE;
}

static void extend(struct rnni_ctc_search *search, const struct rnni_candidate *from)
{
    for (size_t i = 0; i < search->promising_count; i++) {
        int32_t label = search->promising[i];
        double log_p = extended(search, from, label), bias = from->bias + gain(search, from, label);
        if (log_p + bias >= rnni_best_least(&search->next) && !is_followed(&search->prefixes, from->number, label))
            rnni_best_offer(&search->next, &search->prefixes,
                            (struct rnni_candidate){.score = log_p + bias,
                                                    .log_p = log_p,
                                                    .bias = bias,
                                                    .in_blank = -HUGE_VAL,
                                                    .in_label = log_p,
                                                    .parent = from->number,
                                                    .label = label,
                                                    .number = RNNI_NOWHERE,
                                                    .slot = RNNI_NOWHERE,
                                                    .from_slot = from->slot});
    }
}

/* With those that stay the beam is mostly full already: few labels can still bring something better. */
static void find_promising(struct rnni_ctc_search *search)
{
    double likeliest = -HUGE_VAL, least = rnni_best_least(&search->next);
    for (size_t i = 0; i < search->beam.count; i++) {
        double most = search->beam.of[i].score + largest_gain(search, &search->beam.of[i]);
        likeliest = most > likeliest ? most : likeliest;
    }
    search->promising_count = 0;
    for (size_t c = 0; c < search->rules->classes; c++)
        if (likeliest + search->log_p[c] >= least && c != (size_t)search->rules->blank)
            search->promising[search->promising_count++] = (int32_t)c;
}

static void set_places(struct rnni_ctc_search *search)
{
    for (size_t i = 0; i < search->beam.count; i++)
        search->prefixes.all[search->beam.of[i].number].place = (int32_t)i;
}

static void clear_places(struct rnni_ctc_search *search)
{
    for (size_t i = 0; i < search->beam.count; i++)
        search->prefixes.all[search->beam.of[i].number].place = RNNI_NOWHERE;
}

static void drop_unlikely(struct rnni_best *beam, double threshold)
{
    while (threshold > 0 && beam->count > 1 && beam->of[beam->count - 1].score < beam->of[0].score - threshold)
        beam->count--;
}

static void put_in_places(struct rnni_ctc_search *search)
{
    struct rnni_best old = search->beam;
    clear_places(search);
    rnni_best_sort(&search->next, &search->prefixes);
    search->beam = search->next;
    drop_unlikely(&search->beam, search->rules->threshold);
    search->next = old;
    search->next.count = 0;
    for (size_t i = 0; i < search->beam.count; i++) {
        struct rnni_candidate *c = &search->beam.of[i];
        c->number = rnni_prefix_name(&search->prefixes, c->parent, c->label);
    }
    set_places(search);
}

/* ---- room -------------------------------------------------------------------------------------------------------- */

static void plan_lists(struct rnni_ctc_search *search, struct rnni_arena *arena, size_t room)
{
    size_t classes = search->rules->classes;
    rnni_best_plan(&search->beam, arena, room);
    rnni_best_plan(&search->next, arena, room);
    rnni_best_plan(&search->saved, arena, room);
    search->log_p = rnni_arena_take(arena, classes, sizeof *search->log_p);
    search->promising = rnni_arena_take(arena, classes, sizeof *search->promising);
}

static int make_lists(struct rnni_ctc_search *search, size_t room)
{
    struct rnni_ctc_search made = *search;
    struct rnni_arena arena = {NULL, 0};
    plan_lists(&made, &arena, room);
    made.lists = rnni_memory_take(arena.used, 1);
    if (!made.lists)
        return 0;
    arena = (struct rnni_arena){made.lists, 0};
    plan_lists(&made, &arena, room);
    if (search->lists) {
        memcpy(made.beam.of, search->beam.of, search->beam.count * sizeof *made.beam.of);
        memcpy(made.saved.of, search->saved.of, search->saved.count * sizeof *made.saved.of);
    }
    rnni_memory_release(search->lists);
    *search = made;
    return 1;
}

static int make_names(struct rnni_ctc_search *search, size_t room)
{
    struct rnni_prefixes made = {NULL, 0, 0, NULL, 0};
    struct rnni_arena arena = {NULL, 0};
    rnni_prefix_plan(&made, &arena, room, 1);
    void *names = rnni_memory_take(arena.used, 1);
    if (!names)
        return 0;
    arena = (struct rnni_arena){names, 0};
    rnni_prefix_plan(&made, &arena, room, 1);
    if (search->names)
        rnni_prefix_copy(&made, &search->prefixes);
    rnni_memory_release(search->names);
    search->prefixes = made;
    search->names = names;
    return 1;
}

static void renumber(const struct rnni_ctc_search *search, struct rnni_best *best)
{
    for (size_t i = 0; i < best->count; i++) {
        struct rnni_candidate *c = &best->of[i];
        c->number = search->prefixes.all[c->number].place;
        c->parent = search->prefixes.all[c->number ? c->parent : 0].place;
        c->parent = c->number ? c->parent : RNNI_NOWHERE;
    }
}

/* Drops the prefixes that no hypothesis begins with. */
static void collect(struct rnni_ctc_search *search)
{
    rnni_prefix_keep_none(&search->prefixes);
    for (size_t i = 0; i < search->beam.count; i++)
        rnni_prefix_keep(&search->prefixes, search->beam.of[i].number);
    for (size_t i = 0; i < search->saved.count; i++)
        rnni_prefix_keep(&search->prefixes, search->saved.of[i].number);
    rnni_prefix_renumber(&search->prefixes);
    renumber(search, &search->beam);
    renumber(search, &search->saved);
    rnni_prefix_compact(&search->prefixes);
    set_places(search);
}

/* For the hypotheses of one more step: there cannot be more than labellings. */
static int make_room(struct rnni_ctc_search *search)
{
    size_t width = search->rules->width, room = search->beam.room;
    search->longest = rnni_memory_multiply(search->longest, search->rules->classes - 1);
    search->labellings = rnni_memory_add(search->labellings, search->longest);
    size_t needed = search->labellings < width ? search->labellings : width;
    if (room < needed) {
        size_t doubled = room < width / 2 ? 2 * room : width;
        if (!make_lists(search, doubled > needed ? doubled : needed))
            return 0;
        room = search->beam.room;
    }
    if (search->prefixes.room - search->prefixes.count < room) {
        collect(search);
        size_t count = rnni_memory_add(search->prefixes.count, room);
        if (count > search->prefixes.room / 2 && !make_names(search, rnni_memory_multiply(count, 2)))
            return 0;
    }
    return rnni_block_grow(&search->rows, rnni_memory_add(search->steps, 1), sizeof(struct rnni_logits),
                           search->steps * sizeof(struct rnni_logits));
}

int rnni_ctc_search_step(struct rnni_ctc_search *search, const float *o /* [C] */)
{
    size_t classes = search->rules->classes, maximum = search->rules->maximum;
    if (!make_room(search))
        return 1;
    struct rnni_logits logits = rnni_logits_of(o, classes);
    ((struct rnni_logits *)search->rows.data)[search->steps++] = logits;
    for (size_t c = 0; c < classes; c++)
        search->log_p[c] = rnni_logits_log_p(logits, o[c]);
    for (size_t i = 0; i < search->beam.count; i++)
        stay(search, &search->beam.of[i]);
    if (search->beam.count)
        find_promising(search);
    for (size_t i = 0; i < search->beam.count; i++) {
        const struct rnni_candidate *from = &search->beam.of[i];
        double most = from->score - logits.log_sum + largest_gain(search, from); /* with the likeliest label */
        size_t length = (size_t)search->prefixes.all[from->number].length;
        if (most >= rnni_best_least(&search->next) && (!maximum || length < maximum))
            extend(search, from);
    }
    put_in_places(search);
    return 0;
}

/* ---- life -------------------------------------------------------------------------------------------------------- */

int rnni_ctc_search_begin(struct rnni_ctc_search *search, const struct rnni_ctc_rules *rules)
{
    RNNI_ASSERT(rules->width >= 1 && rules->results >= 1 && rules->results <= rules->width);
    RNNI_ASSERT(rules->blank >= 0 && (size_t)rules->blank < rules->classes);
    search->rules = rules;
    if ((!search->lists && !make_lists(search, 1)) || (!search->names && !make_names(search, 1)))
        return 1;
    rnni_prefix_clear(&search->prefixes);
    search->labellings = search->longest = 1;
    search->steps = search->next.count = search->saved.count = 0;
    search->beam.of[0] = (struct rnni_candidate){.in_blank = 0,
                                                 .in_label = -HUGE_VAL,
                                                 .parent = RNNI_NOWHERE,
                                                 .label = RNNI_NOWHERE,
                                                 .slot = RNNI_NOWHERE,
                                                 .from_slot = RNNI_NOWHERE};
    search->beam.count = 1;
    search->prefixes.all[0].place = 0;
    return 0;
}

void rnni_ctc_search_release(struct rnni_ctc_search *search)
{
    rnni_memory_release(search->names);
    rnni_memory_release(search->lists);
    rnni_memory_release(search->rows.data);
    rnni_memory_release(search->scores.data);
    rnni_memory_release(search->gains.data);
    rnni_memory_release(search->used.data);
}

static void copy(struct rnni_best *to, const struct rnni_best *from)
{
    memcpy(to->of, from->of, from->count * sizeof *to->of);
    to->count = from->count;
}

void rnni_ctc_search_save(struct rnni_ctc_search *search)
{
    copy(&search->saved, &search->beam);
    search->saved_steps = search->steps;
}

void rnni_ctc_search_restore(struct rnni_ctc_search *search)
{
    clear_places(search);
    copy(&search->beam, &search->saved);
    set_places(search);
    search->steps = search->saved_steps;
    search->saved.count = search->next.count = 0;
}

void rnni_ctc_search_forget(struct rnni_ctc_search *search)
{
    search->saved.count = 0;
}

/* ---- results ----------------------------------------------------------------------------------------------------- */

/* The best of the beam as they are if the sequence ends here, in the room of `next`. */
static struct rnni_best best_of(const struct rnni_ctc_search *search)
{
    const struct rnni_ctc_rules *rules = search->rules;
    struct rnni_best best = search->next;
    best.room = rules->results < best.room ? rules->results : best.room;
    for (size_t i = 0; i < search->beam.count; i++) {
        struct rnni_candidate candidate = search->beam.of[i];
        if (candidate.slot != RNNI_NOWHERE) {
            const float *scores =
                (const float *)search->scores.data + (size_t)candidate.slot * rules->classes; /* [C] */
            candidate.score += rules->scorer->weight * (double)scores[rules->blank];
        }
        if ((size_t)search->prefixes.all[candidate.number].length >= rules->minimum)
            rnni_best_offer(&best, &search->prefixes, candidate);
    }
    rnni_best_sort(&best, &search->prefixes);
    return best;
}

int rnni_ctc_search_results(struct rnni_ctc_search *search, struct rnni_results *found)
{
    struct rnni_best best = best_of(search);
    for (size_t i = 0; i < best.count; i++) {
        const struct rnni_candidate *c = &best.of[i];
        struct rnni_result_view view;
        if (!rnni_result_add(found, &view, rnni_prefix_length(&search->prefixes, c->parent), c->score))
            return 1;
        rnni_prefix_write(&search->prefixes, c->parent, c->label, view.tokens);
        if (view.count)
            view.steps[0] = RNNI_NOWHERE;
    }
    return !rnni_result_end_sequence(found);
}

size_t rnni_ctc_search_common(const struct rnni_ctc_search *search)
{
    int32_t common = search->beam.count ? search->beam.of[0].number : 0;
    for (size_t i = 1; i < search->beam.count && common; i++)
        common = rnni_prefix_common(&search->prefixes, common, search->beam.of[i].number);
    return (size_t)search->prefixes.all[common].length;
}
