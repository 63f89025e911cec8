#include "attention/attention.h"

#include "api/update_arrays.h"
#include "base/memory.h"
#include "base/option.h"

#include <inttypes.h>
#include <string.h>

static int32_t check_sizes(struct rnni_caller caller, int32_t score, size_t query_size, size_t memory_size,
                           size_t units)
{
    if (score < RNN_ATTENTION_DOT || score > RNN_ATTENTION_ADDITIVE)
        return rnni_status_fail(NULL, RNN_E_VALUE, "%s: score is %" PRId32 ", expected one of RNN_ATTENTION_...",
                                caller.function, score);
    RNNI_TRY(rnni_check_size(caller, "query_size", query_size));
    RNNI_TRY(rnni_check_size(caller, "memory_size", memory_size));
    if (score == RNN_ATTENTION_ADDITIVE)
        return rnni_check_size(caller, "units", units);
    if (units)
        return rnni_status_fail(NULL, RNN_E_VALUE, "%s: units is %zu, expected 0: only the additive score has them",
                                caller.function, units);
    if (score == RNN_ATTENTION_DOT && query_size != memory_size)
        return rnni_status_fail(NULL, RNN_E_VALUE, "%s: query_size is %zu, expected %zu, the memory_size of a product",
                                caller.function, query_size, memory_size);
    return RNN_OK;
}

RNN_API int32_t rnn_attention_create(rnn_attention **out, int32_t score, size_t query_size, size_t memory_size,
                                     size_t units, int64_t seed)
{
    RNNI_NEED(NULL, out);
    RNNI_TRY(check_sizes((struct rnni_caller){NULL, __func__}, score, query_size, memory_size, units));
    return rnni_attention_create(out,
                                 &(struct rnn_attention){.score = score,
                                                         .query_size = query_size,
                                                         .memory_size = memory_size,
                                                         .key_size = units ? units : query_size},
                                 seed, __func__);
}

RNN_API void rnn_attention_destroy(rnn_attention *attention)
{
    rnni_attention_release(attention);
}

RNN_API const char *rnn_attention_last_error(const rnn_attention *attention)
{
    return attention ? attention->message.text : "";
}

/* ---- options ----------------------------------------------------------------------------------------------------- */

static const struct rnni_option options[] = {
    {RNN_PRODUCTS, RNNI_INTEGER, "RNN_PRODUCTS", NULL, offsetof(struct rnn_attention, products), RNN_PRODUCTS_AUTOMATIC,
     RNN_PRODUCTS_CBLAS, 0, 0, 0},
    {RNN_PRECISION, RNNI_INTEGER, "RNN_PRECISION", NULL, offsetof(struct rnn_attention, precision),
     RNN_PRECISION_FLOAT32, RNN_PRECISION_INT8, 0, 0, 0},
};
static const struct rnni_option_table table = {options, sizeof options / sizeof *options};

RNN_API int32_t rnn_attention_set_int(rnn_attention *attention, int32_t key, int64_t value)
{
    RNNI_NEED(NULL, attention);
    struct rnn_attention checked = *attention;
    RNNI_TRY(rnni_option_set_int(&table, &checked, key, value, &attention->message, __func__));
    if (key == RNN_PRECISION && checked.precision) /* another provider than the kernels goes */
        checked.products = RNN_PRODUCTS_OWN;
    return rnni_attention_set_products(attention, checked.products, checked.precision, __func__);
}

RNN_API int32_t rnn_attention_get_int(rnn_attention *attention, int32_t key, int64_t *value)
{
    RNNI_NEED(NULL, attention);
    RNNI_NEED(&attention->message, value);
    return rnni_option_get_int(&table, attention, value, key, &attention->message, __func__);
}

/* ---- parameters -------------------------------------------------------------------------------------------------- */

RNN_API int32_t rnn_attention_parameters(rnn_attention *attention, const float **values, size_t *count)
{
    RNNI_NEED(NULL, attention);
    RNNI_NEED(&attention->message, values);
    RNNI_NEED(&attention->message, count);
    *values = attention->parameters;
    *count = attention->parameter_count;
    return RNN_OK;
}

RNN_API int32_t rnn_attention_gradients(rnn_attention *attention, float **values, size_t *count)
{
    RNNI_NEED(NULL, attention);
    RNNI_NEED(&attention->message, values);
    RNNI_NEED(&attention->message, count);
    *values = attention->gradients;
    *count = attention->parameter_count;
    return RNN_OK;
}

/* (NULL, 0) is what a module without parameters has. */
RNN_API int32_t rnn_attention_set_parameters(rnn_attention *attention, const float *values, size_t values_count)
{
    RNNI_NEED(NULL, attention);
    size_t count = attention->parameter_count;
    RNNI_TRY(rnni_check_array((struct rnni_caller){&attention->message, __func__}, "values", values, values_count,
                              (struct rnni_shape){"parameters", count, 0, 0, NULL}, count == 0));
    if (count)
        memmove(attention->parameters, values, count * sizeof *values);
    rnni_attention_parameters_changed(attention);
    return RNN_OK;
}

RNN_API int32_t rnn_attention_zero_gradients(rnn_attention *attention)
{
    RNNI_NEED(NULL, attention);
    if (attention->parameter_count)
        memset(attention->gradients, 0, attention->parameter_count * sizeof(float));
    return RNN_OK;
}

/* ---- memory ------------------------------------------------------------------------------------------------------ */

