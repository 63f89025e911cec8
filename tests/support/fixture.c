#include "witness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Blocks that cannot be had are part of what is tested: they are to give NULL, as without a sanitizer. */
const char *__asan_default_options(void);
const char *__tsan_default_options(void);

const char *__asan_default_options(void)
{
    return "allocator_may_return_null=1";
}

const char *__tsan_default_options(void)
{
    return __asan_default_options();
}

/* ---- building --------------------------------------------------------------------------------------------------- */

static void *block(size_t count, size_t size)
{
    void *memory = calloc(count, size);
    assert_non_null(memory);
    return memory;
}

static float *uniform_block(size_t count, uint64_t *seed)
{
    float *values = block(count, sizeof *values);
    fill_uniform(values, count, seed);
    return values;
}

static int32_t *integer_block(size_t count, int32_t end)
{
    int32_t *values = block(count, sizeof *values);
    for (size_t i = 0; i < count; i++)
        values[i] = (int32_t)(3 * i + 1) % end;
    return values;
}

rnn_config *witness_config(enum input input)
{
    rnn_config *config;
    assert_ok(rnn_config_create(&config));
    assert_ok(rnn_config_set_int(config, input == REAL ? RNN_INPUT_SIZE : RNN_VOCABULARY, input == REAL ? I : V));
    assert_ok(rnn_config_set_int(config, RNN_EMBEDDING_SIZE, input == EMBEDDING ? E : 0));
    assert_ok(rnn_config_set_int(config, RNN_HIDDEN_SIZE, H));
    assert_ok(rnn_config_set_int(config, RNN_LAYERS, L));
    assert_ok(rnn_config_set_int(config, RNN_CLASSES, C));
    return config;
}

static void fill_inputs(struct witness *w)
{
    uint64_t seed = 1;
    w->x = uniform_block(INPUTS, &seed);
    w->dy = uniform_block(OUTPUTS, &seed);
    w->initial = uniform_block(STATES, &seed);
    w->tokens = integer_block(ROWS, V);
    w->targets = integer_block(ROWS, C);
    w->lengths = block(B, sizeof *w->lengths);
    w->lengths[0] = T - 1;
    w->lengths[1] = T;
}

int32_t witness_forward(struct witness *w, rnn_session *session, float *y, const int32_t *lengths)
{
    int64_t vocabulary;
    assert_ok(rnn_model_get_int(w->model, RNN_VOCABULARY, &vocabulary));
    size_t y_count = y ? OUTPUTS : 0, lengths_count = lengths ? B : 0;
    if (vocabulary)
        return rnn_forward_tokens(session, y, y_count, w->tokens, ROWS, lengths, lengths_count, T);
    return rnn_forward(session, y, y_count, w->x, INPUTS, lengths, lengths_count, T);
}

/* A session with a state, gradients where it is for training, and a run to go back over. */
static rnn_session *open_session(struct witness *w)
{
    rnn_session *session;
    assert_ok(rnn_session_create(&session, w->model, w->mode));
    assert_ok(rnn_reset_state(session, B));
    assert_ok(rnn_session_set_state(session, RNN_STATE_H, w->initial, STATES));
    assert_ok(witness_forward(w, session, NULL, w->lengths));
    if (w->mode == RNN_TRAINING) {
        assert_ok(rnn_backward(session, NULL, 0, w->dy, OUTPUTS));
        assert_ok(witness_forward(w, session, NULL, w->lengths));
    }
    return session;
}

static void remember(struct witness *w)
{
    const float *parameters;
    float *gradients;
    assert_ok(rnn_model_parameters(w->model, &parameters, &w->parameter_count));
    w->parameters = block(w->parameter_count, sizeof *w->parameters);
    memcpy(w->parameters, parameters, w->parameter_count * sizeof *parameters);
    if (w->mode == RNN_TRAINING) {
        assert_ok(rnn_session_gradients(w->session, &gradients, &w->parameter_count));
        w->gradients = block(w->parameter_count, sizeof *w->gradients);
        memcpy(w->gradients, gradients, w->parameter_count * sizeof *gradients);
    }
    assert_ok(rnn_session_get_state(w->session, RNN_STATE_H, w->states, STATES));
    memset(&w->pattern, 0xA5, sizeof w->pattern);
    memcpy(&w->out, &w->pattern, sizeof w->out);
}

struct witness witness_open(enum input input, int32_t mode)
{
    struct witness w;
    memset(&w, 0, sizeof w);
    w.mode = mode;
    w.config = witness_config(input);
    assert_ok(rnn_create(&w.model, w.config));
    fill_inputs(&w);
    w.session = open_session(&w);
    w.shadow = open_session(&w);
    remember(&w);
    return w;
}

