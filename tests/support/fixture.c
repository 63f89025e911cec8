#include "support/fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Allocations that fail are tested too: they must return NULL, as they do without a sanitizer. */
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

rnn_config *fixture_config(enum input input)
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

static void fill_inputs(struct fixture *f)
{
    uint64_t seed = 1;
    f->x = uniform_block(INPUTS, &seed);
    f->dy = uniform_block(OUTPUTS, &seed);
    f->initial = uniform_block(STATES, &seed);
    f->tokens = integer_block(ROWS, V);
    f->targets = integer_block(ROWS, C);
    f->lengths = block(B, sizeof *f->lengths);
    f->lengths[0] = T - 1;
    f->lengths[1] = T;
}

int32_t fixture_forward(struct fixture *f, rnn_session *session, float *y, const int32_t *lengths)
{
    int64_t vocabulary;
    assert_ok(rnn_model_get_int(f->model, RNN_VOCABULARY, &vocabulary));
    size_t y_count = y ? OUTPUTS : 0, lengths_count = lengths ? B : 0;
    if (vocabulary)
        return rnn_forward_tokens(session, y, y_count, f->tokens, ROWS, lengths, lengths_count, T);
    return rnn_forward(session, y, y_count, f->x, INPUTS, lengths, lengths_count, T);
}

/* A session with states, gradients if it is for training, and the saved activations of a forward pass. */
static rnn_session *open_session(struct fixture *f)
{
    rnn_session *session;
    assert_ok(rnn_session_create(&session, f->model, f->mode));
    assert_ok(rnn_reset_state(session, B));
    assert_ok(rnn_session_set_state(session, RNN_STATE_H, f->initial, STATES));
    assert_ok(fixture_forward(f, session, NULL, f->lengths));
    if (f->mode == RNN_TRAINING) {
        assert_ok(rnn_backward(session, NULL, 0, f->dy, OUTPUTS));
        assert_ok(fixture_forward(f, session, NULL, f->lengths));
    }
    return session;
}

static void remember(struct fixture *f)
{
    const float *parameters;
    float *gradients;
    assert_ok(rnn_model_parameters(f->model, &parameters, &f->parameter_count));
    f->parameters = block(f->parameter_count, sizeof *f->parameters);
    memcpy(f->parameters, parameters, f->parameter_count * sizeof *parameters);
    if (f->mode == RNN_TRAINING) {
        assert_ok(rnn_session_gradients(f->session, &gradients, &f->parameter_count));
        f->gradients = block(f->parameter_count, sizeof *f->gradients);
        memcpy(f->gradients, gradients, f->parameter_count * sizeof *gradients);
    }
    assert_ok(rnn_session_get_state(f->session, RNN_STATE_H, f->states, STATES));
    memset(&f->pattern, 0xA5, sizeof f->pattern);
    memcpy(&f->out, &f->pattern, sizeof f->out);
}

struct fixture fixture_open(enum input input, int32_t mode)
{
    struct fixture f;
    memset(&f, 0, sizeof f);
    f.mode = mode;
    f.config = fixture_config(input);
    assert_ok(rnn_create(&f.model, f.config));
    fill_inputs(&f);
    f.session = open_session(&f);
    f.control = open_session(&f);
    remember(&f);
    return f;
}

void fixture_close(struct fixture *f)
{
    void *blocks[] = {f->x, f->tokens, f->targets, f->lengths, f->dy, f->initial, f->parameters, f->gradients};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        free(blocks[i]);
    rnn_session_destroy(f->control);
    rnn_session_destroy(f->session);
    rnn_destroy(f->model);
    rnn_config_destroy(f->config);
}

/* ---- watching --------------------------------------------------------------------------------------------------- */

