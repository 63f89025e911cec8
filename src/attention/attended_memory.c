/* The memory of a module: what is made of it beforehand, and its gradient. */
#include "attention/attention.h"
#include "base/arena.h"
#include "base/assertion.h"
#include "base/memory.h"

#include <string.h>

static size_t padded(size_t count)
{
    return (count + RNNI_BLOCK - 1) / RNNI_BLOCK * RNNI_BLOCK;
}

struct rnni_weights rnni_attention_straight(const struct rnni_attention_side *side,
                                            const struct rnni_attention_span *span)
{
    RNNI_ASSERT(span->length);
    if (side->blas)
        return (struct rnni_weights){
            side->values + span->first * side->width, span->length, side->width, 1, side->blas, 1, NULL, 0};
    return (struct rnni_weights){
        side->straight + span->first * padded(side->width), span->length, side->width, 1, NULL, 0, NULL, 0};
}

struct rnni_weights rnni_attention_transposed(const struct rnni_attention_side *side,
                                              const struct rnni_attention_span *span)
{
    RNNI_ASSERT(span->length);
    if (side->blas)
        return (struct rnni_weights){
            side->values + span->first * side->width, side->width, span->length, 1, side->blas, 0, NULL, 0};
    return (struct rnni_weights){
        side->transposed + span->padded * side->width, side->width, span->length, 1, NULL, 0, NULL, 0};
}

static void pack_straight(const struct rnn_attention *attention, const struct rnni_attention_side *side)
{
    for (size_t b = 0; b < attention->batch && !side->blas; b++) {
        const struct rnni_attention_span *span = &attention->spans[b];
        if (span->length)
            rnni_panels_pack((float *)rnni_attention_straight(side, span).data,
                             side->values + span->first * side->width, side->width, span->length, side->width, 1, 0, 0,
                             1);
    }
}

static void pack_transposed(const struct rnn_attention *attention, const struct rnni_attention_side *side)
{
    for (size_t b = 0; b < attention->batch && !side->blas; b++) {
        const struct rnni_attention_span *span = &attention->spans[b];
        if (span->length)
            rnni_panels_pack((float *)rnni_attention_transposed(side, span).data,
                             side->values + span->first * side->width, side->width, side->width, span->length, 1, 1, 0,
                             1);
    }
}

/* ---- room -------------------------------------------------------------------------------------------------------- */

static float *carve(struct rnni_arena *arena, size_t rows, size_t width)
{
    return rnni_arena_take(arena, rnni_memory_multiply(rows, width), sizeof(float));
}

/* The same for panels of a side. */
static float *carve_panels(struct rnni_arena *arena, const struct rnni_attention_side *side, size_t rows, size_t width)
{
    return side->blas ? NULL : carve(arena, rows, width);
}

/* What forward needs, by the sizes of the memory; returns the bytes. */
static size_t carve_forward(struct rnn_attention *attention, void *block)
{
    struct rnni_arena arena = {.block = block};
    struct rnni_attention_side *memory = &attention->memory, *keys = &attention->keys;
    size_t rows = attention->rows;
    attention->spans = rnni_arena_take(&arena, attention->batch, sizeof *attention->spans);
    *memory = (struct rnni_attention_side){.width = attention->memory_size, .blas = attention->blas};
    *keys = (struct rnni_attention_side){.width = attention->key_size, .blas = attention->blas};
    memory->values = carve(&arena, rows, memory->width);
    memory->straight = carve_panels(&arena, memory, rows, padded(memory->width));
    keys->values = attention->score == RNN_ATTENTION_DOT ? memory->values : carve(&arena, rows, keys->width);
    if (attention->score != RNN_ATTENTION_ADDITIVE)
        keys->transposed = carve_panels(&arena, keys, attention->padded, keys->width);
    if (attention->score == RNN_ATTENTION_DOT) {
        memory->transposed = keys->transposed;
        keys->straight = memory->straight;
    }
    return arena.used;
}

/* What backward needs on top of it. */
static size_t carve_back(struct rnn_attention *attention, void *block)
{
    struct rnni_arena arena = {.block = block};
    struct rnni_attention_side *memory = &attention->memory, *keys = &attention->keys;
    attention->room = carve(&arena, 1, RNNI_OUTER_ROOM);
    memory->gradient = carve(&arena, attention->rows, memory->width);
    keys->gradient = memory->gradient;
    if (attention->score != RNN_ATTENTION_DOT) {
        keys->gradient = carve(&arena, attention->rows, keys->width);
        memory->transposed = carve_panels(&arena, memory, attention->padded, memory->width);
    }
    if (attention->score == RNN_ATTENTION_GENERAL)
        keys->straight = carve_panels(&arena, keys, attention->rows, padded(keys->width));
    return arena.used;
}

/* ---- the memory -------------------------------------------------------------------------------------------------- */

static size_t length_of(const int32_t *lengths, size_t steps, size_t b)
{
    return lengths ? (size_t)lengths[b] : steps;
}

/* Steps, batch and the numbers of rows. */
static void measure(struct rnn_attention *attention, const int32_t *lengths, size_t steps, size_t batch)
{
    attention->steps = steps;
    attention->batch = batch;
    attention->rows = attention->padded = 0;
    for (size_t b = 0; b < batch; b++) {
        attention->rows += length_of(lengths, steps, b);
        attention->padded += padded(length_of(lengths, steps, b));
    }
}

