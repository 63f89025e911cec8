/* The paths of one sequence under a linear-chain CRF (Lafferty, McCallum and Pereira 2001): their sum, and the
 * probabilities of classes and of pairs of classes, by the forward-backward recursion in log space.
 *
 *     score of a path s = start[s(0)] + sum over t of e(t)[s(t)] + sum over t > 0 of w[s(t-1)][s(t)] + end[s(T-1)]
 *
 * Every row of the recursion is relative to its largest element, so that neither long sequences nor large scores cost
 * precision.  -infinity is a score that no path can have. */
#ifndef RNNI_CRF_LATTICE_H
#define RNNI_CRF_LATTICE_H

#include "base/block.h"

#include <stdint.h>

/* Copied scores: start [C], end [C], transitions [C,C] one behind the other; element [i,j] is that of j after i. */
struct rnni_crf_transitions {
    struct rnni_block block;
    size_t classes; /* 0: none are set */
};

struct rnni_crf_lattice {
    const float *emissions; /* row r at r * stride, [C] */
    const size_t *rows;     /* [T] the row of each step, rising; NULL: row t */
    size_t stride, steps, classes;
    const float *scores; /* those of struct rnni_crf_transitions */
    double *forward;     /* [T,C] log of the sum over the paths up to here, less `top` */
    double *top;         /* [T] */
    double *ahead, *now; /* [C] of backward: e(t+1) and what follows it; the sum over the paths from here on */
    double norm;         /* at the step of backward: log of the sum over all paths */
};

static inline size_t rnni_crf_lattice_scores(size_t classes)
{
    return rnni_memory_multiply(classes, rnni_memory_add(classes, 2));
}

/* 0: out of memory, and nothing has changed.  Takes memory only for more classes than before. */
int rnni_crf_lattice_keep(struct rnni_crf_transitions *kept, const float *start, const float *end,
                          const float *transitions, size_t classes);

/* Doubles of memory that a lattice needs, SIZE_MAX where that overflows; and the lattice that has it. */
size_t rnni_crf_lattice_room(size_t steps, size_t classes);
void rnni_crf_lattice_begin(struct rnni_crf_lattice *lattice, double *room);

/* Whether an emission is not a number or +infinity: there are no probabilities then. */
int rnni_crf_lattice_is_bad(const struct rnni_crf_lattice *lattice);

/* Fills `forward` of a sequence with steps.  0: no path is possible. */
int rnni_crf_lattice_forward(struct rnni_crf_lattice *lattice);

/* The likeliest path, of equal ones that with the smaller class at the last step where they differ: its classes are the
 * numbers of `top` then.  Takes the place of forward.  0: no path is possible. */
int rnni_crf_lattice_best(struct rnni_crf_lattice *lattice);

/* After forward: -log p of a path [T]; infinite where a score of it is. */
double rnni_crf_lattice_loss(const struct rnni_crf_lattice *lattice, const int32_t *path);

/* After forward, for t = T-1 .. 0: `now` and `norm` become those of step t.  leave: the last that reads the emissions
 * of step t, when what follows them is no longer needed. */
void rnni_crf_lattice_back(struct rnni_crf_lattice *lattice, size_t t);
void rnni_crf_lattice_leave(struct rnni_crf_lattice *lattice, size_t t);

/* At that step: the probability of class c; and, for t + 1 < T and before `leave`, of class i followed by class j. */
double rnni_crf_lattice_class(const struct rnni_crf_lattice *lattice, size_t t, size_t c);
double rnni_crf_lattice_pair(const struct rnni_crf_lattice *lattice, size_t t, size_t i, size_t j);

static inline size_t rnni_crf_lattice_row(const struct rnni_crf_lattice *lattice, size_t t)
{
    return lattice->rows ? lattice->rows[t] : t;
}

static inline const float *rnni_crf_lattice_start(const struct rnni_crf_lattice *lattice)
{
    return lattice->scores;
}

static inline const float *rnni_crf_lattice_end(const struct rnni_crf_lattice *lattice)
{
    return lattice->scores + lattice->classes;
}

/* [C], of what follows class i. */
static inline const float *rnni_crf_lattice_after(const struct rnni_crf_lattice *lattice, size_t i)
{
    return lattice->scores + (2 + i) * lattice->classes;
}

#endif
