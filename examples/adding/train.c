/* A network learns to add: new sequences for every update, so that the error it trains on is also that on sequences it
 * has never seen. */
#include "adding.h"
#include "clock.h"
#include "model.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define SMOOTHING 0.02         /* weight of the newest error in the moving average */
#define ENOUGH    (SOLVED / 5) /* moving average at which training ends */
#define TEST      1024         /* sequences that the result is measured on, the same for every network */
#define TEST_SEED UINT64_MAX   /* none that the command line takes */
#define REPORT    250          /* updates between lines of progress */
#define POINTS    256          /* of the curve of errors, at most */

typedef struct {
    rnn_model *model;
    rnn_session *session;
    rnn_optimizer *optimizer; /* Adam: plain gradient descent does not get away from the baseline here */
    size_t parameters;
    problem p;
    float answers[BATCH], danswers[BATCH];
    uint64_t random;
    double error; /* moving average */
} run;

rnn_model *create_network(const contestant *c, int64_t seed)
{
    rnn_config *config;
    rnn_model *model;

    check(rnn_config_create(&config));
    check(rnn_config_set_int(config, RNN_CELL, c->cell));
    check(rnn_config_set_int(config, RNN_INPUT_SIZE, INPUTS));
    check(rnn_config_set_int(config, RNN_HIDDEN_SIZE, UNITS));
    check(rnn_config_set_int(config, RNN_CLASSES, 1)); /* a head with one output is linear regression */
    check(rnn_config_set_int(config, RNN_OUTPUT, RNN_OUTPUT_LAST_STEP));
    check(rnn_config_set_int(config, RNN_SEED, seed));
    if (c->forget_bias != 0)
        check(rnn_config_set_real(config, RNN_FORGET_BIAS, c->forget_bias));
    check(rnn_create(&model, config));
    rnn_config_destroy(config);
    return model;
}

static void prepare(run *r, const contestant *c, const options *o)
{
    size_t length = (size_t)o->length;

    *r = (run){.p = problem_create(length, BATCH), .random = (uint64_t)o->seed};
    r->model = create_network(c, o->seed);
    check(rnn_session_create(&r->session, r->model, RNN_TRAINING));
    check(rnn_session_reserve(r->session, length, BATCH));
    r->parameters = parameter_count(r->model);
    check(rnn_optimizer_create(&r->optimizer, RNN_OPTIMIZER_ADAM, r->parameters));
    check(rnn_optimizer_set_real(r->optimizer, RNN_RATE, RATE));
    check(rnn_optimizer_set_real(r->optimizer, RNN_MAX_NORM, CLIP));
}

static void release(run *r)
{
    rnn_session_destroy(r->session);
    rnn_destroy(r->model);
    rnn_optimizer_destroy(r->optimizer);
    problem_release(&r->p);
}

/* One update; returns the error before it. */
static double train_step(run *r)
{
    problem *p = &r->p;

    problem_draw(p, &r->random);
    check(rnn_reset_state(r->session, BATCH));
    check(rnn_forward(r->session, r->answers, BATCH, p->x, p->length * BATCH * INPUTS, NULL, 0, p->length));
    double error = mean_squared_error(r->danswers, r->answers, p);
    if (!isfinite(error))
        die("training diverged: the error is not finite");
    check(rnn_zero_gradients(r->session));
    check(rnn_backward(r->session, NULL, 0, r->danswers, BATCH));
    check(rnn_optimizer_step(r->optimizer, r->session));
    return error;
}

/* The error on sequences that were not trained on. */
static double test(rnn_model *model, size_t length)
{
    uint64_t random = TEST_SEED;
    problem p = problem_create(length, TEST);
    float *answers = allocate(TEST, sizeof *answers);
    rnn_session *session;

    problem_draw(&p, &random);
    check(rnn_session_create(&session, model, RNN_INFERENCE));
    check(rnn_reset_state(session, TEST));
    check(rnn_forward(session, answers, TEST, p.x, length * TEST * INPUTS, NULL, 0, length));
    double error = mean_squared_error(NULL, answers, &p);
    rnn_session_destroy(session);
    free(answers);
    problem_release(&p);
    return error;
}

static void report(const result *out, const contestant *c, double error)
{
    printf("%-24s update %6lld   error %.4f   %.1f s\n", c->name, (long long)out->steps, error, out->seconds);
    fflush(stdout);
}

void train(result *out, const contestant *c, const options *o)
{
    double began = now();
    bool solved = false;
    run r;

    prepare(&r, c, o);
    *out = (result){.parameters = r.parameters, .errors = {.capacity = POINTS}};
    while (!solved && out->steps < o->steps && (o->seconds == 0 || out->seconds < o->seconds)) {
        double error = train_step(&r);
        r.error += out->steps == 0 ? error : SMOOTHING * (error - r.error);
        out->steps++;
        out->seconds = now() - began;
        series_add(&out->errors, (double)out->steps, error);
        solved = r.error < ENOUGH;
        if (solved || out->steps % REPORT == 0)
            report(out, c, r.error);
    }
    out->error = test(r.model, r.p.length);
    release(&r);
}
