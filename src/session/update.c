#include "session/update.h"

#include "session/parallel.h"
#include "training/whole_update.h"

#include <math.h>

static size_t count_of(const struct rnn_session *session)
{
    return session->model->layout.parameter_count;
}

double rnni_update_norm(const struct rnn_session *session, const struct rnni_optimizer_tensors *tensors)
{
    return sqrt(rnni_whole_update_squares(session->team, tensors, session->gradients, count_of(session)));
}

double rnni_update_largest_gradient(const struct rnn_session *session, const struct rnni_optimizer_tensors *tensors)
{
    return rnni_whole_update_largest(session->team, tensors, session->gradients, count_of(session));
}

double rnni_update_largest_parameter(const struct rnn_session *session)
{
    return rnni_whole_update_largest(session->team, NULL, session->model->parameters, count_of(session));
}

void rnni_update_scale(struct rnn_session *session, double factor)
{
    rnni_whole_update_scale(session->team, session->gradients, factor, count_of(session));
}

void rnni_update_clip(struct rnn_session *session, double most)
{
    rnni_whole_update_clip(session->team, session->gradients, most, count_of(session));
}

static void pack(struct rnn_session *session)
{
    int small = rnni_parallel_shares(session, count_of(session)) == 1;
    rnni_model_parameters_changed(session->model, small ? NULL : session->team);
}

void rnni_update_descend(struct rnn_session *session, double rate)
{
    rnni_whole_update_descend(session->team, session->model->parameters, session->gradients, rate, count_of(session));
    pack(session);
}

void rnni_update_optimize(struct rnn_session *session, struct rnn_optimizer *optimizer, const struct rnni_rule *rule)
{
    rnni_whole_update_apply(session->team, optimizer, rule, session->model->parameters, session->gradients);
    pack(session);
}
