/* Random calls on sessions: running, training, states, flags of steps, threads. */
#include "hostile/random_calls.h"

#include <string.h>

void make_session(void)
{
    struct object *model = pick(MODEL);
    rnn_session **out = OUT(rnn_session *);
    int32_t mode = one_in(20) ? (int32_t)random_integer(0, 3) : one_in(3) ? RNN_INFERENCE : RNN_TRAINING;
    if (TRY(rnn_session_create, out, model->handle, mode) != RNN_OK)
        return;
    struct object *session = add_object(SESSION, *out, mode);
    if (session)
        describe_network(session, model->handle);
    else
        rnn_session_destroy(*out);
}

static int trains(const struct object *session)
{
    return session->kind == RNN_TRAINING;
}

static int reads_tokens(const struct object *session)
{
    return session->vocabulary > 0;
}

static int reads_numbers(const struct object *session)
{
    return session->vocabulary == 0;
}

static int has_run(const struct object *session)
{
    return session->kind == RNN_TRAINING && session->steps > 0;
}

static void destroy_session(void)
{
    struct object *session = find(SESSION, NULL);
    if (one_in(10))
        TRY_NOTHING(rnn_session_destroy, NULL);
    else if (session && !session->pins)
        destroy_object(session);
}

/* ---- running ----------------------------------------------------------------------------------------------------- */

static void set_batch(struct object *session, size_t batch)
{
    if (TRY(rnn_reset_state, session->handle, batch) == RNN_OK) {
        session->batch = batch;
        session->steps = 0;
    }
}

static void reset_state(void)
{
    set_batch(pick(SESSION), random_size(1 + below(one_in(8) ? 40 : 4)));
}

static void set_flags(struct object *session, size_t steps)
{
    size_t count = steps * session->batch + below(30) / 29;
    struct ints mask = one_in(4) ? no_ints() : exact_in_ints(count, 0, 1),
                resets = one_in(4) ? no_ints() : exact_in_ints(count, 0, 1);
    if (one_in(2))
        TRY(rnn_session_set_step_mask, session->handle, WITH(mask));
    else
        TRY(rnn_session_set_resets, session->handle, WITH(resets));
}

static size_t steps_of_output(const struct object *session, size_t steps)
{
    size_t output = session->whole ? 1 : steps;
    if (session->handle && steps > 0 && steps < 1000)
        rnn_session_output_steps(session->handle, steps, &output);
    return output;
}

static void forward_with(struct object *session)
{
    size_t steps = random_size(1 + below(one_in(16) ? 140 : 6)), batch = session->batch;
    size_t told = steps > 1000 ? 1 : steps, rows = told * batch;
    if (one_in(5))
        set_flags(session, one_in(8) ? 2 : told);
    struct floats y = one_in(6) ? no_floats() : out_floats(steps_of_output(session, told) * batch * session->outputs);
    struct ints lengths = one_in(2) ? no_ints() : in_ints(batch, 0, (int32_t)told);
    int32_t status;
    if (session->vocabulary ? !one_in(40) : one_in(40)) {
        struct ints tokens = in_ints(rows, 0, TOKENS - 1);
        status = TRY(rnn_forward_tokens, session->handle, WITH(y), WITH(tokens), WITH(lengths), steps);
    } else {
        struct floats x = session->keeps_x ? kept_floats(rows * session->inputs) : in_floats(rows * session->inputs);
        status = TRY(rnn_forward, session->handle, WITH(y), WITH(x), WITH(lengths), steps);
    }
    if (status == RNN_OK)
        session->steps = steps;
}

static void forward(void)
{
    forward_with(pick_one(SESSION, one_in(2) ? trains : one_in(2) ? reads_tokens : reads_numbers));
}

