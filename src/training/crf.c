/* The gradient of -log p(path) with respect to a score is the probability that a path has it, by all paths, less the
 * number of times that the target has it.  Sequences are divided into a fixed number of groups.  A thread takes one
 * group after another; each group has sums of its own for the gradients of transitions, which are added in order. */
#include "training/crf.h"

#include "base/assertion.h"
#include "base/share.h"
#include "math/crf_lattice.h"

#include <math.h>
#include <stdatomic.h>

#define GROUPS          ((size_t)32)
#define MULTIPLICATIONS ((size_t)20) /* of an exponential */

struct run {
    const struct rnni_crf *crf;
    double *losses; /* [B] */
    double factor;
    double *sums;                       /* [groups,scores] gradients of the scores; NULL: not wanted */
    double *lattice;                    /* [shares,room] */
    size_t groups, scores, room, steps; /* steps: T of the room */
    atomic_size_t next;                 /* the first group that no thread has taken */
};

static size_t groups_of(size_t batch)
{
    return batch < GROUPS ? batch : GROUPS;
}

static size_t length_of(const struct rnni_crf *crf, size_t b)
{
    return crf->lengths ? (size_t)crf->lengths[b] : crf->steps;
}

static int is_present(const struct rnni_crf *crf, size_t t, size_t b)
{
    return t < length_of(crf, b) && (!crf->present || crf->present[t * crf->batch + b]);
}

static int has_steps(const struct rnni_crf *crf, size_t b)
{
    size_t t = 0;
    while (t < length_of(crf, b) && !is_present(crf, t, b))
        t++;
    return t < length_of(crf, b);
}

static double weight_of(const struct rnni_crf *crf, size_t b)
{
    return crf->weights ? (double)crf->weights[b] : 1;
}

double rnni_crf_weight(const struct rnni_crf *crf)
{
    double sum = 0;
    for (size_t b = 0; b < crf->batch; b++)
        sum += has_steps(crf, b) ? weight_of(crf, b) : 0;
    return sum;
}

size_t rnni_crf_shares(const struct rnni_crf *crf, const struct rnni_team *team)
{
    size_t step = rnni_memory_multiply(3 * crf->class_count, crf->class_count);
    size_t all = rnni_memory_multiply(rnni_memory_multiply(crf->steps, crf->batch), step);
    size_t shares = rnni_share_count(team, rnni_memory_multiply(all, MULTIPLICATIONS));
    return shares < groups_of(crf->batch) ? shares : groups_of(crf->batch);
}

/* Of a share: the lattice, and the rows and the classes of its steps. */
static size_t room_of(size_t steps, size_t class_count)
{
    return rnni_memory_add(rnni_crf_lattice_room(steps, class_count), rnni_memory_multiply(2, steps));
}

size_t rnni_crf_scratch(size_t steps, size_t batch, size_t class_count, size_t shares)
{
    size_t sums = rnni_memory_multiply(groups_of(batch), rnni_crf_lattice_scores(class_count));
    return rnni_memory_add(sums, rnni_memory_multiply(shares, room_of(steps, class_count)));
}

/* ---- a sequence -------------------------------------------------------------------------------------------------- */

/* The chain of the steps that count. */
struct chain {
    struct rnni_crf_lattice lattice;
    size_t *rows;  /* [T] */
    int32_t *path; /* [T] the classes of the target */
};

static struct chain chain_of(const struct run *run, size_t b, double *room)
{
    const struct rnni_crf *crf = run->crf;
    double *behind = room + rnni_crf_lattice_room(run->steps, crf->class_count);
    struct chain chain = {.lattice = {.emissions = crf->emissions + b * crf->class_count,
                                      .stride = crf->batch * crf->class_count,
                                      .classes = crf->class_count,
                                      .scores = crf->scores},
                          .rows = (size_t *)(void *)behind,
                          .path = (int32_t *)(void *)(behind + run->steps)};
    size_t steps = 0;
    for (size_t t = 0; t < length_of(crf, b); t++)
        if (is_present(crf, t, b)) {
            chain.rows[steps] = t;
            chain.path[steps++] = crf->classes[t * crf->batch + b];
        }
    chain.lattice.rows = chain.rows;
    chain.lattice.steps = steps;
    if (steps)
        rnni_crf_lattice_begin(&chain.lattice, room);
    return chain;
}

static float *gradient_of(const struct rnni_crf *crf, size_t row, size_t b)
{
    return crf->demissions + (row * crf->batch + b) * crf->class_count; /* [C] */
}

static void fill_row(const struct rnni_crf *crf, size_t row, size_t b, float value)
{
    for (size_t c = 0; c < crf->class_count; c++)
        gradient_of(crf, row, b)[c] = value;
}

/* Of the steps that do not count. */
static void clear_others(const struct rnni_crf *crf, size_t b)
{
    for (size_t t = 0; t < crf->steps; t++)
        if (!is_present(crf, t, b))
            fill_row(crf, t, b, 0);
}

static void fill_chain(const struct rnni_crf *crf, const struct chain *chain, size_t b, float value)
{
    for (size_t t = 0; t < chain->lattice.steps; t++)
        fill_row(crf, chain->rows[t], b, value);
}

