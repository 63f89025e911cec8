/* Random calls on losses of all kinds, and the short calls of softmax. */
#include "hostile/random_calls.h"

static int32_t random_kind(void)
{
    return one_in(30) ? (int32_t)random_integer(-1, 13)
                      : (int32_t)within(RNN_LOSS_CROSS_ENTROPY, RNN_LOSS_ERROR_TO_SIGNAL);
}

static void set_new_batch(struct object *loss);

void make_loss(void)
{
    rnn_loss **out = OUT(rnn_loss *);
    int32_t kind = random_kind();
    if (TRY(rnn_loss_create, out, kind) != RNN_OK)
        return;
    struct object *loss = add_object(LOSS, *out, kind);
    if (!loss) {
        rnn_loss_destroy(*out);
        return;
    }
    loss->classes = OUTPUTS;
    if (kind == RNN_LOSS_CUSTOM)
        TRY(rnn_loss_set_callback, loss->handle, loss_callback, NULL);
    if (one_in(2))
        set_new_batch(loss);
}

static int has_batch(const struct object *loss)
{
    return loss->steps > 0;
}

static int is_crf(const struct object *loss)
{
    return loss->kind == RNN_LOSS_CRF;
}

static int is_ctc(const struct object *loss)
{
    return loss->kind == RNN_LOSS_CTC;
}

static int is_custom(const struct object *loss)
{
    return loss->kind == RNN_LOSS_CUSTOM;
}

static int has_levels(const struct object *loss)
{
    return loss->kind == RNN_LOSS_QUANTILE || loss->kind == RNN_LOSS_CROSS_ENTROPY;
}

static int is_in_crf(const struct object *model)
{
    int64_t crf = 0;
    return rnn_model_get_int(model->handle, RNN_CRF, &crf) == RNN_OK && crf;
}

static void destroy_loss(void)
{
    struct object *loss = find(LOSS, NULL);
    if (one_in(10))
        TRY_NOTHING(rnn_loss_destroy, NULL);
    else if (loss)
        destroy_object(loss);
}

/* ---- options ----------------------------------------------------------------------------------------------------- */

static int32_t random_key(int32_t low, int32_t high)
{
    return one_in(16) ? (int32_t)random_integer(-5, 900) : (int32_t)within(low, high);
}

static void options(void)
{
    rnn_loss *loss = pick(LOSS)->handle;
    int32_t key = random_key(RNN_REDUCTION, RNN_SKIP_MISSING), real = random_key(RNN_SMOOTHING, RNN_MIN_VARIANCE);
    TRY(rnn_loss_set_int, loss, key, key == RNN_REDUCTION && one_in(2) ? RNN_MEAN : random_integer(0, 2));
    TRY(rnn_loss_set_real, loss, real, random_real(0, 1));
    TRY(rnn_loss_get_int, loss, random_key(RNN_REDUCTION, RNN_SKIP_MISSING), OUT(int64_t));
    TRY(rnn_loss_get_real, loss, random_key(RNN_SMOOTHING, RNN_MIN_VARIANCE), OUT(double));
    TRY_VALUE(rnn_loss_last_error, loss);
}

static void threads(void)
{
    size_t count = one_in(10) ? random_size(2) : 1 + below(3);
    rnn_loss *loss = pick(LOSS)->handle;
    TRY(rnn_loss_set_threads, loss, count > 8 && count <= 1024 ? 2 : count);
}

static void levels(void)
{
    struct object *loss = pick_one(LOSS, has_levels);
    struct floats weights = one_in(3) ? no_floats() : in_floats_from(OUTPUTS, 0, 1);
    struct floats of_quantiles = one_in(2) ? no_floats() : exact_in_floats_from(below(3), 0.05, 0.95);
    TRY(rnn_loss_set_class_weights, loss->handle, WITH(weights));
    TRY(rnn_loss_set_quantiles, loss->handle, WITH(of_quantiles));
}

static void callback(void)
{
    rnn_loss *loss = pick_one(LOSS, is_custom)->handle;
    TRY(rnn_loss_set_callback, loss, one_in(8) ? NULL : loss_callback, NULL);
}

