/* Forward and backward through the three models: an edge of the whole graph is a call of the library. */
#include "random.h"
#include "threads.h"
#include "translate.h"

#include <stdlib.h>
#include <string.h>

/* ---- what it needs -------------------------------------------------------------------------------------------- */

static rnn_session *open_session(rnn_model *model, int32_t mode, size_t sentences, int64_t threads)
{
    rnn_session *session;

    check(rnn_session_create(&session, model, mode));
    check(rnn_session_set_threads(session, (size_t)threads_choose(threads, model, (int64_t)sentences)));
    return session;
}

pass pass_create(const network *n, int32_t mode, batch_size largest, int64_t threads)
{
    pass p = {.n = n};

    p.encoder = open_session(n->encoder, mode, largest.batch, threads);
    p.queries = open_session(n->queries, mode, largest.batch, threads);
    p.decoder = open_session(n->decoder, mode, largest.batch, threads);
    check(rnn_loss_create(&p.loss, RNN_LOSS_CROSS_ENTROPY));
    check(rnn_attention_create(&p.attention, RNN_ATTENTION_DOT, n->memory, n->memory, 0, 0));
    p.memory = allocate(largest.source * n->memory, sizeof *p.memory);
    p.dmemory = allocate(largest.source * n->memory, sizeof *p.dmemory);
    p.query = allocate(largest.target * n->memory, sizeof *p.query);
    p.context = allocate(largest.target * n->memory, sizeof *p.context);
    p.weights = allocate(largest.weights, sizeof *p.weights);
    p.joined = allocate(largest.target * 2 * n->memory, sizeof *p.joined);
    p.mask = allocate(largest.target * 2 * n->memory, sizeof *p.mask);
    p.logits = allocate(largest.target * n->target.count, sizeof *p.logits);
    p.states = allocate(2 * largest.batch * n->units, sizeof *p.states);
    return p;
}

void pass_release(pass *p)
{
    float *arrays[] = {p->memory, p->dmemory, p->query,  p->context, p->weights,
                       p->joined, p->mask,    p->logits, p->states};

    rnn_session_destroy(p->encoder);
    rnn_session_destroy(p->queries);
    rnn_session_destroy(p->decoder);
    rnn_attention_destroy(p->attention);
    rnn_loss_destroy(p->loss);
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++)
        free(arrays[i]);
}

/* ---- the encoder, and what it hands on ------------------------------------------------------------------------ */

/* The queries before the first word: in the state in which the encoder's reverse direction has ended. */
static void begin_target(pass *p, const batch *b)
{
    size_t states = b->batch * p->n->units;

    check(rnn_reset_state(p->queries, b->batch));
    check(rnn_session_set_state(p->queries, RNN_STATE_H, p->states + states, states));
}

void pass_encode(pass *p, const batch *b)
{
    size_t rows = b->source_steps * b->batch, values = rows * p->n->memory, states = b->batch * p->n->units;

    check(rnn_reset_state(p->encoder, b->batch));
    check(rnn_forward_tokens(p->encoder, p->memory, values, b->source, rows, b->source_lengths, b->batch,
                             b->source_steps));
    check(rnn_attention_set_memory(p->attention, p->memory, values, b->source_lengths, b->batch, b->source_steps,
                                   b->batch));
    check(rnn_session_get_state(p->encoder, RNN_STATE_H, p->states, 2 * states));
    begin_target(p, b);
}

static void encode_backward(pass *p, const batch *b)
{
    size_t values = b->source_steps * b->batch * p->n->memory, states = b->batch * p->n->units;

    memset(p->states, 0, states * sizeof *p->states);
    check(rnn_session_get_state_gradient(p->queries, RNN_STATE_H, p->states + states, states));
    check(rnn_session_set_state_gradient(p->encoder, RNN_STATE_H, p->states, 2 * states));
    check(rnn_attention_backward_memory(p->attention, p->dmemory, values));
    check(rnn_backward(p->encoder, NULL, 0, p->dmemory, values));
}

