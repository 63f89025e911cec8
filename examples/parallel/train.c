/* The run.  An update is that of one process, but for two lines: the gradient of the loss is divided by the steps of
 * all ranks, and the gradients are summed over the ranks before the optimiser sees them. */
#include "clock.h"
#include "parallel.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define HELD_OUT       256                 /* sequences that the result is measured on */
#define HELD_OUT_FIRST ((uint64_t)1 << 63) /* none that training comes to */

typedef struct {
    const options *options;
    ranks ranks;
    learner learner;
    rnn_session *session;
    rnn_loss *loss;
    size_t first;  /* the rows of this rank in a batch begin here, and are as many as the part has; there may be none */
    part part;     /* [T,B] of this rank */
    float *logits; /* [T,B,C], and their gradient in the same place */
} run;

static void prepare(run *r, options *o, ranks all, const char *path)
{
    *r = (run){.options = o, .ranks = all, .learner = learner_create(o, all, path)};
    size_t batch = (size_t)o->batch, length = (size_t)o->length;
    r->first = batch * all.rank / all.count; /* as even as it gets */
    size_t rows = batch * (all.rank + 1) / all.count - r->first;
    r->part = part_create(length, rows);
    r->logits = allocate(length * rows * TOKENS, sizeof *r->logits);
    check(rnn_session_create(&r->session, r->learner.model, RNN_TRAINING));
    if (o->threads > 1)
        check(rnn_session_set_threads(r->session, (size_t)o->threads));
    if (rows > 0)
        check(rnn_session_reserve(r->session, length, rows));
    check(rnn_loss_create(&r->loss, RNN_LOSS_CROSS_ENTROPY));
    check(rnn_loss_set_int(r->loss, RNN_REDUCTION, RNN_SUM));
}

static void release(run *r)
{
    rnn_session_destroy(r->session);
    rnn_loss_destroy(r->loss);
    learner_release(&r->learner);
    part_release(&r->part);
    free(r->logits);
}

/* Forward over a part; returns the loss summed over its steps, and leaves its gradient in `logits` where `train`. */
static double loss_of(const run *r, rnn_session *session, float *logits /* [T,B,C] */, const part *p, bool train)
{
    size_t tokens = p->steps * p->batch, outputs = tokens * TOKENS;
    double loss;

    check(rnn_reset_state(session, p->batch));
    check(rnn_forward_tokens(session, logits, outputs, p->tokens, tokens, p->lengths, p->batch, p->steps));
    check(rnn_loss_set_batch_of_session(r->loss, session));
    check(rnn_loss_of_classes(r->loss, &loss, train ? logits : NULL, train ? outputs : 0, logits, outputs, p->targets,
                              tokens));
    return loss;
}

/* The part of this rank in the gradient of the mean over `steps` steps; returns its part of the sum of losses. */
static double add_gradient(run *r, size_t steps)
{
    size_t outputs = r->part.steps * r->part.batch * TOKENS;
    double loss = loss_of(r, r->session, r->logits, &r->part, true);

    for (size_t i = 0; i < outputs; i++)
        r->logits[i] /= (float)steps;
    check(rnn_backward(r->session, NULL, 0, r->logits, outputs));
    return loss;
}

/* One update of the mean loss of a batch; returns this rank's part of it. */
static double update(run *r)
{
    const options *o = r->options;
    uint64_t seed = (uint64_t)o->seed, first = (uint64_t)learner_updates(&r->learner) * (uint64_t)o->batch;
    size_t steps = task_steps(seed, first, (size_t)o->batch, r->part.steps), count;
    float *gradients;
    double loss = 0;

    check(rnn_zero_gradients(r->session));
    if (r->part.batch > 0) {
        part_draw(&r->part, seed, first + r->first);
        loss = add_gradient(r, steps);
    }
    check(rnn_session_gradients(r->session, &gradients, &count));
    ranks_sum(gradients, count);
    check(rnn_optimizer_step(r->learner.optimizer, r->session));
    return loss / (double)steps;
}

/* Fowler, Noll and Vo's hash (FNV-1a) of the parameters. */
static uint64_t fingerprint(const rnn_model *model)
{
    const float *values;
    size_t count;
    uint64_t hash = 0xcbf29ce484222325u;

    check(rnn_model_parameters(model, &values, &count));
    const unsigned char *bytes = (const unsigned char *)values;
    for (size_t i = 0; i < count * sizeof *values; i++)
        hash = (hash ^ bytes[i]) * 0x100000001b3u;
    return hash;
}

/* All ranks have made the same updates from the same start: if their parameters differ in a bit, something is broken,
 * and nothing that comes after could be trusted. */
static uint64_t check_ranks(run *r)
{
    uint64_t hash = fingerprint(r->learner.model);

    if (!ranks_agree(hash))
        die("after update %" PRId64 " the parameters are not the same on all ranks: %016" PRIx64 " on rank %zu",
            learner_updates(&r->learner), hash, r->ranks.rank);
    return hash;
}

static void report(const run *r, int64_t updates, double loss)
{
    double mean = ranks_total(loss);

    if (r->ranks.rank > 0)
        return;
    printf("update %6" PRId64 "   loss %.6f\n", updates, mean);
    fflush(stdout);
}

static void run_updates(run *r, const char *path)
{
    const options *o = r->options;
    int64_t done = learner_updates(&r->learner);

    while (done < o->updates) {
        double loss = update(r);
        bool last = ++done == o->updates;
        if (last || done % o->report_every == 0)
            report(r, done, loss);
        if (last || done % o->save_every == 0) {
            check_ranks(r);
            if (r->ranks.rank == 0)
                learner_save(&r->learner, path);
        }
    }
}

/* The mean loss on sequences that were not trained on. */
static double held_out_loss(const run *r)
{
    size_t length = (size_t)r->options->length;
    uint64_t seed = (uint64_t)r->options->seed;
    part p = part_create(length, HELD_OUT);
    float *logits = allocate(length * HELD_OUT * TOKENS, sizeof *logits);
    rnn_session *session;

    part_draw(&p, seed, HELD_OUT_FIRST);
    check(rnn_session_create(&session, r->learner.model, RNN_INFERENCE));
    double loss = loss_of(r, session, logits, &p, false);
    rnn_session_destroy(session);
    free(logits);
    part_release(&p);
    return loss / (double)task_steps(seed, HELD_OUT_FIRST, HELD_OUT, length);
}

void train(options *o, ranks all, const char *path)
{
    run r;

    prepare(&r, o, all, path);
    double began = now();
    int64_t before = learner_updates(&r.learner);
    run_updates(&r, path);
    double spent = now() - began;
    uint64_t hash = check_ranks(&r);
    if (all.rank == 0) {
        int64_t updates = learner_updates(&r.learner);
        printf("%" PRId64 " updates on %zu rank%s, %.2f s\n", updates - before, all.count, all.count > 1 ? "s" : "",
               spent);
        printf("parameters after update %" PRId64 ": %016" PRIx64 " on all ranks\n", updates, hash);
        printf("held-out loss %.6f nats, %.6f for guesses\n", held_out_loss(&r), log(TOKENS));
        printf("checkpoint: %s\n", path);
    }
    release(&r);
}