static void transitions_of(struct object *loss)
{
    size_t classes = one_in(12) ? below(6) : OUTPUTS;
    struct floats start = in_floats(classes), end = in_floats(classes), all = in_floats(classes * classes);
    rnn_model *model = pick_one(MODEL, is_in_crf)->handle;
    if (one_in(3))
        TRY(rnn_loss_set_transitions_of_model, loss->handle, model);
    else
        TRY(rnn_loss_set_transitions, loss->handle, WITH(start), WITH(end), WITH(all));
}

static void transitions(void)
{
    transitions_of(pick_one(LOSS, is_crf));
}

static void transition_gradients_of(struct object *loss)
{
    size_t classes = loss->classes;
    struct floats start = one_in(5) ? no_floats() : out_floats(classes);
    struct floats end = one_in(5) ? no_floats() : out_floats(classes);
    struct floats all = one_in(5) ? no_floats() : out_floats(classes * classes);
    TRY(rnn_loss_get_transition_gradients, loss->handle, WITH(start), WITH(end), WITH(all));
}

static void transition_gradients(void)
{
    transition_gradients_of(pick_one(LOSS, is_crf));
}

/* ---- batches ----------------------------------------------------------------------------------------------------- */

static void set_new_batch(struct object *loss)
{
    size_t steps = 1 + below(one_in(20) ? 40 : 5), batch = 1 + below(one_in(20) ? 40 : 4);
    struct ints lengths = one_in(2) ? no_ints() : in_ints(batch, 0, (int32_t)steps);
    size_t told_steps = one_in(20) ? random_size(steps) : steps,
           told = one_in(12) ? random_size(1 + below(7)) : OUTPUTS;
    if (TRY(rnn_loss_set_batch, loss->handle, WITH(lengths), told_steps, batch, told) != RNN_OK)
        return;
    loss->steps = told_steps > 1000 ? 1 : told_steps;
    loss->batch = batch;
    loss->classes = told > 64 ? OUTPUTS : told;
    if (loss->kind == RNN_LOSS_CRF && one_in(2))
        transitions_of(loss);
}

static void set_batch(void)
{
    set_new_batch(pick(LOSS));
}

static int has_run(const struct object *session)
{
    return session->steps > 0;
}

static void batch_of_session(void)
{
    struct object *loss = pick(LOSS), *session = pick_one(SESSION, has_run);
    if (TRY(rnn_loss_set_batch_of_session, loss->handle, session->handle) != RNN_OK)
        return;
    const int32_t *lengths;
    rnn_loss_get_batch(loss->handle, &lengths, &loss->steps, &loss->batch, &loss->classes);
}

static void set_arrays(void)
{
    struct object *loss = pick_one(LOSS, has_batch);
    size_t rows = loss->steps * loss->batch;
    struct floats mask = one_in(4) ? no_floats() : in_floats_from(rows, 0, 1);
    struct ints step_mask = one_in(4) ? no_ints() : in_ints(rows, 0, 1);
    struct floats weights = one_in(4) ? no_floats() : in_floats_from(loss->batch, 0, 2);
    if (one_in(2))
        TRY(rnn_loss_set_mask, loss->handle, WITH(mask));
    if (one_in(2))
        TRY(rnn_loss_set_step_mask, loss->handle, WITH(step_mask));
    if (one_in(2))
        TRY(rnn_loss_set_sequence_weights, loss->handle, WITH(weights));
}

static void label_lengths(void)
{
    struct object *loss = pick_one(LOSS, is_ctc);
    struct ints lengths = one_in(4) ? no_ints() : in_ints(loss->batch, 0, 2);
    TRY(rnn_loss_set_label_lengths, loss->handle, WITH(lengths));
}

