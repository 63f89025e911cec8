#include "api/update_arrays.h"

#include "training/whole_update.h"

#include <math.h>

static int32_t check_finite(struct rnni_caller caller, const rnn_optimizer *optimizer, const float *gradients,
                            double *largest)
{
    const struct rnni_optimizer_tensors *tensors = &optimizer->tensors;
    size_t i = 0;
    *largest = rnni_whole_update_largest(optimizer->team, tensors, gradients, optimizer->count);
    if (isfinite(*largest))
        return RNN_OK;
    while (isfinite(rnni_optimizer_tensors_largest(tensors, gradients, i, 1)))
        i++;
    return rnni_status_fail(caller.message, RNN_E_NONFINITE,
                            "%s: gradients[%zu] is infinite or not a number; nothing was changed", caller.function, i);
}

int32_t rnni_update_arrays(struct rnni_caller caller, rnn_optimizer *optimizer, float *parameters,
                           size_t parameters_count, const float *gradients, size_t gradients_count)
{
    struct rnni_shape shape = {"parameters", optimizer->count, 0, 0, NULL};
    RNNI_TRY(rnni_check_array(caller, "parameters", parameters, parameters_count, shape, 0));
    RNNI_TRY(rnni_check_array(caller, "gradients", gradients, gradients_count, shape, 0));
    RNNI_TRY(rnni_check_team(caller, optimizer->team, "optimiser", "rnn_optimizer_set_threads"));
    struct rnni_team *team = optimizer->team;
    struct rnni_bounds after;
    struct rnni_trial trial = {.optimizer = optimizer, .p = parameters, .g = gradients};
    RNNI_TRY(check_finite(caller, optimizer, gradients, &trial.largest_g));
    double squares = optimizer->options.max_norm > 0
                         ? rnni_whole_update_squares(team, &optimizer->tensors, gradients, gradients_count)
                         : 0;
    struct rnni_rule rule = rnni_optimizer_rule(optimizer, sqrt(squares));
    trial.rule = &rule;
    if (rnni_overflow_depends_on_parameters(optimizer, &rule))
        trial.largest_p = rnni_whole_update_largest(team, NULL, parameters, parameters_count);
    RNNI_TRY(rnni_check_update(caller, &trial, NULL, &after));
    rnni_whole_update_apply(team, optimizer, &rule, parameters, gradients);
    rnni_optimizer_advance(optimizer, after);
    return RNN_OK;
}
