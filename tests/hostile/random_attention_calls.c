/* Random calls on attention. */
#include "hostile/random_calls.h"

void make_attention(void)
{
    rnn_attention **out = OUT(rnn_attention *);
    int32_t score =
        one_in(30) ? (int32_t)random_integer(0, 4) : (int32_t)within(RNN_ATTENTION_DOT, RNN_ATTENTION_ADDITIVE);
    size_t query = 1 + below(5), memory = score == RNN_ATTENTION_DOT ? query : 1 + below(5);
    size_t units = score == RNN_ATTENTION_ADDITIVE ? 1 + below(5) : 0, count = 0;
    if (TRY(rnn_attention_create, out, score, one_in(30) ? random_size(0) : query, memory,
            one_in(30) ? 1 - !!units : units, (int64_t)chance_bits()) != RNN_OK)
        return;
    struct object *attention = add_object(ATTENTION, *out, score);
    const float *values;
    if (!attention) {
        rnn_attention_destroy(*out);
        return;
    }
    rnn_attention_parameters(attention->handle, &values, &count);
    attention->inputs = query;
    attention->vocabulary = memory;
    attention->parameters = count;
    attention->batch = 0;
}

static void destroy_attention(void)
{
    struct object *attention = find(ATTENTION, NULL);
    if (one_in(10))
        TRY_NOTHING(rnn_attention_destroy, NULL);
    else if (attention)
        destroy_object(attention);
}

static int has_memory(const struct object *attention)
{
    return attention->batch > 0;
}

static void options(void)
{
    static const int32_t keys[] = {RNN_PRODUCTS, RNN_PRODUCTS, RNN_PRECISION, RNN_PRECISION, RNN_PRECISION, RNN_CELL};
    struct object *attention = pick(ATTENTION);
    int32_t key = PICK(keys);
    if (TRY(rnn_attention_set_int, attention->handle, key, random_integer(0, 2)) == RNN_OK)
        attention->batch = 0;
    TRY(rnn_attention_get_int, attention->handle, PICK(keys), OUT(int64_t));
    TRY_VALUE(rnn_attention_last_error, attention->handle);
}

static void parameters(void)
{
    struct object *attention = pick(ATTENTION);
    struct floats values = in_floats(attention->parameters);
    TRY(rnn_attention_parameters, attention->handle, OUT(const float *), OUT(size_t));
    TRY(rnn_attention_gradients, attention->handle, OUT(float *), OUT(size_t));
    TRY(rnn_attention_zero_gradients, attention->handle);
    if (TRY(rnn_attention_set_parameters, attention->handle, WITH(values)) == RNN_OK)
        attention->batch = 0;
}

static size_t wanted;

static int has_that_size(const struct object *optimizer)
{
    return optimizer->parameters == wanted;
}

static void step(void)
{
    struct object *attention = pick(ATTENTION);
    wanted = attention->parameters;
    if (!find(OPTIMIZER, has_that_size) && wanted) {
        rnn_optimizer **out = OUT(rnn_optimizer *);
        if (TRY(rnn_optimizer_create, out, RNN_OPTIMIZER_ADAM, wanted) == RNN_OK) {
            struct object *made = add_object(OPTIMIZER, *out, RNN_OPTIMIZER_ADAM);
            if (made)
                made->parameters = wanted;
            else
                rnn_optimizer_destroy(*out);
        }
    }
    rnn_optimizer *optimizer = pick_one(OPTIMIZER, has_that_size)->handle;
    if (TRY(rnn_attention_step, attention->handle, optimizer) == RNN_OK)
        attention->batch = 0;
}

static void set_memory(void)
{
    struct object *attention = pick(ATTENTION);
    size_t steps = 1 + below(5), batch = 1 + below(3);
    struct floats memory = in_floats(steps * batch * attention->vocabulary);
    struct ints lengths = one_in(2) ? no_ints() : in_ints(batch, 0, (int32_t)steps);
    if (TRY(rnn_attention_set_memory, attention->handle, WITH(memory), WITH(lengths),
            one_in(20) ? random_size(steps) : steps, one_in(20) ? random_size(batch) : batch) == RNN_OK) {
        attention->steps = steps;
        attention->batch = batch;
    }
}

static void forward(void)
{
    struct object *attention = pick_one(ATTENTION, has_memory);
    size_t rows = (1 + below(4)) * attention->batch;
    struct floats context = out_floats(rows * attention->vocabulary), queries = in_floats(rows * attention->inputs);
    struct floats weights = one_in(3) ? no_floats() : out_floats(rows * attention->steps);
    TRY(rnn_attention_forward, attention->handle, WITH(context), WITH(weights), WITH(queries));
}

static void backward(void)
{
    struct object *attention = pick_one(ATTENTION, has_memory);
    size_t rows = (1 + below(4)) * attention->batch;
    struct floats dqueries = one_in(3) ? no_floats() : out_floats(rows * attention->inputs);
    struct floats dcontext = in_floats(rows * attention->vocabulary), queries = in_floats(rows * attention->inputs);
    struct floats weights = in_floats_from(rows * attention->steps, 0, 1);
    TRY(rnn_attention_backward, attention->handle, WITH(dqueries), WITH(dcontext), WITH(queries), WITH(weights));
}

static void backward_memory(void)
{
    struct object *attention = pick_one(ATTENTION, has_memory);
    size_t elements = attention->steps * attention->batch * attention->vocabulary;
    struct floats dmemory = one_in(3) ? no_floats() : out_floats(elements);
    TRY(rnn_attention_backward_memory, attention->handle, WITH(dmemory));
}

static const generator table[] = {make_attention, destroy_attention, options, parameters, step,           set_memory,
                                  set_memory,     forward,           forward, backward,   backward_memory};
const struct generators attention_generators = GENERATORS(table);
