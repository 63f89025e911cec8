#include "training/optimizer.h"

#include "base/assertion.h"
#include "base/memory.h"
#include "base/option_rows.h"

#include <float.h>
#include <math.h>

#define FIELD(field) "rnn.optimizer." #field, offsetof(struct rnni_optimizer_options, field)
/* What has no key of its own cannot be asked for.  Half of what an integer holds: a file cannot make one overflow. */
#define KEPT_INTEGER(key, field)                                                                                       \
    {                                                                                                                  \
        key, RNNI_INTEGER, #key, FIELD(field), 0, INT64_MAX / 2, 0, 0, 1                                               \
    }
#define KEPT_REAL(field, least)                                                                                        \
    {                                                                                                                  \
        -1, RNNI_REAL, #field, FIELD(field), 0, 0, least, DBL_MAX, 1                                                   \
    }
#define LARGEST   1e30
#define SMALLEST  1e-30     /* what is divided by is above 0 as a float, too */
#define BELOW_ONE 0.9999999 /* and below 1 as a float, too */

static const struct rnni_option options[] = {
    INTEGER(RNN_NESTEROV, nesterov, 0, 1),
    INTEGER(RNN_SCHEDULE, schedule, RNN_SCHEDULE_CONSTANT, RNN_SCHEDULE_COSINE),
    INTEGER(RNN_WARMUP, warmup, 0, INT64_MAX / 2),
    INTEGER(RNN_PERIOD, period, 1, INT64_MAX / 2),
    INTEGER(RNN_PATIENCE, patience, 0, INT64_MAX / 2),
    INTEGER(RNN_PLATEAU, plateau, 0, 1),
    INTEGER(RNN_AMSGRAD, amsgrad, 0, 1),
    REAL(RNN_RATE, rate, 0, LARGEST),
    REAL(RNN_MOMENTUM, momentum, 0, BELOW_ONE),
    REAL(RNN_BETA_1, beta_1, 0, BELOW_ONE),
    REAL(RNN_BETA_2, beta_2, 0, BELOW_ONE),
    REAL(RNN_EPSILON, epsilon, SMALLEST, LARGEST),
    REAL(RNN_WEIGHT_DECAY, weight_decay, 0, LARGEST),
    REAL(RNN_MAX_NORM, max_norm, 0, LARGEST),
    REAL(RNN_MAX_ABS, max_abs, 0, LARGEST),
    REAL(RNN_GAMMA, gamma, 0, 1),
    REAL(RNN_MINIMUM_RATE, rate_least, 0, LARGEST),
    REAL(RNN_PLATEAU_FACTOR, plateau_factor, 0, BELOW_ONE),
    REAL(RNN_PLATEAU_THRESHOLD, plateau_threshold, 0, BELOW_ONE),
    KEPT_INTEGER(RNN_UPDATES, updates),
    KEPT_INTEGER(-1, stale),
    KEPT_REAL(best, -DBL_MAX),
    KEPT_REAL(plateaus, 0),
};
const struct rnni_option_table rnni_optimizer_table = {options, sizeof options / sizeof *options};

/* ---- kinds ------------------------------------------------------------------------------------------------------- */

#define KIND(name) (1 << RNN_OPTIMIZER_##name)
#define ADAMS      (KIND(ADAM) | KIND(ADAMW))

static const struct rnni_option_owner owners[] = {
    {RNN_NESTEROV, KIND(SGD)},
    {RNN_MOMENTUM, KIND(SGD) | KIND(RMSPROP)},
    {RNN_AMSGRAD, ADAMS},
    {RNN_BETA_1, ADAMS},
    {RNN_BETA_2, ADAMS | KIND(RMSPROP)},
    {RNN_EPSILON, ADAMS | KIND(RMSPROP) | KIND(ADAGRAD)},
};

int rnni_optimizer_has(int32_t kind, int32_t key)
{
    return rnni_option_is_of(owners, sizeof owners / sizeof *owners, kind, key);
}

const char *rnni_optimizer_kind_name(int32_t kind)
{
    RNNI_ASSERT(kind >= 0 && kind <= RNN_OPTIMIZER_ADAMW);
    static const char *const names[] = {
        "",
        "RNN_OPTIMIZER_SGD",
        "RNN_OPTIMIZER_RMSPROP",
        "RNN_OPTIMIZER_ADAGRAD",
        "RNN_OPTIMIZER_ADAM",
        "RNN_OPTIMIZER_ADAMW",
    };
    return names[kind];
}

static int is_adam(int32_t kind)
{
    return ADAMS >> kind & 1;
}

/* ---- life -------------------------------------------------------------------------------------------------------- */