static void step_once(void)
{
    struct object *session = pick_one(SESSION, one_in(2) ? reads_tokens : reads_numbers);
    size_t batch = session->batch;
    struct floats y = one_in(8) ? no_floats() : out_floats(batch * session->outputs);
    if (session->vocabulary ? !one_in(40) : one_in(40)) {
        struct ints tokens = in_ints(batch, 0, TOKENS - 1);
        TRY(rnn_step_tokens, session->handle, WITH(y), WITH(tokens));
    } else {
        struct floats x = in_floats(batch * session->inputs);
        TRY(rnn_step, session->handle, WITH(y), WITH(x));
    }
    TRY(rnn_session_has_output, session->handle, OUT(int32_t));
}

static void output_sizes(void)
{
    struct object *session = pick_one(SESSION, has_run);
    struct ints lengths = out_ints(session->batch);
    TRY(rnn_session_output_steps, session->handle, random_size(1 + below(9)), OUT(size_t));
    TRY(rnn_session_output_lengths, session->handle, WITH(lengths));
    TRY(rnn_session_has_output, session->handle, OUT(int32_t));
    TRY_VALUE(rnn_session_last_error, session->handle);
}

static void set_step_flags(void)
{
    set_flags(pick(SESSION), 1 + below(4));
}

static void next(void)
{
    struct object *session = pick_one(SESSION, reads_tokens);
    size_t rows = 1 + below(4);
    struct floats logits = out_floats(rows * session->outputs);
    struct ints tokens = exact_in_ints(rows, 0, TOKENS - 1),
                parents = exact_in_ints(rows, 0, (int32_t)session->batch - 1);
    size_t told = one_in(30) ? 0 : rows;
    if (TRY(rnn_session_next, session->handle, WITH(logits), tokens.data, parents.data, told) == RNN_OK)
        session->batch = rows;
}

static void select_state(void)
{
    struct object *session = pick(SESSION);
    struct ints rows = exact_in_ints(below(30) ? 1 + below(4) : 0, 0, (int32_t)session->batch - 1);
    if (TRY(rnn_session_select_state, session->handle, WITH(rows)) == RNN_OK)
        session->batch = rows.count;
}

/* ---- settings ---------------------------------------------------------------------------------------------------- */

static void reserve(void)
{
    rnn_session *session = pick(SESSION)->handle;
    TRY(rnn_session_reserve, session, random_size(1 + below(20)), random_size(1 + below(5)));
}

static void set_threads(void)
{
    struct object *session = pick(SESSION);
    size_t threads = one_in(10) ? random_size(3) : 1 + below(3);
    TRY(rnn_session_set_threads, session->handle, threads > 8 && threads <= 1024 ? 2 : threads);
}

static void set_parallel_for(void)
{
    struct object *session = pick(SESSION);
    size_t threads = random_size(1 + below(4));
    TRY(rnn_session_set_parallel_for, session->handle, threads > 8 && threads <= 1024 ? 3 : threads,
        one_in(4) ? NULL : parallel_for_callback, NULL);
}

static void set_recompute(void)
{
    struct object *session = pick_one(SESSION, trains);
    if (TRY(rnn_session_set_recompute, session->handle, random_size(below(4))) == RNN_OK)
        session->keeps_x = 1;
}

static void seed_dropout(void)
{
    rnn_session *session = pick(SESSION)->handle;
    TRY(rnn_session_seed_dropout, session, (int64_t)chance_bits());
}

/* ---- states ------------------------------------------------------------------------------------------------------ */

static int32_t random_kind(const struct object *session, size_t *count)
{
    int32_t kind = one_in(3) ? (int32_t)random_integer(RNN_STATE_H, RNN_STATE_M) : RNN_STATE_H;
    *count = session->batch * (kind >= 1 && kind <= 4 ? session->states[kind - 1] : 1);
    return kind;
}

static void copy_state(void)
{
    struct object *session = pick(SESSION);
    size_t count;
    int32_t kind = random_kind(session, &count);
    struct floats in = in_floats(count), out = out_floats(count);
    if (one_in(2))
        TRY(rnn_session_get_state, session->handle, kind, WITH(out));
    else
        TRY(rnn_session_set_state, session->handle, kind, WITH(in));
}