/* The name of an item that has changed, or NULL. */
static const char *changed(struct fixture *f)
{
    const float *parameters;
    float *gradients = NULL, states[STATES];
    size_t count;
    if (memcmp(&f->out, &f->pattern, sizeof f->out) != 0)
        return "an output";
    if (rnn_model_parameters(f->model, &parameters, &count) || count != f->parameter_count ||
        memcmp(parameters, f->parameters, count * sizeof *parameters) != 0)
        return "a parameter";
    if (rnn_session_get_state(f->session, RNN_STATE_H, states, STATES) || memcmp(states, f->states, sizeof states) != 0)
        return "the state";
    if (f->mode == RNN_TRAINING && (rnn_session_gradients(f->session, &gradients, &count) ||
                                    memcmp(gradients, f->gradients, count * sizeof *gradients) != 0))
        return "a gradient";
    return NULL;
}

static void complain(const char *call, const char *problem, const char *file, int line)
{
    print_error("%s\n  %s\n  message: \"%s\"\n", call, problem, rnn_last_error());
    _fail(file, line);
}

static void check_message(struct fixture *f, enum keeper keeper, const char *call, const char *part, const char *file,
                          int line)
{
    size_t length = strcspn(call, "(");
    const char *message = rnn_last_error();
    if (strncmp(message, call, length) != 0 || strncmp(message + length, ": ", 2) != 0)
        complain(call, "the message does not begin with the function", file, line);
    if (!strstr(message, part)) {
        print_error("missing: \"%s\"\n", part);
        complain(call, "the message lacks a part", file, line);
    }
    const char *kept = keeper == CONFIG ? rnn_config_last_error(f->config) : rnn_session_last_error(f->session);
    if (keeper != THREAD && strcmp(kept, message) != 0)
        complain(call, "the handle has another message", file, line);
}

void fixture_refused(struct fixture *f, enum keeper keeper, int32_t actual, int32_t expected, const char *call,
                     const char *part, const char *file, int line)
{
    check_status(actual, expected, call, file, line);
    check_message(f, keeper, call, part, file, line);
    const char *difference = changed(f);
    if (difference) {
        print_error("changed: %s\n", difference);
        complain(call, "failed, and has changed something", file, line);
    }
}

void fixture_too_large(struct fixture *f, int32_t actual, const char *call, const char *file, int line)
{
    if (actual != RNN_E_VALUE && actual != RNN_E_SIZE && actual != RNN_E_MEMORY)
        complain(call, rnn_status_string(actual), file, line);
    fixture_refused(f, THREAD, actual, actual, call, "", file, line);
}

/* Sets a state gradient, then runs backward, then forward again. */
static void go_on(struct fixture *f, rnn_session *session, struct outputs *out)
{
    memset(out, 0, sizeof *out);
    if (f->mode == RNN_TRAINING) {
        assert_ok(rnn_session_set_state_gradient(session, RNN_STATE_H, f->initial, STATES));
        assert_ok(rnn_backward(session, NULL, 0, f->dy, OUTPUTS));
        assert_ok(rnn_session_get_state_gradient(session, RNN_STATE_H, out->states, STATES));
        assert_ok(rnn_session_get_gradient(session, "weight_hh_l0", out->tensor, H * H));
        assert_ok(rnn_session_clip_gradient_norm(session, &out->norm, 1e30));
    }
    assert_ok(fixture_forward(f, session, out->y, f->lengths));
    assert_ok(rnn_session_get_state(session, RNN_STATE_H, out->dx, STATES));
}

void fixture_undisturbed(struct fixture *f, const char *file, int line)
{
    struct outputs expected;
    go_on(f, f->session, &f->out);
    go_on(f, f->control, &expected);
    if (memcmp(&f->out, &expected, sizeof expected) != 0) {
        print_error("the session differs from one without the failed calls\n");
        _fail(file, line);
    }
}

size_t wrong_count(size_t right, int which)
{
    const size_t wrong[WRONG_COUNTS] = {right - 1, right + 1, 0, SIZE_MAX, right + SIZE_MAX / sizeof(float) + 1};
    return wrong[which];
}