static void fill_spans(struct rnn_attention *attention, const int32_t *lengths)
{
    struct rnni_attention_span next = {0};
    for (size_t b = 0; b < attention->batch; b++) {
        next.length = length_of(lengths, attention->steps, b);
        RNNI_ASSERT(next.length <= attention->steps);
        attention->spans[b] = next;
        next.first += next.length;
        next.padded += padded(next.length);
    }
}

/* values [R,M] from memory [S,B,M]. */
static void copy_rows(const struct rnn_attention *attention, const float *memory)
{
    size_t width = attention->memory_size;
    for (size_t b = 0; b < attention->batch; b++) {
        float *to = attention->memory.values + attention->spans[b].first * width;
        for (size_t s = 0; s < attention->spans[b].length; s++)
            memcpy(to + s * width, memory + (s * attention->batch + b) * width, width * sizeof *to);
    }
}

int32_t rnni_attention_set_memory(struct rnn_attention *attention, const float *memory, const int32_t *lengths,
                                  size_t steps, size_t batch, const char *function)
{
    RNNI_ASSERT(memory && steps && batch);
    struct rnn_attention new = *attention;
    measure(&new, lengths, steps, batch);
    if (!rnni_attention_grow(&new.forward, carve_forward(&new, NULL)))
        return rnni_status_fail(&attention->message, RNN_E_MEMORY,
                                "%s: out of memory for %zu steps of %zu sequences of memory", function, steps, batch);
    carve_forward(&new, new.forward.data);
    new.goes_back = 0;
    *attention = new;
    fill_spans(attention, lengths);
    copy_rows(attention, memory);
    if (attention->score != RNN_ATTENTION_DOT)
        rnni_attention_multiply(&attention->key_weight.forward, attention->keys.values, attention->key_size, 0,
                                attention->memory.values, attention->memory_size, attention->rows);
    pack_straight(attention, &attention->memory);
    if (attention->score != RNN_ATTENTION_ADDITIVE)
        pack_transposed(attention, &attention->keys);
    return RNN_OK;
}

/* ---- backward ---------------------------------------------------------------------------------------------------- */

static void clear_gradients(struct rnn_attention *attention)
{
    const struct rnni_attention_side *memory = &attention->memory, *keys = &attention->keys;
    memset(memory->gradient, 0, attention->rows * memory->width * sizeof(float));
    if (keys->gradient != memory->gradient)
        memset(keys->gradient, 0, attention->rows * keys->width * sizeof(float));
}

int32_t rnni_attention_reserve_back(struct rnn_attention *attention, const char *function)
{
    RNNI_ASSERT(attention->batch);
    struct rnn_attention new = *attention;
    if (attention->goes_back)
        return RNN_OK;
    if (!rnni_attention_grow(&new.back, carve_back(&new, NULL)))
        return rnni_status_fail(&attention->message, RNN_E_MEMORY,
                                "%s: out of memory for gradients of %zu steps of %zu sequences of memory", function,
                                attention->steps, attention->batch);
    carve_back(&new, new.back.data);
    new.goes_back = 1;
    *attention = new;
    clear_gradients(attention);
    if (attention->score != RNN_ATTENTION_DOT)
        pack_transposed(attention, &attention->memory);
    if (attention->score == RNN_ATTENTION_GENERAL)
        pack_straight(attention, &attention->keys);
    return RNN_OK;
}

/* From the keys to the weight, and to the memory unless that is not wanted. */
static void back_through_keys(struct rnn_attention *attention, int wants_memory)
{
    const struct rnni_attention_weight *weight = &attention->key_weight;
    const struct rnni_attention_side *memory = &attention->memory, *keys = &attention->keys;
    rnni_products_add_outer(&(struct rnni_outer){.c = attention->gradients + weight->offset,
                                                 .a = keys->gradient,
                                                 .a_row = keys->width,
                                                 .b = memory->values,
                                                 .b_row = memory->width,
                                                 .k = attention->rows,
                                                 .m = keys->width,
                                                 .n = memory->width,
                                                 .blas = attention->blas,
                                                 .singly = attention->batch == 1,
                                                 .room = attention->room});
    if (wants_memory)
        rnni_attention_multiply(&weight->back, memory->gradient, memory->width, 1, keys->gradient, keys->width,
                                attention->rows);
}

static void spread_rows(const struct rnn_attention *attention, float *dmemory)
{
    size_t width = attention->memory_size;
    for (size_t b = 0; b < attention->batch; b++) {
        const float *from = attention->memory.gradient + attention->spans[b].first * width;
        for (size_t s = 0; s < attention->spans[b].length; s++)
            memcpy(dmemory + (s * attention->batch + b) * width, from + s * width, width * sizeof *from);
    }
}

void rnni_attention_memory_gradient(struct rnn_attention *attention, float *dmemory)
{
    RNNI_ASSERT(attention->batch);
    if (dmemory)
        memset(dmemory, 0, attention->steps * attention->batch * attention->memory_size * sizeof *dmemory);
    if (!attention->goes_back)
        return;
    if (attention->score != RNN_ATTENTION_DOT)
        back_through_keys(attention, dmemory != NULL);
    if (dmemory)
        spread_rows(attention, dmemory);
    clear_gradients(attention);
}
