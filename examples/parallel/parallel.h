/* parallel, data-parallel training over rnn.h and MPI: what its files share.
 *
 *     parallel.c  the command line    task.c   the sequences      checkpoint.c  how a run begins, is kept and goes on
 *     train.c     the run             ranks.c  all that is MPI
 *
 * Like many small tools it ends at the first error: die() and check() print a sentence and do not return; mpirun then
 * ends the other ranks. */
#ifndef PARALLEL_H
#define PARALLEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rnn.h>

#include "die.h"

/* ---- ranks.c -------------------------------------------------------------------------------------------------- */

typedef struct {
    size_t rank, count;
} ranks;

ranks ranks_begin(void);
void ranks_end(void);

/* What rank 0 has there, to all others. */
void ranks_share(void *bytes, size_t count);

/* Replaces every number by its sum over the ranks, on all of them. */
void ranks_sum(float *values, size_t count);

/* The sum over the ranks, on rank 0; elsewhere any number. */
double ranks_total(double value);

/* Whether all ranks have the same number; all of them learn it. */
bool ranks_agree(uint64_t number);

/* ---- task.c --------------------------------------------------------------------------------------------------- */

#define TOKENS 6 /* V, and C */
#define DELAY  3 /* at each step the token that came so many steps before is asked for; before the first token: 0 */

/* A part of a batch: B sequences of up to T steps. */
typedef struct {
    int32_t *tokens, *targets; /* [T,B] */
    int32_t *lengths;          /* [B], T/2 .. T */
    size_t steps, batch;
} part;

part part_create(size_t steps, size_t batch);
void part_release(part *p);

/* Sequence i is made from the seed and i alone, so every rank can make any of them, and knows how long the others are
 * without being told.  The part becomes the sequences from `first` on. */
void part_draw(part *p, uint64_t seed, uint64_t first);

/* The steps of `count` sequences from `first` on, those of one batch: what its sums are divided by, on every rank. */
size_t task_steps(uint64_t seed, uint64_t first, size_t count, size_t steps);

/* ---- checkpoint.c --------------------------------------------------------------------------------------------- */

#define MOST_SEQUENCES 65536
#define MOST_STEPS     65536

typedef struct {
    int64_t units, batch, length, seed; /* these and the rate are the checkpoint's when a run is resumed */
    double rate;
    int64_t updates, report_every, save_every, threads;
    bool resume;
} options;

/* What a run is between two updates, the same on every rank. */
typedef struct {
    rnn_model *model;
    rnn_optimizer *optimizer;
} learner;

/* A new one, or with o->resume that of the checkpoint: rank 0 makes or reads it, the others get its bytes.  What a run
 * keeps of its options goes with them, and becomes *o. */
learner learner_create(options *o, ranks r, const char *path);
void learner_release(learner *l);

int64_t learner_updates(learner *l);

/* Two files, on rank 0 alone: the model in `path`, the optimiser in "path.UPDATES".  Whatever happens on the way,
 * `path` is a whole model whose optimiser is there. */
void learner_save(learner *l, const char *path);

/* ---- train.c -------------------------------------------------------------------------------------------------- */

void train(options *o, ranks r, const char *path);

#endif
