#include "session/update.h"

#include "session/parallel.h"
#include "training/gradient.h"

#include <math.h>

#define PIECES 64

/* What the threads do to their pieces. */
struct update {
    const struct rnn_session *session;
    double factor; /* or rate */
    struct rnn_optimizer *optimizer;
    const struct rnni_rule *rule;
    double (*measure)(const struct rnni_optimizer_tensors *tensors, const float *values, size_t first, size_t count);
    const float *measured;
    const struct rnni_optimizer_tensors *tensors; /* frozen ones are not measured; NULL: none */
    double *measures;                             /* [PIECES] */
    size_t shares;
};

static struct rnni_part piece_of(const struct update *update, size_t index, size_t pieces)
{
    return rnni_part_of(update->session->model->layout.parameter_count, RNNI_BLOCK, index, pieces);
}

static void run(struct update *update, rnni_team_task task)
{
    update->shares = rnni_parallel_shares(update->session, update->session->model->layout.parameter_count);
    rnni_team_run(update->session->team, update->shares, task, update);
}

static void measure_share(void *context, size_t index)
{
    const struct update *update = context;
    for (size_t i = index; i < PIECES; i += update->shares) {
        struct rnni_part piece = piece_of(update, i, PIECES);
        update->measures[i] = update->measure(update->tensors, update->measured, piece.first, piece.count);
    }
}

/* The pieces that make a sum do not depend on the threads, nor does its order. */
double rnni_update_norm(const struct rnn_session *session, const struct rnni_optimizer_tensors *tensors)
{
    double measures[PIECES], sum = 0;
    run(&(struct update){.session = session,
                         .measure = rnni_optimizer_tensors_squares,
                         .measured = session->gradients,
                         .tensors = tensors,
                         .measures = measures},
        measure_share);
    for (size_t i = 0; i < PIECES; i++)
        sum += measures[i];
    return sqrt(sum);
}

static double largest(const struct rnn_session *session, const struct rnni_optimizer_tensors *tensors,
                      const float *values)
{
    double measures[PIECES], most = 0;
    run(&(struct update){.session = session,
                         .measure = rnni_optimizer_tensors_largest,
                         .measured = values,
                         .tensors = tensors,
                         .measures = measures},
        measure_share);
    for (size_t i = 0; i < PIECES; i++)
        most = measures[i] > most ? measures[i] : most;
    return most;
}

double rnni_update_largest_gradient(const struct rnn_session *session, const struct rnni_optimizer_tensors *tensors)
{
    return largest(session, tensors, session->gradients);
}

double rnni_update_largest_parameter(const struct rnn_session *session)
{
    return largest(session, NULL, session->model->parameters);
}

static void scale_share(void *context, size_t index)
{
    const struct update *update = context;
    struct rnni_part piece = piece_of(update, index, update->shares);
    rnni_gradient_scale(update->session->gradients + piece.first, update->factor, piece.count);
}

void rnni_update_scale(struct rnn_session *session, double factor)
{
    run(&(struct update){.session = session, .factor = factor}, scale_share);
}

static void descend_share(void *context, size_t index)
{
    const struct update *update = context;
    struct rnni_part piece = piece_of(update, index, update->shares);
    rnni_gradient_descend(update->session->model->parameters + piece.first, update->session->gradients + piece.first,
                          update->factor, piece.count);
}

static void pack(struct rnn_session *session)
{
    int small = rnni_parallel_shares(session, session->model->layout.parameter_count) == 1;
    rnni_model_parameters_changed(session->model, small ? NULL : session->team);
}

void rnni_update_descend(struct rnn_session *session, double rate)
{
    run(&(struct update){.session = session, .factor = rate}, descend_share);
    pack(session);
}

static void optimize_share(void *context, size_t index)
{
    const struct update *update = context;
    struct rnni_part piece = piece_of(update, index, update->shares);
    rnni_optimizer_apply(update->optimizer, update->rule, update->session->model->parameters,
                         update->session->gradients, piece.first, piece.count);
}

void rnni_update_optimize(struct rnn_session *session, struct rnn_optimizer *optimizer, const struct rnni_rule *rule)
{
    run(&(struct update){.session = session, .optimizer = optimizer, .rule = rule}, optimize_share);
    pack(session);
}
