/* Random calls on optimisers. */
#include "hostile/random_calls.h"

static int32_t random_kind(void)
{
    return one_in(30) ? (int32_t)random_integer(-1, 6) : (int32_t)within(RNN_OPTIMIZER_SGD, RNN_OPTIMIZER_ADAMW);
}

void make_optimizer(void)
{
    rnn_optimizer **out = OUT(rnn_optimizer *);
    int32_t kind = random_kind();
    size_t parameters = 1 + below(30);
    int32_t status;
    if (one_in(2)) {
        struct object *model = pick(MODEL);
        parameters = model->parameters;
        status = TRY(rnn_optimizer_create_for_model, out, kind, model->handle);
    } else {
        if (one_in(2))
            parameters = pick(MODEL)->parameters;
        status = TRY(rnn_optimizer_create, out, kind, one_in(20) ? random_size(0) : parameters);
    }
    if (status != RNN_OK)
        return;
    struct object *optimizer = add_object(OPTIMIZER, *out, kind);
    if (optimizer)
        optimizer->parameters = parameters;
    else
        rnn_optimizer_destroy(*out);
}

static void destroy_optimizer(void)
{
    struct object *optimizer = find(OPTIMIZER, NULL);
    if (one_in(10))
        TRY_NOTHING(rnn_optimizer_destroy, NULL);
    else if (optimizer)
        destroy_object(optimizer);
}

static int32_t random_key(int32_t low, int32_t high)
{
    return one_in(16) ? (int32_t)random_integer(-5, 900) : (int32_t)within(low, high);
}

static void options(void)
{
    rnn_optimizer *optimizer = pick(OPTIMIZER)->handle;
    TRY(rnn_optimizer_set_int, optimizer, random_key(RNN_NESTEROV, RNN_AMSGRAD), random_integer(0, 3));
    TRY(rnn_optimizer_set_real, optimizer, random_key(RNN_RATE, RNN_CURRENT_RATE), random_real(0, 0.5));
    TRY(rnn_optimizer_get_int, optimizer, random_key(RNN_NESTEROV, RNN_AMSGRAD), OUT(int64_t));
    TRY(rnn_optimizer_get_real, optimizer, random_key(RNN_RATE, RNN_CURRENT_RATE), OUT(double));
    TRY_VALUE(rnn_optimizer_last_error, optimizer);
}

static void options_of_tensors(void)
{
    static const int32_t keys[] = {RNN_RATE_FACTOR, RNN_DECAY_FACTOR, RNN_RATE};
    rnn_optimizer *optimizer = pick(OPTIMIZER)->handle;
    struct object *model = find(MODEL, NULL);
    size_t count;
    const char *name = random_tensor(model ? model->handle : NULL, &count), *prefix = one_in(3) ? "" : name;
    int32_t frozen = one_in(12) ? RNN_NESTEROV : RNN_FROZEN;
    TRY(rnn_optimizer_set_tensors_int, optimizer, prefix, frozen, random_integer(0, 1));
    TRY(rnn_optimizer_set_tensors_real, optimizer, prefix, PICK(keys), random_real(0, 2));
    TRY(rnn_optimizer_get_tensor_int, optimizer, name, frozen, OUT(int64_t));
    TRY(rnn_optimizer_get_tensor_real, optimizer, name, PICK(keys), OUT(double));
    if (one_in(4))
        TRY(rnn_optimizer_exempt_biases, optimizer);
}

static size_t wanted;

static int has_that_size(const struct object *session)
{
    return session->kind == RNN_TRAINING && session->parameters == wanted;
}

static void step(void)
{
    struct object *optimizer = pick(OPTIMIZER);
    wanted = optimizer->parameters;
    rnn_session *session = pick_one(SESSION, has_that_size)->handle;
    TRY(rnn_optimizer_step, optimizer->handle, session);
}

/* The parameters are changed in place. */
static void step_arrays(void)
{
    struct object *optimizer = pick(OPTIMIZER);
    struct floats gradients = in_floats(optimizer->parameters), parameters = out_floats(optimizer->parameters);
    for (size_t i = 0; parameters.data && parameters.count < SIZE_MAX / 4 && i < parameters.count; i++)
        parameters.data[i] = random_float();
    TRY(rnn_optimizer_step_arrays, optimizer->handle, WITH(parameters), WITH(gradients));
}

static void threads(void)
{
    size_t count = one_in(10) ? random_size(2) : 1 + below(3);
    rnn_optimizer *optimizer = pick(OPTIMIZER)->handle;
    TRY(rnn_optimizer_set_threads, optimizer, count > 8 && count <= 1024 ? 2 : count);
}

static void report(void)
{
    rnn_optimizer *optimizer = pick(OPTIMIZER)->handle;
    TRY(rnn_optimizer_report, optimizer, random_real(0, 3));
}

static const generator table[] = {make_optimizer, destroy_optimizer, options, options_of_tensors, step, step_arrays,
                                  step_arrays,    threads,           report};
const struct generators optimizer_generators = GENERATORS(table);
