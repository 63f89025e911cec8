/* The library when memory runs out: every allocation of a whole life of training fails in turn, and nothing is lost but
 * the call; and the calls that are promised to take no memory are watched. */
#include "support/allocator.h"
#include "support/support.h"

#include <stdio.h>
#include <string.h>

/* ---- a life ----------------------------------------------------------------------------------------------------- */

enum { T = 9, B = 4, V = 7, H = 6, L = 2, C = 7, SIZE = 1 << 14, PARAMETERS = H * V + 3 * H * H + 4 * H + C * H + C };

/* All that a life leaves behind; it is the same whether memory ran out on the way or not. */
struct legacy {
    float y[T * B * C], streamed[B * C], loaded[C], states[L * B * H], parameters[PARAMETERS];
    double loss;
    char note[16];
    unsigned char file[SIZE];
    size_t file_size;
};

enum disturbance {
    ONCE,    /* one allocation fails; the call is made again */
    LASTING, /* and again all that follow, until the call has failed twice */
    ABANDON  /* all fail; everything is destroyed at once */
};

struct life {
    enum disturbance disturbance;
    size_t failures;
    rnn_config *config;
    rnn_model *model, *from_file, *from_memory;
    rnn_session *training, *inference, *loaded;
    rnn_loss *loss;
    struct legacy legacy;
};

/* Whether the call, which gave `status`, is to be made again. */
static int again(struct life *life, const char *call, int32_t status)
{
    if (status == RNN_OK)
        return 0;
    size_t name = strcspn(call, "(");
    check_status(status, RNN_E_MEMORY, call, __FILE__, __LINE__);
    assert_true(memory.fail_at && memory.calls >= memory.fail_at);
    assert_memory_equal(rnn_last_error(), call, name);
    assert_non_null(strstr(rnn_last_error(), "out of memory"));
    life->failures++;
    if (life->disturbance == ONCE)
        assert_int_equal(life->failures, 1);
    if (life->disturbance == LASTING && life->failures == 2)
        memory.fail_at = 0;
    return life->disturbance != ABANDON;
}