static void add_pairs(const struct rnni_crf_lattice *lattice, size_t t, double factor, double *sums)
{
    for (size_t i = 0; i < lattice->classes; i++)
        for (size_t j = 0; j < lattice->classes; j++)
            sums[(2 + i) * lattice->classes + j] += factor * rnni_crf_lattice_pair(lattice, t, i, j);
}

/* The gradients of a step may take the place of its emissions, which are no longer needed then. */
static void write_step(const struct rnni_crf *crf, const struct chain *chain, size_t t, size_t b, double factor,
                       double *sums)
{
    const struct rnni_crf_lattice *lattice = &chain->lattice;
    size_t classes = lattice->classes, target = (size_t)chain->path[t];
    float *gradient = gradient_of(crf, chain->rows[t], b); /* [C] */
    for (size_t c = 0; c < classes; c++) {
        double d = factor * (rnni_crf_lattice_class(lattice, t, c) - (c == target));
        gradient[c] = (float)d;
        if (!t)
            sums[c] += d;
        if (t + 1 == lattice->steps)
            sums[classes + c] += d;
    }
}

static void run_backward(const struct rnni_crf *crf, struct chain *chain, size_t b, double factor, double *sums)
{
    struct rnni_crf_lattice *lattice = &chain->lattice;
    for (size_t t = lattice->steps; t-- > 0;) {
        rnni_crf_lattice_back(lattice, t);
        if (t + 1 < lattice->steps) {
            size_t i = (size_t)chain->path[t], j = (size_t)chain->path[t + 1];
            add_pairs(lattice, t, factor, sums);
            sums[(2 + i) * lattice->classes + j] -= factor;
        }
        rnni_crf_lattice_leave(lattice, t);
        write_step(crf, chain, t, b, factor, sums);
    }
}

/* The gradients of what is not a number are not numbers either. */
static void spoil(const struct run *run, const struct chain *chain, size_t b, double *sums)
{
    fill_chain(run->crf, chain, b, NAN);
    for (size_t i = 0; i < run->scores; i++)
        sums[i] = (double)NAN;
}

static double run_sequence(const struct run *run, size_t b, double *room, double *sums)
{
    const struct rnni_crf *crf = run->crf;
    struct chain chain = chain_of(run, b, room);
    double factor = run->factor * weight_of(crf, b), loss = 0;
    int is_bad = rnni_crf_lattice_is_bad(&chain.lattice), counts = sums && factor > 0;
    if (sums)
        clear_others(crf, b);
    if (!chain.lattice.steps)
        return 0;
    if (is_bad)
        loss = (double)NAN;
    else
        loss = rnni_crf_lattice_forward(&chain.lattice) ? rnni_crf_lattice_loss(&chain.lattice, chain.path)
                                                        : (double)INFINITY;
    if (counts && is_bad)
        spoil(run, &chain, b, sums);
    else if (counts && !isinf(loss))
        run_backward(crf, &chain, b, factor, sums);
    else if (sums) /* not before: the emissions may be there */
        fill_chain(crf, &chain, b, 0);
    return loss;
}

/* ---- a batch ----------------------------------------------------------------------------------------------------- */

static void run_share(void *context, size_t index)
{
    struct run *run = context;
    size_t batch = run->crf->batch;
    for (size_t g; (g = atomic_fetch_add_explicit(&run->next, 1, memory_order_relaxed)) < run->groups;)
        for (size_t b = g; b < batch; b += run->groups)
            run->losses[b] =
                run_sequence(run, b, run->lattice + index * run->room, run->sums ? run->sums + g * run->scores : NULL);
}

static void add_groups(float *dscores, const struct run *run)
{
    for (size_t i = 0; i < run->scores; i++) {
        double sum = 0;
        for (size_t g = 0; g < run->groups; g++)
            sum += run->sums[g * run->scores + i];
        dscores[i] = (float)sum;
    }
}

double rnni_crf_batch(double *losses, float *dscores, const struct rnni_crf *crf, double factor, int zero_infinity,
                      double *scratch, struct rnni_team *team)
{
    RNNI_ASSERT(factor >= 0 && (dscores || !crf->demissions));
    size_t groups = groups_of(crf->batch), scores = rnni_crf_lattice_scores(crf->class_count);
    struct run run = {.crf = crf,
                      .losses = losses,
                      .factor = factor,
                      .sums = crf->demissions ? scratch : NULL,
                      .lattice = scratch + groups * scores,
                      .groups = groups,
                      .scores = scores,
                      .room = room_of(crf->steps, crf->class_count),
                      .steps = crf->steps};
    atomic_init(&run.next, 0);
    for (size_t i = 0; run.sums && i < groups * scores; i++)
        run.sums[i] = 0;
    rnni_team_run(team, rnni_crf_shares(crf, team), run_share, &run);
    double sum = 0;
    for (size_t b = 0; b < crf->batch; b++) {
        if (zero_infinity && losses[b] == (double)INFINITY)
            losses[b] = 0;
        sum += factor * weight_of(crf, b) > 0 ? factor * weight_of(crf, b) * losses[b] : 0;
    }
    if (run.sums)
        add_groups(dscores, &run);
    return sum;
}
