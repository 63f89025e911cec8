#include "math/crf_lattice.h"

#include "base/assertion.h"

#include <math.h>
#include <string.h>

/* ---- memory ------------------------------------------------------------------------------------------------------ */

int rnni_crf_lattice_keep(struct rnni_crf_transitions *kept, const float *start, const float *end,
                          const float *transitions, size_t classes)
{
    if (!rnni_block_grow(&kept->block, rnni_crf_lattice_scores(classes), sizeof(float), 0))
        return 0;
    float *scores = kept->block.data;
    memcpy(scores, start, classes * sizeof *scores);
    memcpy(scores + classes, end, classes * sizeof *scores);
    memcpy(scores + 2 * classes, transitions, classes * classes * sizeof *scores);
    kept->classes = classes;
    return 1;
}

size_t rnni_crf_lattice_room(size_t steps, size_t classes)
{
    size_t rows = rnni_memory_multiply(steps, rnni_memory_add(classes, 1)); /* forward, top */
    return rnni_memory_add(rows, rnni_memory_multiply(classes, 2));
}

void rnni_crf_lattice_begin(struct rnni_crf_lattice *lattice, double *room)
{
    lattice->forward = room;
    lattice->top = room + lattice->steps * lattice->classes;
    lattice->ahead = lattice->top + lattice->steps;
    lattice->now = lattice->ahead + lattice->classes;
}

static const float *row_of(const struct rnni_crf_lattice *lattice, size_t t)
{
    return lattice->emissions + rnni_crf_lattice_row(lattice, t) * lattice->stride;
}

int rnni_crf_lattice_is_bad(const struct rnni_crf_lattice *lattice)
{
    for (size_t t = 0; t < lattice->steps; t++)
        for (size_t c = 0; c < lattice->classes; c++)
            if (!(row_of(lattice, t)[c] < INFINITY))
                return 1;
    return 0;
}

/* ---- sums -------------------------------------------------------------------------------------------------------- */

/* log of the sum over i of exp(a[i] + b[i]), the elements of b being `stride` apart. */
static double log_sum(const double *a, const float *b, size_t stride, size_t count)
{
    double top = -(double)INFINITY, sum = 0;
    for (size_t i = 0; i < count; i++) {
        double value = a[i] + (double)b[i * stride];
        top = value > top ? value : top;
    }
    if (isinf(top))
        return top;
    for (size_t i = 0; i < count; i++)
        sum += exp(a[i] + (double)b[i * stride] - top);
    return top + log(sum);
}

/* log of the sum over i of exp(a[i] + b[i]) */
static double log_product(const double *a, const double *b, size_t count)
{
    double top = -(double)INFINITY, sum = 0;
    for (size_t i = 0; i < count; i++)
        top = a[i] + b[i] > top ? a[i] + b[i] : top;
    if (isinf(top))
        return top;
    for (size_t i = 0; i < count; i++)
        sum += exp(a[i] + b[i] - top);
    return top + log(sum);
}

/* Subtracts the largest element, which it returns, where one is above -infinity. */
static double take_top(double *row, size_t count)
{
    double top = row[0];
    for (size_t i = 1; i < count; i++)
        top = row[i] > top ? row[i] : top;
    for (size_t i = 0; i < count && !isinf(top); i++)
        row[i] -= top;
    return top;
}

/* ---- forward ----------------------------------------------------------------------------------------------------- */

int rnni_crf_lattice_forward(struct rnni_crf_lattice *lattice)
{
    RNNI_ASSERT(lattice->steps && lattice->classes);
    size_t classes = lattice->classes;
    for (size_t t = 0; t < lattice->steps; t++) {
        double *row = lattice->forward + t * classes;
        for (size_t c = 0; c < classes; c++) {
            double before = t ? log_sum(row - classes, rnni_crf_lattice_after(lattice, 0) + c, classes, classes)
                              : (double)rnni_crf_lattice_start(lattice)[c];
            row[c] = before + (double)row_of(lattice, t)[c];
        }
        lattice->top[t] = take_top(row, classes);
        if (isinf(lattice->top[t]))
            return 0;
    }
    double *last = lattice->forward + (lattice->steps - 1) * classes;
    return !isinf(log_sum(last, rnni_crf_lattice_end(lattice), 1, classes));
}