/* Makes a call until it succeeds, or gives the life up. */
#define MUST(call)                                                                                                     \
    do {                                                                                                               \
        while (again(life, #call, (call)))                                                                             \
            ;                                                                                                          \
        if (life->disturbance == ABANDON && life->failures)                                                            \
            return;                                                                                                    \
    } while (0)

static const int32_t tokens[T * B] = {0, 1, 2, 3, 4, 5, 6, 0, 2, 4, 6, 1, 3, 5, 0, 3, 6, 2,
                                      5, 1, 4, 0, 4, 1, 5, 2, 6, 3, 1, 1, 2, 2, 3, 3, 4, 4};
static const int32_t ragged[B] = {T, 0, 3, T};
static const char path[] = "test_memory.safetensors";

static void create(struct life *life)
{
    MUST(rnn_config_create(&life->config));
    MUST(rnn_config_set_int(life->config, RNN_VOCABULARY, V));
    MUST(rnn_config_set_int(life->config, RNN_HIDDEN_SIZE, H));
    MUST(rnn_config_set_int(life->config, RNN_LAYERS, L));
    MUST(rnn_config_set_int(life->config, RNN_CLASSES, C));
    MUST(rnn_create(&life->model, life->config));
    MUST(rnn_session_create(&life->training, life->model, RNN_TRAINING));
    MUST(rnn_session_create(&life->inference, life->model, RNN_INFERENCE));
}

/* Sessions grow in every way that there is: by batch, by steps, by asking. */
static void train(struct life *life)
{
    float *y = life->legacy.y;
    size_t n = (size_t)T * B * C;
    MUST(rnn_reset_state(life->training, B));
    MUST(rnn_forward_tokens(life->training, y, n, tokens, T * B, ragged, B, T));
    MUST(rnn_loss_create(&life->loss, RNN_LOSS_CROSS_ENTROPY));
    MUST(rnn_loss_set_batch_of_session(life->loss, life->training));
    MUST(rnn_loss_of_classes(life->loss, &life->legacy.loss, y, n, y, n, tokens, T * B));
    MUST(rnn_backward(life->training, NULL, 0, y, n));
    MUST(rnn_session_clip_gradient_norm(life->training, NULL, 0.5));
    MUST(rnn_session_clip_gradient_value(life->training, 0.2));
    MUST(rnn_sgd_step(life->training, 0.5));
    MUST(rnn_session_reserve(life->training, 2 * T, 2 * B));
    MUST(rnn_session_get_state(life->training, RNN_STATE_H, life->legacy.states, L * B * H));
    MUST(rnn_forward_tokens(life->training, y, n, tokens, T * B, NULL, 0, T));
}

static void stream(struct life *life)
{
    MUST(rnn_forward_tokens(life->inference, NULL, 0, tokens, T, NULL, 0, T));
    MUST(rnn_session_reserve(life->inference, 1, B));
    MUST(rnn_reset_state(life->inference, B));
    MUST(rnn_session_set_state(life->inference, RNN_STATE_H, life->legacy.states, L * B * H));
    MUST(rnn_step_tokens(life->inference, life->legacy.streamed, B * C, tokens, B));
}

static void save_and_load(struct life *life)
{
    struct legacy *legacy = &life->legacy;
    const char *note = NULL;
    MUST(rnn_model_set_metadata(life->model, "key", "value"));
    MUST(rnn_model_set_metadata(life->model, "key", "other value"));
    MUST(rnn_model_set_metadata(life->model, "more", "text"));
    MUST(rnn_save(life->model, path));
    MUST(rnn_load(&life->from_file, path));
    MUST(rnn_save_memory(life->from_file, legacy->file, SIZE, &legacy->file_size));
    MUST(rnn_load_memory(&life->from_memory, legacy->file, legacy->file_size));
    MUST(rnn_model_get_metadata(life->from_memory, "key", &note));
    snprintf(legacy->note, sizeof legacy->note, "%s", note);
    MUST(rnn_session_create(&life->loaded, life->from_memory, RNN_INFERENCE));
    MUST(rnn_step_tokens(life->loaded, legacy->loaded, C, tokens, 1));
}

static void keep_parameters(struct life *life)
{
    const float *parameters = NULL;
    size_t count = 0;
    MUST(rnn_model_parameters(life->model, &parameters, &count));
    assert_int_equal(count, PARAMETERS);
    memcpy(life->legacy.parameters, parameters, sizeof life->legacy.parameters);
}

static void end(struct life *life)
{
    rnn_config_destroy(life->config);
    rnn_destroy(life->model);
    rnn_destroy(life->from_file);
    rnn_destroy(life->from_memory);
    rnn_session_destroy(life->training);
    rnn_session_destroy(life->inference);
    rnn_session_destroy(life->loaded);
    rnn_loss_destroy(life->loss);
    remove(path);
}

/* One life in which allocation `fail_at` fails; 0: none does. */
static void live(struct life *life, enum disturbance disturbance, size_t fail_at)
{
    static void (*const parts[])(struct life *) = {create, train, stream, save_and_load, keep_parameters};
    memset(life, 0, sizeof *life);
    life->disturbance = disturbance;
    memory.calls = 0;
    memory.fail_at = fail_at;
    memory.for_good = disturbance != ONCE;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (disturbance != ABANDON || !life->failures)
            parts[i](life);
    memory.fail_at = 0;
    end(life);
    assert_int_equal(memory.live, 0);
}

static struct life undisturbed, disturbed;

static void fail_every_allocation(enum disturbance disturbance)
{
    live(&undisturbed, disturbance, 0);
    size_t allocations = memory.calls;
    assert_int_equal(undisturbed.failures, 0);
    assert_true(allocations > 40);
    for (size_t i = 1; i <= allocations; i++) {
        live(&disturbed, disturbance, i);
        assert_int_equal(disturbed.failures, disturbance == LASTING ? 2 : 1);
        if (disturbance != ABANDON)
            assert_memory_equal(&disturbed.legacy, &undisturbed.legacy, sizeof undisturbed.legacy);
    }
}

static void test_each_allocation_fails_once(void **state)
{
    (void)state;
    fail_every_allocation(ONCE);
}

static void test_each_allocation_fails_for_a_while(void **state)
{
    (void)state;
    fail_every_allocation(LASTING);
}

static void test_everything_can_be_destroyed(void **state)
{
    (void)state;
    fail_every_allocation(ABANDON);
}

/* ---- what a failed call has not touched ------------------------------------------------------------------------- */

static rnn_session *open_session(rnn_model **model, int64_t key, int64_t embedding, int32_t mode)
{
    rnn_config *config;
    rnn_session *session;
    assert_ok(rnn_config_create(&config));
    assert_ok(rnn_config_set_int(config, (int32_t)key, V));
    assert_ok(rnn_config_set_int(config, RNN_EMBEDDING_SIZE, embedding));
    assert_ok(rnn_config_set_int(config, RNN_HIDDEN_SIZE, H));
    assert_ok(rnn_config_set_int(config, RNN_LAYERS, L));
    assert_ok(rnn_config_set_int(config, RNN_CLASSES, C));
    assert_ok(rnn_create(model, config));
    assert_ok(rnn_session_create(&session, *model, mode));
    rnn_config_destroy(config);
    return session;
}

/* A run, then calls that want to grow and cannot, then back over the run. */
static void test_failed_growth_keeps_the_run(void **state)
{
    (void)state;
    float first[H * H], second[H * H], dy[2 * C], y[T * C];
    rnn_model *model;
    rnn_session *s = open_session(&model, RNN_VOCABULARY, 0, RNN_TRAINING);
    for (size_t i = 0; i < 2 * C; i++)
        dy[i] = (float)i - C;
    assert_ok(rnn_forward_tokens(s, NULL, 0, tokens, 2, NULL, 0, 2));
    assert_ok(rnn_backward(s, NULL, 0, dy, 2 * C));
    assert_ok(rnn_session_get_gradient(s, "weight_hh_l0", first, H * H));
    assert_ok(rnn_zero_gradients(s));
    assert_ok(rnn_reset_state(s, 1));
    assert_ok(rnn_forward_tokens(s, NULL, 0, tokens, 2, NULL, 0, 2));

    memset(y, 0xA5, sizeof y);
    memory.calls = 0;
    memory.fail_at = 1;
    memory.for_good = 1;
    assert_fails(rnn_forward_tokens(s, y, T * C, tokens, T, NULL, 0, T), RNN_E_MEMORY);
    assert_fails(rnn_session_reserve(s, T, B), RNN_E_MEMORY);
    assert_fails(rnn_reset_state(s, B), RNN_E_MEMORY);
    memory.fail_at = 0;
    assert_int_equal(memory.calls, 3);
    for (size_t i = 0; i < sizeof y; i++)
        assert_int_equal(((unsigned char *)y)[i], 0xA5);

    assert_ok(rnn_backward(s, NULL, 0, dy, 2 * C));
    assert_ok(rnn_session_get_gradient(s, "weight_hh_l0", second, H * H));
    assert_memory_equal(first, second, sizeof first);
    rnn_session_destroy(s);
    rnn_destroy(model);
    assert_int_equal(memory.live, 0);
}

/* ---- calls that take no memory ---------------------------------------------------------------------------------- */

static float x[T * B * V], y[T * B * C], dy[T * B * C], dx[T * B * V], states[L * B * H];
static rnn_loss *loss;

/* One that has had the largest batch. */
static void open_loss(void)
{
    assert_ok(rnn_loss_create(&loss, RNN_LOSS_CROSS_ENTROPY));
    assert_ok(rnn_loss_set_batch(loss, ragged, B, T, B, C));
    assert_ok(rnn_loss_set_mask(loss, x, T * B));
    assert_ok(rnn_loss_set_sequence_weights(loss, x, B));
    double value;
    assert_ok(rnn_loss_of_classes(loss, &value, dy, T * B * C, y, T * B * C, tokens, T * B));
}

static void forward(rnn_session *s, int numbers, const int32_t *lengths, size_t steps, size_t batch)
{
    size_t rows = steps * batch, lengths_count = lengths ? batch : 0;
    if (numbers)
        assert_ok(rnn_forward(s, y, rows * C, x, rows * V, lengths, lengths_count, steps));
    else
        assert_ok(rnn_forward_tokens(s, y, rows * C, tokens, rows, lengths, lengths_count, steps));
}

static void step(rnn_session *s, int numbers, size_t batch)
{
    if (numbers)
        assert_ok(rnn_step(s, y, batch * C, x, batch * V));
    else
        assert_ok(rnn_step_tokens(s, y, batch * C, tokens, batch));
}

/* All calls of a training loop within the reserved bounds. */
static void run(rnn_session *s, int numbers, int training, const int32_t *lengths, size_t steps, size_t batch)
{
    size_t n = steps * batch * C;
    double value;
    assert_ok(rnn_reset_state(s, batch));
    assert_ok(rnn_session_set_state(s, RNN_STATE_H, states, L * batch * H));
    forward(s, numbers, lengths, steps, batch);
    assert_ok(rnn_loss_set_batch_of_session(loss, s));
    assert_ok(rnn_loss_set_mask(loss, x, steps * batch));
    assert_ok(rnn_loss_set_sequence_weights(loss, x, batch));
    assert_ok(rnn_loss_of_classes(loss, &value, dy, n, y, n, tokens, steps * batch));
    if (training) {
        assert_ok(rnn_zero_gradients(s));
        assert_ok(rnn_session_set_state_gradient(s, RNN_STATE_H, states, L * batch * H));
        assert_ok(rnn_backward(s, numbers ? dx : NULL, numbers ? steps * batch * V : 0, dy, n));
        assert_ok(rnn_session_clip_gradient_norm(s, NULL, 1));
        assert_ok(rnn_session_clip_gradient_value(s, 1));
        assert_ok(rnn_sgd_step(s, 0.1));
    }
    step(s, numbers, batch);
    assert_ok(rnn_softmax(y, batch * C, y, batch * C, C));
}

static void check_session(rnn_session *s, int numbers, int32_t mode)
{
    static const int32_t shorter[B - 1] = {0, T - 1, 1};
    assert_ok(rnn_session_reserve(s, T, B));
    open_loss();
    size_t calls = memory.calls, live_blocks = memory.live;
    for (int i = 0; i < 2; i++) {
        run(s, numbers, mode == RNN_TRAINING, NULL, T, B);
        run(s, numbers, mode == RNN_TRAINING, ragged, T, B);
        run(s, numbers, mode == RNN_TRAINING, shorter, T - 1, B - 1);
        run(s, numbers, mode == RNN_TRAINING, NULL, 1, 1);
    }
    assert_ok(rnn_session_reserve(s, T, B));
    assert_int_equal(memory.calls, calls);
    assert_int_equal(memory.live, live_blocks);
    rnn_loss_destroy(loss);
}

static void check_no_allocation(int numbers, int64_t embedding, int32_t mode)
{
    rnn_model *model;
    rnn_session *s = open_session(&model, numbers ? RNN_INPUT_SIZE : RNN_VOCABULARY, embedding, mode);
    check_session(s, numbers, mode);
    rnn_session_destroy(s);
    rnn_destroy(model);
}

/* The cell with everything that takes room of its own. */
static void check_no_allocation_of_cell(int64_t cell, int32_t mode)
{
    static const int32_t rates[] = {RNN_DROPOUT, RNN_RECURRENT_DROPOUT, RNN_ZONEOUT};
    rnn_config *config;
    rnn_model *model;
    rnn_session *s;
    assert_ok(rnn_config_create(&config));
    int highway = cell == RNN_CELL_MINGRU_HIGHWAY;
    assert_ok(rnn_config_set_int(config, RNN_CELL, cell));
    assert_ok(rnn_config_set_int(config, highway ? RNN_VOCABULARY : RNN_INPUT_SIZE, V));
    assert_ok(rnn_config_set_int(config, RNN_EMBEDDING_SIZE, highway ? H : 0));
    assert_ok(rnn_config_set_int(config, RNN_HIDDEN_SIZE, H));
    assert_ok(rnn_config_set_int(config, RNN_LAYERS, L));
    assert_ok(rnn_config_set_int(config, RNN_CLASSES, C));
    assert_ok(rnn_config_set_int(config, RNN_RESIDUAL, 1));
    assert_ok(rnn_config_set_int(config, RNN_LAYER_NORM, cell == RNN_CELL_LSTM || cell == RNN_CELL_GRU));
    for (size_t i = 0; i < 3; i++)
        if ((cell != RNN_CELL_MINGRU && !highway) || rates[i] != RNN_RECURRENT_DROPOUT)
            assert_ok(rnn_config_set_real(config, rates[i], 0.2));
    assert_ok(rnn_create(&model, config));
    assert_ok(rnn_session_create(&s, model, mode));
    rnn_config_destroy(config);
    check_session(s, !highway, mode);
    rnn_session_destroy(s);
    rnn_destroy(model);
}

static void test_no_allocation_after_reserve(void **state)
{
    (void)state;
    for (int32_t mode = RNN_INFERENCE; mode <= RNN_TRAINING; mode++) {
        check_no_allocation(1, 0, mode);
        check_no_allocation(0, 0, mode);
        check_no_allocation(0, 5, mode);
        for (int64_t cell = RNN_CELL_TANH; cell <= LAST_CELL; cell++)
            check_no_allocation_of_cell(cell, mode);
    }
    assert_int_equal(memory.live, 0);
}

/* Room for a long sequence and room for a large batch are taken side by side: their product, 2^36 rows here, would be
 * more than there is. */
static void test_room_is_not_the_product_of_all_wishes(void **state)
{
    (void)state;
    rnn_config *config;
    rnn_model *model;
    rnn_session *session;
    assert_ok(rnn_config_create(&config));
    assert_ok(rnn_config_set_int(config, RNN_INPUT_SIZE, 1));
    assert_ok(rnn_config_set_int(config, RNN_HIDDEN_SIZE, 2));
    assert_ok(rnn_create(&model, config));
    assert_ok(rnn_session_create(&session, model, RNN_TRAINING));
    assert_ok(rnn_session_reserve(session, 1 << 18, 1));
    assert_ok(rnn_session_reserve(session, 1, 1 << 18));
    assert_ok(rnn_reset_state(session, 1 << 18));
    rnn_session_destroy(session);
    rnn_destroy(model);
    rnn_config_destroy(config);
}

/* A failing call takes no memory for its message either. */
static void test_no_allocation_for_messages(void **state)
{
    (void)state;
    rnn_model *model;
    rnn_session *s = open_session(&model, RNN_VOCABULARY, 0, RNN_TRAINING);
    size_t calls = memory.calls;
    assert_fails(rnn_forward_tokens(s, y, 1, tokens, 1, NULL, 0, 1), RNN_E_SIZE);
    assert_fails(rnn_model_set_parameter(model, "nothing", y, 1), RNN_E_NAME);
    assert_fails(rnn_create(NULL, NULL), RNN_E_NULL);
    assert_int_equal(memory.calls, calls);
    rnn_session_destroy(s);
    rnn_destroy(model);
}

/* The watch itself: what it counts is what the library takes. */
static void test_the_watch_sees(void **state)
{
    (void)state;
    rnn_config *config = NULL;
    size_t calls = memory.calls, live = memory.live;
    assert_ok(rnn_config_create(&config));
    assert_int_equal(memory.calls, calls + 1);
    assert_int_equal(memory.live, live + 1);
    rnn_config_destroy(config);
    assert_int_equal(memory.live, live);
}

/* Each test begins at 0: where CMocka is static, what it takes counts too; and on Windows a thread takes memory for its
 * thread-local variables when it uses one first. */
static int begin_count(void **state)
{
    (void)state;
    (void)rnn_last_error();
    memset(&memory, 0, sizeof memory);
    return 0;
}

#define counted(test) cmocka_unit_test_setup(test, begin_count)

int main(void)
{
    const struct CMUnitTest tests[] = {
        counted(test_the_watch_sees),
        counted(test_each_allocation_fails_once),
        counted(test_each_allocation_fails_for_a_while),
        counted(test_everything_can_be_destroyed),
        counted(test_failed_growth_keeps_the_run),
        counted(test_no_allocation_after_reserve),
        counted(test_room_is_not_the_product_of_all_wishes),
        counted(test_no_allocation_for_messages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
