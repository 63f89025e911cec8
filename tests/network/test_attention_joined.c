/* Attention between an encoder and a decoder, all trained together: sequences of tokens are to be told backwards.
 *
 *     tokens -> encoder -> memory          tokens told so far -> bottom -> queries
 *     queries, contexts -> top -> logits
 *
 * The decoder gets nothing of the encoder but the contexts, so without them no loss below log V is possible. */
#include "support/support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { V = 6, T = 6, B = 24, H = 24, BATCHES = 4000, ROWS = T * B };

struct network {
    rnn_model *model;
    rnn_session *session;
};

/* Tokens or real values in; a head or none. */
static struct network network_open(int64_t tokens, int64_t inputs, int64_t hidden, int64_t direction, int64_t classes)
{
    struct network n;
    rnn_config *config;
    assert_ok(rnn_config_create(&config));
    assert_ok(rnn_config_set_int(config, RNN_CELL, RNN_CELL_GRU));
    assert_ok(rnn_config_set_int(config, RNN_VOCABULARY, tokens));
    assert_ok(rnn_config_set_int(config, RNN_INPUT_SIZE, inputs));
    assert_ok(rnn_config_set_int(config, RNN_HIDDEN_SIZE, hidden));
    assert_ok(rnn_config_set_int(config, RNN_DIRECTION, direction));
    assert_ok(rnn_config_set_int(config, RNN_CLASSES, classes));
    assert_ok(rnn_config_set_int(config, RNN_SEED, tokens + inputs));
    assert_ok(rnn_create(&n.model, config));
    assert_ok(rnn_session_create(&n.session, n.model, RNN_TRAINING));
    rnn_config_destroy(config);
    return n;
}

static void network_close(struct network *n)
{
    rnn_session_destroy(n->session);
    rnn_destroy(n->model);
}

static void descend(struct network *n)
{
    assert_ok(rnn_session_clip_gradient_norm(n->session, NULL, 1));
    assert_ok(rnn_sgd_step(n->session, 1));
    assert_ok(rnn_zero_gradients(n->session));
}

struct translator {
    struct network encoder, bottom, top;
    rnn_attention *attention;
    int blind; /* contexts are 0 */
    int32_t source[ROWS], told[ROWS], target[ROWS];
    float memory[ROWS * H], queries[ROWS * H], context[ROWS * H], weights[ROWS * T], joined[ROWS * 2 * H];
    float logits[ROWS * V], dlogits[ROWS * V];
    float dmemory[ROWS * H], dqueries[ROWS * H], dcontext[ROWS * H], djoined[ROWS * 2 * H], dasked[ROWS * H];
};

/* The target is the source backwards; what has been told is the target one step earlier, begun with token V. */
static void draw(struct translator *t, uint64_t *seed)
{
    for (size_t i = 0; i < ROWS; i++)
        t->source[i] = (int32_t)((uniform(seed) + 1) / 2 * V);
    for (size_t step = 0; step < T; step++)
        for (size_t b = 0; b < B; b++) {
            t->target[step * B + b] = t->source[(T - 1 - step) * B + b];
            t->told[step * B + b] = step ? t->target[(step - 1) * B + b] : V;
        }
}

/* joined [T,B,2H] = a, b [T,B,H] side by side, or back. */
static void join(float *joined, const float *a, const float *b)
{
    for (size_t i = 0; i < ROWS; i++) {
        memcpy(joined + i * 2 * H, a + i * H, H * sizeof *a);
        memcpy(joined + i * 2 * H + H, b + i * H, H * sizeof *b);
    }
}

static void split(float *a, float *b, const float *joined)
{
    for (size_t i = 0; i < ROWS; i++) {
        memcpy(a + i * H, joined + i * 2 * H, H * sizeof *a);
        memcpy(b + i * H, joined + i * 2 * H + H, H * sizeof *b);
    }
}