static void get_batch(void)
{
    rnn_loss *loss = pick_one(LOSS, has_batch)->handle;
    TRY(rnn_loss_get_batch, loss, OUT(const int32_t *), OUT(size_t), OUT(size_t), OUT(size_t));
    TRY(rnn_loss_get_mask, loss, OUT(const float *), OUT(size_t));
    TRY(rnn_loss_get_step_mask, loss, OUT(const int32_t *), OUT(size_t));
    TRY(rnn_loss_get_sequence_weights, loss, OUT(const float *), OUT(size_t));
    TRY(rnn_loss_get_classes, loss, OUT(const int32_t *), OUT(size_t));
    TRY(rnn_loss_get_values, loss, OUT(const float *), OUT(size_t));
}

/* ---- losses ------------------------------------------------------------------------------------------------------ */

static size_t values_of(const struct object *loss)
{
    size_t elements = loss->steps * loss->batch * loss->classes;
    return loss->kind == RNN_LOSS_GAUSSIAN ? elements / 2 : elements;
}

static void compute(void)
{
    struct object *loss = pick_one(LOSS, has_batch);
    size_t rows = loss->steps * loss->batch, elements = rows * loss->classes;
    int32_t first = is_ctc(loss), last = (int32_t)loss->classes - 1; /* 0 is the blank */
    if (last < first)
        last = first;
    int classes = loss->kind == RNN_LOSS_CROSS_ENTROPY || loss->kind == RNN_LOSS_CTC || loss->kind == RNN_LOSS_CRF ||
                  (loss->kind == RNN_LOSS_CUSTOM && one_in(2));
    struct floats dy = one_in(4) ? no_floats() : out_floats(elements), y = in_floats(elements);
    struct floats values = in_floats_from(values_of(loss), 0, 1);
    struct ints targets = is_ctc(loss) ? exact_in_ints(loss->batch * below(3), first, last) : in_ints(rows, 0, last);
    if (one_in(40) ? !classes : classes)
        TRY(rnn_loss_of_classes, loss->handle, OUT(double), WITH(dy), WITH(y), WITH(targets));
    else
        TRY(rnn_loss_of_values, loss->handle, OUT(double), WITH(dy), WITH(y), WITH(values));
    size_t told = one_in(20) ? 0 : loss->batch;
    TRY(rnn_loss_get_sequence_losses, loss->handle, (double *)out_bytes(loss->batch * sizeof(double)), told);
}

static int has_crf(const struct object *session)
{
    return session->kind == RNN_TRAINING && session->classes;
}

/* A batch of a CRF, and the gradients of its transitions. */
static void train_crf(void)
{
    struct object *loss = pick_one(LOSS, is_crf), *session = pick_one(SESSION, has_crf);
    set_new_batch(loss);
    transitions_of(loss);
    size_t rows = loss->steps * loss->batch, elements = rows * loss->classes;
    struct floats dy = out_floats(elements), y = in_floats(elements);
    int32_t last = (int32_t)loss->classes - 1;
    struct ints targets = is_ctc(loss) ? exact_in_ints(rows, 0, last) : in_ints(rows, 0, last);
    TRY(rnn_loss_of_classes, loss->handle, OUT(double), WITH(dy), WITH(y), WITH(targets));
    transition_gradients_of(loss);
    TRY(rnn_session_add_transition_gradients, session->handle, loss->handle);
}

static void softmax(void)
{
    size_t rows = 1 + below(5), classes = one_in(12) ? random_size(OUTPUTS) : OUTPUTS;
    struct floats logits = exact_in_floats(rows * OUTPUTS), p = exact_out_floats(rows * OUTPUTS + below(20) / 19);
    struct floats dlogits = one_in(4) ? no_floats() : exact_out_floats(rows * OUTPUTS + below(20) / 19);
    struct ints targets = exact_in_ints(rows + below(20) / 19, 0, OUTPUTS - 1);
    TRY(rnn_softmax, WITH(p), WITH(logits), classes);
    TRY(rnn_softmax_cross_entropy, OUT(double), WITH(dlogits), WITH(logits), WITH(targets), classes);
}

static const generator table[] = {
    make_loss, destroy_loss, options,          threads,    levels,        callback,  transitions, transition_gradients,
    set_batch, set_batch,    batch_of_session, set_arrays, label_lengths, get_batch, compute,     compute,
    compute,   train_crf,    softmax};
const struct generators loss_generators = GENERATORS(table);