/* The sum over all paths and the score of this one are compared step by step: their difference is much smaller. */
double rnni_crf_lattice_loss(const struct rnni_crf_lattice *lattice, const int32_t *path)
{
    size_t classes = lattice->classes, before = 0;
    double loss = 0;
    for (size_t t = 0; t < lattice->steps; t++) {
        size_t c = (size_t)path[t];
        RNNI_ASSERT(c < classes);
        float score = t ? rnni_crf_lattice_after(lattice, before)[c] : rnni_crf_lattice_start(lattice)[c];
        loss += lattice->top[t] - ((double)score + (double)row_of(lattice, t)[c]);
        before = c;
    }
    const double *last = lattice->forward + (lattice->steps - 1) * classes;
    loss += log_sum(last, rnni_crf_lattice_end(lattice), 1, classes) - (double)rnni_crf_lattice_end(lattice)[before];
    return loss > 0 ? loss : 0; /* a probability is at most 1, whatever was rounded */
}

/* ---- the likeliest path ------------------------------------------------------------------------------------------ */

/* The first i with the largest a[i] + b[i * stride], which becomes *top. */
static size_t likeliest(double *top, const double *a, const float *b, size_t stride, size_t count)
{
    size_t best = 0;
    *top = -(double)INFINITY;
    for (size_t i = 0; i < count; i++)
        if (a[i] + (double)b[i * stride] > *top) {
            best = i;
            *top = a[i] + (double)b[i * stride];
        }
    return best;
}

int rnni_crf_lattice_best(struct rnni_crf_lattice *lattice)
{
    size_t classes = lattice->classes, steps = lattice->steps;
    double top;
    for (size_t t = 0; t < steps; t++)
        for (size_t c = 0; c < classes; c++) {
            double *at = lattice->forward + t * classes + c;
            if (t)
                likeliest(&top, at - classes - c, rnni_crf_lattice_after(lattice, 0) + c, classes, classes);
            else
                top = (double)rnni_crf_lattice_start(lattice)[c];
            *at = top + (double)row_of(lattice, t)[c];
        }
    size_t next = likeliest(&top, lattice->forward + (steps - 1) * classes, rnni_crf_lattice_end(lattice), 1, classes);
    if (isinf(top))
        return 0;
    for (size_t t = steps; t-- > 0;) {
        lattice->top[t] = (double)next;
        if (t)
            next = likeliest(&top, lattice->forward + (t - 1) * classes, rnni_crf_lattice_after(lattice, 0) + next,
                             classes, classes);
    }
    return 1;
}

/* ---- backward ---------------------------------------------------------------------------------------------------- */

void rnni_crf_lattice_back(struct rnni_crf_lattice *lattice, size_t t)
{
    size_t classes = lattice->classes;
    for (size_t i = 0; i < classes; i++)
        lattice->now[i] = t + 1 == lattice->steps
                              ? (double)rnni_crf_lattice_end(lattice)[i]
                              : log_sum(lattice->ahead, rnni_crf_lattice_after(lattice, i), 1, classes);
    lattice->norm = log_product(lattice->forward + t * classes, lattice->now, classes);
}

void rnni_crf_lattice_leave(struct rnni_crf_lattice *lattice, size_t t)
{
    for (size_t c = 0; c < lattice->classes; c++)
        lattice->ahead[c] = lattice->now[c] + (double)row_of(lattice, t)[c];
    take_top(lattice->ahead, lattice->classes);
}

static double probability(double log_p)
{
    return log_p < 0 ? exp(log_p) : 1;
}

double rnni_crf_lattice_class(const struct rnni_crf_lattice *lattice, size_t t, size_t c)
{
    return probability(lattice->forward[t * lattice->classes + c] + lattice->now[c] - lattice->norm);
}

double rnni_crf_lattice_pair(const struct rnni_crf_lattice *lattice, size_t t, size_t i, size_t j)
{
    return probability(lattice->forward[t * lattice->classes + i] + (double)rnni_crf_lattice_after(lattice, i)[j] +
                       lattice->ahead[j] - lattice->norm);
}