void witness_close(struct witness *w)
{
    void *blocks[] = {w->x, w->tokens, w->targets, w->lengths, w->dy, w->initial, w->parameters, w->gradients};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        free(blocks[i]);
    rnn_session_destroy(w->shadow);
    rnn_session_destroy(w->session);
    rnn_destroy(w->model);
    rnn_config_destroy(w->config);
}

/* ---- watching --------------------------------------------------------------------------------------------------- */

/* What has changed, or NULL. */
static const char *changed(struct witness *w)
{
    const float *parameters;
    float *gradients = NULL, states[STATES];
    size_t count;
    if (memcmp(&w->out, &w->pattern, sizeof w->out) != 0)
        return "an output";
    if (rnn_model_parameters(w->model, &parameters, &count) || count != w->parameter_count ||
        memcmp(parameters, w->parameters, count * sizeof *parameters) != 0)
        return "a parameter";
    if (rnn_session_get_state(w->session, RNN_STATE_H, states, STATES) || memcmp(states, w->states, sizeof states) != 0)
        return "the state";
    if (w->mode == RNN_TRAINING && (rnn_session_gradients(w->session, &gradients, &count) ||
                                    memcmp(gradients, w->gradients, count * sizeof *gradients) != 0))
        return "a gradient";
    return NULL;
}

static void complain(const char *call, const char *problem, const char *file, int line)
{
    print_error("%s\n  %s\n  its sentence: \"%s\"\n", call, problem, rnn_last_error());
    _fail(file, line);
}

static void check_sentence(struct witness *w, enum keeper keeper, const char *call, const char *part, const char *file,
                           int line)
{
    size_t length = strcspn(call, "(");
    const char *sentence = rnn_last_error();
    if (strncmp(sentence, call, length) != 0 || strncmp(sentence + length, ": ", 2) != 0)
        complain(call, "the sentence does not begin with the function", file, line);
    if (!strstr(sentence, part)) {
        print_error("missing: \"%s\"\n", part);
        complain(call, "the sentence does not say what it should", file, line);
    }
    const char *kept = keeper == CONFIG ? rnn_config_last_error(w->config) : rnn_session_last_error(w->session);
    if (keeper != THREAD && strcmp(kept, sentence) != 0)
        complain(call, "the handle has another sentence", file, line);
}

void witness_refused(struct witness *w, enum keeper keeper, int32_t actual, int32_t expected, const char *call,
                     const char *part, const char *file, int line)
{
    check_status(actual, expected, call, file, line);
    check_sentence(w, keeper, call, part, file, line);
    const char *difference = changed(w);
    if (difference) {
        print_error("changed: %s\n", difference);
        complain(call, "failed, but not without a trace", file, line);
    }
}

void witness_too_large(struct witness *w, int32_t actual, const char *call, const char *file, int line)
{
    if (actual != RNN_E_VALUE && actual != RNN_E_SIZE && actual != RNN_E_MEMORY)
        complain(call, rnn_status_string(actual), file, line);
    witness_refused(w, THREAD, actual, actual, call, "", file, line);
}

/* A state gradient, then back over the saved run, then on for a run and a step. */
static void go_on(struct witness *w, rnn_session *session, struct outputs *out)
{
    memset(out, 0, sizeof *out);
    if (w->mode == RNN_TRAINING) {
        assert_ok(rnn_session_set_state_gradient(session, RNN_STATE_H, w->initial, STATES));
        assert_ok(rnn_backward(session, NULL, 0, w->dy, OUTPUTS));
        assert_ok(rnn_session_get_state_gradient(session, RNN_STATE_H, out->states, STATES));
        assert_ok(rnn_session_get_gradient(session, "weight_hh_l0", out->tensor, H * H));
        assert_ok(rnn_session_clip_gradient_norm(session, &out->norm, 1e30));
    }
    assert_ok(witness_forward(w, session, out->y, w->lengths));
    assert_ok(rnn_session_get_state(session, RNN_STATE_H, out->dx, STATES));
}

void witness_undisturbed(struct witness *w, const char *file, int line)
{
    struct outputs expected;
    go_on(w, w->session, &w->out);
    go_on(w, w->shadow, &expected);
    if (memcmp(&w->out, &expected, sizeof expected) != 0) {
        print_error("the session goes on in another way than one that has seen no failure\n");
        _fail(file, line);
    }
}

size_t wrong_count(size_t right, int which)
{
    const size_t wrong[WRONG_COUNTS] = {right - 1, right + 1, 0, SIZE_MAX, right + SIZE_MAX / sizeof(float) + 1};
    return wrong[which];
}