static void fill_default(struct rnni_optimizer_options *o, int32_t kind)
{
    *o = (struct rnni_optimizer_options){
        .schedule = RNN_SCHEDULE_CONSTANT,
        .period = 1,
        .patience = 10,
        .rate = is_adam(kind) ? 0.001 : 0.01,
        .beta_1 = 0.9,
        .beta_2 = kind == RNN_OPTIMIZER_RMSPROP ? 0.99 : 0.999,
        .epsilon = kind == RNN_OPTIMIZER_ADAGRAD ? 1e-10 : 1e-8,
        .weight_decay = kind == RNN_OPTIMIZER_ADAMW ? 0.01 : 0,
        .gamma = 0.1,
        .plateau_factor = 0.1,
        .plateau_threshold = 1e-4,
        .best = (double)NAN,
        .plateaus = 1,
    };
}

int32_t rnni_optimizer_create(struct rnn_optimizer **out, int32_t kind, size_t count, const char *function)
{
    RNNI_ASSERT(kind >= RNN_OPTIMIZER_SGD && kind <= RNN_OPTIMIZER_ADAMW);
    int has_m = kind != RNN_OPTIMIZER_ADAGRAD, has_v = kind != RNN_OPTIMIZER_SGD;
    struct rnn_optimizer *made = rnni_memory_take(1, sizeof *made);
    if (made) {
        *made = (struct rnn_optimizer){.references = 1, .kind = kind, .count = count};
        fill_default(&made->options, kind);
        made->moments.m = has_m ? rnni_memory_take(count, sizeof(float)) : NULL;
        made->moments.v = has_v ? rnni_memory_take(count, sizeof(float)) : NULL;
    }
    if (!made || (has_m && !made->moments.m) || (has_v && !made->moments.v)) {
        rnni_optimizer_drop(made);
        return rnni_status_fail(NULL, RNN_E_MEMORY, "%s: out of memory for an optimiser of %zu parameters", function,
                                count);
    }
    *out = made;
    return RNN_OK;
}

void rnni_optimizer_retain(struct rnn_optimizer *optimizer)
{
    atomic_fetch_add(&optimizer->references, 1);
}

void rnni_optimizer_drop(struct rnn_optimizer *optimizer)
{
    if (!optimizer || atomic_fetch_sub(&optimizer->references, 1) != 1)
        return;
    rnni_memory_release(optimizer->moments.m);
    rnni_memory_release(optimizer->moments.v);
    rnni_memory_release(optimizer->moments.v_max);
    rnni_optimizer_tensors_release(&optimizer->tensors);
    rnni_team_release(optimizer->team);
    rnni_memory_release(optimizer);
}

int rnni_optimizer_set_amsgrad(struct rnn_optimizer *optimizer, int64_t amsgrad)
{
    RNNI_ASSERT(!amsgrad || is_adam(optimizer->kind));
    float **v_max = &optimizer->moments.v_max;
    if (amsgrad && !*v_max && !(*v_max = rnni_memory_take(optimizer->count, sizeof **v_max)))
        return 0;
    if (!amsgrad) {
        rnni_memory_release(*v_max);
        *v_max = NULL;
    }
    optimizer->options.amsgrad = amsgrad;
    return 1;
}

/* ---- the rate ---------------------------------------------------------------------------------------------------- */

/* Exactly the rate at first and the least one in the end. */
static double cosine(const struct rnni_optimizer_options *o, double part)
{
    double least = o->rate < o->rate_least ? o->rate : o->rate_least;
    double height = (1 + cos(3.14159265358979323846 * (part < 1 ? part : 1))) / 2;
    return (1 - height) * least + height * o->rate;
}

static double scheduled(const struct rnni_optimizer_options *o)
{
    double after = (double)(o->updates - o->warmup), part = after / (double)o->period;
    if (o->updates < o->warmup)
        return o->rate * ((double)(o->updates + 1) / (double)o->warmup); /* the last of them: exactly the rate */
    if (o->schedule == RNN_SCHEDULE_STEP)
        return o->rate * pow(o->gamma, floor(part));
    if (o->schedule == RNN_SCHEDULE_EXPONENTIAL)
        return o->rate * pow(o->gamma, part);
    return o->schedule == RNN_SCHEDULE_COSINE ? cosine(o, part) : o->rate;
}

double rnni_optimizer_rate(const struct rnn_optimizer *optimizer)
{
    const struct rnni_optimizer_options *o = &optimizer->options;
    double rate = scheduled(o), least = rate < o->rate_least ? rate : o->rate_least;
    return rate * o->plateaus < least ? least : rate * o->plateaus;
}

void rnni_optimizer_report(struct rnn_optimizer *optimizer, double loss)
{
    struct rnni_optimizer_options *o = &optimizer->options;
    if (!o->plateau)
        return;
    double bound = o->best * (o->best < 0 ? 1 + o->plateau_threshold : 1 - o->plateau_threshold);
    if (loss < bound || (isnan(o->best) && !isnan(loss))) {
        o->best = fmin(fmax(loss, -DBL_MAX), DBL_MAX);
        o->stale = 0;
    } else if (++o->stale > o->patience) {
        o->stale = 0;
        o->plateaus *= o->plateau_factor;
    }
}

void rnni_optimizer_forget_reports(struct rnn_optimizer *optimizer)
{
    optimizer->options.best = (double)NAN;
    optimizer->options.stale = 0;
}

