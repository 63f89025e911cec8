#include "attention/attention.h"

#include "base/arena.h"
#include "base/assertion.h"
#include "base/memory.h"
#include "base/random.h"
#include "math/narrow.h"
#include "rnn.h"

#include <math.h>

int rnni_attention_grow(struct rnni_attention_block *block, size_t bytes)
{
    if (block->data && bytes <= block->bytes)
        return 1;
    void *data = rnni_memory_take(bytes, 1);
    if (!data)
        return 0;
    rnni_memory_release(block->data);
    *block = (struct rnni_attention_block){data, bytes};
    return 1;
}

void rnni_attention_multiply(const struct rnni_weights *w, float *c, size_t c_row, int add, const float *a,
                             size_t a_row, size_t rows)
{
    struct rnni_product product = {.weights = w,
                                   .k = w->k,
                                   .units = w->units,
                                   .target = {{c, c_row, add ? c : NULL, c_row}},
                                   .a = a,
                                   .a_row = a_row,
                                   .rows = rows};
    rnni_products_multiply(&product);
}

/* ---- parameters -------------------------------------------------------------------------------------------------- */

/* The next weight of the flat block. */
static void place_weight(struct rnn_attention *attention, struct rnni_attention_weight *weight, size_t rows,
                         size_t columns)
{
    *weight = (struct rnni_attention_weight){.offset = attention->parameter_count, .rows = rows, .columns = columns};
    attention->parameter_count = rnni_memory_add(attention->parameter_count, rnni_memory_multiply(rows, columns));
}

static void place_parameters(struct rnn_attention *attention)
{
    if (attention->score == RNN_ATTENTION_ADDITIVE)
        place_weight(attention, &attention->query_weight, attention->key_size, attention->query_size);
    if (attention->score != RNN_ATTENTION_DOT)
        place_weight(attention, &attention->key_weight, attention->key_size, attention->memory_size);
    attention->v = attention->parameter_count;
    if (attention->score == RNN_ATTENTION_ADDITIVE)
        attention->parameter_count = rnni_memory_add(attention->parameter_count, attention->key_size);
}

/* Floats of the panels that forward reads, in the format that takes most: with few rows that is none of floats. */
static size_t panels_of(const struct rnni_attention_weight *weight)
{
    size_t most = 0;
    for (int64_t precision = RNN_PRECISION_FLOAT32; precision <= RNN_PRECISION_INT8; precision++) {
        size_t count = rnni_narrow_count(precision, weight->columns, weight->rows, 1);
        most = count > most ? count : most;
    }
    return most;
}

static void carve_panels(struct rnni_attention_weight *weight, struct rnni_arena *arena)
{
    if (!weight->rows)
        return;
    weight->panels = rnni_arena_take(arena, panels_of(weight), sizeof(float));
    weight->panels_back = rnni_arena_take(arena, rnni_panels_count(weight->rows, weight->columns, 1), sizeof(float));
}

/* Bytes of the block. */
static size_t carve_weights(struct rnn_attention *attention, void *block)
{
    struct rnni_arena arena = {.block = block};
    if (attention->parameter_count) {
        attention->parameters = rnni_arena_take(&arena, attention->parameter_count, sizeof(float));
        attention->gradients = rnni_arena_take(&arena, attention->parameter_count, sizeof(float));
    }
    carve_panels(&attention->query_weight, &arena);
    carve_panels(&attention->key_weight, &arena);
    return arena.used;
}

static void draw(struct rnn_attention *attention, struct rnni_random *random, size_t offset, size_t count,
                 size_t columns)
{
    double range = 1 / sqrt((double)columns);
    for (size_t i = 0; i < count; i++)
        attention->parameters[offset + i] = (float)(range * rnni_random_uniform(random));
}

static void draw_weight(struct rnn_attention *attention, struct rnni_random *random,
                        const struct rnni_attention_weight *weight)
{
    draw(attention, random, weight->offset, weight->rows * weight->columns, weight->columns);
}