/* ---- query and context side by side, with dropout ------------------------------------------------------------- */

/* Srivastava et al. 2014: an element is 0, or what it would be divided by the probability that it is not. */
static void draw_mask(pass *p, size_t count)
{
    float kept = (float)(1 / (1 - p->dropout));

    for (size_t i = 0; i < count; i++)
        p->mask[i] = uniform(&p->random) < p->dropout ? 0 : kept;
}

static void apply_mask(pass *p, size_t count)
{
    for (size_t i = 0; p->dropout > 0 && i < count; i++)
        p->joined[i] *= p->mask[i];
}

void pass_join(pass *p, size_t rows)
{
    size_t width = p->n->memory;

    for (size_t i = 0; i < rows; i++) {
        memcpy(p->joined + 2 * i * width, p->query + i * width, width * sizeof *p->joined);
        memcpy(p->joined + (2 * i + 1) * width, p->context + i * width, width * sizeof *p->joined);
    }
    if (p->dropout > 0)
        draw_mask(p, 2 * rows * width);
    apply_mask(p, 2 * rows * width);
}

/* The gradient of the context takes the place of the context; that of the query stays in its half of `joined`, as the
 * query itself is still needed. */
static void join_backward(pass *p, size_t rows)
{
    size_t width = p->n->memory;

    apply_mask(p, 2 * rows * width);
    for (size_t i = 0; i < rows; i++)
        memcpy(p->context + i * width, p->joined + (2 * i + 1) * width, width * sizeof *p->context);
}

/* Adds what came to the query beside the attention. */
static void add_query_gradient(pass *p, size_t rows)
{
    size_t width = p->n->memory;

    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < width; j++)
            p->query[i * width + j] += p->joined[2 * i * width + j];
}

/* ---- all of it ------------------------------------------------------------------------------------------------ */

void pass_attend(pass *p, const batch *b)
{
    size_t rows = b->target_steps * b->batch, values = rows * p->n->memory, steps = b->target_steps;

    begin_target(p, b);
    check(rnn_forward_tokens(p->queries, p->query, values, b->read, rows, b->target_lengths, b->batch, steps));
    check(
        rnn_attention_forward(p->attention, p->context, values, p->weights, rows * b->source_steps, p->query, values));
}

void pass_forward(pass *p, const batch *b)
{
    size_t rows = b->target_steps * b->batch;

    pass_encode(p, b);
    pass_attend(p, b);
    pass_join(p, rows);
    check(rnn_reset_state(p->decoder, b->batch));
    check(rnn_forward(p->decoder, p->logits, rows * p->n->target.count, p->joined, 2 * rows * p->n->memory,
                      b->target_lengths, b->batch, b->target_steps));
}

double pass_loss(pass *p, const batch *b)
{
    size_t rows = b->target_steps * b->batch, count = rows * p->n->target.count;
    double mean;

    check(rnn_loss_set_real(p->loss, RNN_SMOOTHING, p->smoothing));
    check(rnn_loss_set_batch_of_session(p->loss, p->decoder));
    check(rnn_loss_of_classes(p->loss, &mean, p->logits, count, p->logits, count, b->answered, rows));
    return mean * (double)batch_words(b);
}

void pass_backward(pass *p, const batch *b)
{
    size_t rows = b->target_steps * b->batch, values = rows * p->n->memory, weights = rows * b->source_steps;
    float *dquery = p->query;

    check(rnn_backward(p->decoder, p->joined, 2 * values, p->logits, rows * p->n->target.count));
    join_backward(p, rows);
    /* dqueries must not overlap queries: it goes where nothing is needed any more, and back */
    check(rnn_attention_backward(p->attention, p->mask, values, p->context, values, p->query, values, p->weights,
                                 weights));
    memcpy(dquery, p->mask, values * sizeof *dquery);
    add_query_gradient(p, rows);
    check(rnn_backward(p->queries, NULL, 0, dquery, values));
    encode_backward(p, b);
}
