/* Queries: scores, weights and contexts, and the way back.  One sequence after the other, all its steps in one product;
 * the sequences lie side by side in arrays of time-major order, so rows of one are B of them apart. */
#include "attention/attention.h"
#include "base/assertion.h"
#include "base/memory.h"
#include "math/attention_kernels.h"
#include "math/matrix.h"
#include "math/softmax.h"
#include "training/loss.h"

#include <string.h>

/* T steps of queries, and of sequence b what the products of the others have not made yet. */
struct pass {
    const struct rnn_attention *attention;
    size_t steps;         /* T */
    const float *queries; /* [T,B,Q] */
    float *projected;     /* [T,B,A], W q of the additive score */
};

/* Scratch of so many floats, of which none keeps anything from one call to the next. */
static int32_t grow_scratch(struct rnn_attention *attention, size_t floats, const char *function)
{
    if (!rnni_attention_grow(&attention->scratch, rnni_memory_multiply(floats, sizeof(float))))
        return rnni_status_fail(&attention->message, RNN_E_MEMORY, "%s: out of memory for %zu numbers", function,
                                floats);
    return RNN_OK;
}

static int is_additive(const struct rnn_attention *attention)
{
    return attention->score == RNN_ATTENTION_ADDITIVE;
}

/* Floats of W q for all queries. */
static size_t projected_count(const struct rnn_attention *attention, size_t steps)
{
    return is_additive(attention) ? rnni_memory_multiply(steps * attention->batch, attention->key_size) : 0;
}

static void project(const struct pass *pass)
{
    const struct rnn_attention *attention = pass->attention;
    if (is_additive(attention))
        rnni_attention_multiply(&attention->query_weight.forward, pass->projected, attention->key_size, 0,
                                pass->queries, attention->query_size, pass->steps * attention->batch);
}

/* Steps of one sequence, `width` floats each, become 0. */
static void clear_steps(const struct pass *pass, float *rows, size_t row, size_t width)
{
    for (size_t t = 0; t < pass->steps; t++)
        memset(rows + t * row, 0, width * sizeof *rows);
}

/* ---- forward ----------------------------------------------------------------------------------------------------- */

/* e [T,n] of sequence b, rows `row` floats apart. */
static void scores(const struct pass *pass, float *e, size_t row, size_t b)
{
    const struct rnn_attention *attention = pass->attention;
    const struct rnni_attention_span *span = &attention->spans[b];
    size_t batch = attention->batch, width = attention->key_size;
    if (!is_additive(attention)) {
        struct rnni_weights keys = rnni_attention_transposed(&attention->keys, span);
        rnni_attention_multiply(&keys, e, row, 0, pass->queries + b * width, batch * width, pass->steps);
        return;
    }
    for (size_t t = 0; t < pass->steps; t++)
        rnni_attention_kernels()->additive(e + t * row, pass->projected + (t * batch + b) * width,
                                           attention->keys.values + span->first * width,
                                           attention->parameters + attention->v, span->length, width);
}

/* context [T,M] and weights [T,S] of sequence b, whose rows lie B*M and `row` floats apart. */
static void attend(const struct pass *pass, float *context, float *weights, size_t row, size_t b)
{
    const struct rnn_attention *attention = pass->attention;
    const struct rnni_attention_span *span = &attention->spans[b];
    size_t width = attention->memory_size, apart = attention->batch * width, length = span->length;
    clear_steps(pass, weights + length, row, attention->steps - length);
    if (!length) {
        clear_steps(pass, context, apart, width);
        return;
    }
    scores(pass, weights, row, b);
    for (size_t t = 0; t < pass->steps; t++)
        rnni_loss_softmax(weights + t * row, weights + t * row, length);
    struct rnni_weights memory = rnni_attention_straight(&attention->memory, span);
    rnni_attention_multiply(&memory, context, apart, 0, weights, row, pass->steps);
}

int32_t rnni_attention_forward(struct rnn_attention *attention, float *context, float *weights, const float *queries,
                               size_t steps, const char *function)
{
    RNNI_ASSERT(attention->batch && context && queries && steps);
    struct pass pass = {.attention = attention, .steps = steps, .queries = queries};
    size_t projected = projected_count(attention, steps), batch = attention->batch;
    size_t kept = weights ? 0 : rnni_memory_multiply(steps, attention->steps); /* of one sequence at a time */
    RNNI_TRY(grow_scratch(attention, rnni_memory_add(projected, kept), function));
    pass.projected = attention->scratch.data;
    project(&pass);
    for (size_t b = 0; b < batch; b++) {
        float *a = weights ? weights + b * attention->steps : pass.projected + projected; /* [T,S] */
        attend(&pass, context + b * attention->memory_size, a, (weights ? batch : 1) * attention->steps, b);
    }
    return RNN_OK;
}

/* ---- backward ---------------------------------------------------------------------------------------------------- */

/* What the way back makes on its way. */
struct back {
    struct pass pass;
    float *dqueries;   /* [T,B,Q] or NULL */
    float *de;         /* [T,S] of one sequence */
    float *dprojected; /* [T,B,A] */
    float *dv;         /* [T,A] of one sequence */
};

/* Carves the scratch. */
static int32_t reserve(struct rnn_attention *attention, struct back *back, const char *function)
{
    size_t steps = back->pass.steps, projected = projected_count(attention, steps);
    size_t de = rnni_memory_multiply(steps, attention->steps);
    size_t dv = is_additive(attention) ? rnni_memory_multiply(steps, attention->key_size) : 0;
    size_t floats = rnni_memory_add(rnni_memory_add(de, dv), rnni_memory_multiply(projected, 2));
    RNNI_TRY(grow_scratch(attention, floats, function));
    back->de = attention->scratch.data;
    back->dv = back->de + de;
    back->pass.projected = back->dv + dv;
    back->dprojected = back->pass.projected + projected;
    memset(back->dprojected, 0, projected * sizeof *back->dprojected);
    return RNN_OK;
}

