/* A list of layers and memory: every block is refused in turn, and nothing is lost but the call; behind a reserve, runs
 * and steps take none.  Linked with --wrap=rnni_memory_take. */
#include "support/support.h"

#include <stdlib.h>
#include <string.h>

static size_t takes, no_memory_at; /* blocks that were asked for; which of them is refused, 0: none */
void *__real_rnni_memory_take(size_t count, size_t size);
void *__wrap_rnni_memory_take(size_t count, size_t size);
void *__wrap_rnni_memory_take(size_t count, size_t size)
{
    return ++takes == no_memory_at ? NULL : __real_rnni_memory_take(count, size);
}

enum { I = 3, O = 2, T = 9, B = 4, MOST_FILE = 1 << 14 };

/* conv1d, GRU with a learned initial state, skip, dense: a network for streams, or with pooling for whole sequences. */
static const int32_t kinds[] = {RNN_KIND_CONV1D, RNN_KIND_RECURRENT, RNN_KIND_SKIP, RNN_KIND_DENSE, RNN_KIND_POOLING};

struct life {
    rnn_config *config;
    rnn_model *model, *loaded;
    rnn_session *session;
    unsigned char file[MOST_FILE];
    size_t size;
    float y[T * B * O], dx[T * B * I];
};

static const float x[T * B * I] = {1, -2, 3, 0.5f, 4}, dy[T * B * O] = {1, 2, -1};
static const int32_t mask[T * B] = {1, 0, 1, 1, 1, 1, 0, 1, 1, 1}, resets[T * B] = {0, 0, 1, 0, 0, 1, 1, 0, 1};

/* One call, which memory may fail: then it is made again, and must succeed. */
#define MUST(call)                                                                                                     \
    do {                                                                                                               \
        int32_t status_ = (call);                                                                                      \
        if (status_ == RNN_E_MEMORY && no_memory_at && takes >= no_memory_at) {                                        \
            assert_memory_equal(rnn_last_error(), #call, strcspn(#call, "("));                                         \
            no_memory_at = 0;                                                                                          \
            status_ = (call);                                                                                          \
        }                                                                                                              \
        check_status(status_, RNN_OK, #call, __FILE__, __LINE__);                                                      \
    } while (0)

static void set(rnn_config *config, size_t layer, int32_t key, int64_t value)
{
    assert_ok(rnn_config_set_layer_int(config, layer, key, value));
}

static void live(struct life *life, size_t layers)
{
    size_t steps = layers == 5 ? 1 : T;
    memset(life, 0, sizeof *life);
    MUST(rnn_config_create(&life->config));
    assert_ok(rnn_config_set_int(life->config, RNN_INPUT_SIZE, I));
    for (size_t i = 0; i < layers; i++)
        MUST(rnn_config_add_layer(life->config, NULL, kinds[i]));
    set(life->config, 0, RNN_OUTPUT_SIZE, 5);
    set(life->config, 0, RNN_KERNEL_SIZE, 3);
    set(life->config, 1, RNN_CELL, RNN_CELL_GRU);
    set(life->config, 1, RNN_HIDDEN_SIZE, 4);
    set(life->config, 1, RNN_INITIAL_STATE, 1);
    set(life->config, 1, RNN_INIT_RECURRENT, RNN_INIT_ORTHOGONAL);
    set(life->config, 3, RNN_OUTPUT_SIZE, O);
    MUST(rnn_create(&life->model, life->config));
    MUST(rnn_session_create(&life->session, life->model, RNN_TRAINING));
    MUST(rnn_session_set_threads(life->session, THREADS(2)));
    MUST(rnn_session_reserve(life->session, T, B));
    MUST(rnn_reset_state(life->session, B));
    MUST(rnn_forward(life->session, life->y, steps * B * O, x, T * B * I, NULL, 0, T));
    if (layers < 5)
        MUST(rnn_session_set_resets(life->session, resets, T * B));
    MUST(rnn_session_set_step_mask(life->session, mask, T * B));
    MUST(rnn_forward(life->session, life->y, steps * B * O, x, T * B * I, NULL, 0, T));
    MUST(rnn_backward(life->session, life->dx, T * B * I, dy, steps * B * O));
    MUST(rnn_sgd_step(life->session, 0.1));
    MUST(rnn_session_select_state(life->session, (const int32_t[]){1, 0}, 2));
    MUST(rnn_save_memory(life->model, life->file, MOST_FILE, &life->size));
    MUST(rnn_load_memory(&life->loaded, life->file, life->size));
}

static void end(struct life *life)
{
    rnn_session_destroy(life->session);
    rnn_destroy(life->loaded);
    rnn_destroy(life->model);
    rnn_config_destroy(life->config);
}

static void nothing_is_lost_without_memory(void **state)
{
    (void)state;
    static struct life undisturbed, life;
    for (size_t layers = 4; layers <= 5; layers++) {
        takes = no_memory_at = 0;
        live(&undisturbed, layers);
        size_t all = takes;
        assert_true(all > 20);
        for (size_t at = 1; at <= all; at++) {
            takes = 0;
            no_memory_at = at;
            live(&life, layers);
            assert_true(no_memory_at == 0); /* it was refused, and the call made again */
            assert_memory_equal(life.y, undisturbed.y, sizeof life.y);
            assert_memory_equal(life.dx, undisturbed.dx, sizeof life.dx);
            assert_true(life.size == undisturbed.size);
            assert_memory_equal(life.file, undisturbed.file, life.size);
            end(&life);
        }
        end(&undisturbed);
    }
}

static void runs_and_steps_take_no_memory(void **state)
{
    (void)state;
    static struct life life;
    takes = no_memory_at = 0;
    live(&life, 4);
    assert_ok(rnn_session_reserve(life.session, T, B));
    size_t before = takes;
    assert_ok(rnn_reset_state(life.session, B));
    assert_ok(rnn_forward(life.session, life.y, T * B * O, x, T * B * I, NULL, 0, T));
    assert_ok(rnn_backward(life.session, life.dx, T * B * I, dy, T * B * O));
    assert_ok(rnn_sgd_step(life.session, 0.1));
    for (size_t t = 0; t < T; t++)
        assert_ok(rnn_step(life.session, life.y, B * O, x + t * B * I, B * I));
    assert_true(takes == before);
    end(&life);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_lost_without_memory),
        cmocka_unit_test(runs_and_steps_take_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