RNN_API int32_t rnn_attention_set_memory(rnn_attention *attention, const float *memory, size_t memory_count,
                                         const int32_t *lengths, size_t lengths_count, size_t steps, size_t batch)
{
    RNNI_NEED(NULL, attention);
    struct rnni_caller caller = {&attention->message, __func__};
    RNNI_TRY(rnni_check_steps(caller, steps, batch));
    RNNI_TRY(rnni_check_array(caller, "memory", memory, memory_count,
                              (struct rnni_shape){"S*B*M", steps, batch, attention->memory_size, NULL}, 0));
    RNNI_TRY(rnni_check_lengths(caller, lengths, lengths_count, steps, batch));
    return rnni_attention_set_memory(attention, memory, lengths, steps, batch, __func__);
}

static int32_t check_memory(struct rnni_caller caller, const rnn_attention *attention)
{
    if (!attention->batch)
        return rnni_status_fail(caller.message, RNN_E_STATE,
                                "%s: there is no memory: expected rnn_attention_set_memory, and no change of the "
                                "parameters after it",
                                caller.function);
    return RNN_OK;
}

RNN_API int32_t rnn_attention_backward_memory(rnn_attention *attention, float *dmemory, size_t dmemory_count)
{
    RNNI_NEED(NULL, attention);
    struct rnni_caller caller = {&attention->message, __func__};
    RNNI_TRY(rnni_check_precision(caller, "module", attention->precision));
    RNNI_TRY(check_memory(caller, attention));
    struct rnni_shape shape = {"S*B*M", attention->steps, attention->batch, attention->memory_size, NULL};
    RNNI_TRY(rnni_check_array(caller, "dmemory", dmemory, dmemory_count, shape, 1));
    rnni_attention_memory_gradient(attention, dmemory);
    return RNN_OK;
}

/* ---- queries ----------------------------------------------------------------------------------------------------- */

#define MEMORY_REMARK "; B and S are set by rnn_attention_set_memory"

/* An array [T,B,width] or, of weights, [T,B,S]. */
static int32_t check_rows(struct rnni_caller caller, const rnn_attention *attention, const char *name,
                          const float *array, size_t count, size_t steps, const char *shape, size_t width, int optional)
{
    return rnni_check_array(caller, name, array, count,
                            (struct rnni_shape){shape, steps, attention->batch, width, MEMORY_REMARK}, optional);
}

/* *steps = T. */
static int32_t check_queries(struct rnni_caller caller, const rnn_attention *attention, size_t queries_count,
                             size_t *steps)
{
    RNNI_TRY(check_memory(caller, attention));
    size_t row = rnni_memory_multiply(attention->batch, attention->query_size);
    if (!queries_count || queries_count % row)
        return rnni_status_fail(caller.message, RNN_E_SIZE,
                                "%s: queries_count is %zu, expected a multiple of %zu (B*Q = %zu*%zu" MEMORY_REMARK ")",
                                caller.function, queries_count, row, attention->batch, attention->query_size);
    *steps = queries_count / row;
    if (*steps > INT32_MAX / attention->batch)
        return rnni_status_fail(caller.message, RNN_E_VALUE,
                                "%s: queries_count is %zu, so T is %zu (queries_count / (B*Q)), expected at most %zu",
                                caller.function, queries_count, *steps, INT32_MAX / attention->batch);
    return RNN_OK;
}

RNN_API int32_t rnn_attention_forward(rnn_attention *attention, float *context, size_t context_count, float *weights,
                                      size_t weights_count, const float *queries, size_t queries_count)
{
    RNNI_NEED(NULL, attention);
    struct rnni_caller caller = {&attention->message, __func__};
    size_t steps = 0;
    RNNI_NEED(caller.message, queries);
    RNNI_TRY(check_queries(caller, attention, queries_count, &steps));
    RNNI_TRY(
        check_rows(caller, attention, "context", context, context_count, steps, "T*B*M", attention->memory_size, 0));
    RNNI_TRY(check_rows(caller, attention, "weights", weights, weights_count, steps, "T*B*S", attention->steps, 1));
    return rnni_attention_forward(attention, context, weights, queries, steps, __func__);
}

RNN_API int32_t rnn_attention_backward(rnn_attention *attention, float *dqueries, size_t dqueries_count,
                                       const float *dcontext, size_t dcontext_count, const float *queries,
                                       size_t queries_count, const float *weights, size_t weights_count)
{
    RNNI_NEED(NULL, attention);
    struct rnni_caller caller = {&attention->message, __func__};
    size_t steps = 0;
    RNNI_NEED(caller.message, queries);
    RNNI_TRY(rnni_check_precision(caller, "module", attention->precision));
    RNNI_TRY(check_queries(caller, attention, queries_count, &steps));
    RNNI_TRY(
        check_rows(caller, attention, "dqueries", dqueries, dqueries_count, steps, "T*B*Q", attention->query_size, 1));
    RNNI_TRY(
        check_rows(caller, attention, "dcontext", dcontext, dcontext_count, steps, "T*B*M", attention->memory_size, 0));
    RNNI_TRY(check_rows(caller, attention, "weights", weights, weights_count, steps, "T*B*S", attention->steps, 0));
    return rnni_attention_backward(attention, dqueries, dcontext, queries, weights, steps, __func__);
}

RNN_API int32_t rnn_attention_step(rnn_attention *attention, rnn_optimizer *optimizer)
{
    RNNI_NEED(NULL, attention);
    RNNI_NEED(&attention->message, optimizer);
    struct rnni_caller caller = {&attention->message, __func__};
    size_t count = attention->parameter_count;
    if (count != optimizer->count)
        return rnni_status_fail(caller.message, RNN_E_SIZE,
                                "%s: the module has %zu parameters, expected the %zu of the optimiser", __func__, count,
                                optimizer->count);
    RNNI_TRY(rnni_check_precision(caller, "module", attention->precision));
    RNNI_TRY(rnni_update_arrays(caller, optimizer, attention->parameters, count, attention->gradients, count));
    rnni_attention_parameters_changed(attention);
    return RNN_OK;
}