static void copy_row(void)
{
    struct object *session = pick(SESSION);
    size_t count = 0, row = random_size(below(session->batch));
    if (session->handle)
        rnn_session_row_state_count(session->handle, &count);
    struct floats in = in_floats(count), out = out_floats(count);
    TRY(rnn_session_row_state_count, session->handle, OUT(size_t));
    if (one_in(3))
        TRY(rnn_session_get_row_state, session->handle, row, WITH(out));
    else if (one_in(2))
        TRY(rnn_session_set_row_state, session->handle, row, WITH(in));
    else
        TRY(rnn_session_reset_row, session->handle, row);
}

static void copy_state_gradient(void)
{
    struct object *session = pick_one(SESSION, has_run);
    size_t count;
    int32_t kind = random_kind(session, &count);
    struct floats in = in_floats(count), out = out_floats(count);
    if (one_in(2))
        TRY(rnn_session_get_state_gradient, session->handle, kind, WITH(out));
    else
        TRY(rnn_session_set_state_gradient, session->handle, kind, WITH(in));
}

/* ---- training ---------------------------------------------------------------------------------------------------- */

static void backward_with(struct object *session)
{
    size_t rows = session->steps * session->batch;
    struct floats dx = one_in(2) || session->vocabulary ? no_floats() : out_floats(rows * session->inputs);
    struct floats dy = one_in(10)
                           ? no_floats()
                           : in_floats(steps_of_output(session, session->steps) * session->batch * session->outputs);
    TRY(rnn_backward, session->handle, WITH(dx), WITH(dy));
}

static void backward(void)
{
    backward_with(pick_one(SESSION, has_run));
}

/* What a training loop does. */
static void train(void)
{
    struct object *session = pick_one(SESSION, trains);
    if (one_in(2))
        set_batch(session, 1 + below(4));
    forward_with(session);
    if (one_in(4))
        copy_state_gradient();
    backward_with(session);
    TRY(rnn_session_clip_gradient_norm, session->handle, one_in(2) ? NULL : OUT(double), 1.0);
    TRY(rnn_sgd_step, session->handle, 0.01);
    TRY(rnn_zero_gradients, session->handle);
}

static void gradients(void)
{
    struct object *session = pick_one(SESSION, trains);
    struct floats values = in_floats(session->parameters);
    struct object *model = find(MODEL, NULL);
    size_t count;
    const char *name = random_tensor(model ? model->handle : NULL, &count);
    struct floats out = out_floats(count);
    TRY(rnn_session_gradients, session->handle, OUT(float *), OUT(size_t));
    TRY(rnn_session_get_gradient, session->handle, name, WITH(out));
    TRY(rnn_session_add_gradients, session->handle, WITH(values));
    if (one_in(4))
        TRY(rnn_zero_gradients, session->handle);
}

static void update(void)
{
    struct object *session = pick_one(SESSION, trains);
    TRY(rnn_session_clip_gradient_norm, session->handle, one_in(2) ? NULL : OUT(double), random_real(0.1, 2));
    TRY(rnn_session_clip_gradient_value, session->handle, random_real(0.1, 2));
    TRY(rnn_sgd_step, session->handle, random_real(0, 0.1));
}

static void transition_gradients(void)
{
    struct object *session = pick_one(SESSION, trains);
    struct object *loss = pick(LOSS);
    TRY(rnn_session_add_transition_gradients, session->handle, loss->handle);
}

static const generator table[] = {
    make_session, destroy_session,     reset_state,      forward,        forward,      forward,
    step_once,    step_once,           output_sizes,     set_step_flags, next,         select_state,
    reserve,      set_threads,         set_parallel_for, set_recompute,  seed_dropout, copy_state,
    copy_row,     copy_state_gradient, backward,         train,          train,        gradients,
    update,       transition_gradients};
const struct generators session_generators = GENERATORS(table);