static double forward(struct translator *t)
{
    double loss;
    assert_ok(rnn_reset_state(t->encoder.session, B));
    assert_ok(rnn_reset_state(t->bottom.session, B));
    assert_ok(rnn_reset_state(t->top.session, B));
    assert_ok(rnn_forward_tokens(t->encoder.session, t->memory, ROWS * H, t->source, ROWS, NULL, 0, T));
    assert_ok(rnn_forward_tokens(t->bottom.session, t->queries, ROWS * H, t->told, ROWS, NULL, 0, T));
    assert_ok(rnn_attention_set_memory(t->attention, t->memory, ROWS * H, NULL, 0, T, B));
    assert_ok(rnn_attention_forward(t->attention, t->context, ROWS * H, t->weights, ROWS * T, t->queries, ROWS * H));
    if (t->blind)
        memset(t->context, 0, sizeof t->context);
    join(t->joined, t->queries, t->context);
    assert_ok(rnn_forward(t->top.session, t->logits, ROWS * V, t->joined, (size_t)ROWS * 2 * H, NULL, 0, T));
    assert_ok(rnn_softmax_cross_entropy(&loss, t->dlogits, ROWS * V, t->logits, ROWS * V, t->target, ROWS, V));
    return loss;
}

static void backward(struct translator *t)
{
    assert_ok(rnn_backward(t->top.session, t->djoined, (size_t)ROWS * 2 * H, t->dlogits, ROWS * V));
    split(t->dqueries, t->dcontext, t->djoined);
    if (t->blind)
        memset(t->dcontext, 0, sizeof t->dcontext);
    assert_ok(rnn_attention_backward(t->attention, t->dasked, ROWS * H, t->dcontext, ROWS * H, t->queries, ROWS * H,
                                     t->weights, ROWS * T));
    for (size_t i = 0; i < ROWS * H; i++)
        t->dqueries[i] += t->dasked[i];
    assert_ok(rnn_attention_backward_memory(t->attention, t->dmemory, ROWS * H));
    assert_ok(rnn_backward(t->bottom.session, NULL, 0, t->dqueries, ROWS * H));
    assert_ok(rnn_backward(t->encoder.session, NULL, 0, t->dmemory, ROWS * H));
}

static void descend_attention(rnn_attention *attention)
{
    const float *parameters;
    float *gradients;
    size_t count;
    assert_ok(rnn_attention_parameters(attention, &parameters, &count));
    assert_ok(rnn_attention_gradients(attention, &gradients, &count));
    float *new = malloc((count + 1) * sizeof *new);
    assert_non_null(new);
    for (size_t i = 0; i < count; i++)
        new[i] = parameters[i] - gradients[i];
    assert_ok(rnn_attention_set_parameters(attention, count ? new : NULL, count));
    assert_ok(rnn_attention_zero_gradients(attention));
    free(new);
}

/* Trains until the loss, a running mean over some batches, is below the goal, or for so many batches; returns it. */
static double train(int32_t score, int blind, size_t batches, double goal)
{
    static struct translator t;
    uint64_t seed = 1;
    double mean = log(V);
    memset(&t, 0, sizeof t);
    t.encoder = network_open(V, 0, H / 2, RNN_DIRECTION_BOTH, 0);
    t.bottom = network_open(V + 1, 0, H, RNN_DIRECTION_FORWARD, 0);
    t.top = network_open(0, 2 * H, H, RNN_DIRECTION_FORWARD, V);
    t.blind = blind;
    assert_ok(rnn_attention_create(&t.attention, score, H, H, score == RNN_ATTENTION_ADDITIVE ? H : 0, 1));
    for (size_t i = 0; i < batches && mean > goal; i++) {
        draw(&t, &seed);
        mean += (forward(&t) - mean) / 20;
        backward(&t);
        descend(&t.encoder);
        descend(&t.bottom);
        descend(&t.top);
        descend_attention(t.attention);
    }
    network_close(&t.encoder);
    network_close(&t.bottom);
    network_close(&t.top);
    rnn_attention_destroy(t.attention);
    return mean;
}

static void sequences_are_told_backwards(void **state)
{
    (void)state;
    double blind = train(RNN_ATTENTION_DOT, 1, 300, 0);
    print_message("loss without contexts %.3f\n", blind);
    assert_true(blind > 0.95 * log(V));
    for (int32_t score = RNN_ATTENTION_DOT; score <= RNN_ATTENTION_ADDITIVE; score++) {
        double loss = train(score, 0, BATCHES, 0.5);
        print_message("loss with score %d: %.3f\n", (int)score, loss);
        assert_true(loss < 0.5);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(sequences_are_told_backwards)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
