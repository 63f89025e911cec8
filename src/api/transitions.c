#include "api/transitions.h"

#include <math.h>

static int32_t check_scores(struct rnni_caller caller, const char *name, const float *values, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!(values[i] < INFINITY))
            return rnni_status_fail(caller.message, RNN_E_VALUE,
                                    "%s: %s[%zu] is %g, expected a finite number or -infinity", caller.function, name,
                                    i, (double)values[i]);
    return RNN_OK;
}

int32_t rnni_transitions_set(struct rnni_caller caller, struct rnni_crf_transitions *kept,
                             struct rnni_transitions given)
{
    size_t classes = given.start_count;
    RNNI_TRY(rnni_check_size(caller, "start_count", classes));
    RNNI_TRY(rnni_check_array(caller, "start", given.start, classes, (struct rnni_shape){"C", classes, 0, 0, NULL}, 0));
    RNNI_TRY(rnni_check_array(caller, "end", given.end, given.end_count,
                              (struct rnni_shape){"C", classes, 0, 0, "; C is start_count"}, 0));
    RNNI_TRY(rnni_check_array(caller, "transitions", given.transitions, given.transitions_count,
                              (struct rnni_shape){"C*C", classes, classes, 0, "; C is start_count"}, 0));
    RNNI_TRY(check_scores(caller, "start", given.start, classes));
    RNNI_TRY(check_scores(caller, "end", given.end, classes));
    RNNI_TRY(check_scores(caller, "transitions", given.transitions, given.transitions_count));
    if (!rnni_crf_lattice_keep(kept, given.start, given.end, given.transitions, classes))
        return rnni_status_fail(caller.message, RNN_E_MEMORY, "%s: out of memory for the transitions of %zu classes",
                                caller.function, classes);
    return RNN_OK;
}

int32_t rnni_transitions_set_of_model(struct rnni_caller caller, struct rnni_crf_transitions *kept,
                                      const struct rnn_model *model)
{
    const struct rnni_layout *layout = &model->layout;
    size_t classes = layout->classes;
    RNNI_TRY(rnni_transitions_check_model(caller, model));
    const float *scores = model->parameters + layout->crf; /* start, end, transitions */
    return rnni_transitions_set(
        caller, kept,
        (struct rnni_transitions){scores, scores + classes, scores + 2 * classes, classes, classes, classes * classes});
}

int32_t rnni_transitions_check_model(struct rnni_caller caller, const struct rnn_model *model)
{
    if (model->layout.crf == RNNI_ABSENT)
        return rnni_status_fail(caller.message, RNN_E_UNSUPPORTED,
                                "%s: the model has no transitions: expected RNN_CRF to be set", caller.function);
    return RNN_OK;
}

int32_t rnni_transitions_check(struct rnni_caller caller, const struct rnni_crf_transitions *kept, size_t classes,
                               const char *setter)
{
    if (!kept->classes)
        return rnni_status_fail(caller.message, RNN_E_STATE, "%s: no transitions are set: expected %s", caller.function,
                                setter);
    if (kept->classes != classes)
        return rnni_status_fail(caller.message, RNN_E_SIZE,
                                "%s: the transitions are those of %zu classes, expected %zu", caller.function,
                                kept->classes, classes);
    return RNN_OK;
}
