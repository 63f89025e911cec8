#include "decoding/best.h"

#include "base/assertion.h"

#include <math.h>

void rnni_best_plan(struct rnni_best *best, struct rnni_arena *arena, size_t room)
{
    best->room = room;
    best->of = rnni_arena_take(arena, room, sizeof *best->of);
}

double rnni_best_least(const struct rnni_best *best)
{
    RNNI_ASSERT(best->room >= 1 && best->count <= best->room);
    return best->count < best->room ? -HUGE_VAL : best->of[0].score;
}

static int is_worse(const struct rnni_prefixes *prefixes, const struct rnni_candidate *a,
                    const struct rnni_candidate *b)
{
    if (a->score < b->score || a->score > b->score)
        return a->score < b->score;
    return rnni_prefix_before(prefixes, b->parent, b->label, a->parent, a->label);
}

/* Puts the candidate at `at` or, so long as there are worse ones below, further down. */
static void sift_down(struct rnni_best *best, const struct rnni_prefixes *prefixes, size_t at,
                      struct rnni_candidate candidate)
{
    for (size_t child; (child = 2 * at + 1) < best->count; at = child) {
        if (child + 1 < best->count && is_worse(prefixes, &best->of[child + 1], &best->of[child]))
            child++;
        if (!is_worse(prefixes, &best->of[child], &candidate))
            break;
        best->of[at] = best->of[child];
    }
    best->of[at] = candidate;
}

static void sift_up(struct rnni_best *best, const struct rnni_prefixes *prefixes, size_t at,
                    struct rnni_candidate candidate)
{
    for (size_t above; at > 0 && is_worse(prefixes, &candidate, &best->of[above = (at - 1) / 2]); at = above)
        best->of[at] = best->of[above];
    best->of[at] = candidate;
}

void rnni_best_offer(struct rnni_best *best, const struct rnni_prefixes *prefixes, struct rnni_candidate candidate)
{
    RNNI_ASSERT(best->room >= 1 && best->count <= best->room);
    if (!(candidate.score > -HUGE_VAL))
        return;
    if (best->count < best->room)
        sift_up(best, prefixes, best->count++, candidate);
    else if (is_worse(prefixes, &best->of[0], &candidate))
        sift_down(best, prefixes, 0, candidate);
}

void rnni_best_sort(struct rnni_best *best, const struct rnni_prefixes *prefixes)
{
    size_t count = best->count;
    while (best->count > 1) {
        struct rnni_candidate worst = best->of[0], last = best->of[--best->count];
        sift_down(best, prefixes, 0, last);
        best->of[best->count] = worst;
    }
    best->count = count;
}