/* ---- an update --------------------------------------------------------------------------------------------------- */

static void set_clipping(struct rnni_rule *rule, const struct rnni_optimizer_options *o, double norm)
{
    double factor = o->max_norm > 0 && norm > o->max_norm ? o->max_norm / norm : 1;
    int small = factor < (double)FLT_MIN; /* it would have few digits as a float */
    rule->scale = (float)(small ? sqrt(factor) : factor);
    rule->scale_again = small ? rule->scale : 1;
    rule->most = o->max_abs > 0 ? (float)o->max_abs : FLT_MAX;
}

static struct rnni_rule rule_with(const struct rnn_optimizer *optimizer, double norm, double rate_factor,
                                  double decay_factor)
{
    const struct rnni_optimizer_options *o = &optimizer->options;
    double rate = rnni_optimizer_rate(optimizer) * rate_factor, n = (double)o->updates + 1;
    double decay = o->weight_decay * decay_factor;
    int apart = optimizer->kind == RNN_OPTIMIZER_ADAMW;
    struct rnni_rule rule = {
        .decay = apart ? 0 : (float)decay,
        .shrink = apart ? (float)(1 - rate * decay) : 1,
        .rate = (float)(is_adam(optimizer->kind) ? rate / (1 - pow(o->beta_1, n)) : rate),
        .epsilon = (float)o->epsilon,
        .momentum = (float)o->momentum,
        .keep_m = (float)o->beta_1,
        .take_m = (float)(1 - o->beta_1),
        .keep_v = (float)o->beta_2,
        .take_v = (float)(1 - o->beta_2),
        .root = (float)(1 / sqrt(1 - pow(o->beta_2, n))),
        .nesterov = o->nesterov != 0,
    };
    set_clipping(&rule, o, norm);
    return rule;
}

struct rnni_rule rnni_optimizer_rule(struct rnn_optimizer *optimizer, double norm)
{
    RNNI_ASSERT(norm >= 0 && isfinite(norm));
    struct rnni_optimizer_tensors *tensors = &optimizer->tensors;
    for (size_t i = 0; i < tensors->count && tensors->differ; i++)
        tensors->rules[i] = rule_with(optimizer, norm, tensors->all[i].rate_factor, tensors->all[i].decay_factor);
    return rule_with(optimizer, norm, 1, 1);
}

/* Whether there are the moments that the kind has. */
static int has_moments(int32_t kind, const struct rnni_moments *moments)
{
    return (moments->m || kind == RNN_OPTIMIZER_ADAGRAD) && (moments->v || kind == RNN_OPTIMIZER_SGD) &&
           (is_adam(kind) || !moments->v_max);
}

void rnni_optimizer_update(int32_t kind, const struct rnni_rule *rule, float *p, struct rnni_moments moments,
                           const float *g, size_t count)
{
    RNNI_ASSERT(has_moments(kind, &moments));
    const struct rnni_updates_kernels *kernels = rnni_updates();
    float *m = moments.m, *v = moments.v;
    if (moments.v_max)
        kernels->amsgrad(p, m, v, moments.v_max, g, rule, count);
    else if (is_adam(kind))
        kernels->adam(p, m, v, g, rule, count);
    else if (kind == RNN_OPTIMIZER_ADAGRAD)
        kernels->adagrad(p, v, g, rule, count);
    else if (kind == RNN_OPTIMIZER_RMSPROP && rule->momentum > 0)
        kernels->rmsprop_momentum(p, m, v, g, rule, count);
    else if (kind == RNN_OPTIMIZER_RMSPROP)
        kernels->rmsprop(p, v, g, rule, count);
    else if (rule->momentum > 0)
        kernels->momentum(p, m, g, rule, count);
    else
        kernels->sgd(p, g, rule, count);
}

struct rnni_moments rnni_optimizer_moments(const struct rnn_optimizer *optimizer, size_t first)
{
    RNNI_ASSERT(first <= optimizer->count);
    const struct rnni_moments *of = &optimizer->moments;
    return (struct rnni_moments){of->m ? of->m + first : NULL, of->v ? of->v + first : NULL,
                                 of->v_max ? of->v_max + first : NULL};
}

void rnni_optimizer_apply(struct rnn_optimizer *optimizer, const struct rnni_rule *rule, float *p, const float *g,
                          size_t first, size_t count)
{
    RNNI_ASSERT(count <= optimizer->count && first <= optimizer->count - count);
    for (struct rnni_span s = {.first = first}; rnni_optimizer_tensors_next(&optimizer->tensors, &s, first + count);)
        if (!s.frozen)
            rnni_optimizer_update(optimizer->kind, rnni_optimizer_rule_of(optimizer, rule, &s), p + s.first,
                                  rnni_optimizer_moments(optimizer, s.first), g + s.first, s.count);
}

void rnni_optimizer_advance(struct rnn_optimizer *optimizer, struct rnni_bounds after)
{
    optimizer->options.updates++;
    optimizer->bounds = after;
}
