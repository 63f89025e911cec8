#include "decoding/beam.h"
#include "decoding/logits.h"
#include "decoding/sample.h"

#include "api/check.h"

#include <inttypes.h>
#include <math.h>

/* ---- sampling --------------------------------------------------------------------------------------------------- */

static int32_t check_sampling(struct rnni_door door, double temperature, double top_p)
{
    if (!(temperature >= 0 && isfinite(temperature)))
        return rnni_status_fail(NULL, RNN_E_VALUE, "%s: temperature is %g, expected a finite number of at least 0",
                                door.function, temperature);
    if (!(top_p > 0 && top_p <= 1))
        return rnni_status_fail(NULL, RNN_E_VALUE, "%s: top_p is %g, expected above 0 to 1", door.function, top_p);
    return RNN_OK;
}

/* logits [B,C] are below infinity, and in every row one is above -infinity. */
static int32_t check_rows(struct rnni_door door, const float *logits, size_t batch, size_t classes)
{
    size_t bad = rnni_logits_find_bad(logits, batch * classes, 1);
    if (bad < batch * classes)
        return rnni_status_fail(NULL, RNN_E_VALUE, "%s: logits[%zu] is %g, expected a number below infinity",
                                door.function, bad, (double)logits[bad]);
    for (size_t b = 0; b < batch; b++) {
        const float *o = logits + b * classes; /* [C] */
        if (isinf(o[rnni_logits_likeliest(o, classes)]))
            return rnni_status_fail(NULL, RNN_E_VALUE, "%s: all logits of row %zu are -infinity, so none can be drawn",
                                    door.function, b);
    }
    return RNN_OK;
}

RNN_API int32_t rnn_sample(int32_t *tokens, size_t tokens_count, const float *logits, size_t logits_count, size_t batch,
                           size_t classes, double temperature, size_t top_k, double top_p, int64_t *random)
{
    struct rnni_door door = {NULL, __func__};
    RNNI_NEED(NULL, random);
    RNNI_TRY(rnni_check_size(door, "batch", batch));
    RNNI_TRY(rnni_check_size(door, "classes", classes));
    RNNI_TRY(rnni_check_array(door, "tokens", tokens, tokens_count, (struct rnni_shape){"B", batch, 0, 0, NULL}, 0));
    RNNI_TRY(
        rnni_check_array(door, "logits", logits, logits_count, (struct rnni_shape){"B*C", batch, classes, 0, NULL}, 0));
    RNNI_TRY(check_sampling(door, temperature, top_p));
    RNNI_TRY(check_rows(door, logits, batch, classes));
    if (rnni_sample(tokens, logits, batch, classes, (struct rnni_sampling){temperature, top_k, top_p}, random))
        return rnni_status_fail(NULL, RNN_E_MEMORY, "%s: no memory for %zu classes", __func__, classes);
    return RNN_OK;
}

/* ---- beam search ------------------------------------------------------------------------------------------------ */

static int32_t check_search(struct rnni_door door, const struct rnni_beam_search *wanted)
{
    RNNI_TRY(rnni_check_size(door, "steps", wanted->steps));
    RNNI_TRY(rnni_check_size(door, "classes", wanted->classes));
    RNNI_TRY(rnni_check_width(door, wanted->width, wanted->results));
    RNNI_TRY(rnni_check_class(door, "first", wanted->first, wanted->classes));
    if (wanted->end != -1)
        RNNI_TRY(rnni_check_class(door, "end", wanted->end, wanted->classes));
    if (!(wanted->penalty >= 0 && isfinite(wanted->penalty)))
        return rnni_status_fail(NULL, RNN_E_VALUE, "%s: penalty is %g, expected a finite number of at least 0",
                                door.function, wanted->penalty);
    return RNN_OK;
}

RNN_API int32_t rnn_beam_search(int32_t *tokens, size_t tokens_count, int32_t *lengths, size_t lengths_count,
                                double *scores, size_t scores_count, int32_t first, int32_t end, size_t steps,
                                size_t classes, size_t width, size_t results, double penalty, rnn_generator next,
                                void *user)
{
    struct rnni_door door = {NULL, __func__};
    struct rnni_beam_search wanted = {first, end, steps, classes, width, results, penalty, next, user};
    struct rnni_shape shape = {"N", results, 0, 0, NULL};
    RNNI_NEED(NULL, next);
    RNNI_TRY(check_search(door, &wanted));
    RNNI_TRY(
        rnni_check_array(door, "tokens", tokens, tokens_count, (struct rnni_shape){"N*T", results, steps, 0, NULL}, 0));
    RNNI_TRY(rnni_check_array(door, "lengths", lengths, lengths_count, shape, 0));
    RNNI_TRY(rnni_check_array(door, "scores", scores, scores_count, shape, 0));
    return rnni_beam_search(tokens, lengths, scores, &wanted, __func__);
}