static void draw_parameters(struct rnn_attention *attention, int64_t seed)
{
    struct rnni_random random = {(uint64_t)seed};
    draw_weight(attention, &random, &attention->query_weight);
    draw_weight(attention, &random, &attention->key_weight);
    draw(attention, &random, attention->v, attention->parameter_count - attention->v, attention->key_size);
}

static void pack(const struct rnn_attention *attention, struct rnni_attention_weight *weight)
{
    size_t rows = weight->rows, columns = weight->columns;
    const float *w = attention->parameters + weight->offset; /* [rows,columns] */
    const struct rnni_blas *blas = attention->blas;
    int64_t precision = attention->precision;
    weight->forward = (struct rnni_weights){blas ? w : weight->panels, columns, rows, 1, blas, 0, NULL, precision};
    weight->back = (struct rnni_weights){blas ? w : weight->panels_back, rows, columns, 1, blas, 1, NULL, 0};
    if (blas)
        return;
    rnni_narrow_pack(precision, weight->panels, w, columns, columns, rows, 1, 0, 1);
    rnni_panels_pack(weight->panels_back, w, columns, rows, columns, 1, 0, 0, 1);
}

void rnni_attention_parameters_changed(struct rnn_attention *attention)
{
    if (attention->query_weight.rows)
        pack(attention, &attention->query_weight);
    if (attention->key_weight.rows)
        pack(attention, &attention->key_weight);
    attention->batch = 0;
}

int32_t rnni_attention_set_products(struct rnn_attention *attention, int64_t products, int64_t precision,
                                    const char *function)
{
    const char *reason;
    if (precision && products == RNN_PRODUCTS_CBLAS)
        return rnni_status_fail(&attention->message, RNN_E_VALUE,
                                "%s: RNN_PRODUCTS is RNN_PRODUCTS_CBLAS and RNN_PRECISION is %s, expected "
                                "RNN_PRODUCTS_OWN or RNN_PRECISION_FLOAT32",
                                function, rnni_narrow_name(precision));
    const struct rnni_blas *blas = rnni_products_choose(precision ? RNN_PRODUCTS_OWN : products, &reason);
    if (!blas && products == RNN_PRODUCTS_CBLAS)
        return rnni_status_fail(&attention->message, RNN_E_UNSUPPORTED, "%s: value is RNN_PRODUCTS_CBLAS, but %s",
                                function, reason);
    attention->blas = blas;
    attention->products = blas ? RNN_PRODUCTS_CBLAS : RNN_PRODUCTS_OWN;
    attention->precision = precision;
    rnni_attention_parameters_changed(attention);
    return RNN_OK;
}

/* ---- life -------------------------------------------------------------------------------------------------------- */

int32_t rnni_attention_create(struct rnn_attention **out, const struct rnn_attention *sizes, int64_t seed,
                              const char *function)
{
    RNNI_ASSERT(sizes->score >= RNN_ATTENTION_DOT && sizes->score <= RNN_ATTENTION_ADDITIVE);
    RNNI_ASSERT(sizes->query_size && sizes->memory_size && sizes->key_size);
    struct rnn_attention *attention = rnni_memory_take(1, sizeof *attention);
    if (!attention)
        return rnni_status_fail(NULL, RNN_E_MEMORY, "%s: out of memory for a module", function);
    *attention = *sizes;
    place_parameters(attention);
    if (!rnni_attention_grow(&attention->weights, carve_weights(attention, NULL))) {
        size_t count = attention->parameter_count;
        rnni_attention_release(attention);
        return rnni_status_fail(NULL, RNN_E_MEMORY, "%s: out of memory for %zu parameters", function, count);
    }
    carve_weights(attention, attention->weights.data);
    draw_parameters(attention, seed);
    *out = attention;
    return rnni_attention_set_products(attention, RNN_PRODUCTS_AUTOMATIC, RNN_PRECISION_FLOAT32, function);
}

void rnni_attention_release(struct rnn_attention *attention)
{
    if (!attention)
        return;
    rnni_memory_release(attention->weights.data);
    rnni_memory_release(attention->forward.data);
    rnni_memory_release(attention->back.data);
    rnni_memory_release(attention->scratch.data);
    rnni_memory_release(attention);
}
