/* Optimisers: what they remember of the gradients, and how they turn them into updates.  See RNN_OPTIMIZER_... */
#ifndef RNNI_OPTIMIZER_H
#define RNNI_OPTIMIZER_H

#include "base/option.h"
#include "base/team.h"
#include "io/safetensors.h"
#include "math/updates.h"
#include "training/optimizer_tensors.h"

#include <stdatomic.h>

struct rnni_optimizer_options {
    int64_t nesterov, schedule, warmup, period, patience, plateau, amsgrad;
    double rate, momentum, beta_1, beta_2, epsilon, weight_decay, max_norm, max_abs;
    double gamma, rate_least, plateau_factor, plateau_threshold;
    /* What has been so far, kept among the options because it goes into files with them. */
    int64_t updates; /* made */
    int64_t stale;   /* reports since the best one */
    double best;     /* not a number before the first report */
    double plateaus; /* RNN_PLATEAU_FACTOR for each that there was */
};

extern const struct rnni_option_table rnni_optimizer_table;

/* Of the moments' magnitudes: they are at most that. */
struct rnni_bounds {
    double m, v;
};

/* Of the gradients: what the kind has, else NULL; v_max is that of AMSGrad. */
struct rnni_moments {
    float *m, *v, *v_max;
};

struct rnn_optimizer {
    atomic_size_t references;
    int32_t kind;
    size_t count;
    struct rnni_optimizer_options options;
    struct rnni_moments moments; /* [count] */
    struct rnni_bounds bounds;
    struct rnni_optimizer_tensors tensors; /* none, unless it was created for a model */
    struct rnni_team *team;                /* for updates of arrays; NULL: the caller's thread alone */
    struct rnni_message message;
};

const char *rnni_optimizer_kind_name(int32_t kind); /* "RNN_OPTIMIZER_ADAM" */

/* RNN_E_MEMORY.  The kind is a known one. */
int32_t rnni_optimizer_create(struct rnn_optimizer **out, int32_t kind, size_t count, const char *function);
void rnni_optimizer_retain(struct rnn_optimizer *optimizer);
void rnni_optimizer_drop(struct rnn_optimizer *optimizer); /* one reference; NULL does nothing */

/* Sets RNN_AMSGRAD, and takes or releases v_max.  0: out of memory, and nothing is changed. */
int rnni_optimizer_set_amsgrad(struct rnn_optimizer *optimizer, int64_t amsgrad);

/* Whether the kind has that option. */
int rnni_optimizer_has(int32_t kind, int32_t key);

/* ---- updating --------------------------------------------------------------------------------------------------- */

/* The rate of the next update. */
double rnni_optimizer_rate(const struct rnn_optimizer *optimizer);

/* How the next update goes, where the gradients, all finite, have that norm.  The rules of tensors with options of
 * their own go into their table. */
struct rnni_rule rnni_optimizer_rule(struct rnn_optimizer *optimizer, double norm);

/* Of that rule, the one of a span. */
static inline const struct rnni_rule *rnni_optimizer_rule_of(const struct rnn_optimizer *optimizer,
                                                             const struct rnni_rule *rule, const struct rnni_span *span)
{
    return optimizer->tensors.differ ? &optimizer->tensors.rules[span->tensor] : rule;
}

/* Updates p [count] by g, with moments [count]. */
void rnni_optimizer_update(int32_t kind, const struct rnni_rule *rule, float *p, struct rnni_moments moments,
                           const float *g, size_t count);

/* Its own, from element `first` on. */
struct rnni_moments rnni_optimizer_moments(const struct rnn_optimizer *optimizer, size_t first);

/* The same with its own moments and the rules of tensors, except for frozen ones, for `count` elements from `first` on:
 * p [first + count] by g. */
void rnni_optimizer_apply(struct rnn_optimizer *optimizer, const struct rnni_rule *rule, float *p, const float *g,
                          size_t first, size_t count);

/* To be called when all elements have been updated. */
void rnni_optimizer_advance(struct rnn_optimizer *optimizer, struct rnni_bounds after);

/* See rnn_optimizer_report; and forgets all reports: the rate stays as it was reduced. */
void rnni_optimizer_report(struct rnn_optimizer *optimizer, double loss);
void rnni_optimizer_forget_reports(struct rnn_optimizer *optimizer);

/* ---- in files (optimizer_file.c) --------------------------------------------------------------------------------- */

/* What else a file holds, of whoever keeps an optimiser in his own: names begin with "trainer.", keys with
 * "rnn.trainer.". */
#define RNNI_OPTIMIZER_OTHER_NOTES   24
#define RNNI_OPTIMIZER_OTHER_TENSORS 3

struct rnni_optimizer_content {
    const struct rnn_optimizer *optimizer;
    struct rnni_safetensors_content others; /* no more than that */
};

/* *size is that of the file, which is written where bytes (NULL allowed) have the capacity. */
int32_t rnni_optimizer_write(unsigned char *bytes, size_t capacity, size_t *size,
                             const struct rnni_optimizer_content *content, const char *function);

/* A new one. */
int32_t rnni_optimizer_read(struct rnn_optimizer **out, const struct rnni_safetensors *file, const char *function);

#endif