/* From de to dqueries and to the gradient of the keys. */
static void back_through_product(const struct back *back, size_t b)
{
    const struct rnn_attention *attention = back->pass.attention;
    const struct rnni_attention_span *span = &attention->spans[b];
    const struct rnni_attention_side *keys = &attention->keys;
    size_t width = keys->width, row = attention->batch * width;
    rnni_products_add_outer(&(struct rnni_outer){.c = keys->gradient + span->first * width,
                                                 .a = back->de,
                                                 .a_row = attention->steps,
                                                 .b = back->pass.queries + b * width,
                                                 .b_row = row,
                                                 .k = back->pass.steps,
                                                 .m = span->length,
                                                 .n = width,
                                                 .blas = attention->blas,
                                                 .singly = attention->batch == 1,
                                                 .room = attention->room});
    if (back->dqueries) {
        struct rnni_weights weights = rnni_attention_straight(keys, span);
        rnni_attention_multiply(&weights, back->dqueries + b * width, row, 0, back->de, attention->steps,
                                back->pass.steps);
    }
}

/* From de to the gradients of W q, the keys and v.  tanh is made again, as nothing but that wants [T,S,A] numbers. */
static void back_through_tanh(const struct back *back, size_t b)
{
    const struct rnn_attention *attention = back->pass.attention;
    const struct rnni_attention_span *span = &attention->spans[b];
    size_t width = attention->key_size, steps = back->pass.steps;
    memset(back->dv, 0, steps * width * sizeof *back->dv);
    for (size_t t = 0; t < steps; t++) {
        size_t at = (t * attention->batch + b) * width;
        rnni_attention_kernels()->additive_backward(
            back->dprojected + at, attention->keys.gradient + span->first * width, back->dv + t * width,
            back->de + t * attention->steps, back->pass.projected + at, attention->keys.values + span->first * width,
            attention->parameters + attention->v, span->length, width);
    }
    rnni_matrix_add_rows(attention->gradients + attention->v, NULL, back->dv, width, steps, width);
}

/* One sequence that is not empty: context = weights m, and weights = softmax(e). */
static void back_through_sequence(const struct back *back, const float *dcontext, const float *weights, size_t b)
{
    const struct rnn_attention *attention = back->pass.attention;
    const struct rnni_attention_span *span = &attention->spans[b];
    size_t width = attention->memory_size, row = attention->batch * attention->steps, steps = back->pass.steps;
    struct rnni_weights memory = rnni_attention_transposed(&attention->memory, span);
    rnni_products_add_outer(&(struct rnni_outer){.c = attention->memory.gradient + span->first * width,
                                                 .a = weights,
                                                 .a_row = row,
                                                 .b = dcontext,
                                                 .b_row = attention->batch * width,
                                                 .k = steps,
                                                 .m = span->length,
                                                 .n = width,
                                                 .blas = attention->blas,
                                                 .singly = attention->batch == 1,
                                                 .room = attention->room});
    rnni_attention_multiply(&memory, back->de, attention->steps, 0, dcontext, attention->batch * width, steps);
    for (size_t t = 0; t < steps; t++)
        rnni_softmax()->backward(back->de + t * attention->steps, weights + t * row, span->length);
    if (is_additive(attention))
        back_through_tanh(back, b);
    else
        back_through_product(back, b);
}

/* From the gradient of W q to W and to the queries.  Queries of empty sequences are passed over: if they are not
 * numbers, 0 times them is none either. */
static void back_through_projection(const struct back *back)
{
    const struct rnn_attention *attention = back->pass.attention;
    const struct rnni_attention_weight *weight = &attention->query_weight;
    size_t rows = back->pass.steps * attention->batch, width = attention->key_size, query = attention->query_size;
    for (size_t i = 0, end; i < rows; i = end + 1) {
        for (end = i; end < rows && attention->spans[end % attention->batch].length;)
            end++;
        rnni_products_add_outer(&(struct rnni_outer){.c = attention->gradients + weight->offset,
                                                     .a = back->dprojected + i * width,
                                                     .a_row = width,
                                                     .b = back->pass.queries + i * query,
                                                     .b_row = query,
                                                     .k = end - i,
                                                     .m = width,
                                                     .n = query,
                                                     .blas = attention->blas,
                                                     .singly = attention->batch == 1,
                                                     .room = attention->room});
    }
    if (back->dqueries)
        rnni_attention_multiply(&weight->back, back->dqueries, query, 0, back->dprojected, width, rows);
}

int32_t rnni_attention_backward(struct rnn_attention *attention, float *dqueries, const float *dcontext,
                                const float *queries, const float *weights, size_t steps, const char *function)
{
    RNNI_ASSERT(attention->batch && dcontext && queries && weights && steps);
    struct back back = {.pass = {.attention = attention, .steps = steps, .queries = queries}, .dqueries = dqueries};
    RNNI_TRY(rnni_attention_reserve_back(attention, function));
    RNNI_TRY(reserve(attention, &back, function));
    project(&back.pass);
    for (size_t b = 0; b < attention->batch; b++)
        if (attention->spans[b].length)
            back_through_sequence(&back, dcontext + b * attention->memory_size, weights + b * attention->steps, b);
        else if (dqueries)
            clear_steps(&back.pass, dqueries + b * attention->query_size, attention->batch * attention->query_size,
                        attention->query_size);
    if (is_additive(attention))
        back_through_projection(&back);
    return RNN_OK;
}
